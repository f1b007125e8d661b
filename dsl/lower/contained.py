"""Undo across parallel and foreach, whose variables die with them.

In a workflow that undoes, branches and iterations never fail: each catches, takes itself back and gives
`{ok, value | error, undo}`; `undo` holds, for each step that finished, the input that its undo needs. The siblings
finish, `<id>.check` looks, and what did finish is taken back from outside by `<step>.undo_late`.
"""

from dataclasses import dataclass, replace
from typing import Any

from dsl.expressions import wrap
from dsl.ir import Assign, Choice, Map, Pass, Rule
from dsl.lower.context import Here, entry_name
from dsl.lower.distribution import label_of, open_frame, select_item
from dsl.lower.frame import Frame, to_jsonata
from dsl.lower.recovery import add_fail
from dsl.lower.undo_task import add_undo_task, get_undo
from dsl.model import Amount, Block, LoopStep, ParallelStep, Step, TryStep


def holds_undo(step: Step) -> bool:
    """Whether anything inside a container says how it is taken back."""
    return any(_is_undoable(one) for block in step.blocks() if block.scope is not None for one in flatten(block.steps))


def flatten(steps: tuple[Step, ...]) -> list[Step]:
    """Give the steps of one scope in order, those of switch cases included."""
    found = []
    for step in steps:
        found.append(step)
        for block in step.blocks():
            if block.scope is None:
                found += flatten(block.steps)
    return found


def runs_variable(step: Step) -> str:
    """Name the variable that keeps what the branches or iterations gave."""
    return f"{step.id}Runs"


def undo_data(block: Block, conditional: frozenset[str]) -> dict[str, Any]:
    """Give the `undo` of a branch's value; `conditional` names the steps that may have been skipped."""
    found: dict[str, Any] = {}
    for step in flatten(block.steps):
        undo = get_undo(step)
        if undo is not None:
            value: Any = undo.with_
        elif holds_undo(step):
            value = wrap(_collect(step))
        else:
            continue
        found[step.id] = wrap(f"${step.id} != null ? {to_jsonata(value)} : null") if step.id in conditional else value
    return found


def check_name(step: Step) -> str:
    """Name the state that looks whether all of a container went well."""
    return f"{step.id}.check"


def add_check(step: Step, here: Here, following: str, tolerate: Amount | None = None) -> None:
    """Add that state: on to `following`, or into the container's own undo."""
    runs = runs_variable(step)
    rule = Rule(wrap(good_enough(runs, tolerate)), following)
    comment = f"Whether {'enough' if tolerate is not None else 'all'} of {step.id} went well"
    target, assign = fail_check(step, here)
    here.frame.states.append(Choice(name=check_name(step), comment=comment, rules=(rule,), next=target, assign=assign))


def fail_check(step: Step, here: Here) -> tuple[str, Assign]:
    """Say where a container of which too much failed goes, with the first failure."""
    runs, recovery = runs_variable(step), here.recovery
    target = recovery.target_of_check(step, here) or add_fail(here.frame)
    failure = {recovery.failure(here): wrap(f"${runs}[ok = false][0].error")}
    begun = {here.frame.undo_failures: wrap(f"[${runs}.undoFailures]")} if here.analysis.workflow.undoes else {}
    return target, {**recovery.assign_on_failure(step, here, inside=True), **failure, **begun}


def good_enough(runs: str, tolerate: Amount | None, items: str | None = None) -> str:
    """Ask whether no more than so many of the runs failed, or so much of all items."""
    if tolerate is None:
        return f"$not(false in ${runs}.ok)"
    failed = f"$count(${runs}[ok = false])"
    if tolerate.count is not None:
        return f"{failed} <= {tolerate.count}"
    return f"{failed} * 100 <= {tolerate.percent} * $count(${items or runs})"


def failed_branch(frame: Frame) -> Pass:
    """End a branch that failed and took itself back."""
    output: dict[str, Any] = {
        "ok": False,
        "value": None,
        "error": wrap(f"${frame.failure}"),
        "undo": {},
        "undoFailures": wrap(f"${frame.undo_failures}"),
    }
    return Pass(name=f"{frame.name}.failed", comment="Tell what failed; what had finished is taken back", output=output)


@dataclass(frozen=True, slots=True)
class LateUndo:
    """Takes back from outside what finished inside a container."""

    here: Here
    level: int = 1
    """How many scopes out: a step two deep is taken back from outside in two places, under two names."""
    tag: str = ""
    """Tells a second way of taking the same steps back from the usual one, in the names of its states."""

    def lower(self, step: Step, name: str, following: str) -> None:
        """Add the states for a container of this scope, entered by the state `name`."""
        # An entry of its own, so that the chain can name it whatever the container holds.
        runs = runs_variable(step)
        if isinstance(step, LoopStep):
            self.add_loop(step, f"[${runs}.undo]", name, following)
        elif isinstance(step, ParallelStep):
            accessors = [f"${runs}[{index}].undo" for index in range(len(step.parallel))]
            self.add_branches(step, accessors, name, following)

    def add_branches(self, step: ParallelStep, accessors: list[str], name: str, following: str) -> None:
        """Branches and steps in reverse; the first state is called `name`."""
        elements = [
            (one, accessor) for block, accessor in zip(step.blocks(), accessors, strict=True) for one in undoable(block)
        ]
        for at, (one, accessor) in enumerate(elements):
            entry = name if at == len(elements) - 1 else self._entry(one)
            self.add_element(one, f"{accessor}.{one.id}", entry, following)
            following = entry

    def add_element(self, step: Step, accessor: str, entry: str, following: str) -> None:
        """Add the question whether a step finished, and what takes it back."""
        undo = get_undo(step)
        first = self._role(step, "undo_late")
        deeper = replace(self, level=self.level + 1)
        condition = self.here.frame.express(f"$exists({accessor}) and {accessor} != null", entry)
        ask = Choice(
            name=entry,
            comment=f"Whether {step.id} has to be taken back",
            rules=(Rule(wrap(condition), first, self.here.frame.entry_assign(entry)),),
            next=following,
            assign=self.here.frame.entry_assign(entry),
        )
        self.here.frame.states.append(ask)
        if undo is not None:
            add_undo_task(first, undo, wrap(self.here.frame.express(accessor, first)), self.here, following)
        elif isinstance(step, LoopStep):
            deeper.add_loop(step, f"[{accessor}]", first, following)
        elif isinstance(step, ParallelStep):
            deeper.add_branches(step, [f"{accessor}[{index}]" for index in range(len(step.parallel))], first, following)

    def add_loop(self, step: LoopStep, items: str, name: str, following: str) -> None:
        """Add the map over what each iteration left to take back."""
        block = step.blocks()[0]
        inner = undoable(block)
        item, index = f"{step.id}Undo", block.variables[1]
        entry = self._entry(inner[-1])
        late_name = f"{step.id}Late"
        given = {item: "$states.input.item", index: "$states.input.index", f"{late_name}UndoFailures": "[]"}
        names = ("dispatch", *self.here.frame.indexes)
        frame = open_frame(step, self.here, name, entry, given, names, late_name)
        late = replace(self, here=replace(self.here, frame=frame))
        following_inner = self._role(step, "undo_done")
        end = following_inner
        for one in inner:
            late.add_element(one, f"${item}.{one.id}", self._entry(one), following_inner)
            following_inner = self._entry(one)
        frame.states.append(
            Pass(name=end, comment="Tell which undo failed", output={"failures": wrap(f"${frame.undo_failures}")})
        )
        failures = self.here.frame.undo_failures
        state = Map(
            name=name,
            comment=f"Take back what finished in {step.id}",
            next=following,
            items=wrap(self.here.frame.express(items, name)),
            selector=select_item(step, self.here, name, names),
            body=frame.close(),
            max_concurrency=step.loop.max_concurrency,
            label=label_of(step, self.here, name),
            assign={**self.here.frame.entry_assign(name), failures: wrap(f"[${failures}, $states.result.failures]")},
        )
        self.here.frame.states.append(state)

    def _entry(self, step: Step) -> str:
        return self._role(step, "undo_late_when")

    def _role(self, step: Step, role: str) -> str:
        return f"{step.id}.{role}{self.tag}{self.level if self.level > 1 else ''}"


def undoable(block: Block) -> list[Step]:
    """Give the steps of a block's scope that can be taken back, in order."""
    return [one for one in flatten(block.steps) if _is_undoable(one)]


def _is_undoable(step: Step) -> bool:
    return get_undo(step) is not None or holds_undo(step)


def _collect(step: Step) -> str:
    """Read the undo data of a container inside a branch, in the shape that `LateUndo` reads."""
    runs = runs_variable(step)
    if isinstance(step, ParallelStep):
        return "[" + ", ".join(f"${runs}[{index}].undo" for index in range(len(step.parallel))) + "]"
    return f"[${runs}.undo]"


def starts_with_container(block: Block) -> bool:
    """Whether the first state of a loop's body cannot hand its variables to what is inside it."""
    return _starts_with_scope(block.steps[0])


def _starts_with_scope(step: Step) -> bool:
    if step.when is not None:
        return False
    if isinstance(step, TryStep):
        return _starts_with_scope(step.try_[0])
    return any(inner.scope is not None for inner in step.blocks())


def block_entry(step: Step, block: Block) -> str:
    """Name the first state of a block's scope."""
    return f"{step.id}.item" if block.variables and starts_with_container(block) else entry_name(block.steps[0])
