"""Builds the ports of the core functions (decide, settle, reconcile, API) on AWS."""

from functools import cache
from typing import NamedTuple

from chalicelib.aws.clients import SessionClients
from chalicelib.aws.clock import SystemClock, pause
from chalicelib.aws.executions import REST_S, Place, StepFunctions
from chalicelib.aws.ports import Clients
from chalicelib.aws.publisher import BusPublisher
from chalicelib.aws.queues import OwnQueues
from chalicelib.aws.secrets import WebhookSecrets
from chalicelib.aws.store import DynamoStore
from chalicelib.catalog.load import load_bundle
from chalicelib.catalog.model import Bundle
from chalicelib.control.ports import Ports
from chalicelib.events.secrets import NoSecrets, Secrets
from chalicelib.identity import Home
from chalicelib.wiring.settings import Settings, read_settings


class Core(NamedTuple):
    """Everything a core function works with."""

    ports: Ports
    bundle: Bundle
    home: Home
    stage: str
    secrets: Secrets = NoSecrets()
    """Of webhooks; only the API reads them."""


def find_place(settings: Settings) -> Place:
    """Say where the machines are."""
    return Place(settings.partition, settings.region, settings.account, settings.stage)


def build_ports(settings: Settings, clients: Clients, rest_s: float = REST_S) -> Ports:
    """Put AWS behind every port; `rest_s`: for how long no start is asked for once one was throttled."""
    return Ports(
        store=DynamoStore(clients, settings.table, pause),
        executions=StepFunctions(clients, find_place(settings), rest_s),
        delays=OwnQueues(clients, settings.hold_queue, settings.start_queue),
        publisher=BusPublisher(clients, settings.bus),
        clock=SystemClock(),
    )


@cache
def warm_clients() -> SessionClients:
    """Give the clients that all invocations of one warm function share."""
    return SessionClients(validate=False, brief=True)


@cache
def get_core(rest_s: float = REST_S) -> Core:
    """Build it once for the life of the function. Raises MissingSetting and BundleInvalid."""
    settings = read_settings()
    clients = warm_clients()
    return Core(
        ports=build_ports(settings, clients, rest_s),
        bundle=load_bundle(),
        home=Home(settings.account, settings.region),
        stage=settings.stage,
        secrets=WebhookSecrets(clients, settings.stage, SystemClock()),
    )
