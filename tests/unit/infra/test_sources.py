from pathlib import Path

import pytest

from infra.errors import FileUnreadable
from infra.project import Project
from infra.sources import drop_cases, read_paths, read_sources, read_text


@pytest.fixture
def project(tmp_path: Path) -> Project:
    for name in ("state_machines/b.yaml", "state_machines/a.yml", "policies/rules/r.yaml", "policies/notes.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return Project(tmp_path)


def test_sources_are_the_yaml_files_by_path_from_the_root(project: Project) -> None:
    assert list(read_sources(project)) == ["policies/rules/r.yaml", "state_machines/a.yml", "state_machines/b.yaml"]


def test_a_folder_stands_for_the_yaml_files_in_it(project: Project) -> None:
    assert [path.rsplit("/", 1)[-1] for path in read_paths(project, [project.policies])] == ["r.yaml"]


def test_cases_do_not_compile() -> None:
    assert drop_cases({"a.yaml": "", "a.cases.yaml": ""}) == {"a.yaml": ""}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match=r"gone\.yaml cannot be read: No such file"):
        read_text(tmp_path / "gone.yaml")


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(FileUnreadable, match="not UTF-8"):
        read_text(tmp_path / "x.yaml")
