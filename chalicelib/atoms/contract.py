"""What an atom is: one typed, idempotent action or observation, with everything the rest of Interlock must know of it.

The compiler types `with` and references by `input` and `output`, control holds locks for `touches` by `intent`,
`infra` generates the function's role from `permissions`, and settle holds a lock for `effect_timeout_s`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

from chalicelib.atoms.errors import COMMON_ERRORS, AtomError, HostNotAllowed
from chalicelib.catalog.model import Intent
from chalicelib.identity import digest


class AtomInput(BaseModel):
    """Base of every atom's input: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AtomOutput(BaseModel):
    """Base of every atom's output."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Idempotency(StrEnum):
    """How a repeated call does no harm."""

    NATURAL = "natural"
    """The API call itself leads to the same state however often it is made."""
    CHECK_FIRST = "check_first"
    """The atom looks first and acts only if there is something to do."""
    CLIENT_TOKEN = "client_token"  # noqa: S105 - a kind of idempotency, not a secret
    """The API takes the idempotency key."""
    NONE = "none"
    """A repeat acts twice; the compiler refuses to retry it."""


class Proof(StrEnum):
    """The best that an atom was run against so far; the docs say it, and tests check that it is true."""

    MINISTACK = "ministack"
    """Deployed as a function on the local AWS, its role enforced."""
    MOTO = "moto"
    """In process, against moto's model of the service."""
    STUBBER = "stubber"
    """Requests and answers only checked against AWS's service model: no emulator has the behavior."""
    NONE = "none"
    """Not by this repository: an atom of a test, or of somebody's own."""


@dataclass(frozen=True, slots=True)
class Permission:
    """One IAM statement of an atom's role. `resource` may hold ${partition}, ${region} and ${account}."""

    actions: tuple[str, ...]
    resource: str = "*"
    condition: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """As in IAM: operator -> key -> value."""


@dataclass(frozen=True, slots=True)
class Touched:
    """An object an atom acts on: `host/{instance_id}`, where the hole names an input field (`{ids[]}`: each of a list)."""

    object: str
    intent: Intent


STATE_CHANGED = "Object State Changed"
"""The detail type of the event that every emitted Change becomes."""


@dataclass(frozen=True, slots=True)
class Change:
    """A state an atom has observed: published as an `Object State Changed` event on Interlock's bus."""

    object: str
    """Short id, `host/i-0ab`."""
    state: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dispatch:
    """The dispatch an atom runs for; `fences` maps each locked object's full id to the fence held on it."""

    id: str
    fence: int
    object: str
    tier: str
    root_id: str
    hops: int
    fences: Mapping[str, int]


class Clients(Protocol):
    """Makes AWS clients of the one session, retries and time-outs already set."""

    def get(self, service: str) -> Any:
        """Give the client of a botocore service name such as `ec2`."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What a web server answered; a body past the limit is cut."""

    status: int
    body: str


class Http(Protocol):
    """Speaks HTTPS to the hosts that this deployment allows, and follows no redirect."""

    def __call__(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        also: frozenset[str] = frozenset(),
    ) -> HttpAnswer:
        """Send one request; `also` names hosts that the atom itself vouches for.

        Raises HostNotAllowed, or Unavailable when no answer came.
        """


class Log(Protocol):
    """Writes one structured line; what it is given must hold no secret."""

    def __call__(self, message: str, **facts: object) -> None:
        """Write it with the dispatch, the step and the facts."""


def stay_silent(message: str, **facts: object) -> None:
    """Log nothing."""


def refuse_http(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],  # noqa: ARG001 - the port's
    body: bytes | None,  # noqa: ARG001 - the port's
    also: frozenset[str] = frozenset(),  # noqa: ARG001 - the port's
) -> HttpAnswer:
    """Allow no host at all."""
    raise HostNotAllowed(cause=f"{method} {url.partition('?')[0]}: no host is allowed here")


@dataclass(frozen=True, slots=True)
class Context:
    """What an atom may use besides its input."""

    clients: Clients
    dispatch: Dispatch
    step: str
    emit: Callable[[Change], None]
    remaining_ms: Callable[[], int]
    now: Callable[[], datetime]
    """Aware; for windows of measurements; never to decide about a lock."""
    log: Log = stay_silent
    http: Http = refuse_http
    dry_run: bool = False
    """Whether nothing may be changed. The clients see to that themselves: an act ends the run as `WouldAct`."""

    @property
    def idempotency_key(self) -> str:
        """The same for every attempt of one step of one dispatch, and for nothing else; at most 64 characters."""
        return f"{self.dispatch.id}-{digest([self.step])}"


I = TypeVar("I", bound=AtomInput)  # noqa: E741 - I and O for input and output
O = TypeVar("O", bound=AtomOutput)  # noqa: E741


@dataclass(frozen=True, slots=True, kw_only=True)
class Atom(Generic[I, O]):
    """An atom's declaration. `name` is `noun.verb`; its Lambda function is called `<noun>_<verb>`."""

    name: str
    version: int
    summary: str
    input: type[I]
    output: type[O]
    intent: Intent
    touches: tuple[Touched, ...]
    emits: tuple[str, ...]
    """Detail types of the events it may emit."""
    permissions: tuple[Permission, ...]
    timeout_s: int
    """Of its Lambda function; a step's own timeout must be longer."""
    effect_timeout_s: int
    """How long its effect may go on after its caller is gone; 0 when the call's answer is the effect."""
    idempotency: Idempotency
    undo: str | None
    """The atom that takes it back, if one does."""
    errors: tuple[type[AtomError], ...]
    """Beyond `common`."""
    example: str
    """One worked step in the workflow DSL."""
    run: Callable[[I, Context], O]
    proof: Proof = Proof.NONE
    home: bool = False
    """Whether it works in Interlock's own account and region wherever the object is: it speaks to people or servers."""
    function_arn: str | None = None
    """The Lambda function that runs it, where that is somebody else's: its ARN, which may hold ${partition}, ${region},
    ${account} and ${stage}. None: Interlock deploys one."""
    common: tuple[type[AtomError], ...] = COMMON_ERRORS
    """What it may raise besides, like any atom that calls AWS by Interlock's clients."""

    @property
    def function(self) -> str:
        """The Lambda function's name without prefix: `ec2_start` for `ec2.start`."""
        return self.name.replace(".", "_")

    @property
    def mutating(self) -> bool:
        """Whether control must hold a lock for it."""
        return self.intent is not Intent.OBSERVE

    @property
    def actions(self) -> frozenset[str]:
        """Every IAM action that its role allows."""
        return frozenset(action for permission in self.permissions for action in permission.actions)

    @property
    def raises(self) -> tuple[type[AtomError], ...]:
        """Every error it may raise, its own first."""
        return (*self.errors, *(error for error in self.common if error not in self.errors))
