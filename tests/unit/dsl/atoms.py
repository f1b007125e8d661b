"""Atoms that do nothing, for compiling against: one for each trait that the compiler looks at."""

from typing import Any

from chalicelib.atoms.contract import Atom, AtomInput, AtomOutput, Context, Idempotency, Touched
from chalicelib.atoms.errors import AtomError, NotYet, Throttled
from chalicelib.catalog.model import Intent


class Exploded(AtomError):
    """It blew up: {cause}."""


class Refused(AtomError):
    """It was refused: {cause}."""

    nothing_done = True


class HostInput(AtomInput):
    host: str
    force: bool = False
    count: int | None = None


class HostOutput(AtomOutput):
    host: str
    token: str
    healthy: bool
    tags: dict[str, str]
    ports: list[int]


def _never(given: HostInput, context: Context) -> HostOutput:
    raise AssertionError((given, context))


def make_atom(name: str, **changes: Any) -> Atom[HostInput, HostOutput]:
    traits: dict[str, Any] = {
        "version": 1,
        "summary": f"{name} of a host.",
        "input": HostInput,
        "output": HostOutput,
        "intent": Intent.DISRUPT,
        "touches": (Touched("host/{host}", Intent.DISRUPT),),
        "emits": (),
        "permissions": (),
        "timeout_s": 60,
        "effect_timeout_s": 0,
        "idempotency": Idempotency.NATURAL,
        "undo": None,
        "errors": (Exploded, Refused),
        "example": "",
        "run": _never,
    }
    return Atom(name=name, **{**traits, **changes})


_OBSERVE: dict[str, Any] = {"intent": Intent.OBSERVE, "touches": ()}

ATOMS: dict[str, Atom[Any, Any]] = {
    atom.name: atom
    for atom in (
        make_atom("box.open", undo="box.close"),
        make_atom("box.close", undo="box.open"),
        make_atom("box.slow", effect_timeout_s=300, undo="box.close"),
        make_atom("box.once", idempotency=Idempotency.NONE),
        make_atom("box.look", **_OBSERVE),
        make_atom("box.await", **_OBSERVE, errors=(NotYet,)),
        make_atom("box.tune", intent=Intent.CONFIGURE, touches=(Touched("service/{host}", Intent.CONFIGURE),)),
        make_atom("box.many", touches=(Touched("host/{hosts[]}", Intent.DISRUPT),)),
    )
}

RESULT = {"host": "i-1", "token": "t", "healthy": True, "tags": {"a": "b"}, "ports": [80]}
__all__ = ["ATOMS", "RESULT", "Throttled"]
