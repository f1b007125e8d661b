"""Seeded mistakes: each file says on top which code is expected where, and what its hint must hold."""

import re
from pathlib import Path

import pytest

from bench.mistakes import judge_corpus, summarize
from chalicelib.atoms.registry import get_atoms
from dsl.codes import CODES
from dsl.compile import compile_workflow
from dsl.diagnostics import render_text
from dsl.inline import Library, read_library

FILES = sorted((Path(__file__).parents[1] / "corpus" / "dsl").glob("*.yaml"))
_EXPECT = re.compile(r"^# expect: (\w+) (\d+):(\d+)$", re.MULTILINE)
_HINT = re.compile(r"^# hint: (.*)$", re.MULTILINE)


def _library(path: Path) -> Library:
    """Give the file itself and those that the mistakes have inside."""
    others = sorted((path.parent / "library").glob("*.yaml"))
    return read_library({one.name: one.read_text() for one in (path, *others)})


def test_there_are_enough_of_them() -> None:
    assert len(FILES) >= 80


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_seeded_mistake_is_found_where_it_is(path: Path) -> None:
    text = path.read_text()
    compiled = compile_workflow(text, path.name, get_atoms(), _library(path))
    found = sorted((one.code, one.span.line, one.span.column) for one in compiled.diagnostics)
    expected = sorted((code, int(line), int(column)) for code, line, column in _EXPECT.findall(text))
    assert found == expected, "\n" + render_text(compiled.diagnostics, {path.name: text})
    assert (compiled.definition is None) == any(code.startswith("E") for code, _, _ in expected)


@pytest.mark.parametrize("path", [path for path in FILES if "# hint: " in path.read_text()], ids=lambda path: path.stem)
def test_its_hint_names_the_way_out(path: Path) -> None:
    text = path.read_text()
    compiled = compile_workflow(text, path.name, get_atoms(), _library(path))
    hints = " ".join(one.hint or one.message for one in compiled.diagnostics)
    for wanted in _HINT.findall(text):
        assert wanted in hints


def test_nearly_all_are_told_rightly_and_with_the_name_that_was_meant() -> None:
    """Judged by `bench.mistakes`, which finds the nearest names by itself."""
    found = summarize(list(judge_corpus()))
    assert found["accepted"] == 0
    assert found["with_a_name_nearby"] >= 20
    assert all(share >= 0.95 for share in (*found["right"].values(), found["all_right"])), found["short"]


def test_every_code_of_workflow_files_has_a_seeded_mistake() -> None:
    seeded = {code for path in FILES for code, _, _ in _EXPECT.findall(path.read_text())}
    # Built in tests of their own: too deep, too large a number, too large a machine, an atom of a list.
    assert set(CODES) - seeded == {"E111", "E112", "E517", "E601", "E603"}
