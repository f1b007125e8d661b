"""The workflow file as pydantic models: what may be written, nothing of what it means."""

from dsl.model.approving import ApproveStep
from dsl.model.base import Amount, Retry, mistake
from dsl.model.inputs import InputField, input_schema
from dsl.model.nested import WorkflowStep
from dsl.model.polling import UntilStep
from dsl.model.rollout import RolloutStep
from dsl.model.sdk import AwsStep
from dsl.model.step_base import Block, StepBase, Text
from dsl.model.steps import (
    AtomStep,
    Branch,
    Case,
    FailStep,
    ForeachStep,
    LoopStep,
    ParallelStep,
    Step,
    SwitchStep,
    WaitStep,
)
from dsl.model.trying import Clause, TryStep
from dsl.model.undo import Undo
from dsl.model.values import EmitStep, SetStep, SucceedStep
from dsl.model.workflow import WorkflowFile

__all__ = [
    "Amount",
    "ApproveStep",
    "AtomStep",
    "AwsStep",
    "Block",
    "Branch",
    "Case",
    "Clause",
    "EmitStep",
    "FailStep",
    "ForeachStep",
    "InputField",
    "LoopStep",
    "ParallelStep",
    "Retry",
    "RolloutStep",
    "SetStep",
    "Step",
    "StepBase",
    "SucceedStep",
    "SwitchStep",
    "Text",
    "TryStep",
    "Undo",
    "UntilStep",
    "WaitStep",
    "WorkflowFile",
    "WorkflowStep",
    "input_schema",
    "mistake",
]
