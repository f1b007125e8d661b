"""What may be started, and the rules that start it."""

from typing import Any, Literal

from chalicelib.api.schemas.base import Schema, Touched
from chalicelib.catalog.model import Intent, RuleMode


class Entry(Schema):
    """A workflow, or an atom that may be started on its own."""

    name: str
    kind: Literal["workflow", "atom"]
    description: str
    intents: list[Intent]
    """Weakest first; empty if no object is locked."""
    objects: list[str]
    """Templates of the objects it locks."""


class View(Schema):
    """What a run takes, seen one way. `seconds` hold waiting, `calls` are of atoms, `api_calls` theirs of AWS."""

    transitions: float
    seconds: float
    calls: float
    api_calls: float
    usd: float


class EstimateView(Schema):
    """What a run takes and costs, as `interlock estimate` says."""

    best: View
    expected: View
    worst: View
    control_usd: float
    """What reserving, locking and settling cost beside it."""
    prices_as_of: str


class EntryDetail(Entry):
    """Everything the catalog knows of it."""

    hash: str
    bundle_version: str
    input_schema: dict[str, Any]
    output_schema: dict[str, Any] | None
    """Of an atom; a workflow's output is not declared."""
    touches: list[Touched]
    excludes: list[str]
    timeout_s: int
    expected_s: int
    effect_timeout_s: int
    """How long its locks are kept after an end that may have left something running."""
    final_errors: list[str]
    """Errors after which nothing can be running: the locks are freed at once."""
    undoes: bool
    logical_steps: int
    atoms: list[str]
    example: dict[str, Any] | None
    """An input that its cases run with; None for an atom."""
    estimate: EstimateView | None
    """None for an atom."""


class Catalog(Schema):
    """All that may be started."""

    bundle_version: str
    entries: list[Entry]


class RuleView(Schema):
    """A rule in a list."""

    name: str
    description: str
    mode: RuleMode
    object: str
    """The template of the object that it is about."""
    runs: list[str]
    """The workflows and atoms that its branches run."""
    priority: int
    group: str | None


class RuleList(Schema):
    """Every rule."""

    bundle_version: str
    rules: list[RuleView]


class BranchView(Schema):
    """One branch: the first whose `when` is true is taken, and the last has none. One of run, page, ignore is set."""

    when: str | None
    run: str | None
    input: dict[str, Any] | None
    page: str | None
    ignore: str | None


class ScheduleView(Schema):
    """When a rule decides by itself."""

    expression: str
    """As EventBridge takes it: `cron(0 3 ? * SUN *)` or `rate(6 hours)`."""
    timezone: str


class RuleDetail(RuleView):
    """One rule."""

    bundle_version: str
    match: dict[str, Any]
    """An EventBridge event pattern; of a schedule, the one that its occurrences match."""
    schedule: ScheduleView | None
    branches: list[BranchView]
    goal: str | None
    """The JSONata of the desired state."""
