"""Who may answer: patterns of people, matched against the principal that IAM or a signed link vouches for.

    ana, user/ana       the IAM user of that name, whatever its path
    role/sre-*          whoever has assumed a role of that name; each session is a person of its own
    arn:aws:iam::*:*    a whole ARN
    link:ana@example    whoever was handed a signed link for that name, and nobody with an IAM identity

`*`, `?` and `[…]` mean what they mean in file names. A session's own name is never matched alone: in many accounts whoever
assumes a role chooses it.
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase

LINK = "link:"
_ROLE, _USER, _ARN = "role/", "user/", "arn:"


def may_answer(patterns: Iterable[str], principal: str) -> bool:
    """Whether a principal is one of those who are asked."""
    return any(_fits(one, principal) for one in patterns)


def show_person(principal: str) -> str:
    """Name a principal as people do: the user, the role and session, or the name of the link."""
    resource = principal.rpartition(":")[2]
    return principal if principal.startswith(LINK) else resource.removeprefix(_USER).removeprefix("assumed-role/")


def _fits(pattern: str, principal: str) -> bool:
    if pattern.startswith(LINK) or principal.startswith(LINK):
        return pattern.startswith(LINK) and principal.startswith(LINK) and fnmatchcase(principal, pattern)
    if pattern.startswith(_ARN):
        return fnmatchcase(principal, pattern)
    kind, _, name = principal.rpartition(":")[2].partition("/")
    if pattern.startswith(_ROLE):
        return kind == "assumed-role" and fnmatchcase(name.partition("/")[0], pattern.removeprefix(_ROLE))
    return kind == "user" and fnmatchcase(name.rpartition("/")[2], pattern.removeprefix(_USER))
