"""Class names that state machines retry and catch are wire format: workflows in the field name them."""

from collections.abc import Iterator

from chalicelib.atoms.errors import COMMON_ERRORS, AtomError
from chalicelib.atoms.registry import get_atoms

WIRE_NAMES = {
    # name: (a retry may succeed, nothing was done)
    "AccessDenied": (False, True),
    "CommandFailed": (False, True),
    "HostNotAllowed": (False, True),
    "HttpRefused": (False, False),
    "InputInvalid": (False, True),
    "MetricWorse": (False, True),
    "NotFound": (False, True),
    "NotWeighted": (False, True),
    "NotYet": (True, True),
    "PortUnclear": (False, True),
    "Rejected": (False, True),
    "SecretRefused": (False, True),
    "StateUnreachable": (False, True),
    "Throttled": (True, True),
    "TooManyMatches": (False, True),
    "Unavailable": (True, False),
}


def walk_errors(root: type[AtomError]) -> Iterator[type[AtomError]]:
    for error in root.__subclasses__():
        yield error
        yield from walk_errors(error)


def ours() -> list[type[AtomError]]:
    assert list(get_atoms().values()), (
        "the registry loads an atom, and with it the errors it defines, when it is asked for"
    )
    return [error for error in walk_errors(AtomError) if error.__module__.startswith("chalicelib.")]


def test_the_names_and_what_they_promise_have_not_changed() -> None:
    assert {error.__name__: (error.transient, error.nothing_done) for error in ours()} == WIRE_NAMES


def test_no_two_classes_share_a_name() -> None:
    names = [error.__name__ for error in ours()]
    assert len(set(names)) == len(names)


def test_every_error_is_common_or_declared_by_an_atom() -> None:
    declared = {error for atom in get_atoms().values() for error in atom.errors}
    assert set(ours()) == declared | set(COMMON_ERRORS)


def test_step_functions_reserved_prefix_is_not_used() -> None:
    assert not [error for error in ours() if error.__name__.startswith(("States", "Lambda"))]
