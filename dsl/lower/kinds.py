"""Which function lowers which kind of step. A new kind is a file and a line here."""

from collections.abc import Callable
from typing import Any

from dsl.lower.approve import lower_approve
from dsl.lower.atom import lower_atom
from dsl.lower.context import Here
from dsl.lower.emit import lower_emit
from dsl.lower.fail import lower_fail
from dsl.lower.foreach import lower_foreach
from dsl.lower.nested import lower_nested
from dsl.lower.parallel import lower_parallel
from dsl.lower.rollout import lower_rollout
from dsl.lower.sdk import lower_aws
from dsl.lower.switch import lower_switch
from dsl.lower.trying import lower_try
from dsl.lower.until import lower_until
from dsl.lower.values import lower_set, lower_succeed
from dsl.lower.wait import lower_wait
from dsl.model import (
    ApproveStep,
    AtomStep,
    AwsStep,
    EmitStep,
    FailStep,
    ForeachStep,
    ParallelStep,
    RolloutStep,
    SetStep,
    StepBase,
    SucceedStep,
    SwitchStep,
    TryStep,
    UntilStep,
    WaitStep,
    WorkflowStep,
)

LOWER: dict[type[StepBase], Callable[[Any, Here], None]] = {
    AtomStep: lower_atom,
    SwitchStep: lower_switch,
    ParallelStep: lower_parallel,
    ForeachStep: lower_foreach,
    WaitStep: lower_wait,
    UntilStep: lower_until,
    FailStep: lower_fail,
    SucceedStep: lower_succeed,
    SetStep: lower_set,
    EmitStep: lower_emit,
    TryStep: lower_try,
    WorkflowStep: lower_nested,
    RolloutStep: lower_rollout,
    AwsStep: lower_aws,
    ApproveStep: lower_approve,
}
"""Each adds its states to the frame it is given."""
