"""Packages a tiny project with the real Chalice and the real dependencies: what ships, and what does not."""

import importlib.util
import io
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from infra.build import build_project
from infra.deploy import Artifacts, Order, make_artifacts
from infra.errors import BadStage, PackagingFailed
from infra.functions import list_functions
from infra.package import Recipe, make_package
from infra.project import Project
from infra.target import target_aws, target_here
from infra.template.assemble import dump_template, place_code
from infra.template.machines import machine_id
from tests.unit.infra.placeholder import make_atom, make_build, make_project
from tests.unit.infra.test_content import make_content

ORDER = Order("dev")
UNCHECKED_HASH = 0b01
TAG = sys.implementation.cache_tag


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return make_project(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="module")
def artifacts(project: Project) -> Artifacts:
    return make_artifacts(project, make_build(), ORDER, target_here())


@pytest.fixture(scope="module")
def files(artifacts: Artifacts) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(artifacts.archive)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def bytecode_of(source: str, files: Mapping[str, bytes]) -> bytes | None:
    folder, slash, name = source.rpartition("/")
    return files.get(f"{folder}{slash}__pycache__/{name.removesuffix('.py')}.{TAG}.pyc")


def test_the_code_the_bundle_and_the_dependencies_ship(files: dict[str, bytes]) -> None:
    wanted = {"app.py", "chalicelib/bundle.json", "chalicelib/entry/decide.py", "chalice/app.py", "jsonata/jsonata.py"}
    assert wanted <= set(files)
    assert any(name.startswith("pydantic_core/_pydantic_core") for name in files)


def test_nothing_ships_that_a_function_never_needs(files: dict[str, bytes]) -> None:
    roots = {name.split("/", 1)[0] for name in files}
    assert not roots & {"boto3", "botocore", "dsl", "infra", "stepfunctions", "tests", "yaml", "bin"}
    assert not [name for name in files if name.endswith(("/RECORD", "/INSTALLER"))]
    assert not [name for name in files if "/tests/" in name or "/test_" in name]


def test_every_module_has_bytecode_of_this_python_only_and_it_is_never_checked(files: dict[str, bytes]) -> None:
    for name in files:
        if name.endswith(".py") and name != "app.py":
            code = bytecode_of(name, files)
            assert code is not None, name
            assert code[:4] == importlib.util.MAGIC_NUMBER
            assert int.from_bytes(code[4:8], "little") == UNCHECKED_HASH
    assert not [name for name in files if name.endswith(".pyc") and TAG not in name]


def test_bytecode_names_no_path_of_the_machine_that_built_it(files: dict[str, bytes], project: Project) -> None:
    for name, content in files.items():
        if name.endswith(".pyc"):
            assert str(project.root).encode() not in content, name
            assert sys.prefix.encode() not in content, name


def test_an_unpacked_package_runs_without_the_checkout(artifacts: Artifacts, tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(artifacts.archive)) as archive:
        archive.extractall(tmp_path)
    program = (
        f"import sys; sys.path = [{str(tmp_path)!r}] + [one for one in sys.path if 'site-packages' not in one]; "
        "import jsonata, pydantic, chalicelib.entry.api as api; print(api.__file__)"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(tmp_path / "chalicelib" / "entry" / "api.py")


def test_the_same_content_gives_the_same_bytes_in_another_folder(artifacts: Artifacts, tmp_path: Path) -> None:
    again = make_artifacts(make_project(tmp_path / "elsewhere"), make_build(), ORDER, target_here())
    assert again.archive == artifacts.archive
    assert again.template == artifacts.template


def test_the_same_content_is_packaged_once(project: Project, artifacts: Artifacts) -> None:
    recipe = Recipe("dev", list_functions("dev", [make_atom()]), target_here(), {"chalicelib/bundle.json": "{}"})
    first = make_package(project, recipe).archive.stat().st_mtime_ns
    assert make_package(project, recipe).archive.stat().st_mtime_ns == first
    assert not list(project.build.glob("app-*")), "a staging folder was left behind"


def test_an_overlay_replaces_a_file_of_the_package_and_not_of_the_checkout(project: Project) -> None:
    changed = Order("dev", overlay={"chalicelib/entry/__init__.py": "CHANGED = True\n"})
    archive = make_artifacts(project, make_build(), changed, target_here()).archive
    with zipfile.ZipFile(io.BytesIO(archive)) as unpacked:
        assert unpacked.read("chalicelib/entry/__init__.py") == b"CHANGED = True\n"
    assert (project.root / "chalicelib/entry/__init__.py").read_text() == ""


def test_code_that_chalice_cannot_load_is_one_line(project: Project) -> None:
    broken = Order("dev", overlay={"chalicelib/entry/decide.py": "import nowhere\n"})
    with pytest.raises(PackagingFailed, match="No module named 'nowhere'"):
        make_artifacts(project, make_build(), broken, target_here())


@pytest.mark.parametrize("stage", ["", "Dev", "my-stage", "1st", "averylongstage"])
def test_a_stage_that_would_make_bad_names_is_refused(project: Project, stage: str) -> None:
    with pytest.raises(BadStage, match="cannot be a stage"):
        make_artifacts(project, make_build(), Order(stage), target_here())


def test_cfn_lint_accepts_the_template(project: Project, tmp_path: Path) -> None:
    template = make_artifacts(project, make_build(), ORDER, target_aws()).template
    path = tmp_path / "template.json"
    path.write_bytes(dump_template(place_code(template, "artifacts", "code.zip")))
    program = shutil.which("cfn-lint", path=str(Path(sys.executable).parent))
    assert program is not None
    done = subprocess.run([program, "--format", "json", str(path)], capture_output=True, text=True, check=False)
    assert json.loads(done.stdout or "[]") == []


def test_a_content_directory_s_python_ships_and_the_function_of_a_declared_atom_is_a_substitution(
    tmp_path: Path,
) -> None:
    own = make_content(tmp_path / "ops")
    artifacts = make_artifacts(own, build_project(own), Order("dev"), target_here())
    resources = artifacts.template["Resources"]
    machine = resources[machine_id("leave")]
    substitutions = machine["Properties"]["DefinitionSubstitutions"]
    assert substitutions["billing_close"]["Fn::Sub"].endswith(":function:billing-dev:live")
    assert resources["TicketsLook"]["Properties"]["Handler"] == "chalicelib.entry.atoms.tickets_look"
    with zipfile.ZipFile(io.BytesIO(artifacts.archive)) as archive:
        names = set(archive.namelist())
        assert json.loads(archive.read("chalicelib/bundle.json"))["atoms"]["tickets.look"]["function_arn"] is None
    cached = f"chalicelib/content/tickets/__pycache__/look.{TAG}.pyc"
    assert {"chalicelib/content/tickets/look.py", cached} <= names
    assert not [name for name in names if "billing" in name or "test_" in name]
