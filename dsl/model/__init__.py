"""The workflow file as pydantic models: what may be written, nothing of what it means."""

from dsl.model.base import Retry, mistake
from dsl.model.inputs import InputField, input_schema
from dsl.model.step_base import Block, StepBase, Text
from dsl.model.steps import (
    AtomStep,
    Branch,
    Case,
    FailStep,
    ForeachStep,
    ParallelStep,
    Step,
    SwitchStep,
    Undo,
    WaitStep,
)
from dsl.model.workflow import WorkflowFile

__all__ = [
    "AtomStep",
    "Block",
    "Branch",
    "Case",
    "FailStep",
    "ForeachStep",
    "InputField",
    "ParallelStep",
    "Retry",
    "Step",
    "StepBase",
    "SwitchStep",
    "Text",
    "Undo",
    "WaitStep",
    "WorkflowFile",
    "input_schema",
    "mistake",
]
