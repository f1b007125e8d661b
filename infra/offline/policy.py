"""The effective policy of a service or rule: each value with what says so."""

from collections.abc import Iterator
from typing import NamedTuple

from chalicelib.catalog.model import Bundle, Rule, Service
from chalicelib.decision.batch_policy import find_batching
from chalicelib.decision.selectors import describe_selector, list_selectors
from chalicelib.decision.tiers import DEFAULT_PAGE, find_page
from chalicelib.errors import InterlockError
from dsl.durations import format_duration

SERVICES, CONTROL = "services.yaml", "control.yaml"
NONE = "-"


class UnknownPolicy(InterlockError):
    """There is no service, tier or rule called {name!r}."""


class Line(NamedTuple):
    """One value of the effective policy."""

    name: str
    value: str
    source: str


def list_policy(name: str, bundle: Bundle, by: str | None = None) -> tuple[Line, ...]:
    """Give the effective policy of a service, a rule or a tier. Raises UnknownPolicy.

    `by` is a rule: the policy is then the one that holds when it decides about the service or tier.
    """
    rule = next((one for one in bundle.rules if one.name == by), None)
    if by is not None and rule is None:
        raise UnknownPolicy(name=by)
    for service in bundle.services:
        if service.name == name:
            return tuple(_list_service(service, rule, bundle))
    for rule in bundle.rules:
        if rule.name == name:
            return tuple(_list_rule(rule, bundle))
    if name in {tier.name for tier in bundle.tiers}:
        return tuple(_list_tier(None, name, rule, bundle, SERVICES))
    raise UnknownPolicy(name=name)


def list_overview(bundle: Bundle) -> tuple[tuple[str, ...], ...]:
    """Give (what, name, tier or mode, who is paged by default) of every service, then of every rule."""
    services = ((one.name, one.tier, find_page(None, one.name, one.tier, bundle)) for one in bundle.services)
    rows = [("service", name, tier, f"{page.value or NONE} ({page.source})") for name, tier, page in services]
    rules = (("rule", one.name, str(one.mode), ", ".join(sorted(one.pages)) or NONE) for one in bundle.rules)
    return (*rows, *rules)


def _list_service(service: Service, rule: Rule | None, bundle: Bundle) -> Iterator[Line]:
    where = f"service {service.name}"
    yield Line("owner", service.owner, where)
    for selector in list_selectors(service):
        yield Line("selects", describe_selector(selector), where)
    yield Line("tier", service.tier, where)
    yield from _list_tier(service.name, service.tier, rule, bundle, where)


def _list_tier(service: str | None, tier: str, rule: Rule | None, bundle: Bundle, where: str) -> Iterator[Line]:
    rank = next(one.rank for one in bundle.tiers if one.name == tier)
    page = find_page(rule, service, tier, bundle)
    yield Line("page", page.value or NONE, page.source)
    yield from _list_batching(rule, service, tier, bundle)
    yield Line("queue order", f"{rank + 1} of {len(bundle.tiers)}", f"tier {tier}")
    yield from _list_control(bundle)
    if where == SERVICES:
        names = [one.name for one in bundle.services if one.tier == tier]
        yield Line("services", ", ".join(names) or NONE, SERVICES)


def _list_rule(rule: Rule, bundle: Bundle) -> Iterator[Line]:
    where = f"rule {rule.name}"
    yield Line("mode", str(rule.mode), where)
    if rule.schedule is not None:
        yield Line("schedule", f"{rule.schedule.expression}, {rule.schedule.timezone}", where)
    yield Line("priority", str(rule.priority), where if rule.priority else "default")
    yield Line("group", rule.group or NONE, where if rule.group else "default")
    if rule.goal is not None:
        yield Line("goal", f"{rule.goal.until} within {format_duration(rule.goal.within_s)}", where)
        for number, rung in enumerate(rule.goal.otherwise, 1):
            times = f", up to {rung.attempts} times" if rung.attempts > 1 else ""
            yield Line(f"else, rung {number}", f"run {rung.run}{times}" if rung.run else f"page {rung.page}", where)
    yield from _list_windows(rule, where)
    for name in rule.runs:
        locks = ", ".join(f"{one.object} ({one.intent})" for one in bundle.workflows[name].touches)
        yield Line(f"run {name}", locks or "locks nothing", f"workflow {name}")
    for name in rule.pages:
        if name != DEFAULT_PAGE:
            yield Line("page", name, where)
            continue
        for tier in bundle.tiers:
            page = find_page(rule, None, tier.name, bundle)
            yield Line(f"page, tier {tier.name}", page.value or NONE, page.source)
        for service in bundle.services:
            if rule.page is None and service.page is not None:
                yield Line(f"page, service {service.name}", service.page, f"service {service.name}")
    yield from _list_bounds(rule, bundle)
    yield from _list_control(bundle)


def _list_windows(rule: Rule, where: str) -> Iterator[Line]:
    if rule.correlate is None:
        return
    dedupe, accumulate, storm = rule.correlate.dedupe, rule.correlate.accumulate, rule.correlate.storm
    if storm is not None:
        within = format_duration(storm.within_s)
        text = f"over {storm.more_than} objects per {storm.per} within {within}: held, page {storm.page}"
        yield Line("storm", text, where)
    if accumulate is not None:
        by = accumulate.by or "object"
        within = format_duration(accumulate.within_s)
        yield Line("accumulate", f"{accumulate.count} events within {within}, by {by}", where)
    if rule.correlate.settle_s is not None:
        yield Line("settle", f"still so after {format_duration(rule.correlate.settle_s)}", where)
    if dedupe is not None:
        yield Line("dedupe", f"one event acts in {format_duration(dedupe.within_s)}, by {dedupe.by or 'object'}", where)


def _list_bounds(rule: Rule, bundle: Bundle) -> Iterator[Line]:
    for tier in bundle.tiers if rule.batch is not None else ():
        bound = find_batching(rule, None, tier.name, bundle)["max_unavailable"]
        yield Line(f"max unavailable, tier {tier.name}", _show_setting("", bound.value), bound.source)


def _list_batching(rule: Rule | None, service: str | None, tier: str, bundle: Bundle) -> Iterator[Line]:
    """Give what holds for batches of a service or tier, by one rule or by any that says nothing else."""
    said = find_batching(rule, service, tier, bundle)
    shown = {"batch steps": "steps", "canary": "canary", "spread": "spread", "one zone at a time": "one_zone_at_a_time",
             "max unavailable": "max_unavailable", "stop": "stop_failures", "progress deadline": "progress_deadline_s"}  # fmt: skip
    for name, key in shown.items():
        yield Line(name, _show_setting(key, said[key].value), said[key].source)


def _show_setting(key: str, value: object) -> str:
    if key == "steps" and isinstance(value, tuple):
        return ", ".join(value)
    if key == "stop_failures":
        return f"once more than {value} have failed"
    if key == "progress_deadline_s" and isinstance(value, int):
        return format_duration(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return NONE if value is None else str(value)


def _list_control(bundle: Bundle) -> Iterator[Line]:
    control = bundle.control
    yield Line("queue", f"at most {control.queue_limit} wait for one object", CONTROL)
    yield Line("queue expires", format_duration(control.queue_expires_s), CONTROL)
    yield Line("hops", f"at most {control.max_hops} from the first event", CONTROL)
