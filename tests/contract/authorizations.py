"""AWS's service authorization reference, as cfn-lint ships it: which actions there are, and what each may be limited to."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import cfnlint
from botocore.session import Session

DATA = Path(cfnlint.__file__).parent / "data" / "AdditionalSpecs" / "Policies.json"
_HOLES = {"${Account}": ".*"}
API = {"elasticloadbalancing": "elbv2", "states": "stepfunctions"}


@cache
def read_reference() -> dict[str, Any]:
    return dict(json.loads(DATA.read_text()))


def is_action(action: str) -> bool:
    """Whether AWS knows it, and it is spelled as its API spells the operation, where one has the name."""
    service, _, name = action.partition(":")
    spelled = {one.lower(): one for one in Session().get_service_model(API.get(service, service)).operation_names}
    return spelled.get(name.lower(), name) == name and name.lower() in read_reference().get(service, {}).get(
        "Actions", {}
    )


def resource_formats(action: str) -> list[str]:
    """Give the ARN formats that an action can be limited to; none if it has no resource-level permission."""
    service, _, name = action.partition(":")
    known = read_reference()[service]
    kinds = known["Actions"][name.lower()].get("Resources", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return [arn for kind in kinds for arn in known["Resources"].get(kind.lower(), {}).get("ARNFormats", [])]


def fits(resource: str, formats: list[str]) -> bool:
    """Whether an ARN pattern with our holes can name a resource of one of these formats."""
    sample = re.sub(r"\$\{\w+\}", "X", resource).replace("*", "x")
    return any(re.fullmatch(_as_pattern(one), sample) for one in formats)


def _as_pattern(arn: str) -> str:
    """Formats mix `${Holes}` with `.*`; what AWS owns has no account."""
    parts = re.split(r"(\$\{[^}]+\}|\.\*)", arn)
    return "".join(_HOLES.get(part, ".+") if at % 2 else re.escape(part) for at, part in enumerate(parts))
