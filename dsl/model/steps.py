"""The steps of a workflow, told apart by the one field that names their kind.

A new kind is a class here (or beside it), a line in `KINDS`, and a file in `dsl/lower`.
"""

from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag

from dsl.diagnostics import suggest
from dsl.model.approving import ApproveStep
from dsl.model.base import Name, PositiveDuration, Retries, Share, Strict, mistake
from dsl.model.nested import WorkflowStep
from dsl.model.polling import Poll, UntilStep
from dsl.model.rollout import Rollout, RolloutStep
from dsl.model.sdk import AwsStep
from dsl.model.step_base import Block, StepBase, Text
from dsl.model.trying import Clause, TryStep
from dsl.model.undo import UndoField
from dsl.model.values import EmitStep, SetStep, SucceedStep

MAX_INLINE_ITEMS = 40
"""Up to here a `foreach` runs inline: that many iterations at once is what an inline map starts, and the history of
25,000 events holds them with room for retries."""

MAX_ITEMS = 10_000
"""Beyond it a list does not fit into the 256 KiB that a state may be given."""

MAX_CONCURRENCY = 1_000
"""More children of one distributed map at once are slower, says AWS, not faster."""


class AtomStep(StepBase):
    """Run one atom."""

    kind = "atom"
    has_result = True

    atom: str
    with_: dict[str, Any] = Field(default={}, alias="with")
    retry: Retries | None = None
    timeout: PositiveDuration | None = None
    undo: UndoField = None
    continue_on_error: bool = False

    def texts(self) -> tuple[Text, ...]:
        """Give `with` and `undo.with`."""
        found = [*super().texts(), Text(("with",), self.with_, bare=False)]
        if self.undo is not None:
            found.append(Text(("undo", "with"), self.undo.with_, bare=False, own=True))
        return tuple(found)


class Case(Strict):
    """One branch of a `switch`. `when` is a bare JSONata expression."""

    when: str
    steps: "Annotated[tuple[Step, ...], Field(min_length=1)]"


class SwitchStep(StepBase):
    """Take the first case that is true, else `default`, else go on."""

    kind = "switch"

    switch: Annotated[tuple[Case, ...], Field(min_length=1)]
    default: "tuple[Step, ...]" = ()

    def blocks(self) -> tuple[Block, ...]:
        """Give the cases, then the default."""
        cases = [
            Block(("switch", index, "steps"), case.steps, condition=f"{self.id}[{index}]")
            for index, case in enumerate(self.switch)
        ]
        return (*cases, Block(("default",), self.default, condition=f"{self.id}[default]"))

    def texts(self) -> tuple[Text, ...]:
        """Give the condition of each case."""
        cases = (
            Text(("switch", index, "when"), case.when, bare=True, condition=f"{self.id}[{index}]")
            for index, case in enumerate(self.switch)
        )
        return (*super().texts(), *cases)


class Branch(Strict):
    """One branch of a `parallel`. Without `output` its value is an object of its steps' results."""

    steps: "Annotated[tuple[Step, ...], Field(min_length=1)]"
    output: Any = None


def _expand_branch(value: object) -> object:
    return {"steps": value} if isinstance(value, list) else value


class ParallelStep(StepBase):
    """Run named branches at once; `$id.<branch>` is what each gave."""

    kind = "parallel"
    has_result = True

    parallel: Annotated[
        dict[Name, Annotated[Branch, BeforeValidator(_expand_branch)]], Field(min_length=1, max_length=40)
    ]
    retry: Retries | None = None
    continue_on_error: bool = False

    def blocks(self) -> tuple[Block, ...]:
        """Give the branches."""
        return tuple(
            Block(
                ("parallel", name, "steps"),
                branch.steps,
                scope=f"{self.id}.{name}",
                output=(("parallel", name, "output"), branch.output),
            )
            for name, branch in self.parallel.items()
        )


class Loop(Strict):
    """What a `foreach` runs over. `items` is a bare JSONata expression."""

    items: str
    as_: Name = Field(alias="as")
    max_items: Annotated[int, Field(ge=1)]
    max_concurrency: Annotated[int, Field(ge=1, le=MAX_CONCURRENCY)] = MAX_INLINE_ITEMS
    tolerate: Share | None = None
    steps: "Annotated[tuple[Step, ...], Field(min_length=1)]"
    output: Any = None


class ForeachStep(StepBase):
    """Run steps for every item; `$id` is the list of what the iterations gave, in the order of the items."""

    kind = "foreach"
    has_result = True

    foreach: Loop
    retry: Retries | None = None
    continue_on_error: bool = False

    @property
    def loop(self) -> Loop:
        """What every kind of loop has."""
        return self.foreach

    def blocks(self) -> tuple[Block, ...]:
        """Give the body."""
        loop = self.foreach
        variables = (loop.as_, f"{loop.as_}_index")
        output = (("foreach", "output"), loop.output)
        return (Block(("foreach", "steps"), loop.steps, scope=self.id, variables=variables, output=output),)

    def texts(self) -> tuple[Text, ...]:
        """Give `items`."""
        return (*super().texts(), Text(("foreach", "items"), self.foreach.items, bare=True))


class Moment(Strict):
    """A point in time: ISO 8601 with offset, or an expression that gives it."""

    timestamp: str


class WaitStep(StepBase):
    """Wait for a duration, for an expression's number of seconds, or until a moment."""

    kind = "wait"

    wait: str | Moment

    def texts(self) -> tuple[Text, ...]:
        """Give the duration or the moment."""
        if isinstance(self.wait, Moment):
            return (*super().texts(), Text(("wait", "timestamp"), self.wait.timestamp, bare=False))
        return (*super().texts(), Text(("wait",), self.wait, bare=False))


class Failure(Strict):
    """An error name, matched by whoever looks at the execution, and its cause in words."""

    error: Annotated[str, Field(min_length=1)]
    cause: Annotated[str, Field(min_length=1)]


class FailStep(StepBase):
    """End the workflow as failed."""

    kind = "fail"

    fail: Failure

    def texts(self) -> tuple[Text, ...]:
        """Give error and cause."""
        named = (("error", self.fail.error), ("cause", self.fail.cause))
        return (*super().texts(), *(Text(("fail", name), value, bare=False) for name, value in named))


KINDS: tuple[type[StepBase], ...] = (
    AtomStep,
    SwitchStep,
    ParallelStep,
    ForeachStep,
    WaitStep,
    FailStep,
    SucceedStep,
    SetStep,
    EmitStep,
    TryStep,
    WorkflowStep,
    RolloutStep,
    AwsStep,
    ApproveStep,
)
"""Every kind of step, by the field that names it; a `wait` with an atom in it is an UntilStep."""

_NAMES = tuple(model.kind for model in KINDS)


def _find_kind(value: object) -> str | None:
    if isinstance(value, StepBase):
        return _find_tag(value.kind, getattr(value, value.kind, None))
    if not isinstance(value, dict):
        return None
    return next((_find_tag(name, value[name]) for name in _NAMES if name in value), None)


def _find_tag(kind: str, value: object) -> str:
    is_poll = kind == "wait" and (isinstance(value, Poll) or (isinstance(value, dict) and "timestamp" not in value))
    return "until step" if is_poll else f"{kind} step"


def _check_kind(value: object) -> object:
    if isinstance(value, StepBase):
        return value
    if not isinstance(value, dict):
        raise mistake("E203", "a step must be a mapping", "write `- id: ...` and one of: " + ", ".join(_NAMES))
    if _find_kind(value) is None:
        known = {"id", "when", "description"}
        near = ((key, hint) for key in value if key not in known and (hint := suggest(key, _NAMES)))
        first = next(iter(value), None)
        at, hint = next(near, (first, f"add one of: {', '.join(_NAMES)}"))
        raise mistake("E206", "this step has no kind", hint, at)
    _check_options(value)
    return value


_WHY_NOT = {
    (
        "heartbeat",
        "atom",
    ): "a function sends none, and is missed at once when it dies: `timeout` says how long it may take",
    ("heartbeat", "approve"): "people send none: `expires` says how long they have",
    ("retry", "workflow"): "its steps become steps of this machine: put `retry` on them, in its own file",
    ("retry", "approve"): "people are asked once, and their answer stands",
    ("timeout", "approve"): "`expires`, inside `approve`, says how long people have",
    ("timeout", "workflow"): "its own file has a `timeout`",
}
"""Why a kind that might be thought to carry an option does not, and what does it instead."""
_OPTIONS = ("retry", "timeout", "heartbeat", "undo", "continue_on_error", "with")


def _check_options(value: dict[object, object]) -> None:
    """Tell an option that the step's kind cannot carry from a misspelt field."""
    model = next(one for one in KINDS if one.kind in value)
    known = {field.alias or name for name, field in model.model_fields.items()}
    for name in _OPTIONS:
        if name in value and name not in known and name not in _NAMES:
            carriers = [one.kind for one in KINDS if name in {f.alias or n for n, f in one.model_fields.items()}]
            article = "an" if model.kind[0] in "aeiou" else "a"
            hint = f"it goes on: {', '.join(carriers)}"
            if isinstance(value.get("wait"), dict) and name in Poll.model_fields:
                hint = "write it inside `wait`, beside `atom`"
            elif name == "heartbeat":
                hint = "it goes on an `aws` step that hands out its task token"
            hint = _WHY_NOT.get((name, model.kind), hint)
            raise mistake("E207", f"`{name}` does not go on {article} `{model.kind}` step", hint, name)


Step = Annotated[
    Annotated[AtomStep, Tag("atom step")]
    | Annotated[SwitchStep, Tag("switch step")]
    | Annotated[ParallelStep, Tag("parallel step")]
    | Annotated[ForeachStep, Tag("foreach step")]
    | Annotated[WaitStep, Tag("wait step")]
    | Annotated[UntilStep, Tag("until step")]
    | Annotated[FailStep, Tag("fail step")]
    | Annotated[SucceedStep, Tag("succeed step")]
    | Annotated[SetStep, Tag("set step")]
    | Annotated[EmitStep, Tag("emit step")]
    | Annotated[TryStep, Tag("try step")]
    | Annotated[WorkflowStep, Tag("workflow step")]
    | Annotated[RolloutStep, Tag("rollout step")]
    | Annotated[AwsStep, Tag("aws step")]
    | Annotated[ApproveStep, Tag("approve step")],
    Discriminator(_find_kind),
    BeforeValidator(_check_kind),
]
"""Any step."""

LoopStep = ForeachStep | RolloutStep
"""What runs steps for every item."""

for _model in (Case, SwitchStep, Branch, ParallelStep, Loop, ForeachStep, Clause, TryStep, Rollout, RolloutStep):
    _model.model_rebuild(_types_namespace={"Step": Step})
