"""How many mistakes in workflow files are told where they are, as what they are, and with the word that was meant.

Two sets. The corpus (`tests/corpus/dsl`) says itself which code belongs where. The misspellings are made here: in every
workflow of the repository one word after the other, of each kind that is a name to somebody, is written wrongly by one or
two letters (one file each, the letters drawn by a fixed seed), so that place, code and word are known by construction.

What was meant is found by plain Levenshtein distance over the names that are valid there, not by the product's `suggest`:
a suggestion is expected where one is within 2. No time is measured. Target: 95 % of each figure, and none accepted.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from bench.misspellings import KINDS, list_misspellings, measure_distance
from chalicelib.atoms.registry import get_atoms
from dsl.checks.retries import ENGINE_ERRORS
from dsl.compile import compile_workflow
from dsl.diagnostics import Diagnostic
from dsl.inline import read_library
from dsl.jsonata_functions import FUNCTIONS
from dsl.sdk_services import SERVICES

ROOT = Path(__file__).parent.parent
CORPUS = ROOT / "tests" / "corpus" / "dsl"
WORKFLOWS = ROOT / "state_machines"
SCHEMA = ROOT / "schemas" / "workflow.json"
NEAR = 2
_EXPECT = re.compile(r"^# expect: (\w+) (\d+):(\d+)$", re.MULTILINE)
_MEANT = re.compile(r"did you mean [`'$]*([\w.]+)")
_WORD = re.compile(r"[$\"']*([\w.]+)")
_ABOUT_WORDS = frozenset(
    {"E201", "E204", "E205", "E206", "E301", "E302", "E305", "E309", "E310", "E311", "E312", "E501"}
)


@dataclass(frozen=True, slots=True)
class Mistake:
    """What stands where, and what should have. `wanted` is empty where no name is near."""

    file: str
    code: str
    line: int
    column: int
    written: str = ""
    wanted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the compiler said of a mistake."""

    mistake: Mistake
    accepted: bool
    code: bool
    line: bool
    column: bool
    suggestion: bool
    """Whether a name was suggested that is as near as the nearest; true where there is none."""

    @property
    def is_right(self) -> bool:
        """Whether all of it is."""
        return self.code and self.line and self.column and self.suggestion


def measure() -> dict[str, Any]:
    """Judge both sets."""
    return {"corpus": summarize(list(judge_corpus())), "misspellings": summarize(list(judge_misspellings()))}


def summarize(verdicts: list[Verdict]) -> dict[str, Any]:
    """Give the share of each figure, and what fell short."""
    named = [one for one in verdicts if one.mistake.wanted]
    shares = {name: _share([getattr(one, name) for one in verdicts]) for name in ("code", "line", "column")}
    return {
        "mistakes": len(verdicts),
        "accepted": sum(one.accepted for one in verdicts),
        "right": {**shares, "suggestion": _share([one.suggestion for one in named])},
        "with_a_name_nearby": len(named),
        "all_right": _share([one.is_right for one in verdicts]),
        "short": [asdict(one.mistake) for one in verdicts if not one.is_right],
    }


def judge_corpus() -> Iterator[Verdict]:
    """Judge what the files of the corpus expect of themselves."""
    others = {one.name: one.read_text() for one in sorted((CORPUS / "library").glob("*.yaml"))}
    for path in sorted(CORPUS.glob("*.yaml")):
        text = path.read_text()
        compiled = compile_workflow(text, path.name, get_atoms(), read_library({path.name: text, **others}))
        left = list(compiled.diagnostics)
        for code, line, column in _EXPECT.findall(text):
            before, word = _read_word(text, int(line), int(column))
            wanted = _find_near(word, _list_names(code, text, before, others)) if word else ()
            mistake = Mistake(path.name, code, int(line), int(column), word, wanted)
            found = _pick(left, mistake)
            if found is not None:
                left.remove(found)
            yield _judge(mistake, found, accepted=compiled.definition is not None and code.startswith("E"))


def judge_misspellings() -> Iterator[Verdict]:
    """Judge what is made of the repository's workflows."""
    schema = json.loads(SCHEMA.read_text())
    texts = {path.name: path.read_text() for path in sorted(WORKFLOWS.glob("*.yaml")) if ".cases." not in path.name}
    library = read_library(texts)
    for name, text in texts.items():
        for one in list_misspellings(text, schema):
            compiled = compile_workflow(one.text, name, get_atoms(), library)
            mistake = Mistake(name, one.code, one.line, one.column, one.written, (one.meant,))
            yield _judge(mistake, _pick(list(compiled.diagnostics), mistake), accepted=compiled.definition is not None)


def _judge(mistake: Mistake, found: Diagnostic | None, *, accepted: bool) -> Verdict:
    if found is None:
        return Verdict(mistake, accepted, code=False, line=False, column=False, suggestion=False)
    is_line = found.span.line == mistake.line
    return Verdict(
        mistake,
        accepted,
        code=found.code == mistake.code,
        line=is_line,
        column=is_line and found.span.column == mistake.column,
        suggestion=not mistake.wanted or _suggests(found, mistake),
    )


def _suggests(found: Diagnostic, mistake: Mistake) -> bool:
    """Whether a word is suggested that is as near as the one that was meant: it is as good a guess."""
    far = measure_distance(mistake.wanted[0], mistake.written)
    return any(measure_distance(word, mistake.written) <= far for word in _MEANT.findall(found.hint or ""))


def _pick(found: list[Diagnostic], mistake: Mistake) -> Diagnostic | None:
    """Give the diagnostic that is meant for a mistake: the one that is right in most."""

    def worth(one: Diagnostic) -> tuple[bool, bool, bool]:
        return (
            one.code == mistake.code and one.span.line == mistake.line,
            one.code == mistake.code,
            one.span.column == mistake.column,
        )

    return max(found, key=worth, default=None)


def _share(held: list[bool]) -> float:
    return round(sum(held) / len(held), 4) if held else 1.0


def _read_word(text: str, line: int, column: int) -> tuple[str, str]:
    """Give what stands before a place, and the word there."""
    rows = text.splitlines()
    found = _WORD.match(rows[line - 1], column - 1) if line <= len(rows) else None
    return (rows[line - 1][: column - 1], found[1]) if found is not None else ("", "")


def _find_near(word: str, names: set[str]) -> tuple[str, ...]:
    """Give the valid names nearest to a word, none if it is one itself or none is near."""
    distances = {name: measure_distance(word, name) for name in names}
    least = min(distances.values(), default=NEAR + 1)
    return tuple(sorted(name for name, far in distances.items() if far == least)) if 0 < least <= NEAR else ()


def _list_names(code: str, text: str, before: str, others: Mapping[str, str]) -> set[str]:
    """Give what could be meant where a word is not known; nothing for codes that are not about a word."""
    if code not in _ABOUT_WORDS:
        return set()
    atoms, schema, file = get_atoms().values(), json.loads(SCHEMA.read_text()), yaml.safe_load(text)
    steps = {str(one) for name in ("id", "as") for one in _find_all(file, name)}
    fields = {name for atom in atoms for name in atom.output.model_fields} | steps
    read_from = {"$input.": set(file.get("input", ())), "$constants.": set(file.get("constants", ()))}
    names: dict[str, set[str]] = {
        "E201": {name for one in _find_all(schema, "properties") for name in one},
        "E204": {str(word) for one in _find_all(schema, "enum") for word in one} | {"undo", "keep"},
        "E205": {"string", "integer", "number", "boolean", "duration", "object-ref", "enum", "array", "object"},
        "E206": set(KINDS),
        "E301": set(get_atoms()),
        "E302": steps | {"input", "dispatch", "states", "failure", "constants"},
        "E305": next((known for start, known in read_from.items() if before.endswith(start)), fields),
        "E309": set(FUNCTIONS),
        "E310": {error.__name__ for atom in atoms for error in atom.raises} | set(ENGINE_ERRORS),
        "E311": {Path(name).stem for name in others},
        "E312": set(SERVICES),
        "E501": {name for atom in atoms for name in atom.input.model_fields},
    }
    return names[code]


def _find_all(value: Any, key: str) -> Iterator[Any]:
    """Give what stands under a key, wherever that is."""
    if isinstance(value, Mapping):
        if key in value:
            yield value[key]
        for child in value.values():
            yield from _find_all(child, key)
    elif isinstance(value, list):
        for child in value:
            yield from _find_all(child, key)


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
