"""What telling and keeping transitions costs, apart from what makes them: calls, write units and events, from moto's own stream.

The mapping's filters are applied as Lambda does, and what they let through is published in one batch. A part of
`bench.control`.
"""

from typing import Any

from bench.calls import Clients, Counter
from chalicelib.aws.journal import DynamoJournal, read_changes
from chalicelib.aws.publisher import BusPublisher
from chalicelib.control.journal.journal import Outlets
from chalicelib.decision.patterns import compile_pattern
from chalicelib.entry.publish import publish_batch
from infra.template.stream import list_patterns
from tests.tables import read_stream

TABLE = "interlock-bench"


def measure_journal(dispatch: str) -> dict[str, Any]:
    """Publish what the stream has of one dispatch, whose table is on moto; count that."""
    records = read_stream(Clients(Counter()), TABLE)
    filters = [compile_pattern(one) for one in list_patterns()]
    passed = [one for one in records if any(each.matches(one) for each in filters)]
    own = [one for one in passed if one["dynamodb"]["NewImage"].get("id") == {"S": dispatch}]
    counter = Counter()
    clients = Clients(counter)
    publish_batch(read_changes(own), Outlets(DynamoJournal(clients, TABLE), BusPublisher(clients, "default")))
    taken = counter.take()
    return {
        "changes of its row": len(own),
        "transitions": taken["calls"].count("PutItem"),
        "calls": {name: taken["calls"].count(name) for name in dict.fromkeys(taken["calls"])},
        "write_units": taken["write_units"],
        "changes of other rows, filtered out": len(records) - len(passed),
    }
