"""How an `approve` step is answered in a case: who says what, or that nobody does."""

from collections.abc import Mapping
from typing import Any

from dsl.cases.model import AnswerSpec
from dsl.lower.approve import EXPIRED, REJECTED
from dsl.rehearse import Answer, Call

AT = "2026-01-01T00:00:00.000Z"
"""When every answer of a case was given: virtual time has no date of its own."""
USUAL = "approved in the rehearsal"
_TOKEN = ".waitForTaskToken"  # noqa: S105 - part of a resource's name


def is_question(call: Call) -> bool:
    """Whether a call asks people: an `aws` step may wait for its token, too."""
    return call.resource.endswith(_TOKEN) and isinstance(call.payload, Mapping) and "ask" in call.payload


def answer_question(call: Call, spec: AnswerSpec | None) -> Answer:
    """Give what the waiting task gets. Without an answer in the case, as many people as are needed say yes."""
    asked: Mapping[str, Any] = call.input
    if spec is None or not (spec.approve or spec.reject or spec.expires):
        return _let_go_on(asked, tuple(asked["from"]), spec.reason if spec else None, spec.takes if spec else 0)
    if spec.approve is not None:
        return _let_go_on(asked, spec.approve, spec.reason, spec.takes)
    if spec.reject is not None:
        reason = spec.reason or "rejected in the rehearsal"
        return _refuse(asked["on_reject"], REJECTED, [spec.reject], reason, spec.takes)
    reason = f"nobody answered in {asked['expires_s']} s"
    return _refuse(asked["on_expiry"], EXPIRED, [], reason, asked["expires_s"])


def _let_go_on(asked: Mapping[str, Any], people: tuple[str, ...], reason: str | None, takes: float) -> Answer:
    by = list(dict.fromkeys(people))[: asked["need"]]
    return Answer({"approved": True, "by": by, "reason": reason or USUAL, "at": AT}, takes_s=takes)


def _refuse(then: str, error: str, by: list[str], reason: str, takes: float) -> Answer:
    if then == "fail":
        return Answer(error=error, cause=reason, takes_s=takes)
    return Answer({"approved": False, "by": by, "reason": reason, "at": AT}, takes_s=takes)
