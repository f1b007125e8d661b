"""A run that fails and goes on from its failed step comes to the same end as one that never failed."""

from typing import Any

import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dsl.compile import compile_workflow
from dsl.diagnostics import has_errors
from tests.properties.test_compile import draw_workflows
from tests.unit.dsl.atoms import ATOMS, RESULT
from tests.unit.dsl.build import compile_ok
from tests.unit.dsl.going_on import run_on
from tests.unit.dsl.machine import Raised

_WITH_RESULT = {"atom", "set", "parallel", "foreach", "rollout"}


def _link(steps: list[dict[str, Any]]) -> None:
    """Have the atoms of each step read what a step of the workflow before it has made, and take nothing back."""
    before = "none"
    for step in steps:
        for atom in _list_atoms(step):
            atom.pop("undo", None)
            atom["with"] = {"host": f"{{% $string({before}) & '{atom['id']}' %}}" if before != "none" else atom["id"]}
        if step.keys() & _WITH_RESULT:
            before = f"${step['id']}"


def _list_atoms(value: Any) -> list[dict[str, Any]]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    found = [one for child in inner for one in _list_atoms(child)]
    return [value, *found] if isinstance(value, dict) and {"atom", "id"} <= value.keys() else found


def write(steps: list[dict[str, Any]]) -> str:
    """Give the file, whose output is what the last of its own steps that make anything has made."""
    _link(steps)
    making = [step["id"] for step in steps if step.keys() & _WITH_RESULT]
    document = {
        "kind": "workflow",
        "name": "flow",
        "description": "Random.",
        "input": {"host": "string", "hosts": ["string"], "go": "boolean"},
        "touches": [{"object": "host/{% $input.host %}", "intent": "disrupt"}],
        "timeout": "4h",
        "steps": steps,
        "output": {name: f"{{% ${one} %}}" for name, one in zip(("made",), making[-1:], strict=False)},
    }
    return yaml.safe_dump(document, sort_keys=False)


class Failing:
    """Fails some of the calls, and answers the others by who asks and with what."""

    def __init__(self, fail_at: set[int]) -> None:
        """Take the numbers of the calls that fail."""
        self.fail_at = fail_at
        self.count = 0
        self.calls: list[tuple[str, Any]] = []

    def __call__(self, function: str, payload: dict[str, Any]) -> Any:
        """Answer one call."""
        self.count += 1
        if self.count in self.fail_at:
            raise Raised("Exploded", "as told")
        self.calls.append((payload["step"], payload["input"]))
        return {**RESULT, "host": payload["input"]["host"][:20], "token": f"of {payload['step']}"}


@settings(max_examples=50, deadline=None)
@given(draw_workflows(), st.booleans(), st.integers(0, 3), st.sets(st.integers(1, 12), min_size=1, max_size=3))
def test_it_ends_as_if_it_had_not_failed(drawn: Any, go: bool, hosts: int, fail_at: set[int]) -> None:  # noqa: FBT001
    steps, _ = drawn
    given_input = {"host": "i-1", "hosts": [f"i-{index}" for index in range(hosts)], "go": go}
    text = write(steps)
    assume(not has_errors(compile_workflow(text, "flow.yaml", ATOMS).diagnostics))
    compiled = compile_ok(text)
    assume(compiled.resumption is not None)
    ((_, good),) = run_on(compiled, given_input, usual := Failing(set()))
    runs = run_on(compiled, given_input, functions := Failing(fail_at))
    order = [step["id"] for step in steps]
    begun = [order.index(began) for began, _ in runs[1:]]
    assert begun == sorted(begun), "it never goes back"
    if begun and not _survives(steps):
        assert runs[-1][1].output == good.output
        assert set(map(repr, functions.calls)) == set(map(repr, usual.calls))


def _survives(value: Any) -> bool:
    """Whether a failure may be survived in it, which leaves other results than none."""
    if isinstance(value, dict):
        return bool(value.keys() & {"try", "tolerate", "rollout"}) or any(map(_survives, value.values()))
    return isinstance(value, list) and any(map(_survives, value))
