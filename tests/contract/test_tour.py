"""Every example of the tour compiles as it stands."""

import re
from textwrap import indent

import pytest

from dsl.diagnostics import Diagnostic
from dsl.formats import Format, render
from infra.build import check_sources
from infra.project import find_project
from infra.sources import read_sources

_BLOCK = re.compile(r"^## (.+?)$|^```yaml(?: (steps(?:, on_failure)?))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAME = "state_machines/tour.yaml"


def read_examples() -> tuple[str, list[tuple[str, str]]]:
    """Give the head of the workflow, and the heading and text of each example."""
    head, heading = "", ""
    examples = []
    for found in _BLOCK.finditer((find_project().root / "docs/dsl/tour.md").read_text("utf-8")):
        title, kind, text = found.groups()
        heading = title or heading
        if title:
            continue
        if kind is None:
            head = text
        else:
            examples.append((heading, text if "on_failure" in kind else "steps:\n" + indent(text, "  ")))
    return head, examples


HEAD, EXAMPLES = read_examples()
NESTED = "state_machines/host_reboot.yaml"
WORKFLOWS = {NESTED: read_sources(find_project())[NESTED]}


def check_example(text: str) -> tuple[list[Diagnostic], dict[str, str]]:
    sources = {**WORKFLOWS, NAME: HEAD + text}
    return [one for one in check_sources(sources).diagnostics if one.span.file == NAME], sources


@pytest.mark.parametrize(("heading", "text"), EXAMPLES, ids=[f"{n}-{one[0]}" for n, one in enumerate(EXAMPLES)])
def test_an_example_of_the_tour_compiles_without_a_warning(heading: str, text: str) -> None:
    found, sources = check_example(text)
    assert not found, f"{heading}\n{render(found, sources, Format.TEXT)}"


def test_the_tour_shows_every_kind_of_step() -> None:
    shown = "\n".join(text for _, text in EXAMPLES)
    kinds = ["atom", "aws", "workflow", "switch", "parallel", "foreach", "rollout", "try", "wait", "approve", "set"]
    kinds += ["emit", "fail", "succeed"]
    assert not [kind for kind in kinds if not re.search(rf"^ +(?:- )?{kind}:", shown, re.MULTILINE)]
