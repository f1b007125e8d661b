"""The promises of control again, where locks cover services and a budget bounds them."""

from collections import Counter

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from chalicelib.catalog.model import Intent
from chalicelib.control.claims.claim import read_locks, read_taken
from chalicelib.control.lifecycle import HOLDING_LOCKS, DispatchState
from chalicelib.control.queue.lines import read_stands
from tests.behaviour_claims import SERVICE, make_budget, make_covering, observe
from tests.properties.test_control import HOSTS, OBJECTS, ControlMachine

COUNTED = ("used#", "count#", "locked")


class ClaimsMachine(ControlMachine):
    """Two of the hosts are in one service, of which one may be disrupted at a time; the third is in another."""

    objects = (*OBJECTS, SERVICE)

    def __init__(self) -> None:
        super().__init__()
        self.world.bundle = make_covering(
            make_budget(), make_budget(name="half", scope="tier", at_most=50, percent=True)
        )
        observe(self.world, *HOSTS[:2])
        observe(self.world, HOSTS[2], service="ledger")

    @rule(workflow=st.sampled_from(["drain", "retune"]), tier=st.sampled_from(["P0", "P1", "P2"]))
    def work_on_the_service(self, workflow: str, tier: str) -> None:
        self.count += 1
        self.world.ask(workflow, f"r{self.count}", tier, service="checkout")

    @rule(
        host=st.sampled_from(HOSTS),
        service=st.sampled_from(["checkout", "ledger"]),
        state=st.sampled_from(["running", "stopped", "terminated"]),
    )
    def move(self, host: str, service: str, state: str) -> None:
        self.count += 1
        observe(self.world, host, state=state, at=self.count % 60, service=service)

    @invariant()
    def what_is_counted_is_what_dispatches_took(self) -> None:
        taken: Counter[tuple[str, str, str]] = Counter()
        standing: Counter[tuple[str, str]] = Counter()
        for row in self.rows():
            if row["state"] in HOLDING_LOCKS:
                for one in read_taken(row):
                    taken.update({(*one.key, name): amount for name, amount in one.add.items()})
            if row["state"] == DispatchState.QUEUED:
                standing.update((stand.key.pk, stand.key.sk) for stand in read_stands(row))
        counted = {
            (*key, name): value
            for key, row in self.store.rows.items()
            for name, value in row.items()
            if value and name.startswith(COUNTED)
        }
        assert counted == dict(taken)
        assert {tuple(key): row["waiting"] for key, row in self.store.rows.items() if row.get("waiting")} == standing

    @invariant()
    def no_budget_is_exceeded(self) -> None:
        for key, row in self.store.rows.items():
            if key.pk.startswith("group#service"):
                assert row.get("used#few", 0) <= 1

    @invariant()
    def nothing_disrupts_a_host_beside_a_lock_on_its_service(self) -> None:
        held = [(row["id"], row, read_locks(row)) for row in self.rows() if row["state"] in HOLDING_LOCKS]
        whole = {name for name, _, locks in held if any(one == SERVICE for one, _ in locks)}
        below = {
            name
            for name, row, _ in held
            if any(one.key.sk == "shard" and not one.held and str(SERVICE) in one.key.pk for one in read_taken(row))
        }
        assert not whole or not below

    @invariant()
    def what_disrupts_is_counted(self) -> None:
        for row in self.rows():
            if row["state"] in HOLDING_LOCKS and any(
                one.kind == "host" and Intent(intent) is Intent.DISRUPT for one, intent in read_locks(row)
            ):
                assert any(one.key.sk == "shard" for one in read_taken(row))

    def teardown(self) -> None:
        super().teardown()
        self.what_is_counted_is_what_dispatches_took()


TestClaims = ClaimsMachine.TestCase
TestClaims.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
