"""What an atom may fail with. The class names are wire format: Step Functions matches Retry and Catch on them.

Apart from the contract, because functions that run no atom share the translation of AWS's faults and must not pay for
pydantic.
"""

from chalicelib.errors import InterlockError


class AtomError(InterlockError):
    """The atom failed: {cause}."""

    transient = False
    """A retry of the same call may succeed."""
    nothing_done = False
    """The call changed nothing, so its undo need not run and its lock need not be held for `effect_timeout_s`."""


class Throttled(AtomError):
    """AWS throttled the call: {cause}. Nothing was done: retry it, with growing intervals."""

    transient, nothing_done = True, True


class Unavailable(AtomError):
    """Whether the call took its full effect is not known: {cause}. Retry it: a repeat does no harm where the atom is idempotent."""

    transient = True


class AccessDenied(AtomError):
    """The atom's role may not do this: {cause}. `interlock iam` shows what it may; no retry helps."""

    nothing_done = True


class InputInvalid(AtomError):
    """The input does not fit the atom: {cause}. Its page under docs/atoms names each field; no retry helps."""

    nothing_done = True


class NotFound(AtomError):
    """What the atom should act on does not exist: {cause}. Look at the name, the account and the region; no retry helps."""

    nothing_done = True


class NotYet(AtomError):
    """The awaited state is not reached yet: {cause}. Ask again: `retry: {{errors: [NotYet], ...}}`."""

    transient, nothing_done = True, True


class Rejected(AtomError):
    """AWS refused the call in the object's present state: {cause}. Change that state first; a repeat is refused as long as it lasts."""

    nothing_done = True


class StateUnreachable(AtomError):
    """The awaited state can no longer be reached: {cause}. Go another way: asking again does not help."""

    nothing_done = True


class HostNotAllowed(AtomError):
    """This deployment does not allow requests to that host: {cause}. List it in policies/http.yaml and deploy."""

    nothing_done = True


COMMON_ERRORS: tuple[type[AtomError], ...] = (Throttled, Unavailable, AccessDenied, InputInvalid, NotFound, Rejected)
"""What any atom that calls AWS may raise."""
