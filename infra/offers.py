"""What the catalog shows beside the bundle: an example input of each entry, and what a run takes and costs.

Only the API reads it, so it is a file of its own: the decision function would pay for it at every cold start.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.catalog.model import Bundle
from dsl.atom_machines import write_workflow
from dsl.atoms.example import make_example_input
from dsl.cases.machine import read_machine
from dsl.cases.model import CasesFile
from dsl.estimate.estimate import estimate_workflow, list_estimate
from dsl.inline import inline_workflows, read_library
from dsl.model import WorkflowFile
from dsl.prices import AS_OF
from dsl.shape import validate
from dsl.source import load_source
from infra.compiled import AnyAtom
from infra.sources import drop_cases, is_test_file

Json = dict[str, Any]


def make_offers(
    sources: Mapping[str, str], bundle: Bundle, machines: Mapping[str, Mapping[str, Any]], atoms: Mapping[str, AnyAtom]
) -> str:
    """Give, as JSON, `{name: {example, estimate}}` of every workflow and offered atom that compiles.

    A workflow's example is its first case, an atom's is made of the step in its contract.
    """

    def estimate(name: str, written: WorkflowFile) -> Json:
        machine = read_machine(dict(machines[name]), atoms)
        return {**list_estimate(estimate_workflow(bundle.workflows[name], written, machine)), "prices_as_of": AS_OF}

    texts = {path: text for path, text in drop_cases(sources).items() if "kind: workflow" in text}
    library = read_library(texts)
    examples = dict(_list_examples(sources))
    offers: dict[str, Json] = {}
    for path, text in texts.items():
        root, _ = load_source(text, path)
        written = validate(root, WorkflowFile)[0] if root is not None else None
        if root is None or written is None or written.name not in machines:
            continue
        whole, _ = inline_workflows(written, root, library)
        offers[written.name] = {"example": examples.get(path), "estimate": estimate(written.name, whole)}
    for name in (one.name for one in bundle.workflows.values() if one.offered_atom):
        atom = atoms[name]
        offers[name] = {"example": make_example_input(atom), "estimate": estimate(name, write_workflow(atom))}
    return json.dumps(offers, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _list_examples(sources: Mapping[str, str]) -> Iterator[tuple[str, Json]]:
    """Give the input of each workflow's first case, by the workflow's path."""
    for path in filter(is_test_file, sources):
        root, _ = load_source(sources[path], path)
        cases = validate(root, CasesFile)[0] if root is not None and "kind: cases" in sources[path] else None
        if cases is not None:
            yield path.replace(".cases.", "."), {**cases.input, **cases.cases[0].input}
