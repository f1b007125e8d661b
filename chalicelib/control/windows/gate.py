"""What every window answers: whether an event may go on, what is written of the window, and why not."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.catalog.model import Correlate
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.transaction import NOTHING, Put
from chalicelib.control.windows.row import Arrival, Window
from chalicelib.decision.model import ObjectView


class Watch(NamedTuple):
    """What must stay as an event observed it: an object, and how often its state had changed by then."""

    object: str
    """Full id."""
    state: str
    epoch: int


class Occasion(NamedTuple):
    """An event as its rule's windows meet it."""

    arrival: Arrival
    acts: bool
    """Whether the plan is admitted or pages, as things are."""
    watches: tuple[Watch, ...] = ()
    over: str = ""
    """Why what it observed is no longer so."""
    view: ObjectView | None = None
    """Its object."""
    page: str | None = None
    """Who is paged about a storm."""
    settled: Mapping[str, Any] = NOTHING
    """What its dispatch's row says of its settling, once that is done."""
    released: str = ""
    """Who has it go on although it was held: no window holds it up then."""


class Answer(NamedTuple):
    """What a window says. Without a state, the event goes on."""

    writes: tuple[Put, ...] = ()
    state: DispatchState | None = None
    reason: str = ""
    record: Mapping[str, Any] = NOTHING
    """What the dispatch's row keeps of it."""
    owes_page: bool = False


GO_ON = Answer()
Gate = Callable[[Correlate, Occasion, Mapping[str, Window], datetime], Answer]
"""(what the rule wants, the event, the windows by kind, now)."""
