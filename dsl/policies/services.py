"""`kind: services`: how much each service matters, and which labels select its objects."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from chalicelib.catalog.model import BatchPolicy, Correlate, Escalation, Service, Tier
from chalicelib.decision.defaults import ESCALATION, WINDOWS
from chalicelib.decision.tiers import DEFAULT_PAGE
from dsl.diagnostics import Diagnostic, has_errors, suggest
from dsl.policies.batch import build_policy, check_sizes
from dsl.policies.correlate import build_correlate, check_inherited
from dsl.policies.model import ServicesFile, TierSpec
from dsl.policies.selectors import build_selectors, check_selectors, check_shadowed
from dsl.policies.tier_model import PolicySpec
from dsl.shape import Path, locate, locate_key, read_file
from dsl.source import Node


@dataclass(frozen=True, slots=True)
class Services:
    """What the services file compiles to; tiers are ranked in the order of the file."""

    services: tuple[Service, ...]
    tiers: tuple[Tier, ...]
    default_tier: str
    accounts: Mapping[str, str] = field(default_factory=dict)
    """Account -> the role that atoms assume there."""


def compile_services(text: str, file: str) -> tuple[Services | None, tuple[Diagnostic, ...]]:
    """Compile the services file. Gives None with at least one error; never raises for a user's text."""
    root, spec, found = read_file(text, file, ServicesFile)
    if root is None or spec is None:
        return None, found
    checked = (*found, *_check(root, spec))
    if has_errors(checked):
        return None, checked
    services = tuple(
        Service(
            one.name,
            one.tier,
            one.owner,
            one.labels or {},
            one.page,
            _build_batch(one),
            build_selectors(one.select or ()),
            _build_windows(one),
            _build_escalation(one),
        )
        for one in spec.services
    )
    tiers = tuple(
        Tier(one, rank)
        if isinstance(one, str)
        else Tier(one.name, rank, one.page, _build_batch(one), _build_windows(one), _build_escalation(one))
        for rank, one in enumerate(spec.tiers)
    )
    accounts = {account: one.role for account, one in spec.accounts.items()}
    return Services(services, tiers, spec.default_tier, accounts), (*checked, *check_shadowed(root, services))


def _check(root: Node, spec: ServicesFile) -> Iterator[Diagnostic]:
    tiers = _list_tiers(spec)
    for index, tier in enumerate(tiers):
        if tier in tiers[:index]:
            yield Diagnostic("E902", f"the tier {tier!r} is listed twice", locate(root, ("tiers", index)), "remove one")
    if spec.default_tier not in tiers:
        yield _unknown_tier(root, ("default_tier",), spec.default_tier, spec)
    for index, one in enumerate(spec.tiers):
        if not isinstance(one, str):
            yield from _check_policy(root, ("tiers", index), one, one.page)
    yield from _check_services(root, spec, tiers)


def _check_services(root: Node, spec: ServicesFile, tiers: list[str]) -> Iterator[Diagnostic]:
    names: set[str] = set()
    for index, service in enumerate(spec.services):
        if service.tier not in tiers:
            yield _unknown_tier(root, ("services", index, "tier"), service.tier, spec)
        if service.name in names:
            span = locate(root, ("services", index, "name"))
            yield Diagnostic("E902", f"the service {service.name!r} is listed twice", span, "rename or merge them")
        tier_page = next(
            (one.page for one in spec.tiers if isinstance(one, TierSpec) and one.name == service.tier), None
        )
        yield from _check_policy(root, ("services", index), service, service.page or tier_page)
        if service.labels is None and service.select is None:
            span = locate(root, ("services", index, "name"))
            hint = "write `labels:`, or `select:` with groups, target groups, ECS services or labels"
            yield Diagnostic("E932", f"nothing selects the objects of {service.name!r}", span, hint)
        yield from check_selectors(root, ("services", index, "select"), service.select or ())
        names.add(service.name)


def list_inherited(services: Services) -> tuple[str, ...]:
    """Name the windows, and `escalation`, of which some tier or service speaks."""
    layers: tuple[Tier | Service, ...] = (*services.tiers, *services.services)
    windows = [one.correlate for one in layers if one.correlate is not None]
    said = [name for name, field in WINDOWS.items() if any(getattr(one, field) is not None for one in windows)]
    escalates = any(one.escalation is not None for one in layers)
    return (*said, *((ESCALATION,) if escalates else ()))


def _check_policy(root: Node, path: Path, spec: PolicySpec, page: str | None) -> Iterator[Diagnostic]:
    """Check what a tier or service says of how work is done; `page` is who is asked by default about its objects."""
    if spec.batch is not None:
        yield from check_sizes(root, (*path, "batch"), spec.batch)
    if spec.correlate is None and spec.escalation is None:
        return
    asks = []
    if spec.correlate is not None:
        yield from check_inherited(root, path, spec.correlate)
        asks += [("correlate", "storm")] if spec.correlate.storm and spec.correlate.storm.page == DEFAULT_PAGE else []
    if spec.escalation is not None:
        asks += [("escalation", "page")] if DEFAULT_PAGE in (spec.escalation.page or ()) else []
    for where in asks if page is None else ():
        message = "`page: default` names nobody here"
        hint = "write `page:` for the tier, or name somebody"
        yield Diagnostic("E711", message, locate_key(root, (*path, *where)), hint)


def _build_batch(spec: PolicySpec) -> BatchPolicy | None:
    return build_policy(spec.batch) if spec.batch is not None else None


def _build_windows(spec: PolicySpec) -> Correlate | None:
    return build_correlate(spec.correlate) if spec.correlate is not None else None


def _build_escalation(spec: PolicySpec) -> Escalation | None:
    return Escalation(spec.escalation.within, spec.escalation.page) if spec.escalation is not None else None


def _list_tiers(spec: ServicesFile) -> list[str]:
    return [one if isinstance(one, str) else one.name for one in spec.tiers]


def _unknown_tier(root: Node, path: tuple[str | int, ...], tier: str, spec: ServicesFile) -> Diagnostic:
    tiers = _list_tiers(spec)
    hint = suggest(tier, tiers) or f"the tiers are: {', '.join(tiers)}"
    return Diagnostic("E901", f"there is no tier {tier!r}", locate(root, path), hint)
