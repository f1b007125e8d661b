"""The golden machines: every kind of first step under every kind of handler, and one workflow with everything.

`python -m tests.golden.machines` writes them anew; read the difference before committing it.
"""

from pathlib import Path

from dsl.compile import dump_definition
from dsl.inline import read_library
from tests.unit.dsl.build import compile_ok, write

FOLDER = Path(__file__).parent / "machines"

FIRST = {
    "atom": """
- id: first
  description: Open it
  atom: box.open
  with: {host: "{% $input.host %}"}
  retry: {errors: [States.ALL], max: 2}
  undo: {atom: box.close, with: {host: "{% $input.host %}"}}
""",
    "switch": """
- id: first
  switch:
    - when: $input.go
      steps:
        - id: inner
          atom: box.open
          with: {host: "{% $input.host %}"}
          undo: {atom: box.close, with: {host: "{% $input.host %}"}}
""",
    "when": """
- id: first
  when: $input.go
  atom: box.open
  with: {host: "{% $input.host %}"}
  undo: {atom: box.close, with: {host: "{% $input.host %}"}}
""",
    "parallel": """
- id: first
  parallel:
    left:
      - id: inner
        atom: box.open
        with: {host: "{% $input.host %}"}
        undo: {atom: box.close, with: {host: "{% $input.host %}"}}
    right:
      - id: beside
        atom: box.look
        with: {host: "{% $dispatch.object %}"}
""",
    "foreach": """
- id: first
  foreach:
    items: $input.hosts
    as: one
    max_items: 5
    steps:
      - id: inner
        atom: box.open
        with: {host: "{% $one %}"}
        undo: {atom: box.close, with: {host: "{% $one & $input.host %}"}}
""",
    "wait": """
- id: first
  wait: 30s
""",
    "set": """
- id: first
  set: {host: "{% $input.host & '!' %}", n: 1}
""",
    "emit": """
- id: first
  emit: {type: Box Asked, detail: {host: "{% $input.host %}"}}
""",
    "approve": """
- id: first
  approve:
    from: [ana, role/sre-*]
    need: 2
    reason: "{% 'Open ' & $input.host & '?' %}"
    expires: 30m
""",
    "token": """
- id: first
  aws: sqs:sendMessage
  with: {QueueUrl: q, MessageBody: "{% $string({'token': $states.context.Task.Token, 'host': $input.host}) %}"}
  intent: configure
  object: "host/{% $input.host %}"
  resources: ["arn:aws:sqs:*:*:jobs"]
  timeout: 30m
  heartbeat: 1m
  effect_timeout: 5m
  undo: {atom: box.close, with: {host: "{% $input.host %}"}}
""",
    "poll": """
- id: first
  wait: {atom: box.await, with: {host: "{% $input.host %}"}, interval: 5s, deadline: 5m}
""",
    "until": """
- id: first
  wait: {atom: box.look, with: {host: "{% $input.host %}"}, until: $first.healthy, interval: 5s, deadline: 5m}
""",
    "try": """
- id: first
  try:
    - id: inner
      atom: box.slow
      with: {host: "{% $input.host %}"}
      undo: {atom: box.close, with: {host: "{% $input.host %}"}}
  catch:
    - errors: [Refused]
      steps: [{id: excuse, atom: box.look, with: {host: "{% $failure.Error %}"}}]
  finally:
    - id: clean
      atom: box.look
      with: {host: "{% $input.host %}"}
""",
    "tolerate": """
- id: first
  foreach:
    items: $input.hosts
    as: one
    max_items: 5
    tolerate: "20%"
    steps: [{id: inner, atom: box.look, with: {host: "{% $one %}"}}]
""",
    "distributed": """
- id: first
  foreach:
    items: $input.hosts
    as: one
    max_items: 500
    steps:
      - id: inner
        atom: box.open
        with: {host: "{% $one & $input.host %}"}
        undo: {atom: box.close, with: {host: "{% $one & $input.host %}"}}
""",
    "rollout": """
- id: first
  rollout:
    items: $input.hosts
    as: one
    max_items: 500
    batches: [1, "10%", "50%"]
    stop: {failures: "5%"}
    steps:
      - id: inner
        atom: box.open
        with: {host: "{% $one & $input.host %}"}
        undo: {atom: box.close, with: {host: "{% $one %}"}}
    gate: [{id: ask, atom: box.look, with: {host: "{% $input.host %}"}}]
""",
    "workflow": """
- id: first
  workflow: inside
  with: {target: "{% $input.host %}"}
""",
    "succeed": """
- id: first
  succeed: {host: "{% $input.host %}"}
""",
    "fail": """
- id: first
  fail: {error: Stopped, cause: "{% $input.host & ' is not for this' %}"}
""",
}
"""By kind of the first step, which is called `first`."""

ENDS = frozenset({"fail", "succeed"})
"""Kinds after which nothing can come."""

INSIDE = """\
kind: workflow
name: inside
description: Open a box from inside another workflow.
input:
  target: string
  force: {type: boolean, default: false}
touches:
  - {object: "host/{% $input.target %}", intent: disrupt}
timeout: 10m
steps:
  - id: open
    atom: box.open
    with: {host: "{% $input.target %}", force: "{% $input.force %}"}
    undo: {atom: box.close, with: {host: "{% $input.target %}"}}
output: {token: "{% $open.token %}"}
"""
LIBRARY = read_library({"inside.yaml": INSIDE})

LAST = """
- id: last
  atom: box.slow
  with: {host: "{% $input.host %}"}
  undo: {none: nothing to take back}
"""

HANDLERS = {
    "keep": "keep",
    "undo": "undo",
    "steps": """
- id: tell
  atom: box.look
  with: {host: "{% $failure.Error %}"}
""",
}

EVERYTHING = """
- id: excuse_flag
  set: {flag: true}
- id: look
  when: $input.go
  atom: box.look
  with: {host: "{% $input.host %}"}
- id: pause
  wait: "{% $count($input.hosts) %}"
- id: way
  switch:
    - when: $look != null and $look.healthy
      steps:
        - id: open
          atom: box.open
          with: {host: "{% $look.host %}"}
          undo: {atom: box.close, with: {host: "{% $input.host %}"}}
    - when: $dispatch.tier = "P0"
      steps:
        - id: stop
          fail: {error: TooHot, cause: "{% 'tier ' & $dispatch.tier %}"}
  default:
    - id: once
      atom: box.once
      with: {host: "{% $input.host %}"}
      continue_on_error: true
      undo: {atom: box.close, with: {host: "{% $input.host %}"}}
- id: both
  parallel:
    left:
      - id: left_one
        atom: box.slow
        with: {host: "{% $input.host %}"}
        undo: {atom: box.close, with: {host: "{% $left_one ? $left_one.token : 'none' %}"}}
      - id: left_loop
        foreach:
          items: $input.hosts
          as: item
          max_items: 3
          steps:
            - id: item_open
              atom: box.open
              with: {host: "{% $item %}"}
              undo: {atom: box.close, with: {host: "{% $item %}"}}
    right:
      steps:
        - id: right_one
          wait: {timestamp: "2024-01-31T04:00:00Z"}
      output: {waited: true}
- id: loop
  foreach:
    items: $input.hosts
    as: each_host
    max_items: 4
    max_concurrency: 2
    steps:
      - id: inside
        parallel:
          a:
            - id: a_open
              atom: box.open
              with: {host: "{% $each_host %}"}
              undo: {atom: box.close, with: {host: "{% $each_host %}"}}
          b:
            - id: b_look
              atom: box.look
              with: {host: "{% $each_host %}", count: "{% $each_host_index %}"}
      - id: after
        when: $inside.b.b_look.healthy
        atom: box.open
        with: {host: "{% $each_host %}"}
        undo: {atom: box.close, with: {host: "{% $each_host %}"}}
- id: attempt
  try:
    - id: try_both
      parallel:
        one: [{id: try_open, atom: box.open, with: {host: x}, undo: {atom: box.close, with: {host: x}}}]
        two: [{id: try_wait, wait: 1s}]
  catch:
    - errors: [Refused]
      steps: [{id: excuse, emit: {type: Excused}}]
  finally: [{id: clean, set: {n: "{% $count($input.hosts) %}"}}]
- id: fleet
  rollout:
    items: $input.hosts
    as: fleet_host
    max_items: 8
    batches: [1]
    steps: [{id: fleet_open, atom: box.open, with: {host: "{% $fleet_host %}"}, undo: {atom: box.close, with: {host: "{% $fleet_host %}"}}}]
- id: nested
  when: $excuse_flag.flag
  workflow: inside
  with: {target: "{% $input.host %}"}
- id: end
  when: $once != null
  atom: box.look
  with: {host: "{% $input.host %}"}
"""


def write_machines() -> dict[str, str]:
    """Give every golden machine's text by its file name."""
    found: dict[str, str] = {}
    for kind, first in FIRST.items():
        for handler, on_failure in HANDLERS.items():
            steps = first if kind in ENDS else first + LAST
            steps = steps if handler == "undo" else _without_undo(steps)
            found |= _compile(f"{kind}_{handler}", write(steps, on_failure=on_failure))
    output = '{left: "{% $both.left.left_one.token %}", hosts: "{% $count($loop) %}"}'
    return found | _compile("everything_undo", write(EVERYTHING, on_failure="undo", output=output))


def _without_undo(steps: str) -> str:
    return "\n".join(line for line in steps.splitlines() if "undo:" not in line)


def _compile(name: str, text: str) -> dict[str, str]:
    """Give the machine, and the one that takes back what an abort of it leaves."""
    compiled = compile_ok(text, LIBRARY)
    machines = {f"{name}.json": compiled.definition, f"{name}.aftermath.json": compiled.aftermath}
    return {file: dump_definition(one) for file, one in machines.items() if one is not None}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, content in write_machines().items():
        (FOLDER / name).write_text(content)
