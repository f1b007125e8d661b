"""Words of a workflow file written wrongly, one a file: where, and as which mistake it should be told."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from random import Random
from string import ascii_lowercase
from typing import Any

import yaml

Schema = Mapping[str, Any]
_REFERENCE = re.compile(r"\$(?P<name>[a-z]\w*)(?P<call>\()?(?:\.(?P<field>[a-z]\w*))?")
KINDS = frozenset(
    {
        "atom",
        "switch",
        "parallel",
        "foreach",
        "rollout",
        "try",
        "workflow",
        "aws",
        "wait",
        "approve",
        "set",
        "emit",
        "fail",
        "succeed",
    }
)
"""Fields that say what a step is."""
_SHORTEST = 4
"""Of a shorter word two letters are most of it: nobody could tell what was meant."""
_SCALARS = {"atom": "E301", "intent": "E204", "on_failure": "E204", "workflow": "E311"}
"""Codes of a misspelt value, by the field it is in."""
_FREE = frozenset({"set", "constants", "returns"})


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a file. Line and column count from 1; `at` is where the mistake is told if not where the word stands."""

    text: str
    line: int
    column: int
    code: str
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Misspelling:
    """A whole file with one word written wrongly."""

    text: str
    code: str
    line: int
    column: int
    meant: str
    written: str


def list_misspellings(text: str, schema: Schema) -> Iterator[Misspelling]:
    """Misspell every word of a file that is a name to somebody, each once."""
    rows = text.splitlines()
    words = list(dict.fromkeys(list_words(text, schema)))
    random = Random(len(text))
    for word in words:
        row = rows[word.line - 1]
        start = word.column - 1
        if len(word.text) < _SHORTEST or row[start : start + len(word.text)] != word.text:
            continue
        written = misspell(word.text, random, {one.text for one in words})
        changed = [*rows]
        changed[word.line - 1] = row[:start] + written + row[start + len(word.text) :]
        yield Misspelling("\n".join(changed) + "\n", word.code, word.line, word.at or word.column, word.text, written)


def misspell(word: str, random: Random, known: Iterable[str]) -> str:
    """Change a word by one edit, every third time by two, but for its first letter, which people get right."""
    while True:
        written = word
        for _ in range(random.choice((1, 1, 2))):
            at = random.randrange(1, len(written))
            letter = random.choice(ascii_lowercase)
            written = random.choice(
                (
                    written[:at] + written[at + 1 :],
                    written[:at] + letter + written[at:],
                    written[:at] + letter + written[at + 1 :],
                )
            )
        if written not in known and measure_distance(written, word) > 0 and written[-1] not in "._":
            return written


def measure_distance(one: str, other: str) -> int:
    """Give the Levenshtein distance: letters put in, left out or replaced."""
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        before, row[0] = row[0], at
        for to, wanted in enumerate(other, 1):
            before, row[to] = row[to], min(row[to] + 1, row[to - 1] + 1, before + (letter != wanted))
    return row[-1]


def list_words(text: str, schema: Schema) -> Iterator[Word]:
    """Walk a file beside the JSON Schema, which knows which keys are fields."""
    root = yaml.compose(text)
    pending: list[tuple[yaml.Node, list[Schema], str]] = [(root, [schema], "")] if root is not None else []
    while pending:
        one, schemas, field = pending.pop()
        if isinstance(one, yaml.MappingNode):
            yield from _list_keys(one, schemas, field)
            for key, value in one.value:
                inner = [found for each in schemas for found in _inside(each, key.value)]
                pending.append((value, _fit(inner, value, schema), key.value))
        elif isinstance(one, yaml.SequenceNode):
            inner = [each["items"] for each in schemas if isinstance(each.get("items"), Mapping)]
            pending += [(value, _fit(inner, value, schema), field) for value in one.value]
        elif isinstance(one, yaml.ScalarNode):
            yield from _list_in_scalar(one, field)


def _list_keys(node: yaml.MappingNode, schemas: list[Schema], field: str) -> Iterator[Word]:
    known = {
        name for each in schemas for name in each.get("properties", ()) if each.get("additionalProperties") is False
    }
    keys = {key.value: (key, value) for key, value in node.value}
    for key, _ in keys.values():
        if key.value in known and field not in _FREE:
            # Without the field that says what a step is, the step itself is not known.
            yield Word(key.value, *_place(key), "E206" if key.value in KINDS and "id" in keys else "E201")
    given = keys.get("with")
    if "atom" in keys and given is not None and isinstance(given[1], yaml.MappingNode):
        for key, _ in given[1].value:
            yield Word(key.value, *_place(key), "E501")


def _list_in_scalar(node: yaml.ScalarNode, field: str) -> Iterator[Word]:
    line, column = _place(node)
    if field in _SCALARS:
        yield Word(node.value, line, column, _SCALARS[field])
    if field == "errors":
        yield Word(node.value, line, column, "E310")
    is_expression = node.value.startswith("{%") or field in {"when", "items", "until"}
    if is_expression and node.start_mark.line == node.end_mark.line and node.style in (None, "'", '"'):
        shift = column + (node.style is not None)
        for found in _REFERENCE.finditer(node.value):
            name, after = found["name"], found["field"]
            code = "E309" if found["call"] else "E302"
            yield Word(name, line, shift + found.start("name"), code, shift + found.start())
            if after is not None and name not in {"states", "dispatch"}:
                yield Word(after, line, shift + found.start("field"), "E305")


def _place(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _inside(schema: Schema, key: str) -> list[Schema]:
    found = schema.get("properties", {}).get(key)
    extra = schema.get("additionalProperties")
    return [found] if isinstance(found, Mapping) else [extra] if isinstance(extra, Mapping) else []


def _fit(schemas: list[Schema], node: yaml.Node, root: Schema) -> list[Schema]:
    """Open unions, and of objects keep those whose required fields are there."""
    opened = [one for each in schemas for one in _open(each, root)]
    if isinstance(node, yaml.MappingNode):
        keys = {key.value for key, _ in node.value}
        return [one for one in opened if set(one.get("required", ())) <= keys and "properties" in one] or [
            one for one in opened if isinstance(one.get("additionalProperties"), Mapping)
        ]
    return opened


def _open(schema: Schema, root: Schema) -> Iterator[Schema]:
    if "$ref" in schema:
        yield from _open(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    for name in ("anyOf", "oneOf", "allOf"):
        for one in schema.get(name, ()):
            yield from _open(one, root)
    yield schema
