"""A content directory beside a checkout: what it gives, what it may not take, and that the checkout stays as it was."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from infra import cli
from infra.build import build_project, check_project
from infra.cli.exits import Exit
from infra.content import load_atoms
from infra.functions import list_functions
from infra.project import CHOSEN, Project, find_project
from infra.roles import list_roles
from infra.scaffold.create import create_atom, create_content
from tests.unit.dsl_atoms.examples import CLOSE, OPEN
from tests.unit.dsl_atoms.test_declare import FLOW


def make_content(folder: Path) -> Project:
    """A content directory with a Python atom, two declared ones, and a workflow that uses one of each."""
    project = Project(find_project().root, folder)
    create_content(project)
    create_atom(project, "tickets.look")
    write(project, "atoms/close.yaml", CLOSE)
    write(project, "atoms/open.yaml", OPEN)
    look = "\n  - id: look\n    atom: tickets.look\n    with: {name: one}\noutput:"
    write(project, "workflows/leave.yaml", FLOW.replace("\noutput:", look))
    return project


@pytest.fixture
def own(tmp_path: Path) -> Project:
    return make_content(tmp_path / "ops")


def write(project: Project, name: str, text: str) -> Path:
    assert project.content is not None
    path = project.content / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def edit(project: Project, name: str, before: str, after: str) -> None:
    assert project.content is not None
    text = (project.content / name).read_text("utf-8")
    assert before in text
    write(project, name, text.replace(before, after))


def run(project: Project, *arguments: str) -> Result:
    return CliRunner().invoke(cli.app, ["--content", str(project.content), *arguments])


def find(project: Project) -> list[tuple[str, str, int]]:
    found = check_project(project).diagnostics
    return [(one.code, Path(one.span.file).name, one.span.line) for one in found]


def test_what_it_holds_compiles_with_the_library_and_is_all_that_decides(own: Project) -> None:
    assert find(own) == []
    build = build_project(own)
    assert {"billing.close", "tickets.look", "ec2.wait_state"} <= set(build.bundle.atoms)
    assert {"leave", "host_look"} <= set(build.bundle.workflows)
    assert not {"fleet_patch", "certificate_renew"} & set(build.bundle.workflows), "nothing names them"
    assert [rule.name for rule in build.bundle.rules] == ["host_stopped"], "only its own rules"
    assert [one.name for one in build.bundle.services] == ["shop"]


def test_a_workflow_of_the_library_is_deployed_if_it_is_named_and_what_it_has_inside_is_found(own: Project) -> None:
    write(own, "policies/catalog.yaml", "kind: catalog\noffer: [ec2.describe, host_reboot]\n")
    assert find(own) == []
    assert "host_reboot" in build_project(own).bundle.workflows
    write(own, "policies/catalog.yaml", "kind: catalog\noffer: [host_rebot]\n")
    assert find(own) == [("E906", "catalog.yaml", 2)]


def test_of_the_files_that_exist_once_it_gets_those_it_has_not(own: Project) -> None:
    assert own.content is not None
    (own.content / "policies" / "control.yaml").unlink()
    (own.content / "policies" / "catalog.yaml").unlink()
    assert find(own) == []
    ours, project = build_project(own).bundle.control, build_project(find_project()).bundle.control
    assert (ours.conflicts, ours.ancestors) == (project.conflicts, project.ancestors)
    assert ours.budgets
    assert set(ours.budgets) <= set(project.budgets), "the project's services bring budgets of their own"


def test_a_machine_may_invoke_exactly_the_function_that_an_atom_names(own: Project) -> None:
    build = build_project(own)
    assert "billing_close" not in [one.name for one in list_functions("dev", build.atoms.values())]
    [role] = [one for one in list_roles("dev", build) if (one.kind, one.name) == ("machine", "leave")]
    arn = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:billing-dev:live"
    assert role.statements == (
        {
            "Sid": "InvokeAtoms",
            "Effect": "Allow",
            "Action": ["lambda:InvokeFunction"],
            "Resource": [{"Fn::Sub": arn}, {"Fn::GetAtt": ["TicketsLook", "Arn"]}],
        },
    )


def test_commands_take_it_in_and_write_nothing_into_the_checkout(own: Project) -> None:
    root = find_project().root
    before = {path: path.read_bytes() for path in (root / "chalicelib" / "bundle.json", root / "schemas" / "atom.json")}
    assert own.content is not None
    flow = str(own.content / "workflows" / "leave.yaml")
    for arguments in (
        ["check"],
        ["check", flow],
        ["compile", flow],
        ["cases"],
        ["graph", flow, "--format", "mermaid"],
        ["estimate", flow],
        ["iam", "tickets.look", "--json"],
        ["schema", "workflow"],
        ["build"],
        ["build", "--check"],
    ):
        result = run(own, *arguments)
        assert result.exit_code == Exit.DONE, (arguments, result.output)
    assert (own.content / "compiled" / "leave.asl.json").is_file()
    assert "billing.close" in (own.content / "schemas" / "workflow.json").read_text()
    assert "billing-${stage}" in (own.content / "docs" / "atoms" / "billing.close.md").read_text()
    assert not (own.content / "docs" / "atoms" / "ec2.start.md").exists()
    assert before == {path: path.read_bytes() for path in before}
    assert CHOSEN.get() is None, "the choice ends with the command"


def test_a_name_of_the_library_is_taken(own: Project) -> None:
    edit(own, "workflows/host_look.yaml", "name: host_look", "name: host_reboot")
    edit(own, "atoms/open.yaml", "name: billing.open", "name: ec2.stop")
    write(own, "atoms/ec2/start.py", "ATOM = None\n")
    found = check_project(own).diagnostics
    told = " ".join(f"{one.span.file} {one.message}" for one in found if one.code == "E902")
    assert all(name in told for name in ("open.yaml", "start.py", "host_look.yaml")), told
    assert run(own, "new", "atom", "ec2.start").exit_code == Exit.WRONG


def test_one_name_in_python_and_in_yaml_is_refused(own: Project) -> None:
    edit(own, "atoms/open.yaml", "name: billing.open", "name: tickets.look")
    assert ("E902", "open.yaml", 2) in find(own)


@pytest.mark.parametrize(
    ("before", "after", "code", "words"),
    [
        ("from typing", "frm typing", "E860", "this is not Python"),
        ("from pydantic import Field", "from pydantic import Feld", "E860", "it cannot be imported: ImportError"),
        ('name="tickets.look"', 'name="tickets.see"', "E860", "calls itself 'tickets.see'"),
        ("ATOM = Atom(", "ATOM = dict(", "E860", "`ATOM` is no Atom"),
        ("timeout_s=60", "timeout_s=30", "E855", "one AWS call may take"),
        ("Intent.OBSERVE", "Intent.DISRUPT", "E854", "touches nothing"),
        ('("tickets:Look",)', '("tickets:*",)', "E861", "is not one action"),
        ("atom: tickets.look", "atom: tickets.see", "E858", "not one step"),
    ],
)
def test_a_mistake_in_python_is_found_in_its_line(own: Project, before: str, after: str, code: str, words: str) -> None:
    assert own.content is not None
    edit(own, "atoms/tickets/look.py", before, after)
    found = load_atoms(own)[1]
    assert [one.code for one in found][:1] == [code], found
    assert words in found[0].message
    line = (own.content / "atoms/tickets/look.py").read_text().splitlines()[found[0].span.line - 1]
    assert after in line or line.startswith(("ATOM = ", "    example=", "    permissions=")), line


def test_a_module_that_declares_no_atom_is_only_code(own: Project) -> None:
    write(own, "atoms/tickets/shared.py", "WORD = 'x'\n")
    edit(
        own,
        "atoms/tickets/look.py",
        "\nclass Input",
        "\nfrom chalicelib.content.tickets.shared import WORD\n\nclass Input",
    )
    atoms, found = load_atoms(own)
    assert (list(atoms), found) == (["tickets.look"], ())


def test_a_directory_that_is_not_there_is_said_to_be_missing() -> None:
    result = CliRunner().invoke(cli.app, ["--content", "/nowhere", "check"])
    assert result.exit_code == Exit.USAGE
