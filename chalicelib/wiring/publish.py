"""What the publishing function is made of: the part of the composition root that only it needs."""

from functools import cache

from chalicelib.aws.clients import SessionClients
from chalicelib.aws.journal import DynamoJournal
from chalicelib.aws.publisher import BusPublisher
from chalicelib.control.journal.journal import Outlets
from chalicelib.wiring.settings import read_setting


@cache
def get_outlets() -> Outlets:
    """Build them once for the life of the function. Raises MissingSetting."""
    clients = SessionClients(validate=False, brief=True)
    return Outlets(
        DynamoJournal(clients, read_setting("INTERLOCK_TABLE")), BusPublisher(clients, read_setting("INTERLOCK_BUS"))
    )
