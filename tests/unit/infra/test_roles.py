import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chalicelib.atoms.contract import Permission
from chalicelib.atoms.registry import get_atom
from infra import iam
from infra.cli import app
from infra.functions import list_functions, select_atoms
from infra.project import Project, find_project
from infra.roles import show_resource
from infra.scaffold.create import create_content
from tests.unit.infra.placeholder import make_atom


@pytest.mark.parametrize(
    ("resource", "shown"),
    [
        ("*", "*"),
        ({"Fn::Sub": "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:instance/*"},
         "arn:aws:ec2:REGION:ACCOUNT:instance/*"),
        ({"Fn::Sub": "${Table.Arn}/index/*"}, "Table.Arn/index/*"),
        ({"Fn::GetAtt": ["Bus", "Arn"]}, "Bus.Arn"),
        ({"Ref": "Topic"}, "Topic"),
    ],
)  # fmt: skip
def test_a_resource_is_written_as_people_read_it(resource: object, shown: str) -> None:
    assert show_resource(resource) == shown


def test_a_condition_of_a_permission_is_one_of_the_statement() -> None:
    condition = {"StringEquals": {"ec2:CreateAction": "CreateSnapshots"}}
    permission = Permission(("ec2:CreateTags",), "arn:${partition}:ec2:${region}::snapshot/*", condition)
    assert iam.grant_atom("dev", make_atom("ec2.copy", permission))[-1]["Condition"] == condition
    assert "Condition" not in iam.grant_atom("dev", make_atom("ec2.copy", Permission(("ec2:CreateTags",))))[-1]


def test_an_atom_may_assume_exactly_the_roles_that_are_named_unless_it_works_at_home() -> None:
    accounts = {"210987654321": "ops/interlock", "111122223333": "interlock"}
    call, start = select_atoms(list_functions("dev", [get_atom("http.call"), get_atom("ec2.start")], accounts))[::-1]
    [assume] = [one for one in start.statements if one["Sid"] == "WorkElsewhere"]
    assert assume["Action"] == ["sts:AssumeRole"]
    assert [show_resource(one) for one in assume["Resource"]] == [
        "arn:aws:iam::111122223333:role/interlock",
        "arn:aws:iam::210987654321:role/ops/interlock",
    ]
    assert "sts:AssumeRole" not in json.dumps(call.statements)
    [alone] = select_atoms(list_functions("dev", [get_atom("ec2.start")]))
    assert "sts:AssumeRole" not in json.dumps(alone.statements)


def test_the_role_of_another_account_is_written_for_whoever_makes_it(tmp_path: Path) -> None:
    create_content(Project(find_project().root, tmp_path))
    services = tmp_path / "policies" / "services.yaml"
    services.write_text(services.read_text() + 'accounts:\n  "210987654321": {role: ops/interlock}\n')
    asked = ["--content", str(tmp_path), "iam", "--account", "210987654321", "--home", "123456789012"]
    shown = CliRunner().invoke(app, asked)
    written = json.loads(shown.output)
    assert written["role"] == "ops/interlock"
    [trust] = written["trust"]["Statement"]
    assert trust["Condition"] == {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/interlock-dev-*"}}
    allowed = {action: one["Resource"] for one in written["policy"]["Statement"] for action in one["Action"]}
    assert allowed["ec2:StartInstances"] == ["arn:aws:ec2:*:210987654321:instance/*"]
    assert CliRunner().invoke(app, ["iam", "--account", "1"]).exit_code == 2


def test_the_roles_are_printed_for_people_and_for_scripts() -> None:
    shown = CliRunner().invoke(app, ["iam", "ec2.start"])
    assert shown.exit_code == 0
    assert "arn:aws:ec2:REGION:ACCOUNT:instance/*" in shown.output
    [role] = json.loads(CliRunner().invoke(app, ["iam", "ec2_start", "--json"]).output)
    assert (role["kind"], role["name"]) == ("atom", "ec2_start")
    assert CliRunner().invoke(app, ["iam", "nobody"]).exit_code != 0
