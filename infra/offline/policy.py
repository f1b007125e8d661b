"""The effective policy of a service, a tier or a rule: each value, who says it, and where."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from chalicelib.catalog.model import ApprovalLine, Budget, Bundle, Rule
from chalicelib.decision.selectors import describe_selector, list_selectors
from chalicelib.decision.tiers import find_page
from chalicelib.errors import InterlockError
from dsl.bundle import read_kind
from dsl.diagnostics import suggest
from dsl.durations import format_duration
from dsl.policies.layers import BUILT_IN, Layers, read_layers
from dsl.shape import Path, locate_key
from dsl.source import Node, load_source
from infra.offline.policy_fields import NONE, Line, has_node, list_layered, point

CONTROL = "control file"


class UnknownPolicy(InterlockError):
    """There is no {kind} called {name!r}: {hint}."""


class Policies(NamedTuple):
    """A bundle with what it was compiled from."""

    bundle: Bundle
    layers: Layers
    control: Node | None


def read_policies(bundle: Bundle, sources: Mapping[str, str]) -> Policies:
    """Read path -> text of the files that a bundle was compiled from once more, for who says what and where."""
    files = {kind: [one for one in sorted(sources.items()) if read_kind(one[1]) == kind] for kind in _KINDS}
    layers = read_layers(files["rule"], (files["services"] or [("", "")])[0], every=True)
    control = load_source(files["control"][0][1], files["control"][0][0])[0] if files["control"] else None
    return Policies(bundle, layers, control)


_KINDS = ("rule", "services", "control")


def find_names(name: str, policies: Policies) -> dict[str, str]:
    """Say what a bare name is of: `{service: …}`, `{rule: …}` or `{tier: …}`. Raises UnknownPolicy."""
    layers = policies.layers
    for kind, known in (("service", layers.services), ("rule", layers.rules), ("tier", layers.tiers)):
        if name in known:
            return {kind: name}
    everything = [*layers.services, *layers.rules, *layers.tiers]
    raise UnknownPolicy(kind="service, tier or rule", name=name, hint=_hint(name, everything))


def list_policy(
    policies: Policies, *, service: str | None = None, tier: str | None = None, rule: str | None = None
) -> tuple[Line, ...]:
    """Give the policy of a service or a tier, as it holds when that rule decides if one is named; or of a rule alone.

    Raises UnknownPolicy.
    """
    layers = policies.layers
    for kind, name, known in (("service", service, layers.services), ("tier", tier, layers.tiers)):
        if name is not None and name not in known:
            raise UnknownPolicy(kind=kind, name=name, hint=_hint(name, known))
    named = policies.bundle.find_rule(rule) if rule is not None else None
    if rule is not None and (named is None or rule not in layers.rules):
        raise UnknownPolicy(kind="rule", name=rule, hint=_hint(rule, layers.rules))
    if service is not None:
        tier = layers.tier_of(service)
    own = () if named is None else tuple(_list_rule(named, policies))
    if tier is None:
        varied = _list_varied(named, policies) if named is not None else ()
        return (*own, *varied, *_list_control(policies))
    about = tuple(_list_service(service, policies)) if service is not None else ()
    held = list_layered(layers.order(rule, service, tier), tier, named)
    return (*about, *own, *held, *_list_tier(tier, policies), *_list_control(policies))


def list_overview(bundle: Bundle) -> tuple[tuple[str, ...], ...]:
    """Give (what, name, tier or mode, who is paged by default) of every service, then of every rule."""
    services = ((one.name, one.tier, find_page(None, one.name, one.tier, bundle)) for one in bundle.services)
    rows = [("service", name, tier, f"{page.value or NONE} ({page.source})") for name, tier, page in services]
    rules = (("rule", one.name, str(one.mode), ", ".join(sorted(one.pages)) or NONE) for one in bundle.rules)
    return (*rows, *rules)


def _list_service(name: str, policies: Policies) -> Iterator[Line]:
    service = next(one for one in policies.bundle.services if one.name == name)
    layer = policies.layers.services[name]
    yield Line("owner", service.owner, layer.source, point(layer, ("owner",)))
    for selector in list_selectors(service):
        field = "labels" if selector.kind == "labels" and service.labels else "select"
        yield Line("selects", describe_selector(selector), layer.source, point(layer, (field,)))
    yield Line("tier", service.tier, layer.source, point(layer, ("tier",)))


def _list_tier(tier: str, policies: Policies) -> Iterator[Line]:
    layer = policies.layers.tiers[tier]
    ranks = list(policies.layers.tiers)
    yield Line("queue order", f"{ranks.index(tier) + 1} of {len(ranks)}", layer.source, point(layer, ()))
    names = [name for name in policies.layers.services if policies.layers.tier_of(name) == tier]
    yield Line("services", ", ".join(names) or NONE, layer.source, point(layer, ()))


def _list_rule(rule: Rule, policies: Policies) -> Iterator[Line]:
    layer = policies.layers.rules[rule.name]

    def say(name: str, value: str, *path: str | int, default: bool = False) -> Line:
        return Line(name, value, BUILT_IN) if default else Line(name, value, layer.source, point(layer, path))

    yield say("mode", str(rule.mode), "mode")
    if rule.schedule is not None:
        yield say("schedule", f"{rule.schedule.expression}, {rule.schedule.timezone}", "schedule")
    yield say("priority", str(rule.priority), "priority", default=not rule.priority)
    yield say("group", rule.group or NONE, "group", default=rule.group is None)
    if rule.goal is not None:
        yield say("goal", rule.goal.until, "goal", "until")
        for index, rung in enumerate(rule.goal.otherwise):
            times = f", up to {rung.attempts} times" if rung.attempts > 1 else ""
            deed = f"run {rung.run}{times}" if rung.run else f"page {rung.page}"
            yield say(f"else, rung {index + 1}", deed, "goal", "otherwise", index)
    for name in rule.runs:
        locks = ", ".join(f"{one.object} ({one.intent})" for one in policies.bundle.workflows[name].touches)
        yield Line(f"run {name}", locks or "locks nothing", f"workflow {name}")
    if rule.pages:
        yield say("pages", ", ".join(rule.pages), "decide")


def _list_varied(rule: Rule, policies: Policies) -> Iterator[Line]:
    """Give what holds for each tier, and for services of which it differs; once where all are alike."""
    layers = policies.layers

    def hold(service: str | None, tier: str) -> dict[str, Line]:
        return {line.name: line for line in list_layered(layers.order(rule.name, service, tier), tier, rule)}

    by_tier = {tier: hold(None, tier) for tier in layers.tiers}
    by_service = {service: hold(service, layers.tier_of(service)) for service in layers.services}
    for name in dict.fromkeys(name for lines in (*by_tier.values(), *by_service.values()) for name in lines):
        found = {tier: lines[name] for tier, lines in by_tier.items() if name in lines}
        if len(found) == len(by_tier) and len(set(found.values())) == 1:
            yield next(iter(found.values()))
        else:
            yield from (line._replace(name=f"{name}, tier {tier}") for tier, line in found.items())
        for service, lines in by_service.items():
            if name in lines and lines[name] != found.get(layers.tier_of(service)):
                yield lines[name]._replace(name=f"{name}, service {service}")


def _list_control(policies: Policies) -> Iterator[Line]:
    """Give what nobody overrides."""
    control = policies.bundle.control

    def say(name: str, value: str, *path: str | int) -> Line:
        where = _point(policies.control, path)
        return Line(name, value, CONTROL if where else BUILT_IN, where or NONE)

    for index, budget in enumerate(one for one in control.budgets if not one.said_by):
        yield say(f"budget {budget.name}", _show_budget(budget), "budgets", index)
    for index, line in enumerate(one for one in control.approvals if not one.said_by and one.approvers):
        limits = ", ".join([*line.tiers, *line.intents, *line.rules, *line.workflows]) or "everything"
        yield say(
            f"approval, line {index + 1}",
            f"{limits}: {line.need} of {', '.join(line.approvers)}{_show_silence(line)}",
            "approval",
            index,
        )
    yield say("queue", f"at most {control.queue_limit} wait for one object", "queue", "limit")
    yield say("queue expires", format_duration(control.queue_expires_s), "queue", "expires")
    yield say("hops", f"at most {control.max_hops} from the first event", "max_hops")


def _show_silence(line: ApprovalLine) -> str:
    return f", or {format_duration(line.expires_s)} without a no" if line.on_expiry == "continue" else ""


def _show_budget(budget: Budget) -> str:
    only = f" ({', '.join(budget.only)})" if budget.only else ""
    if budget.within_s:
        return (
            f"at most {budget.at_most} starts within {format_duration(budget.within_s)} for each {budget.scope}{only}"
        )
    most = f"{budget.at_most}% of the" if budget.percent else str(budget.at_most)
    return f"at most {most} {budget.objects}s of each {budget.scope}{only} ({budget.intent}), else {budget.verb}"


def _hint(name: str, known: Iterable[str]) -> str:
    return (suggest(name, known) or f"there are {', '.join(known)}").rstrip("?")


def _point(root: Node | None, path: Path) -> str:
    """Say where a value of the control file stands, empty if it is not there."""
    if root is None or not has_node(root, path):
        return ""
    span = locate_key(root, path)
    return f"{span.file}:{span.line}"
