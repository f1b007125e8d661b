"""`kind: sources`: the topics, queues and buses that events come from besides the default bus."""

import re
from collections.abc import Iterable, Iterator

from chalicelib.catalog.model import Rule, Sources
from chalicelib.decision.patterns import compile_pattern
from dsl.diagnostics import Diagnostic, has_errors
from dsl.policies.model import SourcesFile
from dsl.schedules import INVENTORY, INVENTORY_DUE
from dsl.shape import Path, locate, locate_key, read_file
from dsl.source import Node, load_source

_PARTITION, _PLACE = r"arn:aws(-[a-z]+)*", r"[a-z0-9-]+:[0-9]{12}"
_FORMS = {
    "topics": (
        re.compile(rf"{_PARTITION}:sns:{_PLACE}:[A-Za-z0-9_-]{{1,256}}\Z"),
        "arn:aws:sns:eu-west-1:111122223333:alarms",
    ),
    "queues": (
        re.compile(rf"{_PARTITION}:sqs:{_PLACE}:[A-Za-z0-9_-]{{1,80}}\Z"),
        "arn:aws:sqs:eu-west-1:111122223333:jobs",
    ),
    "buses": (re.compile(r"[A-Za-z0-9._/-]{1,256}\Z"), "aws.partner/example.com/111122223333/monitoring"),
}


def compile_sources(text: str, file: str) -> tuple[Sources | None, tuple[Diagnostic, ...]]:
    """Compile the file of sources. Gives None with at least one error; never raises for a user's text."""
    root, spec, found = read_file(text, file, SourcesFile)
    if root is None or spec is None:
        return None, found
    checked = (*found, *_check(root, spec))
    return (None if has_errors(checked) else _build(spec)), checked


def check_inventory(files: Iterable[tuple[str, str]], sources: Sources, rules: Iterable[Rule]) -> Iterator[Diagnostic]:
    """W734: a schedule that no rule answers."""
    due = {"source": INVENTORY, "detail-type": INVENTORY_DUE, "detail": {"service": ""}}
    if not sources.inventory_s or any(compile_pattern(rule.match).matches(due) for rule in rules):
        return
    for path, text in files:
        root, _ = load_source(text, path)
        if root is not None:
            hint = "copy the rule `inventory` of Interlock's own policies/rules, or remove this"
            yield Diagnostic("W734", "no rule matches what this sends", locate_key(root, ("inventory",)), hint)


def _build(spec: SourcesFile) -> Sources:
    return Sources(spec.topics, spec.queues, spec.buses, spec.inventory.every if spec.inventory is not None else 0)


def _check(root: Node, spec: SourcesFile) -> Iterator[Diagnostic]:
    for field, (form, example) in _FORMS.items():
        names: tuple[str, ...] = getattr(spec, field)
        for index, name in enumerate(names):
            path: Path = (field, index)
            if not form.match(name):
                message = f"{name!r} cannot be one of the {field}"
                yield Diagnostic("E931", message, locate(root, path), f"for example {example}")
            elif field == "buses" and (name == "default" or name.startswith("interlock-")):
                hint = "the default bus and Interlock's own are routed anyway"
                yield Diagnostic("E931", f"{name!r} needs not be listed", locate(root, path), hint)
            elif name in names[:index]:
                yield Diagnostic("E902", f"{name!r} is listed twice", locate(root, path), "remove one")
    if spec.inventory is not None and spec.inventory.every % 60:
        span = locate(root, ("inventory", "every"))
        yield Diagnostic("E931", "EventBridge's schedules count whole minutes", span, "for example 15m")
