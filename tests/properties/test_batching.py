"""Batches lose nothing, take nothing twice, keep their order, and pass no bound at any moment."""

from collections import Counter
from itertools import groupby
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.decision.batching import Batching, Bound, Size, Target, make_batches

SIZES = st.builds(Size, st.integers(1, 20)) | st.builds(Size, st.integers(1, 100), st.just(True))
TARGETS = st.lists(
    st.builds(
        Target,
        id=st.integers(0, 60).map(lambda number: f"i-{number:02d}"),
        zone=st.sampled_from(["a", "b", "c"]),
        group=st.sampled_from(["shop", "ledger", "free"]),
        rank=st.integers(0, 2),
        healthy=st.booleans() | st.just(True),
    ),
    max_size=50,
    unique_by=lambda one: one.id,
)
POLICIES = st.builds(
    Batching,
    sizes=st.lists(SIZES, min_size=1, max_size=4).map(tuple),
    canary=st.none() | SIZES,
    spread_zones=st.booleans(),
    one_zone_at_a_time=st.booleans(),
)
BOUNDS = st.dictionaries(
    st.sampled_from(["shop", "ledger"]),
    st.builds(Bound, SIZES | st.just(Size(0)), st.integers(50, 80), st.integers(0, 5)),
)


@given(TARGETS, POLICIES, BOUNDS)
def test_every_target_is_in_one_batch_or_deferred_with_a_reason(
    targets: list[Target], batching: Batching, bounds: dict[str, Bound]
) -> None:
    made = make_batches(targets, batching, bounds)

    placed = [one for batch in made.batches for one in batch] + [one.target for one in made.deferred]
    assert Counter(placed) == Counter(targets)
    assert all(made.batches)
    assert all(one.reason and one.target.healthy for one in made.deferred)


@given(TARGETS, POLICIES, BOUNDS)
def test_no_group_has_more_down_than_its_bound_while_any_batch_runs(
    targets: list[Target], batching: Batching, bounds: dict[str, Bound]
) -> None:
    made = make_batches(targets, batching, bounds)

    sick = Counter(one.group for one in targets if not one.healthy)
    for batch in made.batches:
        taken = Counter(one.group for one in batch if one.healthy)
        for name, bound in bounds.items():
            down = taken[name] + sick[name] + bound.down
            assert taken[name] == 0 or down <= bound.max_unavailable.count(bound.size)


@given(TARGETS, POLICIES, BOUNDS)
def test_no_batch_is_larger_than_its_size(targets: list[Target], batching: Batching, bounds: dict[str, Bound]) -> None:
    made = make_batches(targets, batching, bounds)

    total = len(targets) - len(made.deferred)
    sizes = [*([batching.canary] if batching.canary else []), *batching.sizes]
    for index, batch in enumerate(made.batches):
        assert len(batch) <= max(1, sizes[min(index, len(sizes) - 1)].count(total))


@given(TARGETS, POLICIES, BOUNDS, st.randoms(use_true_random=False))
def test_the_order_in_which_targets_are_given_changes_nothing(
    targets: list[Target], batching: Batching, bounds: dict[str, Bound], random: Random
) -> None:
    shuffled = list(targets)
    random.shuffle(shuffled)

    assert make_batches(shuffled, batching, bounds) == make_batches(targets, batching, bounds)


@given(TARGETS, POLICIES)
def test_without_bounds_ranks_are_taken_in_order_within_what_runs_at_once(
    targets: list[Target], batching: Batching
) -> None:
    made = make_batches(targets, batching)

    placed = [one for batch in made.batches for one in batch]
    if batching.one_zone_at_a_time:
        zones = [zone for zone, _ in groupby(one.zone for one in placed)]
        assert len(zones) == len(set(zones))
        assert all(len({one.zone for one in batch}) == 1 for batch in made.batches)
    for _, part in groupby(placed, key=lambda one: one.zone if batching.one_zone_at_a_time else ""):
        ranks = [one.rank for one in part]
        assert ranks == sorted(ranks)


@given(TARGETS.map(lambda found: [one._replace(rank=0) for one in found]), st.integers(1, 9))
def test_a_spread_batch_takes_from_the_zones_as_evenly_as_what_is_left_allows(targets: list[Target], size: int) -> None:
    made = make_batches(targets, Batching(sizes=(Size(size),), spread_zones=True))

    left = Counter(one.zone for one in targets)
    for batch in made.batches:
        taken = Counter(one.zone for one in batch)
        unfinished = [taken[zone] for zone in left if left[zone] > taken[zone]]
        assert not unfinished or min(unfinished) >= max(taken.values()) - 1
        left -= taken
