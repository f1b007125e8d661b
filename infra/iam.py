"""What each function's role may do: one list of IAM statements per function, nothing that it does not need.

Resources are CloudFormation expressions; machines are named by pattern, since naming them one by one would make
role, function and machine wait for each other.
"""

from collections.abc import Mapping, Sequence
from string import Template
from typing import Any

from chalicelib.api.audit import LANES as AUDIT
from chalicelib.atoms.contract import Atom, Permission
from chalicelib.catalog.model import ApiCall
from chalicelib.catalog.names import function_name
from chalicelib.control.journal.journal import PARTITION
from infra.errors import UnknownHole

Json = dict[str, Any]

_HOLES = {"partition": "${AWS::Partition}", "region": "${AWS::Region}", "account": "${AWS::AccountId}"}

_TABLE_ACTIONS = (
    "dynamodb:BatchGetItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
)
_ASK_ACTIONS = ("dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem")
_JOURNAL_ACTIONS = ("dynamodb:BatchGetItem", "dynamodb:PutItem")
_STREAM_ACTIONS = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")
_EXECUTION_ACTIONS = ("states:DescribeExecution", "states:GetExecutionHistory", "states:StopExecution")
_CONSUME_ACTIONS = (
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
)

_ASYNC = ("decide", "settle", "reconcile")
_WATCHES_EXECUTIONS = ("settle", "reconcile", "start", "api_handler")
_READS = {"settle": "HoldQueue", "start": "StartQueue"}
"""Whose messages to oneself each reads. All send to both: for holds, the next step of a campaign, and throttled starts."""
_ANSWERS = ("reconcile", "api_handler")


def grant_core(stage: str, name: str) -> Sequence[Json]:
    """Give the statements of `decide`, `settle`, `reconcile`, `start`, `approval`, `publish` or `api_handler`."""
    label = "api" if name == "api_handler" else name
    if name == "publish":
        return (_allow_logs(stage, label), *_allow_journal(), _allow_bus(), _allow_dead_letters(), _deny_redrive())
    kept = _deny_rewriting(name)
    if name == "approval":
        asks = _allow("Table", _ASK_ACTIONS, [_arn_of("Table")])
        return (_allow_logs(stage, label), asks, _allow_bus(), _allow_tokens(), _deny_redrive(), *kept)
    statements = [_allow_logs(stage, label), _allow_table(), _allow_bus(), _allow_starts(stage), _deny_redrive(), *kept]
    if name in _WATCHES_EXECUTIONS:
        statements.append(_allow("WatchExecutions", _EXECUTION_ACTIONS, [_executions(stage)]))
    statements.append(_allow("Hold", ("sqs:SendMessage",), [_arn_of("HoldQueue"), _arn_of("StartQueue")]))
    if name in _ANSWERS:
        statements.append(_allow_tokens())
    if name in _READS:
        statements.append(_allow("OwnQueue", _CONSUME_ACTIONS, [_arn_of(_READS[name])]))
    if name == "api_handler":
        statements.append(_allow("WebhookSecrets", ("secretsmanager:GetSecretValue",), [_webhook_secrets(stage)]))
    if name in _ASYNC:
        statements.append(_allow_dead_letters())
    return tuple(statements)


def grant_queues(queues: Sequence[str]) -> Sequence[Json]:
    """Give the statements with which a function reads queues that are not the stack's own."""
    return (_allow("EventQueues", _CONSUME_ACTIONS, queues),) if queues else ()


def grant_atom(stage: str, atom: Atom[Any, Any], accounts: Mapping[str, str] | None = None) -> Sequence[Json]:
    """Give the statements of an atom's role: what it declares, its bus, its log, and the roles in other accounts.

    Raises UnknownHole.
    """
    declared = [_allow_declared(atom.name, index, one) for index, one in enumerate(atom.permissions)]
    emits = [_allow_bus()] if atom.emits else []
    roles = [
        {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::{one}:role/{name}"} for one, name in sorted((accounts or {}).items())
    ]
    assumes = [_allow("WorkElsewhere", ("sts:AssumeRole",), roles)] if roles and not atom.home else []
    return (_allow_logs(stage, atom.function), *emits, *declared, *assumes)


def guard_machines(stage: str) -> Json:
    """Give the policy document that keeps people from starting machines past control: attach it to their roles."""
    starts = {
        "Sid": "OnlyInterlockStarts",
        "Effect": "Deny",
        "Action": ["states:StartExecution", "states:StartSyncExecution", "states:RedriveExecution"],
        "Resource": [_machines(stage), _executions(stage)],
    }
    return {"Version": "2012-10-17", "Statement": [starts]}


def grant_machine(
    names: Sequence[str], functions: Sequence[Any], calls: Sequence[ApiCall], *, emits: bool, distributes: bool
) -> Sequence[Json]:
    """Give the statements of a state machine's role: its functions, its own API calls, and nothing else.

    `names` are the machines that run under it, `functions` are ARNs, or CloudFormation expressions of them.
    """
    statements = []
    if functions:
        statements.append(_allow("InvokeAtoms", ("lambda:InvokeFunction",), functions))
    if emits:
        statements.append(_allow_bus())
    if distributes:
        # A distributed map starts the children as executions of its own machine.
        own = [_arn("states", f"stateMachine:{name}") for name in names]
        children = [_arn("states", f"execution:{name}{of}:*") for name in names for of in ("", "/*")]
        statements.append(_allow("StartChildren", ("states:StartExecution",), own))
        statements.append(_allow("WatchChildren", ("states:DescribeExecution", "states:StopExecution"), children))
    for index, call in enumerate(calls):
        statements.append(_allow(f"Call{index}", call.actions, call.resources))
    return tuple(statements)


def trust_service(service: str) -> Json:
    """Give the trust policy for an AWS service acting in this account only."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": service},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
            }
        ],
    }


def _allow(sid: str, actions: Sequence[str], resources: Sequence[Any]) -> Json:
    return {"Sid": sid, "Effect": "Allow", "Action": sorted(actions), "Resource": list(resources)}


def _allow_logs(stage: str, label: str) -> Json:
    group = f"log-group:/aws/lambda/{function_name(stage, label)}:*"
    return _allow("Log", ("logs:CreateLogStream", "logs:PutLogEvents"), [_arn("logs", group)])


def _allow_table() -> Json:
    index = {"Fn::Sub": "${Table.Arn}/index/*"}
    return _allow("Table", _TABLE_ACTIONS, [_arn_of("Table"), index])


def _allow_journal() -> Sequence[Json]:
    """Allow reading the stream, and putting entries of the journal: nothing else of the table, and no update of one."""
    entries = _allow("Journal", _JOURNAL_ACTIONS, [_arn_of("Table")])
    keys = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"{PARTITION}*"]}}
    return (
        {**entries, "Condition": keys},
        _allow("Stream", _STREAM_ACTIONS, [{"Fn::GetAtt": ["Table", "StreamArn"]}]),
        _allow("ListStreams", ("dynamodb:ListStreams",), ["*"]),
    )


def _allow_dead_letters() -> Json:
    return _allow("DeadLetters", ("sqs:SendMessage",), [_arn_of("DeadQueue")])


def _allow_bus() -> Json:
    return _allow("Emit", ("events:PutEvents",), [_arn_of("Bus")])


def _allow_starts(stage: str) -> Json:
    return _allow("Start", ("states:StartExecution",), [_machines(stage)])


def _allow_tokens() -> Json:
    """Allow answering a waiting task: who has the token names it, and IAM cannot say more."""
    return _allow("AnswerTasks", ("states:SendTaskFailure", "states:SendTaskSuccess"), ["*"])


def _deny_redrive() -> Json:
    return {"Sid": "NeverRedrive", "Effect": "Deny", "Action": "states:RedriveExecution", "Resource": "*"}


def _deny_rewriting(name: str) -> Sequence[Json]:
    """Deny changing what was written down: the audit, which only the API adds to, and the journal.

    Adding is putting, and IAM cannot demand that nothing was there: who adds could replace, which the code's conditions
    rule out, and nobody else could.
    """
    writes = ["dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
    audit, journal = f"{AUDIT}#*", f"{PARTITION}*"
    if name != "api_handler":
        return (_deny_on("KeepRecords", writes, [audit, journal]),)
    changes = [action for action in writes if action != "dynamodb:PutItem"]
    return (_deny_on("KeepAudit", changes, [audit]), _deny_on("KeepJournal", writes, [journal]))


def _deny_on(sid: str, actions: Sequence[str], keys: Sequence[str]) -> Json:
    """Deny actions on partitions of the table."""
    condition = {"ForAnyValue:StringLike": {"dynamodb:LeadingKeys": list(keys)}}
    denied = {"Sid": sid, "Effect": "Deny", "Action": list(actions), "Resource": [_arn_of("Table")]}
    return {**denied, "Condition": condition}


def _allow_declared(atom: str, index: int, permission: Permission) -> Json:
    allow = _allow(f"Declared{index}", permission.actions, [fill_holes(atom, permission.resource)])
    condition = {operator: dict(keys) for operator, keys in permission.condition.items()}
    return {**allow, "Condition": condition} if condition else allow


def fill_holes(atom: str, resource: str) -> Any:
    """Give an ARN of an atom as a CloudFormation expression. Raises UnknownHole."""
    try:
        filled = Template(resource).substitute(_HOLES)
    except (KeyError, ValueError) as error:
        raise UnknownHole(atom=atom, resource=resource) from error
    return filled if filled == resource else {"Fn::Sub": filled}


def _webhook_secrets(stage: str) -> Json:
    return _arn("secretsmanager", f"secret:interlock/{stage}/webhooks/*")


def _machines(stage: str) -> Json:
    return _arn("states", f"stateMachine:interlock-{stage}-*")


def _executions(stage: str) -> Json:
    return _arn("states", f"execution:interlock-{stage}-*:*")


def _arn(service: str, resource: str) -> Json:
    return {"Fn::Sub": f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}"}


def _arn_of(logical_id: str) -> Mapping[str, Any]:
    return {"Fn::GetAtt": [logical_id, "Arn"]}
