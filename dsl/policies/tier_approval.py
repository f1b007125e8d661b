"""Approval as rules, services and tiers ask for it, put in order: the first line that fits a plan says who is asked."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from chalicelib.catalog.model import ApprovalLine
from dsl.policies.layers import Layer, Layers, Said, find_said

FIELDS: Mapping[str, Any] = {"from": (), "need": 1, "expires": 24 * 3600, "intent": (), "on_expiry": "reject"}
"""Each field with what holds where nobody says it: nobody is asked; a day; whatever changes anything; silence is a no."""


def resolve_approvals(layers: Layers) -> tuple[ApprovalLine, ...]:
    """Give the lines: of each rule that says something, then of services, then of tiers."""
    return tuple(_drop_idle(list(_list_lines(layers))))


def merge_approval(order: Iterable[Layer]) -> dict[str, Said]:
    """Give each field with who says it."""
    asked = tuple(order)
    return {name: find_said(asked, lambda one, name=name: _read(one, name), value) for name, value in FIELDS.items()}  # type: ignore[misc]


def speaks(layer: Layer) -> bool:
    """Whether one says anything of approval."""
    return layer.said.approval is not None


def _list_lines(layers: Layers) -> Iterator[ApprovalLine]:
    own = [name for name, one in layers.services.items() if speaks(one)]
    rules = [(name, {"rules": (name,)}) for name in sorted(layers.rules) if speaks(layers.rules[name])]
    for rule, about in [*rules, (None, {})]:
        for service in own:
            order = layers.order(rule, service, layers.tier_of(service))
            yield from _make(order, {**about, "services": (service,)})
        for tier, one in layers.tiers.items():
            if rule is not None or speaks(one):
                yield from _make(layers.order(rule, None, tier), {**about, "tiers": (tier,)})


def _make(order: tuple[Layer, ...], about: Mapping[str, tuple[str, ...]]) -> Iterator[ApprovalLine]:
    """Give a line, and one behind it that lets pass what it does not ask about: no later line is to be asked."""
    said = merge_approval(order)
    scope: dict[str, Any] = {"tiers": (), "rules": (), "services": (), "workflows": (), **about}
    people: Any = said["from"].value
    source = said["from"].layer.source if said["from"].layer is not None else ""
    need, expires, intents = (said[name].value for name in ("need", "expires", "intent"))
    line: dict[str, Any] = {
        "approvers": tuple(people), "need": need, "expires_s": expires, "said_by": source,
        "on_expiry": said["on_expiry"].value,
    }  # fmt: skip
    yield ApprovalLine(**scope, intents=tuple(intents) if people else (), **line)  # type: ignore[arg-type]
    if people and intents:
        yield ApprovalLine(**scope, intents=(), **{**line, "approvers": (), "said_by": ""})


def _read(layer: Layer, field: str) -> Any:
    return layer.said.approval.fields().get(field) if layer.said.approval is not None else None


def _drop_idle(lines: list[ApprovalLine]) -> list[ApprovalLine]:
    """Drop what asks nobody at the end of the list, since that is what no line means."""
    while lines and not lines[-1].approvers:
        lines.pop()
    return lines
