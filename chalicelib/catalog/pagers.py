"""Who is behind the names that are paged. Known where a stack is made; no decision needs it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pager:
    """A name that rules, services and tiers page. It gets an SNS topic, to which anybody may be subscribed."""

    name: str
    email: tuple[str, ...] = ()
    """Addresses that are subscribed with the stack; each must confirm it once."""


@dataclass(frozen=True, slots=True)
class Pagers:
    """All of them; none at all: pages are events on Interlock's bus, and nothing more."""

    pagers: tuple[Pager, ...] = ()
    watch: str | None = None
    """The pager that is told when Interlock itself is unwell; None: nothing watches."""
