"""What an atom's function is made of: the part of the composition root that only atoms need."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Protocol

from chalicelib.atoms.contract import Context
from chalicelib.atoms.dry_run import DryClients, DryHttp
from chalicelib.atoms.invocation import Call, Surroundings, read_call, run_atom
from chalicelib.atoms.registry import get_atom
from chalicelib.aws.bus import Bus, Outbox
from chalicelib.aws.clients import SessionClients
from chalicelib.aws.clock import SystemClock
from chalicelib.aws.effects import Effects
from chalicelib.aws.faults import translate_fault
from chalicelib.aws.log import LineLog
from chalicelib.aws.web import Web
from chalicelib.wiring.settings import read_list, read_setting


class LambdaContext(Protocol):
    """What is used of the object Lambda passes to a handler."""

    def get_remaining_time_in_millis(self) -> int:
        """Give the milliseconds before Lambda ends the invocation."""


def invoke_atom(name: str, payload: Mapping[str, Any], lambda_context: LambdaContext) -> dict[str, Any]:
    """Run the atom called `name` on one payload. Raises what `run_atom` raises, and MissingSetting."""
    call = read_call(payload)
    return run_atom(get_atom(name), call, build_surroundings(call, lambda_context))


def build_surroundings(call: Call, lambda_context: LambdaContext) -> Surroundings:
    """Bind clients and event bus to one invocation. Raises MissingSetting."""
    clients, effects, now = warm_clients(), warm_effects(), SystemClock().now
    effects.forget()
    outbox = Outbox(Bus(clients, read_setting("INTERLOCK_BUS")), call.dispatch, now)
    web = Web(
        frozenset(read_list("INTERLOCK_HTTP_HOSTS")), frozenset(read_list("INTERLOCK_HTTP_PRIVATE_HOSTS")), effects
    )
    return Surroundings(
        context=Context(
            clients=DryClients(clients) if call.dry_run else clients,
            dispatch=call.dispatch,
            step=call.step,
            emit=outbox.emit,
            remaining_ms=lambda_context.get_remaining_time_in_millis,
            now=now,
            log=LineLog({"dispatch": call.dispatch.id, "fence": call.dispatch.fence, "step": call.step}),
            http=DryHttp() if call.dry_run else web,
            dry_run=call.dry_run,
        ),
        publish=outbox.publish,
        translate=translate_fault,
        acted=lambda: effects.possible,
    )


@cache
def warm_clients() -> SessionClients:
    """Give the clients that all invocations of one warm function share."""
    return SessionClients(watch=warm_effects().watch)


@cache
def warm_effects() -> Effects:
    """Give what watches those clients."""
    return Effects()
