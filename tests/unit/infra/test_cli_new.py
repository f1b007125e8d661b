import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest
from typer.testing import CliRunner

from chalicelib.atoms.contract import Atom
from dsl.diagnostics import render_text
from infra import cli
from infra.build import check_sources
from infra.cases import load_suites
from infra.cli.exits import Exit
from infra.errors import NameTaken, NameUnfit, RegistryUnfit
from infra.project import Project, find_project
from infra.scaffold.create import create_atom, create_content, create_rule, create_workflow
from infra.sources import read_sources

run = CliRunner().invoke


def _assert_right(project: Project) -> None:
    sources = read_sources(project)
    found = (*check_sources(sources, project).diagnostics, *load_suites(sources)[1])
    assert found == (), render_text(found, sources)


def _own(folder: Path) -> Project:
    return Project(find_project().root, folder)


def _load(path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(tmp_path: Path) -> Project:
    """As much of a checkout as an atom needs."""
    atoms = tmp_path / "chalicelib" / "atoms"
    atoms.mkdir(parents=True)
    shutil.copy(find_project().root / "chalicelib" / "atoms" / "registry.py", atoms)
    return Project(tmp_path)


@pytest.mark.parametrize("below", [".", "policies"])
def test_inside_a_content_directory_new_writes_into_it(
    below: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "ops"
    create_content(_own(folder))
    monkeypatch.chdir(folder / below)
    for kind, name in (("workflow", "ticket_close"), ("rule", "ticket_closed"), ("atom", "tickets.look")):
        made = run(cli.app, ["new", kind, name])
        assert made.exit_code == Exit.DONE, made.output
        assert f"interlock --content {folder} check" in made.output.replace("\n", " ")
    assert (folder / "workflows" / "ticket_close.yaml").is_file()
    assert (folder / "atoms" / "tickets" / "look.py").is_file()
    _assert_right(_own(folder))


def test_a_new_project_passes_check_and_its_cases_pass(tmp_path: Path) -> None:
    folder = tmp_path / "ops"
    assert run(cli.app, ["init", str(folder)]).exit_code == Exit.DONE
    _assert_right(_own(folder))
    checked = run(cli.app, ["check", str(folder)])
    assert (checked.exit_code, "file(s) checked: 0 errors" in checked.output) == (Exit.DONE, True), checked.output
    assert run(cli.app, ["cases", str(folder), "--covered"]).exit_code == Exit.DONE


def test_new_workflows_and_rules_pass_check(tmp_path: Path) -> None:
    project = _own(tmp_path)
    create_content(project)
    assert [path.name for path in create_workflow(project, "disk_full")] == ["disk_full.yaml", "disk_full.cases.yaml"]
    create_rule(project, "disk_filling")
    _assert_right(project)
    named = run(cli.app, ["--content", str(tmp_path), "new", "workflow", "other"])
    assert (named.exit_code, "other.cases.yaml" in named.output) == (Exit.DONE, True)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    create_content(_own(tmp_path))
    with pytest.raises(NameTaken):
        create_workflow(_own(tmp_path), "host_look")
    with pytest.raises(NameTaken):
        create_content(_own(tmp_path))


@pytest.mark.parametrize("name", ["Disk", "1disk", "disk-full", "a.b", ""])
def test_a_name_that_cannot_be_one_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(NameUnfit):
        create_workflow(Project(tmp_path), name)


def test_a_new_atom_is_registered_in_order_and_its_own_test_passes(
    checkout: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, test, *_, registry = create_atom(checkout, "acm.describe_one")
    names = list(_load(registry, monkeypatch, "scaffolded_registry").MODULES)
    assert names == sorted(names)
    assert "acm.describe_one" in names
    atom = _load(module, monkeypatch, "chalicelib.atoms.acm.describe_one")
    monkeypatch.setitem(sys.modules, "chalicelib.atoms.acm", ModuleType("chalicelib.atoms.acm"))
    assert isinstance(atom.ATOM, Atom)
    _load(test, monkeypatch, "scaffolded_test").test_it_says_what_it_has_observed()


def test_an_atom_that_exists_or_a_registry_of_another_shape_is_left_alone(checkout: Project) -> None:
    registry = checkout.root / "chalicelib" / "atoms" / "registry.py"
    before = registry.read_text()
    with pytest.raises(NameTaken):
        create_atom(checkout, "ec2.start")
    assert registry.read_text() == before
    registry.write_text("MODULES = load()\n")
    with pytest.raises(RegistryUnfit):
        create_atom(checkout, "ec2.begin")
    assert not (checkout.root / "chalicelib" / "atoms" / "ec2").exists()
