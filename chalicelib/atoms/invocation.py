"""One run of an atom, from the payload a state machine sends to the value its step gets."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from chalicelib.atoms.contract import Context, Dispatch
from chalicelib.atoms.dry_run import WouldAct
from chalicelib.atoms.errors import AtomError, InputInvalid, Unavailable
from chalicelib.atoms.registry import AnyAtom

_MOST_MISTAKES = 5


class Call(BaseModel):
    """The payload of an atom's function."""

    input: dict[str, Any]
    dispatch: Dispatch
    step: str
    dry_run: bool = False
    """Look and do not act; the answer is `{dry_run, would, output}`, and nothing is published."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a run needs around it, bound to its dispatch and step."""

    context: Context
    publish: Callable[[], None]
    """Sends what the atom emitted. Raises Unavailable."""
    translate: Callable[[Exception], AtomError | None]
    """Gives the atom error that an AWS fault means, None for any other exception."""
    acted: Callable[[], bool]
    """Whether anything the run asked of AWS may have taken effect."""


def read_call(payload: object) -> Call:
    """Check the payload's frame. Raises InputInvalid."""
    try:
        return Call.model_validate(payload)
    except ValidationError as error:
        raise InputInvalid(cause=describe_mistakes(error)) from error


def run_atom(atom: AnyAtom, call: Call, surroundings: Surroundings) -> dict[str, Any]:
    """Run it and give its output as JSON values.

    Raises InputInvalid, the atom's own errors, or the translation of an AWS fault. A fault that by itself changed
    nothing becomes Unavailable when an earlier request of the run may have changed something. What was observed is
    published however the run ends.
    """
    try:
        given = atom.input.model_validate(call.input)
    except ValidationError as error:
        raise InputInvalid(cause=describe_mistakes(error)) from error
    try:
        output = atom.run(given, surroundings.context)
    except WouldAct as would:
        return _tell_dry_run(would, None)
    except AtomError:
        raise
    except Exception as error:
        fault = surroundings.translate(error)
        if fault is None:
            raise
        if fault.nothing_done and surroundings.acted():
            raise Unavailable(cause=f"an earlier request may have taken effect, then {fault}") from error
        raise fault from error
    finally:
        if not surroundings.context.dry_run:
            surroundings.publish()
    answer: dict[str, Any] = output.model_dump(mode="json")
    return _tell_dry_run(None, answer) if surroundings.context.dry_run else answer


def _tell_dry_run(would: WouldAct | None, output: dict[str, Any] | None) -> dict[str, Any]:
    """Give what a dry run found: the act it came to, or, if there was nothing to do, the output."""
    return {"dry_run": True, "would": None if would is None else would.act, "output": output}


def describe_mistakes(error: ValidationError) -> str:
    """Write pydantic's findings in one line, without the values, which may be secrets or long."""
    found = [
        ": ".join(part for part in (".".join(map(str, one["loc"])), one["msg"].removeprefix("Value error, ")) if part)
        for one in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    more = len(found) - _MOST_MISTAKES
    return "; ".join(found[:_MOST_MISTAKES]) + (f"; and {more} more" if more > 0 else "")
