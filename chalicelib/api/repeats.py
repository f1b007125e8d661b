"""The memory of Idempotency-Keys: what a request has made is given again to whoever sends it again."""

import json
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.api.core import Core
from chalicelib.api.problems import KeyMissing, KeyReused
from chalicelib.api.route import Answer, AnyRoute, Asked
from chalicelib.control.records import ROW_VERSION, expire_at
from chalicelib.control.transaction import Absent, Delete, Item, Key, Operation, Put
from chalicelib.identity import canonical_json, digest

MAX_KEY = 128


class Memory(NamedTuple):
    """One key of one principal at one route, and the request that it stands for."""

    key: Key
    fingerprint: str


def read_key(text: str | None) -> str:
    """Check an Idempotency-Key. Raises KeyMissing."""
    if not text or len(text) > MAX_KEY or not all("!" <= character <= "~" for character in text):
        raise KeyMissing
    return text


def find_memory(route: AnyRoute, asked: Asked[Any, Any]) -> Memory:
    """Say where a key's memory is."""
    body = canonical_json(asked.body.model_dump(mode="json"))
    return Memory(
        Key(f"request#{digest([asked.principal, route.name, asked.key])}", "request"),
        digest([route.path.format_map(asked.path), body]),
    )


def claim(memory: Memory, now: datetime) -> Operation:
    """Take the key; it must be free."""
    return Put(memory.key, {"v": ROW_VERSION, "digest": memory.fingerprint, "ttl": expire_at(now)}, (Absent(),))


def remember(memory: Memory, given: Answer, now: datetime) -> Operation:
    """Keep what was answered. Nobody else writes the row meanwhile, so it is put whole: see `serving`."""
    answered = {"answer": json.dumps(given.body)}
    return Put(memory.key, {"v": ROW_VERSION, "digest": memory.fingerprint, "ttl": expire_at(now), **answered})


def forget(memory: Memory) -> Operation:
    """Give the key back: nothing was made."""
    return Delete(memory.key)


def recall(core: Core, memory: Memory) -> Answer | None:
    """Give the first answer again; None if the key is new, or its first request is not over. Raises KeyReused."""
    row: Item | None = core.ports.store.read([memory.key]).get(memory.key)
    if row is None:
        return None
    if row["digest"] != memory.fingerprint:
        raise KeyReused(made="something else")
    return Answer(200, json.loads(row["answer"]), headers={"Idempotency-Replayed": "true"}) if "answer" in row else None
