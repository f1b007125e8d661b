"""What rules, services and tiers may all say, field by field: how it is read, how it is shown, and where it stands."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from chalicelib.catalog.model import Rule
from chalicelib.decision.batch_policy import DEFAULTS, EVERY_TIER
from chalicelib.decision.defaults import WITHIN_S
from dsl.durations import format_duration
from dsl.model.approving import Approvers
from dsl.model.base import Amount
from dsl.policies.batch_model import show_share
from dsl.policies.correlate import observes_nothing
from dsl.policies.layers import BUILT_IN, Layer, find_said
from dsl.policies.model import RuleFile
from dsl.policies.tier_approval import FIELDS
from dsl.policies.tier_model import LimitSpec
from dsl.policies.window_model import AccumulateSpec, DedupeSpec, StormSpec
from dsl.shape import Path, find_node, locate_key
from dsl.source import Node

NONE = "-"


class Line(NamedTuple):
    """One value of the effective policy, who says it, and in which file and line."""

    name: str
    value: str
    source: str
    where: str = NONE


class Field(NamedTuple):
    """Something that may be said by any of the three."""

    name: str
    paths: tuple[Path, ...]
    """Where it may stand in the file; the first that is there is it."""
    read: Callable[[Any, str], object]
    """(what one says, the object's tier) to the value, None if nothing is said of it."""
    show: Callable[[Any], str]
    built_in: str = NONE
    about: str = ""
    """`run`, `batch` or `goal`: only rules that have such are concerned."""


def list_layered(order: tuple[Layer, ...], tier: str, rule: Rule | None) -> Iterator[Line]:
    """Give every value that holds for an object of a tier, by those who are to be asked in this order."""
    asks = bool(find_said(order, lambda layer: _read_approval("from")(layer.said, tier)).value)
    for field in FIELDS_OF_ALL:
        if (rule is None or _concerns(field, rule)) and (asks or not field.name.startswith("approval, ")):
            yield _find_line(field, order, tier, rule)


def point(layer: Layer, path: Path) -> str:
    """Say where something that one says stands."""
    span = locate_key(layer.root, (*layer.path, *path))
    return f"{span.file}:{span.line}"


def _find_line(field: Field, order: tuple[Layer, ...], tier: str, rule: Rule | None) -> Line:
    said = find_said(order, lambda layer: field.read(layer.said, tier))
    if said.layer is None:
        return Line(field.name, field.built_in, BUILT_IN)
    inherits = rule is not None and not isinstance(said.layer.said, RuleFile)
    if field.name == "settle" and rule is not None and inherits and observes_nothing(rule.match):
        return Line(field.name, NONE, f"rule {rule.name}: its events observe no state")
    path = next((one for one in field.paths if has_node(said.layer.root, (*said.layer.path, *one))), field.paths[0])
    return Line(field.name, field.show(said.value), said.layer.source, point(said.layer, path))


def has_node(root: Node, path: Path) -> bool:
    """Whether a file says something at a path."""
    return not path or find_node(root, path) is not find_node(root, path[:-1])


def _concerns(field: Field, rule: Rule) -> bool:
    has = {
        "run": bool(rule.runs),
        "batch": rule.batch is not None,
        "goal": rule.goal is not None and rule.batch is None,
    }
    return has.get(field.about, True)


def _read_batch(attribute: str) -> Callable[[Any, str], object]:
    return lambda said, _: getattr(said.batch, attribute) if said.batch is not None else None


def _read_bound(said: Any, tier: str) -> object:
    bound = said.batch.max_unavailable if said.batch is not None else None
    return bound.get(tier, bound.get(EVERY_TIER)) if isinstance(bound, dict) else bound


def _read_limit(intent: str) -> Callable[[Any, str], object]:
    return lambda said, _: getattr(said.budgets, intent) if said.budgets is not None else None


def _read_approval(name: str) -> Callable[[Any, str], object]:
    return lambda said, _: said.approval.fields().get(name) if said.approval is not None else None


def _read_window(name: str) -> Callable[[Any, str], object]:
    return lambda said, _: getattr(said.correlate, name) if said.correlate is not None else None


def _read_within(said: Any, _: str) -> object:
    owner = said.goal if isinstance(said, RuleFile) else said.escalation
    return owner.within if owner is not None else None


def _read_end(said: Any, _: str) -> object:
    if not isinstance(said, RuleFile):
        return said.escalation.page if said.escalation is not None else None
    last = said.goal.otherwise[-1] if said.goal is not None and said.goal.otherwise else None
    return (last.page,) if last is not None and last.page is not None else None


def _show_limit(limit: LimitSpec) -> str:
    if limit.at_most is None:
        return "none"
    return f"at most {show_share(limit.at_most)} of a service, else {limit.verb}"


def _show_people(people: tuple[str, ...]) -> str:
    return ", ".join(people) or "nobody"


def _show_dedupe(one: DedupeSpec) -> str:
    return f"one event acts in {format_duration(one.within)}, by {one.by or 'object'}" if one.within else "none"


def _show_accumulate(one: AccumulateSpec) -> str:
    return f"{one.count} events within {format_duration(one.within)}, by {one.by or 'object'}" if one.within else "none"


def _show_storm(one: StormSpec) -> str:
    within = format_duration(one.within)
    return (
        f"over {one.more_than} objects per {one.per} within {within}: held, page {one.page}" if one.within else "none"
    )


def _show_settle(seconds: int) -> str:
    return f"still so after {format_duration(seconds)}" if seconds else "none"


def _show_shares(sizes: tuple[Amount, ...]) -> str:
    return ", ".join(map(show_share, sizes))


def _show_asked(asked: Approvers) -> str:
    return f"{asked.need} of {', '.join(asked.from_)} within {format_duration(asked.expires)}"


def _show_stop(stop: Any) -> str:
    return f"once more than {show_share(stop.failures)} have failed"


def _batch(name: str, field: str, show: Callable[[Any], str], built_in: str = NONE) -> Field:
    return Field(name, (("batch", field),), _read_batch(field), show, built_in, "batch")


FIELDS_OF_ALL: tuple[Field, ...] = (
    Field("page", (("page",),), lambda said, _: said.page, str),
    *(
        Field(f"at once, {intent}", (("budgets", intent),), _read_limit(intent), _show_limit, about="run")
        for intent in ("configure", "disrupt", "destroy")
    ),
    Field("approval of", (("approval", "from"), ("approval",)), _read_approval("from"), _show_people, "nobody", "run"),
    Field("approval, need", (("approval", "need"),), _read_approval("need"), str, str(FIELDS["need"]), "run"),
    Field(
        "approval, expires", (("approval", "expires"),), _read_approval("expires"), format_duration,
        format_duration(FIELDS["expires"]), "run",
    ),
    Field("approval, intent", (("approval", "intent"),), _read_approval("intent"), ", ".join, "any change", "run"),
    Field(
        "approval, on_expiry", (("approval", "on_expiry"),), _read_approval("on_expiry"), str, FIELDS["on_expiry"], "run"
    ),
    Field("storm", (("correlate", "storm"),), _read_window("storm"), _show_storm),
    Field("accumulate", (("correlate", "accumulate"),), _read_window("accumulate"), _show_accumulate),
    Field("settle", (("correlate", "settle"),), _read_window("settle"), _show_settle),
    Field("dedupe", (("correlate", "dedupe"),), _read_window("dedupe"), _show_dedupe),
    Field(
        "goal within", (("goal", "within"), ("escalation", "within")), _read_within, format_duration,
        format_duration(WITHIN_S), "goal",
    ),
    Field("goal escalates to", (("goal", "otherwise"), ("escalation", "page")), _read_end, _show_people, "nobody", "goal"),
    _batch("batch steps", "steps", _show_shares, ", ".join(DEFAULTS.steps or ())),
    _batch("canary", "canary", show_share),
    _batch("spread", "spread", str, str(DEFAULTS.spread)),
    _batch("one zone at a time", "one_zone_at_a_time", lambda said: "yes" if said else "no", "no"),
    Field("max unavailable", (("batch", "max_unavailable"),), _read_bound, show_share, about="batch"),
    _batch("stop", "stop", _show_stop, f"once more than {DEFAULTS.stop_failures} have failed"),
    _batch("pause for approval", "pause_for_approval", str, str(DEFAULTS.pause_for_approval)),
    _batch("pause, approval of", "approval", _show_asked),
    _batch("progress deadline", "progress_deadline", format_duration, format_duration(DEFAULTS.progress_deadline_s or 0)),
)  # fmt: skip
"""In the order in which they are shown."""
