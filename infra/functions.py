"""Which Lambda functions a stack has, as data: size, time, environment and rights of each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalice.utils import to_cfn_resource_name

from infra import iam
from infra.compiled import AnyAtom

Json = Mapping[str, Any]

API = "api_handler"
"""Chalice's own name of the function behind the REST API."""
DECIDE, SETTLE, RECONCILE, START = "decide", "settle", "reconcile", "start"
APPROVAL, PUBLISH = "approval", "publish"
CORE = (DECIDE, SETTLE, RECONCILE, START, APPROVAL, PUBLISH, API)

_CORE_MEMORY_MB = 512
_ATOM_MEMORY_MB = 256
_TIMEOUTS_S: dict[str, int] = {DECIDE: 30, SETTLE: 60, RECONCILE: 55, START: 60, APPROVAL: 30, PUBLISH: 60, API: 29}
"""Reconcile ends before its next tick; the API ends when API Gateway gives up."""


@dataclass(frozen=True, slots=True)
class Function:
    """One Lambda function. `name` is Chalice's name for it."""

    name: str
    memory_mb: int
    timeout_s: int
    environment: Json
    """Values may be CloudFormation expressions."""
    statements: Sequence[Json]
    """The IAM statements of its role."""

    @property
    def logical_id(self) -> str:
        """Its name in the template."""
        return "APIHandler" if self.name == API else to_cfn_resource_name(self.name)

    @property
    def role_id(self) -> str:
        """The name of its role in the template: Chalice's `<Name>Role`."""
        return to_cfn_resource_name(f"{self.name}_role")

    @property
    def log_group_id(self) -> str:
        """The name of its log group in the template."""
        return f"{self.logical_id}LogGroup"

    @property
    def label(self) -> str:
        """The last part of its deployed name: `decide`, `api`, `ec2_start`."""
        return "api" if self.name == API else self.name


def list_functions(
    stage: str,
    atoms: Iterable[AnyAtom],
    accounts: Mapping[str, str] | None = None,
    queues: Sequence[str] = (),
) -> tuple[Function, ...]:
    """Give the core functions, then one for each atom that is not somebody else's, in order of name.

    `accounts` maps each other account to the role there that atoms assume; `queues` are those whose messages are events.
    """
    core = (_describe_core(stage, name, queues if name == DECIDE else ()) for name in CORE)
    ours = sorted((one for one in atoms if one.function_arn is None), key=lambda atom: atom.name)
    return (*core, *(_describe_atom(stage, one, accounts or {}) for one in ours))


def select_atoms(functions: Iterable[Function]) -> tuple[Function, ...]:
    """Keep those that run an atom."""
    return tuple(one for one in functions if one.name not in CORE)


def _describe_core(stage: str, name: str, queues: Sequence[str]) -> Function:
    return Function(
        name=name,
        memory_mb=_ATOM_MEMORY_MB if name == PUBLISH else _CORE_MEMORY_MB,
        timeout_s=_TIMEOUTS_S[name],
        environment=_publish_environment() if name == PUBLISH else _core_environment(stage),
        statements=(*iam.grant_core(stage, name), *iam.grant_queues(queues)),
    )


def _describe_atom(stage: str, atom: AnyAtom, accounts: Mapping[str, str]) -> Function:
    return Function(
        name=atom.function,
        memory_mb=_ATOM_MEMORY_MB,
        timeout_s=atom.timeout_s,
        environment={
            "INTERLOCK_BUS": {"Ref": "Bus"},
            "INTERLOCK_STAGE": stage,
            "INTERLOCK_ACCOUNT": {"Ref": "AWS::AccountId"},
            "INTERLOCK_PARTITION": {"Ref": "AWS::Partition"},
        },
        statements=iam.grant_atom(stage, atom, accounts),
    )


def _publish_environment() -> Json:
    return {"INTERLOCK_TABLE": {"Ref": "Table"}, "INTERLOCK_BUS": {"Ref": "Bus"}}


def _core_environment(stage: str) -> Json:
    return {
        "INTERLOCK_TABLE": {"Ref": "Table"},
        "INTERLOCK_BUS": {"Ref": "Bus"},
        "INTERLOCK_STAGE": stage,
        "INTERLOCK_HOLD_QUEUE": {"Ref": "HoldQueue"},
        "INTERLOCK_START_QUEUE": {"Ref": "StartQueue"},
        "INTERLOCK_ACCOUNT": {"Ref": "AWS::AccountId"},
        "INTERLOCK_PARTITION": {"Ref": "AWS::Partition"},
    }
