"""The answers of a case, given call by call."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dsl.analysis import AnyAtom
from dsl.cases.approvals import answer_question, is_question
from dsl.cases.machine import name_step
from dsl.cases.model import AnswerSpec
from dsl.cases.samples import make_sample
from dsl.rehearse import Answer, Call


@dataclass(slots=True)
class Script:
    """Answers by step. Each answer serves one call, or `times`; the last that fits serves all that are left."""

    answers: Mapping[str, tuple[AnswerSpec, ...]]
    tasks: Mapping[str, AnyAtom | None]
    _used: dict[tuple[str, int], int] = field(default_factory=dict)

    def __call__(self, call: Call) -> Answer:
        """Answer a call."""
        step = name_step(call.step)
        atom = self.tasks.get(step)
        spec = self._choose(step, call.input)
        if is_question(call) and (spec is None or (spec.raises is None and "returns" not in spec.model_fields_set)):
            return answer_question(call, spec)
        if spec is not None and spec.raises is not None:
            cause = spec.cause or f"{call.step} raised it in the rehearsal"
            failed = _word_cause(spec.raises, cause)
            return Answer(error=spec.raises, cause=failed, takes_s=spec.takes, beats_s=spec.heartbeat)
        returns = spec.returns if spec is not None else None
        value = make_sample(atom.output, call.input, returns) if atom is not None else returns
        return Answer(value, takes_s=spec.takes, beats_s=spec.heartbeat) if spec is not None else Answer(value)

    def _choose(self, step: str, given: Any) -> AnswerSpec | None:
        fitting = [(index, one) for index, one in enumerate(self.answers.get(step, ())) if _holds(given, one.given)]
        for index, one in fitting:
            used = self._used.get((step, index), 0)
            is_last = index == fitting[-1][0]
            if used < (one.times or 1) or (is_last and one.times is None):
                self._used[step, index] = used + 1
                return one
        return None


def _holds(given: Any, wanted: Mapping[str, Any]) -> bool:
    return all(isinstance(given, Mapping) and given.get(name) == value for name, value in wanted.items())


def _word_cause(error: str, cause: str) -> str:
    """Write the cause as Lambda hands it to Step Functions; what AWS itself raises is plain text."""
    if "." in error:
        return cause
    return json.dumps({"errorMessage": cause, "errorType": error, "stackTrace": []})
