import subprocess
import sys
from pathlib import Path

import pytest

from infra.errors import LocalNotRunning, LocalStartFailed, ToolMissing
from infra.local.runtime import localize_archive, localize_template
from infra.local.server import Site, find_local, find_program, require_local, start_local, stop_local
from infra.local.state import LocalAws, read_state, write_state
from infra.project import Project


def test_the_state_file_remembers_who_runs(tmp_path: Path) -> None:
    write_state(tmp_path, LocalAws(7, 4566))
    assert read_state(tmp_path) == LocalAws(7, 4566)
    assert LocalAws(7, 4566).endpoint == "http://127.0.0.1:4566"


def test_without_a_state_file_nothing_runs(tmp_path: Path) -> None:
    assert find_local(tmp_path) is None
    assert not stop_local(tmp_path)
    with pytest.raises(LocalNotRunning, match="interlock local up"):
        require_local(tmp_path)


def test_a_process_that_took_over_the_id_is_not_stopped(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True) as stranger:
        write_state(tmp_path, LocalAws(stranger.pid, 1))
        assert not stop_local(tmp_path)
        assert stranger.poll() is None
        stranger.communicate(b"\n")
    assert stranger.returncode == 0


def test_a_state_file_of_a_dead_process_is_removed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        pass
    write_state(tmp_path, LocalAws(gone.pid, 1))
    assert find_local(tmp_path) is None
    assert read_state(tmp_path) is None


def test_a_program_that_ends_at_once_says_why_and_leaves_no_state(tmp_path: Path) -> None:
    program = tmp_path / "ministack"
    program.write_text("#!/bin/sh\necho the port is taken\nexit 1\n")
    program.chmod(0o755)
    with pytest.raises(LocalStartFailed, match="the port is taken"):
        start_local(Site(program, tmp_path / "home"))
    assert read_state(tmp_path / "home") is None


def test_a_missing_environment_says_make_setup(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing, match="make setup"):
        find_program(Project(tmp_path))
    with pytest.raises(ToolMissing, match="make setup"):
        localize_archive(b"", Project(tmp_path))


def test_local_functions_run_on_awss_runtime_client_and_call_the_local_aws() -> None:
    function = {
        "Type": "AWS::Serverless::Function",
        "Properties": {"Runtime": "x", "Environment": {"Variables": {"A": "b"}}},
    }
    queue = {"Type": "AWS::SQS::Queue", "Properties": {}}
    changed = localize_template({"Resources": {"F": function, "Q": queue}}, "http://127.0.0.1:1")["Resources"]
    assert changed["F"]["Properties"]["Runtime"] == "provided.al2023"
    assert changed["F"]["Properties"]["Environment"]["Variables"] == {
        "A": "b",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    }
    assert changed["Q"] == queue
