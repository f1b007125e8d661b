"""Deterministic names: the bundle holds logical names only, and every ARN follows from one and the environment."""

VERSION = "0.1.0"
"""Of Interlock, as in pyproject.toml, which does not ship; a test compares the two."""


_RESUMED = ".resume"


def machine_name(stage: str, name: str) -> str:
    """Name the state machine of a workflow or of an atom offered on its own."""
    return f"interlock-{stage}-{name.replace('.', '-')}"


def aftermath_name(workflow: str) -> str:
    """Name what takes back what a stopped execution of a workflow had done. No workflow's own name has a dot."""
    return f"{workflow}.undo"


def resumption_name(workflow: str) -> str:
    """Name what goes on with a workflow from its failed step."""
    return f"{workflow}{_RESUMED}"


def machine_owner(name: str) -> str:
    """Name the workflow whose role a machine runs under: what goes on with one does nothing that it does not."""
    return name.removesuffix(_RESUMED)


def function_name(stage: str, function: str) -> str:
    """Name a Lambda function; `function` is without prefix, `ec2_start`."""
    return f"interlock-{stage}-{function}"


def machine_arn(partition: str, region: str, account: str, stage: str, name: str) -> str:
    """Give the ARN of the state machine of a workflow or atom."""
    return f"arn:{partition}:states:{region}:{account}:stateMachine:{machine_name(stage, name)}"


def execution_arn(partition: str, region: str, account: str, stage: str, name: str, execution: str) -> str:
    """Give the ARN of the execution that a dispatch id names."""
    return f"arn:{partition}:states:{region}:{account}:execution:{machine_name(stage, name)}:{execution}"


def workflow_of_machine(arn: str, stage: str) -> str | None:
    """Give the workflow or atom that a state machine's ARN belongs to, None if it is not one of this stage's.

    A workflow's own name holds no hyphen and an atom's exactly one dot, so the reverse is unique.
    """
    prefix = f"interlock-{stage}-"
    name = arn.rpartition(":")[2]
    return name.removeprefix(prefix).replace("-", ".") if name.startswith(prefix) and name != prefix else None
