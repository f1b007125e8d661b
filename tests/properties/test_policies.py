"""Compiling policy files is total: for any text a value or at least one error, never an exception."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl.diagnostics import Diagnostic, has_errors
from dsl.policies.catalog import compile_catalog
from dsl.policies.control import compile_control
from dsl.policies.rules import compile_rule
from dsl.policies.services import compile_services
from tests.unit.dsl_policies.examples import CONTROL, KNOWN, RULE, SERVICES

CATALOG = "kind: catalog\noffer: [ec2.describe]\n"
Compile = Callable[[str], tuple[Any, tuple[Diagnostic, ...]]]
COMPILERS: dict[str, Compile] = {
    RULE: lambda text: compile_rule(text, "x.yaml", KNOWN),
    SERVICES: lambda text: compile_services(text, "x.yaml"),
    CONTROL: lambda text: compile_control(text, "x.yaml", KNOWN),
    CATALOG: lambda text: compile_catalog(text, "x.yaml", ["ec2.describe"]),
}
PIECES = st.sampled_from(
    ["", "x", "5", "null", "[]", "{}", "- a", "{% $x %}", "$a and (", "a: b", "true", "'", '"', ":", "\n", "🦆", "\x00"]
)


@st.composite
def damaged(draw: st.DrawFn, text: str) -> str:
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 12)))
        text = text[:start] + draw(PIECES) + text[end:]
    return text


@pytest.mark.parametrize("example", COMPILERS, ids=["rule", "services", "control", "catalog"])
@given(data=st.data())
def test_any_text_gives_a_value_or_errors(example: str, data: st.DataObject) -> None:
    text = data.draw(damaged(example) | st.text(max_size=40))
    value, found = COMPILERS[example](text)
    assert (value is None) is has_errors(found)
