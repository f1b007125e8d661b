"""What rules, services and tiers say of budgets and approval must be able to hold."""

from collections.abc import Iterable, Iterator
from typing import Any

from dsl.diagnostics import Diagnostic
from dsl.model.approving import names_many
from dsl.policies.layers import Layer, Layers
from dsl.policies.model import RuleFile
from dsl.policies.tier_approval import merge_approval, speaks
from dsl.policies.tier_model import NEVER
from dsl.shape import locate_key

Order = tuple[Layer, ...]


def check_layers(layers: Layers) -> Iterator[Diagnostic]:
    """E717: a word about nothing: the rule runs nothing, or nobody is named to be asked. E541: more than are named."""
    services = [(name, layers.tier_of(name)) for name in layers.services]
    for name, one in layers.rules.items():
        yield from _check_deeds(one)
        objects = [*services, *((None, tier) for tier in layers.tiers)]
        yield from _check_people(one, [layers.order(name, *about) for about in objects])
    for service, tier in services:
        yield from _check_people(layers.services[service], [layers.order(None, service, tier)])
    for tier, one in layers.tiers.items():
        below = [layers.order(None, *about) for about in services if about[1] == tier]
        yield from _check_people(one, [(one,), *below])


def _check_deeds(one: Layer) -> Iterator[Diagnostic]:
    said = one.said
    if not isinstance(said, RuleFile):
        return
    rungs = (said.goal.otherwise or ()) if said.goal is not None else ()
    if any(branch.run for branch in said.decide) or any(rung.run for rung in rungs):
        return
    for field in ("budgets", "approval"):
        if getattr(said, field) is not None:
            message = f"`{field}` is about what a rule runs, and this one runs nothing"
            yield Diagnostic("E717", message, locate_key(one.root, (*one.path, field)), "remove it")


def _check_people(one: Layer, orders: Iterable[Order]) -> Iterator[Diagnostic]:
    if one.said.approval is None or one.said.approval == NEVER:
        return
    span = locate_key(one.root, (*one.path, "approval"))
    asked: list[tuple[Layer, dict[str, Any]]] = [
        (next(filter(speaks, order)), said) for order in orders if (said := merge_approval(order))["from"].value
    ]
    if not asked:
        message = f"nobody is asked: neither {one.source} nor who is asked after it names people"
        yield Diagnostic("E717", message, span, "add `from: [role/sre-*]`")
    few = next(
        (said for first, said in asked if first is one and _is_few(said["from"].value, said["need"].value)), None
    )
    if few is not None:
        need, people = few["need"], few["from"]
        message = f"{need.value} must approve, as {need.layer.source} says, and {people.layer.source} names {len(people.value)}"
        yield Diagnostic("E541", message, span, "name more people, or lower `need`")


def _is_few(people: tuple[str, ...], need: int) -> bool:
    return need > len(people) and not any(names_many(one) for one in people)
