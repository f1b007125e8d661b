from textwrap import dedent

import pytest

from chalicelib.catalog.pagers import Pager, Pagers
from dsl.policies.pagers import check_paged, compile_pagers

FILE = """\
kind: pagers
pagers: [{name: sre, email: [sre@example.com]}, {name: dba}]
watch: sre
"""
RULE = dedent(
    """\
    correlate: {storm: {per: zone, more_than: 3, within: 5m, page: sre}}
    match: {detail: {page: [x]}}
    decide:
      - when: "true"
        page: NAME
      - default: true
        run: host_reboot
        with: {page: not paged}
    goal: {until: "true", within: 1m, otherwise: [{page: default}]}
    """
)
SERVICES = "tiers: [{name: P0, page: sre}, P1]\nservices: [{name: a, page: NAME}]\n"


def test_pagers_compile_as_they_are_named() -> None:
    made, found = compile_pagers(FILE, "p.yaml")
    assert found == ()
    assert made == Pagers((Pager("sre", ("sre@example.com",)), Pager("dba")), "sre")


@pytest.mark.parametrize(
    ("right", "wrong", "code"),
    [
        ("watch: sre", "watch: sr", "E941"),
        ("name: dba", "name: default", "E941"),
        ("name: dba", "name: sre", "E902"),
        ("name: dba", "name: data base", "E204"),
        ("sre@example.com", "sre", "E204"),
        ("email", "mail", "E201"),
        ("pagers: [", "pagers: [] #", "E204"),
    ],
)
def test_a_mistake_in_pagers_is_told(right: str, wrong: str, code: str) -> None:
    made, found = compile_pagers(FILE.replace(right, wrong, 1), "p.yaml")
    assert made is None
    assert code in [one.code for one in found]


@pytest.mark.parametrize("text", [RULE, SERVICES])
def test_a_name_that_nobody_is_behind_is_told_where_it_is_paged(text: str) -> None:
    pagers, _ = compile_pagers(FILE, "p.yaml")
    assert pagers is not None
    assert list(check_paged([("r.yaml", text.replace("NAME", "dba"))], pagers)) == []
    (found,) = check_paged([("r.yaml", text.replace("NAME", "dbb"))], pagers)
    line = next(number for number, one in enumerate(text.splitlines(), start=1) if "NAME" in one)
    assert (found.code, found.span.line, found.hint) == ("E941", line, "did you mean 'dba'?")


def test_without_pagers_any_name_may_be_paged() -> None:
    assert list(check_paged([("r.yaml", RULE)], Pagers())) == []
