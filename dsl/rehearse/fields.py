"""Fields of a state: every `{% … %}` evaluated with the variables as they were when the state was entered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.decision.expressions import evaluate, unwrap
from chalicelib.errors import ExpressionFailed
from dsl.rehearse.model import StateFailed

QUERY = "States.QueryEvaluationError"


@dataclass(slots=True)
class Fields:
    """Reads fields. `states` is what `$states` holds; it gains `result` or `errorOutput` on the way."""

    variables: Mapping[str, Any]
    states: dict[str, Any]
    now: datetime

    def read(self, value: Any) -> Any:
        """Evaluate a field. Raises StateFailed, also for an expression that gives nothing."""
        if isinstance(value, str):
            inner = unwrap(value)
            return value if inner is None else self._evaluate(inner)
        if isinstance(value, Mapping):
            return {key: self.read(child) for key, child in value.items()}
        if isinstance(value, list):
            return [self.read(child) for child in value]
        return value

    def read_text(self, value: Any) -> str:
        """Evaluate a field that must be text."""
        found = self.read(value)
        if not isinstance(found, str):
            raise StateFailed(QUERY, f"{value} gives {found!r}, not a string")
        return found

    def read_condition(self, value: Any) -> bool:
        """Evaluate a condition."""
        found = self.read(value)
        if not isinstance(found, bool):
            raise StateFailed(QUERY, f"the condition {value} gives {found!r}, not true or false")
        return found

    def read_count(self, value: Any) -> int:
        """Evaluate a number of seconds, items or branches."""
        found = self.read(value)
        whole = isinstance(found, int | float) and not isinstance(found, bool) and found == int(found) and found >= 0
        if not whole:
            raise StateFailed(QUERY, f"{value} gives {found!r}, not a whole number of at least 0")
        return int(found)

    def _evaluate(self, expression: str) -> Any:
        try:
            return evaluate(expression, {**self.variables, "states": self.states, "now": self.now})
        except ExpressionFailed as problem:
            raise StateFailed(QUERY, str(problem)) from None


def read_moment(fields: Fields, value: Any) -> datetime:
    """Evaluate a point in time."""
    text = fields.read_text(value)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise StateFailed(QUERY, f"{text!r} is not a point in time") from None
    if moment.tzinfo is None:
        raise StateFailed(QUERY, f"{text!r} has no offset")
    return moment
