"""Which function lowers which kind of step. A new kind is a file and a line here."""

from collections.abc import Callable
from typing import Any

from dsl.lower.atom import lower_atom
from dsl.lower.context import Here
from dsl.lower.fail import lower_fail
from dsl.lower.foreach import lower_foreach
from dsl.lower.parallel import lower_parallel
from dsl.lower.switch import lower_switch
from dsl.lower.wait import lower_wait
from dsl.model import AtomStep, FailStep, ForeachStep, ParallelStep, StepBase, SwitchStep, WaitStep

LOWER: dict[type[StepBase], Callable[[Any, Here], None]] = {
    AtomStep: lower_atom,
    SwitchStep: lower_switch,
    ParallelStep: lower_parallel,
    ForeachStep: lower_foreach,
    WaitStep: lower_wait,
    FailStep: lower_fail,
}
"""Each adds its states to the frame it is given."""
