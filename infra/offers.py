"""What the catalog shows beside the bundle: an example input of each workflow, and what a run takes and costs.

Only the API reads it, so it is a file of its own: the decision function would pay for it at every cold start.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.catalog.model import Bundle
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
    """Give, as JSON, `{name: {example, estimate}}` of every workflow that compiles; atoms have neither a file nor cases."""
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
        machine = read_machine(dict(machines[written.name]), atoms)
        found = list_estimate(estimate_workflow(bundle.workflows[written.name], whole, machine))
        offers[written.name] = {"example": examples.get(path), "estimate": {**found, "prices_as_of": AS_OF}}
    return json.dumps(offers, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _list_examples(sources: Mapping[str, str]) -> Iterator[tuple[str, Json]]:
    """Give the input of each workflow's first case, by the workflow's path."""
    for path in filter(is_test_file, sources):
        root, _ = load_source(sources[path], path)
        cases = validate(root, CasesFile)[0] if root is not None and "kind: cases" in sources[path] else None
        if cases is not None:
            yield path.replace(".cases.", "."), {**cases.input, **cases.cases[0].input}
