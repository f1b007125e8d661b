"""Every refusal of the API as an RFC 9457 problem: one class a case, whose docstring is the `detail`.

`slug` makes the stable `type` URI, `urn:interlock:problem:<slug>`; `docs/api.md` lists them all.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from chalicelib.errors import InterlockError

TYPE_PREFIX = "urn:interlock:problem:"


class Problem(InterlockError):
    """The request was refused."""

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "internal"
    title: ClassVar[str] = "Internal error"

    def __init__(self, *, extra: Mapping[str, Any] | None = None, **facts: object) -> None:
        """`extra` is shown beside the standard members: `faults`, `blockers`, `dispatch`."""
        super().__init__(**facts)
        self.extra: Mapping[str, Any] = extra or {}


class Internal(Problem):
    """The request could not be served; what went wrong is in the function's log."""


class Unavailable(Problem):
    """The request could not be served now: {cause}. Send it again."""

    status, slug, title = 503, "unavailable", "Try again"


class NoPrincipal(Problem):
    """API Gateway names no IAM principal for the request."""

    status, slug, title = 403, "no-principal", "Who is asking is not known"


class NoRole(Problem):
    """{principal} has no role here: an admin gives one in policies/access.yaml."""

    status, slug, title = 403, "no-role", "No role"


class RoleTooLow(Problem):
    """{what} needs the role {least}, and {principal} is {role}."""

    status, slug, title = 403, "role-too-low", "Role too low"


class OutOfScope(Problem):
    """{principal} may not {intent} {name} ({service}, {tier}): no grant covers it."""

    status, slug, title = 403, "out-of-scope", "Out of scope"


class KeyMissing(Problem):
    """Send an Idempotency-Key header of 1 to 128 visible ASCII characters, the same one with every repeat."""

    status, slug, title = 400, "idempotency-key", "Idempotency-Key is missing or not valid"


class KeyReused(Problem):
    """The Idempotency-Key was used before with another request; what it made is {made}."""

    status, slug, title = 422, "idempotency-key-reused", "Idempotency-Key was used for something else"


class WrongContentType(Problem):
    """The body must be application/json, not {given}."""

    status, slug, title = 415, "content-type", "Unsupported content type"


class TooLarge(Problem):
    """The body has {size} bytes and the API takes {limit}."""

    status, slug, title = 413, "too-large", "Body too large"


class MalformedBody(Problem):
    """The body is not JSON that can be taken: {cause}."""

    status, slug, title = 400, "malformed-json", "Malformed JSON"


class InvalidRequest(Problem):
    """The request is not valid: {cause}."""

    status, slug, title = 422, "invalid-request", "Invalid request"


class InvalidQuery(Problem):
    """The query parameters are not valid: {cause}."""

    status, slug, title = 400, "invalid-query", "Invalid query parameters"


class BadCursor(Problem):
    """The cursor is not one that this list gave: start without one."""

    status, slug, title = 400, "bad-cursor", "Bad cursor"


class UnknownName(Problem):
    """The catalog has no workflow or atom called {name!r}."""

    status, slug, title = 404, "unknown-name", "Unknown workflow or atom"


class UnknownRule(Problem):
    """There is no rule {rule!r}."""

    status, slug, title = 404, "unknown-rule", "Unknown rule"


class UnknownId(Problem):
    """There is no dispatch {dispatch!r}."""

    status, slug, title = 404, "unknown-dispatch", "Unknown dispatch"


class Rejected(Problem):
    """Control refused to start {workflow}: {reason}."""

    status, slug, title = 409, "rejected", "Refused by control"


class Changed(Problem):
    """{what} has changed since it was read: read it again, and send its new ETag as If-Match."""

    status, slug, title = 412, "changed", "Changed meanwhile"


class MatchMissing(Problem):
    """Send the ETag of what you read as If-Match, so that nobody's change is lost."""

    status, slug, title = 428, "if-match", "If-Match is missing"


class UnknownFreeze(Problem):
    """There is no freeze {freeze!r}."""

    status, slug, title = 404, "unknown-freeze", "Unknown freeze"


class NothingToDo(Problem):
    """The dispatch {dispatch} is {state}: {cause}."""

    status, slug, title = 409, "nothing-to-do", "Nothing to do"


class UnknownApprovalId(Problem):
    """There is no approval {approval!r}."""

    status, slug, title = 404, "unknown-approval", "Unknown approval"


class UnknownPlan(Problem):
    """No plan {plan!r} waits or has waited for people."""

    status, slug, title = 404, "unknown-plan", "Unknown plan"


class OtherPlan(Problem):
    """The answer names another hash than the approval {approval} has: look at it again before you answer."""

    status, slug, title = 409, "other-plan", "Not what was approved"


class OwnApproval(Problem):
    """{who} asked for {approval}, and nobody approves what they have asked for."""

    status, slug, title = 403, "own-request", "Your own request"


class NotAsked(Problem):
    """{who} is not one of those who are asked: {approvers}."""

    status, slug, title = 403, "not-an-approver", "Not an approver"


class OneVoice(Problem):
    """{who} made a link for {approval} or answered through one, and a person has one voice."""

    status, slug, title = 403, "one-voice", "One person, one voice"


class BadLink(Problem):
    """The link is not one that was made here, or its time is over."""

    status, slug, title = 401, "bad-link", "Not a valid link"


class NoLinks(Problem):
    """Signed links are not set up: Secrets Manager has no secret for them."""

    status, slug, title = 404, "no-links", "No signed links here"


class AlreadyClosed(Problem):
    """The approval {approval} is {state}: {cause}."""

    status, slug, title = 409, "approval-closed", "The approval is closed"


class WouldRepeat(Problem):
    """A retry of {dispatch} begins at {begins}, and does again what was done: {steps}. Say `"repeat": true` to have that{otherwise}."""

    status, slug, title = 409, "would-repeat", "Would repeat steps"


class CannotResume(Problem):
    """{dispatch} cannot go on from its failed step: {cause}. A retry from the start is another matter: `"from": "start"`."""

    status, slug, title = 409, "cannot-resume", "Cannot go on from there"


def refuse(kind: type[Problem], faults: Sequence[str]) -> Problem:
    """Make a problem of one or more faults: `detail` joins them, and `faults` lists them one by one."""
    return kind(cause="; ".join(faults), extra={"faults": list(faults)})


def describe_problem(problem: Problem, instance: str) -> dict[str, Any]:
    """Give the members of the problem document; `instance` names the one request it is about."""
    return {
        "type": TYPE_PREFIX + problem.slug,
        "title": problem.title,
        "status": problem.status,
        "detail": str(problem),
        "instance": instance,
        **problem.extra,
    }
