"""Budgets of rules, services and tiers, put in order: of those with one name, the first that concerns a plan bounds it."""

from collections.abc import Iterable, Iterator

from chalicelib.catalog.model import Budget, Intent, Verb
from dsl.policies.layers import Layer, Layers
from dsl.policies.tier_model import LimitSpec

OBJECTS = "host"
"""What these budgets count. Those of the control file count any kind."""
INTENTS = (Intent.CONFIGURE, Intent.DISRUPT, Intent.DESTROY)


def name_budget(intent: Intent) -> str:
    """Name the count that all who speak of an intent share; no budget of the control file can be called so."""
    return f"at_once.{intent}"


def resolve_budgets(layers: Layers) -> tuple[Budget, ...]:
    """Give them all: rule before service before tier. What only a rule bounds is counted for whatever else works there."""
    return tuple(budget for intent in INTENTS for budget in _resolve(intent, layers))


def read_limit(layer: Layer, intent: Intent) -> LimitSpec | None:
    """Give what one says of an intent, None if nothing."""
    return layer.said.budgets.limits().get(intent) if layer.said.budgets is not None else None


def _resolve(intent: Intent, layers: Layers) -> Iterator[Budget]:
    ruled = [name for name, one in layers.rules.items() if read_limit(one, intent) is not None]
    own = [name for name, one in layers.services.items() if read_limit(one, intent) is not None]
    for name in sorted(ruled):
        yield _make(intent, layers.rules[name], rules=(name,))
    for name in own:
        yield _make(intent, layers.services[name], only=(name,))
    for tier, one in layers.tiers.items():
        only = tuple(name for name in layers.services if name not in own and layers.tier_of(name) == tier)
        if only and read_limit(one, intent) is not None:
            yield _make(intent, one, only=only)
    if ruled:
        yield Budget(name_budget(intent), "service", (), OBJECTS, intent, 0, percent=False, verb=Verb.ALLOW)


def _make(intent: Intent, layer: Layer, *, only: Iterable[str] = (), rules: Iterable[str] = ()) -> Budget:
    limit = read_limit(layer, intent)
    amount, percent, verb = 0, False, Verb.ALLOW
    if limit is not None and limit.at_most is not None:
        share = limit.at_most
        percent, verb = share.percent is not None, Verb(limit.verb)
        amount = (share.percent if share.percent is not None else share.count) or 0
    return Budget(
        name_budget(intent), "service", tuple(only), OBJECTS, intent, amount, percent=percent, verb=verb,
        rules=tuple(rules), said_by=layer.source,
    )  # fmt: skip
