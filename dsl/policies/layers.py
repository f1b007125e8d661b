"""Who may say something about one policy, in the one order that holds everywhere: rule, service, tier, built in."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from dsl.policies.model import RuleFile, ServicesFile, ServiceSpec, TierSpec
from dsl.shape import Path, read_file
from dsl.source import Node

BUILT_IN = "built in"
_SAYS = re.compile(r"^(?:approval|budgets):", re.MULTILINE)
V = TypeVar("V")


class Layer(NamedTuple):
    """One who says something: a rule, a service or a tier, with where that stands."""

    source: str
    """`rule x`, `service x` or `tier x`."""
    said: RuleFile | ServiceSpec | TierSpec
    root: Node
    path: Path
    """Inside the file."""


class Layers(NamedTuple):
    """All who say something, by name."""

    rules: Mapping[str, Layer]
    services: Mapping[str, Layer]
    tiers: Mapping[str, Layer]
    """Most important first."""

    def order(self, rule: str | None, service: str | None, tier: str) -> tuple[Layer, ...]:
        """Give who is to be asked about an object of that service and tier, first the one whose word goes before the others'."""
        named = (self.rules.get(rule or ""), self.services.get(service or ""), self.tiers.get(tier))
        return tuple(one for one in named if one is not None)

    def tier_of(self, service: str) -> str:
        """Give a service's tier."""
        said = self.services[service].said
        return said.tier if isinstance(said, ServiceSpec) else ""


class Said(NamedTuple):
    """A value, and who says it."""

    value: object
    layer: Layer | None
    """None: it is built in."""


def find_said(layers: Iterable[Layer], read: Callable[[Layer], object], built_in: object = None) -> Said:
    """Give the first that is said."""
    for layer in layers:
        value = read(layer)
        if value is not None:
            return Said(value, layer)
    return Said(built_in, None)


def read_layers(rules: Iterable[tuple[str, str]], services: tuple[str, str], *, every: bool = False) -> Layers:
    """Read (path, text) of the rules and of the services file; what does not compile says nothing.

    Of the rules, only those that may speak of budgets and approval are read, unless `every` one is wanted.
    """
    root, spec, _ = read_file(services[1], services[0], ServicesFile)
    found: tuple[dict[str, Layer], dict[str, Layer]] = ({}, {})
    if root is not None and spec is not None:
        for index, tier in enumerate(spec.tiers):
            one = TierSpec(name=tier) if isinstance(tier, str) else tier
            found[1][one.name] = Layer(f"tier {one.name}", one, root, ("tiers", index))
        for index, service in enumerate(spec.services):
            found[0][service.name] = Layer(f"service {service.name}", service, root, ("services", index))
    return Layers(dict(_read_rules(rules, every=every)), *found)


def _read_rules(files: Iterable[tuple[str, str]], *, every: bool) -> Iterator[tuple[str, Layer]]:
    for path, text in files:
        if not every and not _SAYS.search(text):
            continue
        root, spec, _ = read_file(text, path, RuleFile)
        if root is not None and spec is not None:
            yield spec.name, Layer(f"rule {spec.name}", spec, root, ())
