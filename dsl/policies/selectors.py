"""`select` under a service: which objects belong to it, besides those with its labels."""

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import Field, model_validator

from chalicelib.catalog.model import Selector, Service
from chalicelib.decision.selectors import ECS_SERVICE, GROUP, LABELS, TARGET_GROUP, list_selectors
from dsl.diagnostics import Diagnostic
from dsl.model.base import Strict, mistake
from dsl.shape import Path, locate, locate_key
from dsl.source import Node

Text = Annotated[str, Field(min_length=1)]

_WAYS = (GROUP, TARGET_GROUP, "cluster", LABELS)
_FORMS = {
    GROUP: (re.compile(r"[A-Za-z0-9_.@+=~-]{1,255}\Z"), "the name of an Auto Scaling group, without slash or space"),
    TARGET_GROUP: (re.compile(r"[A-Za-z0-9-]{1,32}\Z"), "the name of a target group: letters, digits and -, at most 32"),
    "cluster": (re.compile(r"[A-Za-z0-9_-]{1,255}\Z"), "the name of an ECS cluster"),
    ECS_SERVICE: (re.compile(r"[A-Za-z0-9_*-]{1,255}\Z"), 'the name of an ECS service, `*` for any characters: "checkout-*"'),
}  # fmt: skip
_LAST = re.compile(r"arn:.*targetgroup/([^/]+)/|arn:.*[:/]([^:/]+)\Z")
_ANY = "*"


class SelectorSpec(Strict):
    """Objects of one Auto Scaling group or target group, ECS services of one cluster, or objects with labels."""

    group: Text | None = None
    target_group: Text | None = None
    cluster: Text | None = None
    ecs_service: Text | None = None
    labels: Annotated[dict[str, str], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _choose_one(self) -> "SelectorSpec":
        ways = [name for name in _WAYS if getattr(self, name) is not None]
        if self.ecs_service is not None and self.cluster is None:
            raise mistake("E932", "ECS services are selected in a cluster", "add `cluster:`", ECS_SERVICE)
        if not ways:
            hint = "write one of `group`, `target_group`, `cluster` (of ECS services) and `labels`"
            raise mistake("E932", "this selects nothing", hint)
        if len(ways) > 1 and ways != ["cluster", LABELS]:
            said = " and ".join(f"`{name}`" for name in ways)
            hint = "an object belongs to the service if any of `select` fits: write an item for each"
            raise mistake("E932", f"an item of `select` says one thing, and this one says {said}", hint, ways[-1])
        return self


def build_selectors(specs: tuple[SelectorSpec, ...]) -> tuple[Selector, ...]:
    """Give what decisions read."""
    return tuple(_build(one) for one in specs)


def check_selectors(root: Node, path: Path, specs: tuple[SelectorSpec, ...]) -> Iterator[Diagnostic]:
    """Find names that AWS would never give, and what is written twice."""
    for index, one in enumerate(specs):
        for field, (form, words) in _FORMS.items():
            name = getattr(one, field)
            if name is not None and not form.match(name):
                span = locate(root, (*path, index, field))
                yield Diagnostic("E932", f"`{field}` cannot be {name!r}", span, _suggest(name, words))
        if one in specs[:index]:
            yield Diagnostic("E902", "this is selected twice", locate(root, (*path, index)), "remove one")


def check_shadowed(root: Node, services: Sequence[Service]) -> Iterator[Diagnostic]:
    """W733: what selects nothing that an earlier service does not have already."""
    for index, service in enumerate(services):
        for number, one in enumerate(list_selectors(service)):
            owner = next((first.name for first in services[:index] if _covers(first, one)), None)
            if owner is None:
                continue
            item = number - bool(service.labels)
            path: Path = ("services", index, "labels") if item < 0 else ("services", index, "select", item)
            message = f"all that this selects belongs to the service {owner!r}, which comes first"
            hint = f"select something else, or list {service.name!r} before {owner!r}"
            span = locate_key(root, path) if item < 0 else locate(root, path)
            yield Diagnostic("W733", message, span, hint)


def _covers(service: Service, other: Selector) -> bool:
    return any(_is_wider(one, other) for one in list_selectors(service))


def _is_wider(one: Selector, other: Selector) -> bool:
    """Whether every object that the other fits is fitted by this, as far as that can be told from the two."""
    if not one.labels.items() <= other.labels.items():
        return False
    if one.kind == LABELS:
        return True
    same = (one.kind, one.cluster) == (other.kind, other.cluster)
    return same and (one.name == other.name or (one.kind == ECS_SERVICE and _is_wider_name(one.name, other.name)))


def _is_wider_name(one: str, other: str) -> bool:
    return fnmatchcase(other.replace(_ANY, "x"), one) and fnmatchcase(other.replace(_ANY, ""), one)


def _suggest(name: str, words: str) -> str:
    arn = _LAST.match(name)
    return f"write its name instead of its ARN: {arn[1] or arn[2]}" if arn else f"write {words}"


def _build(one: SelectorSpec) -> Selector:
    if one.group is not None:
        return Selector(GROUP, one.group)
    if one.target_group is not None:
        return Selector(TARGET_GROUP, one.target_group)
    if one.cluster is not None:
        return Selector(ECS_SERVICE, one.ecs_service or _ANY, one.cluster, one.labels or {})
    return Selector(LABELS, "", "", one.labels or {})
