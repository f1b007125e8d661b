"""The bundle's JSON and its values: the only reader of `bundle.json`. Plain `json`, since every cold start pays."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from chalicelib.catalog.lazy import LazyList, LazyMap
from chalicelib.catalog.model import (
    BUNDLE_SCHEMA,
    Access,
    Accumulate,
    Aftermath,
    ApiCall,
    ApprovalLine,
    AtomEntry,
    Batch,
    BatchPolicy,
    Branch,
    Budget,
    Bundle,
    Calendar,
    Conflict,
    Control,
    Correlate,
    Dedupe,
    Escalation,
    Goal,
    Grant,
    HttpHosts,
    Intent,
    Resumption,
    Role,
    Rule,
    RuleMode,
    Rung,
    Schedule,
    Selector,
    Service,
    Sources,
    Storm,
    Tier,
    Touch,
    UndoStep,
    Verb,
    Workflow,
)
from chalicelib.errors import BundleInvalid

DEFAULT_PATH = Path(__file__).parent.parent / "bundle.json"
"""Inside the package, so that it ships with the code that it was compiled with."""

T = TypeVar("T")
_Data = Mapping[str, Any]


def load_bundle(path: Path | None = None) -> Bundle:
    """Read a bundle. Raises BundleInvalid.

    The default one is read once per process, and its rules, workflows and atoms when they are first asked for: most
    starts of a function need few of them, and what is shipped was read in full when it was built.
    """
    return _load_default() if path is None else read_bundle(_load(path))


def read_bundle(data: object) -> Bundle:
    """Build a bundle from what `dump_bundle` gave. Raises BundleInvalid for another schema number or shape."""
    if not isinstance(data, dict):
        raise BundleInvalid(cause="it is not a JSON object")
    if data.get("schema") != BUNDLE_SCHEMA:
        raise BundleInvalid(cause=f"its schema is {data.get('schema')!r} and this code reads {BUNDLE_SCHEMA}")
    try:
        return _read(Bundle, {key: value for key, value in data.items() if key != "schema"})
    except _Misfit as misfit:
        raise BundleInvalid(cause=str(misfit)) from None


def dump_bundle(bundle: Bundle) -> dict[str, Any]:
    """Give a bundle as JSON values; `read_bundle` gives an equal one back."""
    return {"schema": BUNDLE_SCHEMA, **_to_json(bundle)}


@lru_cache(maxsize=1)
def _load_default() -> Bundle:
    data = _load(DEFAULT_PATH)
    if not isinstance(data, dict):
        return read_bundle(data)
    later: dict[str, Any] = {"rules": [], "workflows": {}, "atoms": {}}
    return replace(
        read_bundle({**data, **{name: none for name, none in later.items() if name in data}}),
        rules=LazyList(data["rules"], _open(Rule)),
        workflows=LazyMap(data["workflows"], _open(Workflow)),
        atoms=LazyMap(data["atoms"], _open(AtomEntry)),
    )


def _open(kind: type[T]) -> Callable[[Any], T]:
    def read_later(data: Any) -> T:
        try:
            return _read(kind, data)
        except _Misfit as misfit:
            raise BundleInvalid(cause=str(misfit)) from None

    return read_later


def _load(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        raise BundleInvalid(cause=f"{path} does not exist: run `interlock build`") from None
    except ValueError as problem:
        raise BundleInvalid(cause=f"{path} is not JSON: {problem}") from None


def _to_json(value: Any) -> Any:
    if type(value) in _READERS:
        return {name.rstrip("_"): _to_json(getattr(value, name)) for name in type(value).__match_args__}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {key: _to_json(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | LazyList):
        return [_to_json(inner) for inner in value]
    return value


_Reader = Callable[[Any], Any]


class _Misfit(Exception):
    """A value of another shape; the place is put together on the way out, since a good bundle needs none."""

    def __init__(self, cause: str) -> None:
        self.cause = cause
        self.place: list[str] = []

    def __str__(self) -> str:
        return f"{''.join(self.place).removeprefix('.') or 'the bundle'} {self.cause}"

    def inside(self, part: str) -> "_Misfit":
        self.place.insert(0, part)
        return self


def _read(kind: type[T], data: Any) -> T:
    """Build a value of the model from its JSON object, field by field, nothing missing and nothing left over."""
    readers = _READERS[kind]
    if not isinstance(data, dict):
        raise _Misfit("must be an object")
    if data.keys() != readers.keys():
        off = sorted(data.keys() ^ readers.keys())
        raise _Misfit(f"has fields missing or unknown: {', '.join(off)}")
    values = []
    for key, read in readers.items():
        try:
            values.append(read(data[key]))
        except _Misfit as misfit:
            raise misfit.inside(f".{key}") from None
    return kind(*values)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _Misfit("must be a string")
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _Misfit("must be a whole number")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Misfit("must be true or false")
    return value


def _mapping(value: Any) -> _Data:
    if not isinstance(value, dict):
        raise _Misfit("must be an object")
    return value


def _maybe(read: _Reader) -> _Reader:
    return lambda value: None if value is None else read(value)


def _every(read: _Reader) -> _Reader:
    def read_all(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise _Misfit("must be a list")
        found: list[Any] = []
        try:
            for inner in value:
                found.append(read(inner))  # noqa: PERF401 - the length tells which one does not fit
        except _Misfit as misfit:
            raise misfit.inside(f"[{len(found)}]") from None
        return tuple(found)

    return read_all


def _by_name(read: _Reader) -> _Reader:
    def read_all(value: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, inner in _mapping(value).items():
            try:
                found[name] = read(inner)
            except _Misfit as misfit:
                raise misfit.inside(f".{name}") from None
        return found

    return read_all


def _nested(kind: type) -> _Reader:
    return lambda value: _read(kind, value)


def _enum(kind: type[Enum]) -> _Reader:
    members = {member.value: member for member in kind}

    def read_member(value: Any) -> Enum:
        if not isinstance(value, str) or value not in members:
            raise _Misfit(f"cannot be {value!r}")
        return members[value]

    return read_member


_texts, _intents = _every(_text), _every(_enum(Intent))

_READERS: dict[type, dict[str, _Reader]] = {
    ApiCall: {"actions": _texts, "resources": _texts},
    Touch: {"object": _text, "intent": _enum(Intent)},
    UndoStep: {"step": _text, "names": _texts, "items": _by_name(_text)},
    Aftermath: {"hash": _text, "steps": _every(_nested(UndoStep))},
    Resumption: {
        "hash": _text,
        "steps": _texts,
        "entries": _texts,
        "carried": _by_name(_every(_whole)),
        "asks": _texts,
        "handlers": _texts,
    },
    Workflow: {
        "name": _text,
        "description": _text,
        "hash": _text,
        "input_schema": _mapping,
        "touches": _every(_nested(Touch)),
        "excludes": _texts,
        "timeout_s": _whole,
        "expected_s": _whole,
        "effect_timeout_s": _whole,
        "final_errors": _texts,
        "undoes": _flag,
        "logical_steps": _whole,
        "atoms": _texts,
        "offered_atom": _maybe(_text),
        "calls": _every(_nested(ApiCall)),
        "aftermath": _maybe(_nested(Aftermath)),
        "resumption": _maybe(_nested(Resumption)),
    },
    AtomEntry: {
        "name": _text,
        "version": _whole,
        "summary": _text,
        "intent": _enum(Intent),
        "objects": _texts,
        "input_schema": _mapping,
        "output_schema": _mapping,
        "emits": _texts,
        "timeout_s": _whole,
        "effect_timeout_s": _whole,
        "function_arn": _maybe(_text),
    },
    Branch: {
        "when": _maybe(_text),
        "run": _maybe(_text),
        "with": _maybe(_mapping),
        "page": _maybe(_text),
        "ignore": _maybe(_text),
    },
    Rung: {"run": _maybe(_text), "with": _maybe(_mapping), "page": _maybe(_text), "attempts": _whole},
    Goal: {"until": _text, "within_s": _whole, "otherwise": _every(_nested(Rung))},
    Dedupe: {"within_s": _whole, "by": _maybe(_text)},
    Accumulate: {"count": _whole, "within_s": _whole, "by": _maybe(_text)},
    Storm: {"per": _text, "more_than": _whole, "within_s": _whole, "page": _text},
    Correlate: {
        "dedupe": _maybe(_nested(Dedupe)),
        "accumulate": _maybe(_nested(Accumulate)),
        "settle_s": _maybe(_whole),
        "storm": _maybe(_nested(Storm)),
        "off": _texts,
    },
    Escalation: {"within_s": _maybe(_whole), "pages": _maybe(_texts)},
    BatchPolicy: {
        "steps": _maybe(_texts),
        "canary": _maybe(_text),
        "spread": _maybe(_text),
        "one_zone_at_a_time": _maybe(_flag),
        "max_unavailable": _maybe(_by_name(_text)),
        "stop_failures": _maybe(_text),
        "pause_for_approval": _maybe(_text),
        "approval": _maybe(_mapping),
        "progress_deadline_s": _maybe(_whole),
    },
    Batch: {"targets": _mapping, "policy": _nested(BatchPolicy)},
    Schedule: {"expression": _text, "timezone": _text},
    Rule: {
        "name": _text,
        "description": _text,
        "mode": _enum(RuleMode),
        "match": _mapping,
        "object": _text,
        "branches": _every(_nested(Branch)),
        "goal": _maybe(_nested(Goal)),
        "priority": _whole,
        "group": _maybe(_text),
        "page": _maybe(_text),
        "correlate": _maybe(_nested(Correlate)),
        "batch": _maybe(_nested(Batch)),
        "schedule": _maybe(_nested(Schedule)),
    },
    Tier: {
        "name": _text,
        "rank": _whole,
        "page": _maybe(_text),
        "batch": _maybe(_nested(BatchPolicy)),
        "correlate": _maybe(_nested(Correlate)),
        "escalation": _maybe(_nested(Escalation)),
    },
    Selector: {"kind": _text, "name": _text, "cluster": _text, "labels": _by_name(_text)},
    Service: {
        "name": _text,
        "tier": _text,
        "owner": _text,
        "labels": _by_name(_text),
        "page": _maybe(_text),
        "batch": _maybe(_nested(BatchPolicy)),
        "selectors": _every(_nested(Selector)),
        "correlate": _maybe(_nested(Correlate)),
        "escalation": _maybe(_nested(Escalation)),
    },
    Conflict: {
        "running_intents": _intents,
        "incoming_intents": _intents,
        "running_workflows": _texts,
        "incoming_workflows": _texts,
        "verb": _enum(Verb),
        "running_rules": _texts,
        "incoming_rules": _texts,
        "running_tiers": _texts,
        "incoming_tiers": _texts,
    },
    Budget: {
        "name": _text,
        "scope": _text,
        "only": _texts,
        "objects": _text,
        "intent": _enum(Intent),
        "at_most": _whole,
        "percent": _flag,
        "verb": _enum(Verb),
        "within_s": _whole,
        "rules": _texts,
        "said_by": _text,
    },
    ApprovalLine: {
        "tiers": _texts,
        "intents": _intents,
        "rules": _texts,
        "workflows": _texts,
        "approvers": _texts,
        "need": _whole,
        "expires_s": _whole,
        "services": _texts,
        "said_by": _text,
        "on_expiry": _text,
    },
    Calendar: {
        "name": _text,
        "scope": _by_name(_text),
        "reason": _text,
        "owner": _text,
        "windows": _texts,
        "exempt_tiers": _texts,
        "exempt_intents": _intents,
        "held": _text,
    },
    Control: {
        "conflicts": _every(_nested(Conflict)),
        "queue_limit": _whole,
        "queue_expires_s": _whole,
        "max_hops": _whole,
        "start_grace_s": _whole,
        "budgets": _every(_nested(Budget)),
        "down": _texts,
        "gone": _texts,
        "group_queue_limit": _whole,
        "approvals": _every(_nested(ApprovalLine)),
        "ancestors": _by_name(_enum(Intent)),
        "shards": _whole,
        "freezes": _every(_nested(Calendar)),
    },
    Grant: {
        "principals": _texts,
        "role": _enum(Role),
        "services": _texts,
        "tiers": _texts,
        "kinds": _texts,
        "up_to": _enum(Intent),
    },
    Access: {"grants": _every(_nested(Grant))},
    HttpHosts: {"hosts": _texts, "private": _texts},
    Sources: {"topics": _texts, "queues": _texts, "buses": _texts, "inventory_s": _whole},
    Bundle: {
        "version": _text,
        "workflows": _by_name(_nested(Workflow)),
        "atoms": _by_name(_nested(AtomEntry)),
        "rules": _every(_nested(Rule)),
        "services": _every(_nested(Service)),
        "tiers": _every(_nested(Tier)),
        "default_tier": _text,
        "control": _nested(Control),
        "index": _maybe(_mapping),
        "access": _nested(Access),
        "http": _nested(HttpHosts),
        "sources": _nested(Sources),
        "accounts": _by_name(_text),
        "inherited": _texts,
    },
}
"""How each field is read, in the order of the class's own fields; a test compares the two."""
