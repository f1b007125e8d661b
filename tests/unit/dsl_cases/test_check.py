import pytest

from dsl.cases.codes import CODES
from dsl.cases.suite import load_suite, name_subject
from tests.unit.dsl.atoms import ATOMS
from tests.unit.dsl_cases.files import FLOW, HEAD, load

CASE = "cases:\n  - name: one\n    "
MISTAKES = {
    "E952 6:7": CASE + "answers:\n      opne: {raises: Refused}\n    expect: {}\n",
    "E952 5:23": CASE + "expect: {undone: [look]}\n",
    "E953 5:32": CASE + "answers: {open: {returns: {tokn: x}}}\n    expect: {}\n",
    "E953 5:39": CASE + "answers: {open: {returns: {token: 5}}}\n    expect: {}\n",
    "E954 5:30": CASE + "answers: {open: {raises: Refusd}}\n    expect: {}\n",
    "E955 5:21": CASE + "expect: {path: [opne]}\n",
    "E956 5:12": CASE + "input: {go: maybe}\n    expect: {}\n",
    "E957 6:11": CASE + "expect: {}\n  - name: one\n    expect: {}\n",
    "E958 5:30": CASE + "answers: {open: {raises: Refused, returns: {}}}\n    expect: {}\n",
    "E959 5:38": CASE + "expect: {error: Refused, output: {}}\n",
    "E960 5:22": CASE + "answers: {open: {approve: ana}}\n    expect: {}\n",
    "E961 5:33": CASE + "answers: {open: {takes: 5m, heartbeat: 20s}}\n    expect: {}\n",
    "E201 5:14": CASE + "expect: {pth: [open]}\n",
}


@pytest.mark.parametrize("expected", MISTAKES)
def test_a_mistake_is_found_where_it_is(expected: str) -> None:
    suite, found = load(MISTAKES[expected])
    assert suite is None
    assert [f"{one.code} {one.span.line}:{one.span.column}" for one in found] == [expected]
    assert found[0].hint


def test_every_code_of_cases_files_has_a_mistake() -> None:
    assert {name[:4] for name in MISTAKES} - {"E201"} == set(CODES) - {"E951"}


def test_cases_without_a_workflow_beside_them_say_so() -> None:
    _, found = load_suite("lone.cases.yaml", {"lone.cases.yaml": HEAD + CASE + "expect: {}\n"}, ATOMS)
    assert [one.code for one in found] == ["E951"]


def test_cases_of_a_workflow_with_mistakes_get_none_of_their_own() -> None:
    assert load(CASE + "expect: {path: [opne]}\n", FLOW.replace("box.open", "box.opne")) == (None, ())


def test_cases_are_told_by_their_name() -> None:
    assert name_subject("a/b.cases.yaml") == "a/b.yaml"
    assert name_subject("a/b.cases.yml") == "a/b.yml"
    assert name_subject("a/cases.yaml") is None
