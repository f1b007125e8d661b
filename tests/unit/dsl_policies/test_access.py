import pytest

from chalicelib.catalog.model import Access, Grant, Intent, Role
from dsl.policies.access import compile_access
from dsl.policies.services import compile_services
from tests.unit.dsl_policies.examples import SERVICES

ADMIN = "  - {principals: ['arn:aws:iam::111122223333:role/ops/Sre'], role: admin}\n"
ACCESS = f"""\
kind: access
grants:
{ADMIN}  - principals: ["arn:aws:iam::111122223333:user/ana", "arn:aws:sts::*:assumed-role/Team*/*"]
    role: operator
    services: [checkout]
    tiers: [P1]
    kinds: [host]
    up_to: disrupt
"""
KNOWN, _ = compile_services(SERVICES, "s.yaml")


def test_grants_compile_and_a_role_means_its_sessions() -> None:
    access, found = compile_access(ACCESS, "a.yaml", KNOWN)
    assert found == ()
    team = ("arn:aws:iam::111122223333:user/ana", "arn:aws:sts::*:assumed-role/Team*/*")
    assert access == Access(
        (
            Grant(("arn:aws:sts::111122223333:assumed-role/Sre/*",), Role.ADMIN),
            Grant(team, Role.OPERATOR, ("checkout",), ("P1",), ("host",), Intent.DISRUPT),
        )
    )


@pytest.mark.parametrize(
    ("right", "wrong", "code", "line"),
    [
        ("user/ana", "users/ana", "E920", 4),
        ("arn:aws:iam::111122223333:user/ana", "ana", "E920", 4),
        ("arn:aws:iam::111122223333:user/ana", "arn:aws:iam::{acount}:user/ana", "E920", 4),
        ("user/ana", "user/a:b", "E920", 4),
        ("role/ops/Sre", "role/ops*/Sre", "E920", 3),
        ("arn:aws:sts::*:assumed-role/Team*/*", "arn:aws:sts::*:role/Team", "E920", 4),
        ("[checkout]", "[chekout]", "E922", 6),
        ("[P1]", "[P7]", "E901", 7),
        ("role: operator", "role: viewer", "E923", 6),
        ("role: admin", "role: approver", "E921", 2),
        ("role: admin", "role: admin, up_to: disrupt", "E921", 2),
        ("role: operator", "role: owner", "E204", 5),
        ("    up_to: disrupt", "    upto: disrupt", "E201", 9),
    ],
)
def test_a_mistake_is_told_with_its_place(right: str, wrong: str, code: str, line: int) -> None:
    access, found = compile_access(ACCESS.replace(right, wrong, 1), "a.yaml", KNOWN)
    assert access is None
    assert [(one.code, one.span.line) for one in found] == [(code, line)]
    assert found[0].hint


@pytest.mark.parametrize(
    "text", ["", "[]", "kind: access\n", "kind: access\ngrants: {}\n", "kind: access\ngrants: [1]\n"]
)
def test_any_text_gives_diagnostics_and_no_exception(text: str) -> None:
    access, found = compile_access(text, "a.yaml", KNOWN)
    assert access is None
    assert found


def test_names_pass_where_the_services_did_not_compile() -> None:
    assert compile_access(ACCESS.replace("checkout", "other"), "a.yaml", None)[0] is not None
