import pytest

from chalicelib.decision.batching import Batching, Bound, MalformedSize, Size, Target, make_batches, parse_size

FLEET = tuple(Target(f"i-{number}", zone="abc"[number % 3], group="shop") for number in range(9))


def names(batches: tuple[tuple[Target, ...], ...]) -> list[str]:
    return [" ".join(one.id for one in batch) for batch in batches]


def test_sizes_follow_each_other_and_the_last_one_is_used_again() -> None:
    made = make_batches(FLEET, Batching(sizes=(Size(1), Size(3)), spread_zones=True))

    assert names(made.batches) == ["i-0", "i-1 i-2 i-3", "i-4 i-5 i-6", "i-7 i-8"]


def test_a_canary_is_one_batch_more() -> None:
    made = make_batches(FLEET, Batching(sizes=(parse_size("100%"),), canary=Size(2)))

    assert [len(batch) for batch in made.batches] == [2, 7]


def test_one_zone_is_finished_before_the_next_begins() -> None:
    made = make_batches(FLEET, Batching(sizes=(Size(2),), one_zone_at_a_time=True))

    assert names(made.batches) == ["i-0 i-3", "i-6", "i-1 i-4", "i-7", "i-2 i-5", "i-8"]


def test_what_is_down_already_counts_and_costs_nothing_itself() -> None:
    fleet = (FLEET[0]._replace(healthy=False), *FLEET[1:4])
    made = make_batches(fleet, Batching(), {"shop": Bound(Size(2), size=9)})

    assert names(made.batches) == ["i-0 i-3", "i-1", "i-2"]


def test_a_group_without_room_defers_its_healthy_targets_with_the_arithmetic() -> None:
    fleet = (FLEET[0]._replace(healthy=False), FLEET[1])
    made = make_batches(fleet, Batching(), {"shop": Bound(Size(20, percent=True), size=9)})

    assert names(made.batches) == ["i-0"]
    assert [(one.target.id, one.reason) for one in made.deferred] == [
        ("i-1", "shop may have 1 down (20% of 9), and 1 are down already")
    ]


@pytest.mark.parametrize(("text", "total", "count"), [("5", 3, 5), ("10%", 99, 9), ("1%", 5, 1), ("0%", 5, 0)])
def test_a_share_is_rounded_down_but_never_to_nothing(text: str, total: int, count: int) -> None:
    assert parse_size(text).count(total) == count
    assert str(parse_size(text)) == text


@pytest.mark.parametrize("text", ["", "-1", "101%", "1.5", "all", "5 %"])
def test_other_sizes_are_refused(text: str) -> None:
    with pytest.raises(MalformedSize):
        parse_size(text)
