import json
from dataclasses import replace
from pathlib import Path

import pytest

from infra.build import check_artifacts, list_artifacts, write_artifacts
from infra.errors import BuildStale
from infra.project import Project
from tests.unit.infra.placeholder import PROBE_MACHINE, make_build


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "chalicelib").mkdir()
    return Project(tmp_path)


def test_the_bundle_and_each_machine_are_written_where_they_are_committed(project: Project) -> None:
    write_artifacts(project, make_build())
    assert json.loads(project.bundle.read_text()) == {"placeholder": True}
    machine = project.state_machines / "compiled" / "probe.asl.json"
    assert json.loads(machine.read_text()) == PROBE_MACHINE


def test_a_second_build_changes_nothing(project: Project) -> None:
    assert len(write_artifacts(project, make_build())) == 3
    assert write_artifacts(project, make_build()) == ()
    check_artifacts(project, make_build())


def test_a_machine_that_is_no_more_is_removed(project: Project) -> None:
    write_artifacts(project, make_build())
    without = replace(make_build(), machines={})
    assert [path.name for path in write_artifacts(project, without)] == ["probe.asl.json"]
    assert list((project.state_machines / "compiled").iterdir()) == []


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_text("{}")], ids=["missing", "edited"])
def test_a_file_that_is_not_up_to_date_is_named(project: Project, spoil: object) -> None:
    write_artifacts(project, make_build())
    assert callable(spoil)
    spoil(project.bundle)
    with pytest.raises(BuildStale, match=r"chalicelib/bundle\.json.*interlock build"):
        check_artifacts(project, make_build())


def test_every_artifact_is_below_the_root(project: Project) -> None:
    assert all(path.is_relative_to(project.root) for path in list_artifacts(project, make_build()))
