import json

import pytest
from typer.testing import CliRunner

from chalicelib.atoms.contract import Permission
from chalicelib.atoms.registry import get_atom
from infra import iam
from infra.cli import app
from infra.functions import list_functions, select_atoms
from infra.roles import show_resource
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


def test_a_function_gets_the_settings_that_its_atom_asks_for_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERLOCK_HTTP_HOSTS", "api.example.com")
    monkeypatch.delenv("INTERLOCK_HTTP_PRIVATE_HOSTS", raising=False)
    call, start = select_atoms(list_functions("dev", [get_atom("http.call"), get_atom("ec2.start")]))[::-1]
    assert call.environment["INTERLOCK_HTTP_HOSTS"] == "api.example.com"
    assert "INTERLOCK_HTTP_PRIVATE_HOSTS" not in call.environment
    assert "INTERLOCK_HTTP_HOSTS" not in start.environment


def test_the_roles_are_printed_for_people_and_for_scripts() -> None:
    shown = CliRunner().invoke(app, ["iam", "ec2.start"])
    assert shown.exit_code == 0
    assert "arn:aws:ec2:REGION:ACCOUNT:instance/*" in shown.output
    [role] = json.loads(CliRunner().invoke(app, ["iam", "ec2_start", "--json"]).output)
    assert (role["kind"], role["name"]) == ("atom", "ec2_start")
    assert CliRunner().invoke(app, ["iam", "nobody"]).exit_code != 0
