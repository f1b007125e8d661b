"""A foreach step: one inline Map, a list afterwards."""

from dsl.expressions import wrap
from dsl.ir import Map
from dsl.lower.block import lower_block
from dsl.lower.contained import add_check, check_name, runs_variable
from dsl.lower.context import Here
from dsl.lower.distribution import label_of, outer_names, select_item
from dsl.lower.guarded import guard_catchers, guard_retriers
from dsl.lower.retry import own_retriers
from dsl.model import ForeachStep

RUN_VALUES = "[$map($states.result, function($run) { $run.value })]"
"""What contained iterations gave, null for one that failed."""


def lower_foreach(step: ForeachStep, here: Here) -> None:
    """Add the state, and its check where iterations take themselves back."""
    frame, loop = here.frame, step.foreach
    contained = here.recovery.contains(step) or loop.tolerate is not None
    result = RUN_VALUES if contained else "$states.result"
    assign = {**frame.entry_assign(step.id), step.id: wrap(result)}
    if contained:
        assign[runs_variable(step)] = wrap("$states.result")
    state = Map(
        name=step.id,
        comment=step.description,
        next=check_name(step) if contained else here.next,
        items=wrap(frame.express(_items(step), step.id, guarded=True)),
        selector=select_item(step, here, step.id, outer_names(step, here)),
        body=lower_block(step, step.blocks()[0], here, contained=contained),
        max_concurrency=min(loop.max_concurrency, loop.max_items),
        label=label_of(step, here, step.id),
        retriers=guard_retriers(frame, step.id, own_retriers(step.retry)),
        catchers=guard_catchers(step, here, here.recovery.catch_container(step, here), asks=True),
        assign=assign,
        output=here.render_output(step.id, {step.id: result}),
    )
    frame.states.append(state)
    if contained:
        add_check(step, here, here.continuation, loop.tolerate)


def _items(step: ForeachStep) -> str:
    """JSONata turns a list of one into its element, so the list is rebuilt; and its length is what was declared."""
    most = step.foreach.max_items
    items = f"$givenItems := [{step.foreach.items.strip()}]"
    return f'({items}; $count($givenItems) <= {most} ? $givenItems : $error("{step.id} has more than {most} items"))'
