"""What an atom's function is made of: the part of the composition root that only atoms need."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Protocol

from chalicelib.atoms.contract import Context
from chalicelib.atoms.dry_run import DryClients, DryHttp
from chalicelib.atoms.errors import AccessDenied
from chalicelib.atoms.invocation import Call, Surroundings, read_call, run_atom
from chalicelib.atoms.registry import get_atom
from chalicelib.aws.bus import Bus, Outbox
from chalicelib.aws.clients import AssumedRole, SessionClients
from chalicelib.aws.clock import SystemClock
from chalicelib.aws.effects import Effects
from chalicelib.aws.faults import translate_fault
from chalicelib.aws.log import LineLog
from chalicelib.aws.web import Web
from chalicelib.catalog.load import load_bundle
from chalicelib.catalog.model import Bundle
from chalicelib.identity import Home
from chalicelib.wiring.settings import read_setting

_FULL_ID = 4
_MOST_NAME = 64
"""What AWS allows for the name of a session."""


class LambdaContext(Protocol):
    """What is used of the object Lambda passes to a handler."""

    def get_remaining_time_in_millis(self) -> int:
        """Give the milliseconds before Lambda ends the invocation."""


def invoke_atom(
    name: str, payload: Mapping[str, Any], lambda_context: LambdaContext, bundle: Bundle | None = None
) -> dict[str, Any]:
    """Run the atom called `name` on one payload. Raises what `run_atom` raises, and MissingSetting.

    The bundle says which hosts may be spoken to and which roles assumed; None is the one that was packaged.
    """
    call, atom = read_call(payload), get_atom(name)
    place = None if atom.home else find_place(call.dispatch.object)
    return run_atom(atom, call, build_surroundings(call, lambda_context, place, bundle or load_bundle()))


def find_place(full_id: str) -> Home | None:
    """Give the account and region of an object that is not where Interlock is, None for one at home."""
    parts = full_id.split("/")
    if len(parts) != _FULL_ID:
        return None
    place = Home(parts[0], parts[1])
    return None if place == Home(read_setting("INTERLOCK_ACCOUNT"), read_setting("AWS_REGION")) else place


def build_surroundings(call: Call, lambda_context: LambdaContext, place: Home | None, bundle: Bundle) -> Surroundings:
    """Bind clients and event bus to one invocation that works in `place`, None at home.

    Raises MissingSetting, or AccessDenied for an account in which no role is named.
    """
    effects, now = warm_effects(), SystemClock().now
    clients = warm_clients() if place is None else foreign_clients(place, bundle.accounts.get(place.account))
    effects.forget()
    where = None if place is None else f"{place.account}/{place.region}"
    outbox = Outbox(Bus(warm_clients(), read_setting("INTERLOCK_BUS")), call.dispatch, now, where)
    web = Web(frozenset(bundle.http.hosts), frozenset(bundle.http.private), effects)
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
def foreign_clients(place: Home, role: str | None) -> SessionClients:
    """Give the clients that work in another account or region, by the role that policies/services.yaml names there.

    Raises AccessDenied if it names none: nothing was asked of AWS.
    """
    if role is None:
        raise AccessDenied(cause=f"policies/services.yaml names no role for the account {place.account}")
    arn = f"arn:{read_setting('INTERLOCK_PARTITION')}:iam::{place.account}:role/{role}"
    session = read_setting("AWS_LAMBDA_FUNCTION_NAME")[:_MOST_NAME]
    return SessionClients(watch=warm_effects().watch, role=AssumedRole(arn, session, place.region))


@cache
def warm_effects() -> Effects:
    """Give what watches those clients."""
    return Effects()
