"""A parallel step: one Parallel state, `$id.<branch>` afterwards."""

from dsl.expressions import wrap
from dsl.ir import Parallel
from dsl.lower.block import lower_block
from dsl.lower.contained import add_check, check_name, runs_variable
from dsl.lower.context import Here
from dsl.lower.guarded import guard_catchers, guard_retriers
from dsl.lower.retry import own_retriers
from dsl.model import ParallelStep


def lower_parallel(step: ParallelStep, here: Here) -> None:
    """Add the state, and its check where branches take themselves back."""
    frame = here.frame
    contained = here.recovery.contains(step)
    part = ".value" if contained else ""
    result = (
        "{" + ", ".join(f'"{name}": $states.result[{index}]{part}' for index, name in enumerate(step.parallel)) + "}"
    )
    assign = {**frame.entry_assign(step.id), step.id: wrap(result)}
    if contained:
        assign[runs_variable(step)] = wrap("$states.result")
    guarded = frame.guarded and frame.is_entry(step.id)
    state = Parallel(
        name=step.id,
        comment=step.description,
        next=check_name(step) if contained else here.next,
        branches=tuple(lower_block(step, block, here, contained=contained) for block in step.blocks()),
        arguments=wrap(frame.express("$states.input", step.id, guarded=True)) if guarded else None,
        retriers=guard_retriers(frame, step.id, own_retriers(step.retry)),
        catchers=guard_catchers(step, here, here.recovery.catch_container(step, here), asks=True),
        assign=assign,
        output=here.render_output(step.id, {step.id: result}),
    )
    frame.states.append(state)
    if contained:
        add_check(step, here, here.continuation)
