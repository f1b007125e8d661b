import re
from pathlib import Path

import pytest

from chalicelib.api import problems
from chalicelib.api.problems import BadCursor, InvalidRequest, Problem, describe_problem, refuse

EVERY = [one for one in vars(problems).values() if isinstance(one, type) and issubclass(one, Problem)]
DOCUMENT = Path(__file__).parents[3] / "docs" / "api.md"


def test_a_problem_document_has_the_members_of_rfc_9457() -> None:
    assert describe_problem(BadCursor(), "urn:interlock:request:r-1") == {
        "type": "urn:interlock:problem:bad-cursor",
        "title": "Bad cursor",
        "status": 400,
        "detail": "The cursor is not one that this list gave: start without one.",
        "instance": "urn:interlock:request:r-1",
    }


def test_several_faults_are_listed_one_by_one_and_joined_in_the_detail() -> None:
    described = describe_problem(refuse(InvalidRequest, ["a is required", "b is not known"]), "i")
    assert described["detail"] == "The request is not valid: a is required; b is not known."
    assert described["faults"] == ["a is required", "b is not known"]


@pytest.mark.parametrize("kind", [one for one in EVERY if one not in {Problem, problems.Internal}])
def test_every_problem_has_a_type_of_its_own(kind: type[Problem]) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", kind.slug)
    assert [one.slug for one in EVERY].count(kind.slug) == 1
    assert 400 <= kind.status <= 503


@pytest.mark.parametrize("kind", EVERY)
def test_every_problem_is_in_the_documentation(kind: type[Problem]) -> None:
    assert f"| `{kind.slug}` | {kind.status} |" in DOCUMENT.read_text(encoding="utf-8")
