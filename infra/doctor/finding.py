"""What a check looks at, and what it finds."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from infra.client import ApiClient
from infra.cloud import Cloud
from infra.compiled import Build


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    """It works, and may not for long; or it could not be found out."""
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's: what was looked at, what was found, and what to do about it."""

    level: Level
    what: str
    found: str
    advice: str = ""
    """Empty if nothing is to be done."""


@dataclass(frozen=True, slots=True)
class Patient:
    """A stage, and the checkout that is asked about it."""

    cloud: Cloud
    stage: str
    outputs: Mapping[str, str]
    api: ApiClient
    build: Build
    now: datetime


Check = Callable[[Patient], Iterable[Finding]]


def judge(what: str, found: str, *, good: bool, advice: str, otherwise: Level = Level.FAIL) -> Finding:
    """Make a finding that is well, or `otherwise` with what to do."""
    return Finding(Level.OK, what, found) if good else Finding(otherwise, what, found, advice)
