from collections.abc import Mapping

from chalicelib.decision.batching import Batching, Bound, Size, Target, make_batches
from chalicelib.decision.model import ObjectView
from chalicelib.decision.objects import view_object
from chalicelib.decision.targets import Selector, measure_bounds, select_targets
from chalicelib.identity import ObjectId
from tests.unit.decision.examples import HOME, NOW, make_bundle

RANKS = {"P0": 0, "P1": 1, "P2": 2}


def make_view(name: str, state: str | None = "running", kind: str = "host", **labels: str) -> ObjectView:
    object_id = ObjectId(HOME.account, HOME.region, kind, name)
    return view_object(object_id, state=state, state_at=NOW, labels=labels, bundle=make_bundle())


def list_names(targets: tuple[Target, ...]) -> list[str]:
    return [target.id.rpartition("/")[2] for target in targets]


FLEET = (
    make_view("i-2", service="checkout", zone="a"),
    make_view("i-1", "stopped", service="checkout", zone="b"),
    make_view("i-3", service="ledger", zone="a", role="db"),
    make_view("web", kind="service", service="checkout"),
    make_view("i-4", None),
)


def test_a_selector_means_the_objects_that_fit_all_of_it() -> None:
    chosen: Mapping[str, Selector] = {
        "i-1 i-2 i-3 i-4": Selector("host"),
        "i-1 i-2": Selector("host", service="checkout"),
        "i-2 i-3": Selector(zone="a"),
        "i-3": Selector(labels={"role": "db"}),
    }
    for names, selector in chosen.items():
        assert list_names(select_targets(FLEET, selector)) == names.split()


def test_what_matters_least_is_touched_first_and_what_was_never_seen_is_not_healthy() -> None:
    targets = select_targets(FLEET, Selector("host"), RANKS)

    batches = make_batches(targets, Batching((Size(1),))).batches
    assert [list_names(batch) for batch in batches] == [["i-4"], ["i-2"], ["i-1"], ["i-3"]]
    assert [one.healthy for one in targets] == [False, True, True, False]


def test_a_bound_counts_what_is_down_and_no_target() -> None:
    targets = select_targets(FLEET, Selector("host", zone="a"))

    most = {"checkout": Size(1), "ledger": Size(50, percent=True)}
    assert measure_bounds(FLEET, targets, "host", most) == {
        "checkout": Bound(Size(1), size=2, down=1),
        "ledger": Bound(Size(50, percent=True), size=1, down=0),
    }
