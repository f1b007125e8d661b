import json
import logging
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest

from dsl import emit, ir
from dsl.cases.machine import read_machine
from dsl.compile import dump_definition
from dsl.lower.resumption import BEGIN, FROM, NOWHERE
from tests.golden.machines import write_machines
from tests.unit.dsl.build import codes, compile_ok, write

HEAD = {BEGIN, FROM, NOWHERE}
STATE: Any = vars(emit)["sdk_states"].State
"""As the compiler has imported it: the import alone silences the root logger, which only the compiler puts right."""


def test_the_sdk_does_not_silence_the_root_logger() -> None:
    script = "import logging; logging.getLogger().setLevel(17); import dsl.emit; print(logging.getLogger().level)"
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "17"
    assert logging.getLogger().level != logging.ERROR


def test_every_state_is_made_by_a_class_of_the_sdk() -> None:
    kinds = {kind for kind in vars(ir).values() if isinstance(kind, type) and issubclass(kind, ir.State)} - {ir.State}
    assert set(emit._MAKE) == kinds
    samples = [
        ir.Task(name="t", arguments={}, timeout_s=1), ir.Choice(name="c", rules=()), ir.Wait(name="w", seconds=1), ir.Pass(name="p"),
        ir.Succeed(name="s"),
        ir.Fail(name="f", error="E", cause="c"), ir.Parallel(name="q", branches=()),
        ir.Map(name="m", items=[], selector={}, body=ir.Scope("p", (ir.Pass(name="p"),)), max_concurrency=1),
    ]  # fmt: skip
    assert {type(one) for one in samples} == kinds
    assert all(isinstance(emit._MAKE[type(one)](one), STATE) for one in samples)


def test_every_state_of_every_golden_machine_came_through_the_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the SDK's own method writes is each state of the definitions, once.

    Besides, it writes the heads of the machines that go on with a failed one, and where those lead to as empty states,
    whose place the first machine's own states take.
    """
    written: list[str] = []
    write_state = STATE.to_dict

    def note(self: Any) -> Any:
        written.append(self.state_id)
        return write_state(self)

    monkeypatch.setattr(STATE, "to_dict", note)
    definitions = [json.loads(text) for text in write_machines().values()]
    states = Counter(name for one in definitions for name in read_machine(one, {}).states)
    assert not states - Counter(written)
    more = set(Counter(written) - states)
    assert more >= HEAD
    assert more - HEAD <= set(states)


def test_a_field_that_no_state_has_is_refused() -> None:
    with pytest.raises(TypeError):
        emit.Task("t", resource="r", argumentz={})


def test_dumping_is_stable_and_readable() -> None:
    definition = compile_ok(write("- id: w\n  wait: 5s\n  description: é\n")).definition
    assert definition is not None
    text = dump_definition(definition)
    assert text == dump_definition(definition)
    assert text.endswith("}\n")
    assert '"Comment": "é"' in text


def test_a_thousand_steps_in_a_row_do_not_recurse() -> None:
    steps = "".join(f"- id: w{index}\n  wait: 5s\n" for index in range(2_000))
    definition = compile_ok(write(steps)).definition
    assert definition is not None
    assert len(definition["States"]) == 2_000


def test_deep_nesting_is_compiled() -> None:
    text, indent = "", ""
    for depth in range(30):
        text += f"{indent}- id: p{depth}\n{indent}  parallel:\n{indent}    b:\n"
        indent += "      "
    assert compile_ok(write(text + f"{indent}- id: w\n{indent}  wait: 1s\n")).definition


def test_a_machine_larger_than_aws_takes_is_an_error() -> None:
    steps = "".join(f"- id: w{index}\n  wait: 5s\n  description: {'x' * 1_000}\n" for index in range(1_100))
    assert codes(write(steps)) == ["E601"]


def test_a_state_name_longer_than_aws_takes_is_an_error() -> None:
    name = "a" * 58
    steps = f"""
    - id: {name}
      foreach:
        items: $input.hosts
        as: one
        max_items: 3
        steps:
          - id: b{name}
            when: $input.go
            atom: box.open
            with: {{host: x}}
            undo: {{atom: box.close, with: {{host: x}}}}
          - id: {"c" * 60}
            parallel:
              {"d" * 60}: [{{id: w, wait: 1s}}, {{id: x, when: $input.go, wait: 1s}}]
    """
    assert codes(write(steps, on_failure="undo")) == ["E603"]
