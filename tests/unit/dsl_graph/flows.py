"""A workflow with most kinds of steps."""

EVERYTHING = """
- id: first
  atom: box.open
  description: Open what is closed, and say to everybody who listens that it is open now
  with: {host: "{% $input.host %}"}
  undo: {atom: box.close, with: {host: x}}
- id: which
  switch:
    - when: $input.go
      steps: [{id: look, atom: box.look, with: {host: x}}]
- id: both
  parallel:
    left: [{id: l, atom: box.open, with: {host: x}, undo: {atom: box.close, with: {host: x}}}]
    right: [{id: r, when: $input.go, atom: box.look, with: {host: x}}]
- id: loop
  foreach: {items: $input.hosts, as: one, max_items: 3, steps: [{id: in_loop, wait: 30s}]}
- id: patch
  rollout:
    items: $input.hosts
    as: lot
    max_items: 3
    batches: [1, "50%"]
    steps: [{id: open_one, atom: box.look, with: {host: "{% $lot %}"}}]
    gate: [{id: rest, wait: 5m}]
- id: careful
  try: [{id: tried, atom: box.look, with: {host: x}}]
  catch: [{errors: [Refused], steps: [{id: noted, emit: {type: Noted}}]}]
- id: stop
  when: $input.go
  fail: {error: Enough, cause: really}
"""
