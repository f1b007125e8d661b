"""What an execution's history says must be taken back."""

from typing import Any

from chalicelib.catalog.model import UndoStep
from chalicelib.control.model import HistoryEvent
from chalicelib.control.undo.aftermath import find_actions

GIVEN = {"host": "i-0a"}
DRAIN = UndoStep("drain", ("drain", "input"), {})
STOP = UndoStep("stop", ("stop",), {})
ITEM = UndoStep("detach", ("detach", "host"), {"host": "item", "host_index": "index"})


def write_history(*events: tuple[int, int, str, Any]) -> list[HistoryEvent]:
    """From (id, previous, `+state` or `-state`, data or variables)."""
    return [
        HistoryEvent(here, previous, "entered", what[1:], data=value)
        if what.startswith("+")
        else HistoryEvent(here, previous, "exited", what[1:], variables=value or {})
        for here, previous, what, value in events
    ]


def find(history: list[HistoryEvent], *steps: UndoStep) -> list[tuple[str, dict[str, Any]]]:
    return [(one["step"], one["variables"]) for one in find_actions(history, steps, GIVEN)]


def test_what_finished_is_taken_back_latest_first_with_what_it_gave() -> None:
    history = write_history(
        (1, 0, "+drain", None),
        (2, 1, "-drain", {"drain": 1}),
        (3, 2, "+stop", None),
        (4, 3, "-stop", {"stop": 2}),
    )
    assert find(history, DRAIN, STOP) == [("stop", {"stop": 2}), ("drain", {"drain": 1, "input": GIVEN})]


def test_what_was_begun_and_not_finished_is_taken_back_too_without_a_result() -> None:
    history = write_history((1, 0, "+drain", None), (2, 1, "-drain", {"drain": 1}), (3, 2, "+stop", None))
    assert find(history, DRAIN, STOP) == [("stop", {"stop": None}), ("drain", {"drain": 1, "input": GIVEN})]


def test_what_was_never_begun_or_cannot_be_undone_is_left_alone() -> None:
    assert find(write_history((1, 0, "+look", None), (2, 1, "-look", {"look": 1})), DRAIN, STOP) == []


def test_what_the_execution_had_taken_back_itself_is_left_out() -> None:
    history = write_history(
        (1, 0, "+drain", None),
        (2, 1, "-drain", {"drain": 1}),
        (3, 2, "+stop", None),
        (4, 3, "-stop", {"stop": 2}),
        (5, 4, "+stop.undo", None),
        (6, 5, "-stop.undo", {}),
        (7, 6, "+drain.undo", None),
    )
    assert [step for step, _ in find(history, DRAIN, STOP)] == ["drain"], "the undo that was under way is done again"


def test_branches_do_not_see_each_others_variables() -> None:
    history = write_history(
        (1, 0, "+both", None),
        (2, 1, "+drain", None),
        (3, 1, "+stop", None),
        (4, 2, "-drain", {"drain": "mine", "stop": "not mine"}),
        (5, 3, "-stop", {"stop": "mine"}),
    )
    assert find(history, DRAIN, STOP) == [("stop", {"stop": "mine"}), ("drain", {"drain": "mine", "input": GIVEN})]


def test_each_iteration_is_taken_back_with_its_own_item() -> None:
    history = write_history(
        (1, 0, "+each", None),
        (2, 1, "+detach", {"item": "i-1", "index": 0}),
        (3, 1, "+detach", {"item": "i-2", "index": 1}),
        (4, 2, "-detach", {"detach": "one", "host": "i-1", "host_index": 0}),
    )
    assert find(history, ITEM) == [
        ("detach", {"detach": "one", "host": "i-1"}),
        ("detach", {"detach": None, "host": "i-2"}),
    ]


def test_a_loop_over_batches_is_taken_back_batch_by_batch() -> None:
    history = write_history(
        (1, 0, "+stop", None),
        (2, 1, "-stop", {"stop": "first"}),
        (3, 2, "+stop", None),
        (4, 3, "-stop", {"stop": "second"}),
        (5, 4, "+stop", None),
    )
    # The third was begun and gave nothing yet: what the second gave is not taken for its result.
    assert [found["stop"] for _, found in find(history, STOP)] == [None, "second", "first"]
