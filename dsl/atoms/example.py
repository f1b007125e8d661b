"""An atom's example as the workflow it stands for, so that it can be compiled and rehearsed."""

import re

from chalicelib.catalog.model import Intent
from dsl.analysis import AnyAtom

_INPUT = re.compile(r"\$input\.(\w+)")
HEAD_LINES = 7
"""How many lines stand before the example itself."""


def write_example(atom: AnyAtom) -> str:
    """Give a workflow whose steps are the example; every input it reads is any text."""
    inputs = ", ".join(f"{one}: string" for one in sorted(set(_INPUT.findall(atom.example))))
    touches = ", ".join(
        f"{{object: {one.object.partition('/')[0]}/x, intent: {one.intent}}}"
        for one in atom.touches
        if one.intent is not Intent.OBSERVE
    )
    head = ["kind: workflow", "name: example", "description: An example.", "timeout: 1d"]
    head += [f"input: {{{inputs}}}", f"touches: [{touches}]", "steps:"]
    undo = ["on_failure: undo"] if "undo:" in atom.example else []
    return "\n".join([*head, *(f"  {row}" for row in atom.example.splitlines()), *undo, ""])
