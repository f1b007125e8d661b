"""Eight processes want the same host at the same moment, five hundred times: one wins, and the others know who did.

On the local AWS, whose transactions are safe under concurrency; moto's are not.
"""

from collections import Counter
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.aws.clock import pause
from chalicelib.aws.store import DynamoStore
from chalicelib.control.intake import admit, read_records
from chalicelib.identity import ObjectId
from infra.cloud import Cloud, open_local
from tests.builders import HOME, make_bundle, make_decision, make_ports
from tests.tables import CloudClients, create_table

pytestmark = pytest.mark.e2e

PROCESSES = 8
ROUNDS = 500


def _race(endpoint: str, table: str, worker: int, barrier: Barrier) -> list[tuple[str, str, tuple[str, ...]]]:
    """Ask for each round's host; give what each answer was."""
    ports = make_ports(DynamoStore(CloudClients(open_local(endpoint)), table, pause))
    bundle = make_bundle()
    answers = []
    for number in range(ROUNDS):
        decision = make_decision("host_reboot", f"round{number}-worker{worker}", host=f"i-{number}")
        barrier.wait()
        verdict = admit(decision, bundle, ports)
        answers.append((verdict.dispatch, str(verdict.kind), tuple(one.dispatch for one in verdict.blockers)))
    return answers


def _work(endpoint: str, table: str, worker: int, barrier: Barrier, queue: Any) -> None:
    try:
        queue.put(_race(endpoint, table, worker, barrier))
    except BaseException as error:
        barrier.abort()
        queue.put(repr(error))
        raise


def test_eight_processes_and_five_hundred_rounds_give_exactly_one_winner_each(cloud: Cloud) -> None:
    assert cloud.endpoint is not None
    table = create_table(cloud.client("dynamodb"), uuid4().hex[:8])
    context = get_context("spawn")
    barrier, queue = context.Barrier(PROCESSES), context.Queue()
    workers = [
        context.Process(target=_work, args=(cloud.endpoint, table, worker, barrier, queue))
        for worker in range(PROCESSES)
    ]
    for worker in workers:
        worker.start()
    answers = [queue.get(timeout=300) for _ in workers]
    for worker in workers:
        worker.join(timeout=30)
    assert [one for one in answers if isinstance(one, str)] == []
    store = make_ports(DynamoStore(CloudClients(cloud), table, pause))
    for number in range(ROUNDS):
        mine = [one[number] for one in answers]
        kinds = Counter(kind for _, kind, _ in mine)
        assert kinds["start"] == 1, f"round {number}: {kinds}"
        winner = next(dispatch for dispatch, kind, _ in mine if kind == "start")
        one = ObjectId(HOME.account, HOME.region, "host", f"i-{number}")
        record = read_records({one}, store)[one]
        assert [holder.dispatch for holder in record.holders] == [winner]
        assert record.fence == 1
        assert kinds["queue"] + kinds["reject"] == PROCESSES - 1
        assert record.waiters == kinds["queue"] == 5, "the queue takes five, and says so to the others"
        assert all(winner in blockers for _, kind, blockers in mine if kind == "queue")
