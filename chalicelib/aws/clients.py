"""AWS clients of one botocore session, made when first asked for and kept while the function is warm."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from botocore.config import Config
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    CredentialProvider,
    CredentialResolver,
    DeferredRefreshableCredentials,
)
from botocore.session import Session

from chalicelib.aws.loader import BriefLoader

VERSION = "0.1.0"

_CONNECT_S, _READ_S, _ATTEMPTS = 2, 8, 3
_BACKOFF_S = 13
"""The most that botocore's standard mode sleeps between three attempts: 1 s and 2 s, and 5 s more each if AWS asks."""

LONGEST_CALL_S = _ATTEMPTS * (_CONNECT_S + _READ_S) + _BACKOFF_S
"""Seconds after which any single call has an outcome; every function's own time-out must be longer."""


class AssumedRole(NamedTuple):
    """A role of another account or region that clients work as, and the region they work in."""

    arn: str
    session_name: str
    """What the other account's CloudTrail shows."""
    region: str


class SessionClients:
    """Gives clients with Interlock's time-outs, standard retries and user agent; each new one is shown to `watch`.

    Region, credentials and AWS_ENDPOINT_URL are botocore's to find, unless they work as an assumed role. `validate` has
    botocore check every parameter before it is sent: a fifth of what a warm decision costs, and the core's own requests
    need it no more than AWS does. `brief` is for regional services only, see `BriefLoader`.
    """

    def __init__(
        self, watch: Callable[[Any], None] | None = None, role: AssumedRole | None = None, *, validate: bool = True,
        brief: bool = False,
    ) -> None:  # fmt: skip
        self._watch = watch
        self._role = role
        self._brief = brief
        self._session: Session | None = None
        self._clients: dict[str, Any] = {}
        self._config = Config(
            connect_timeout=_CONNECT_S,
            read_timeout=_READ_S,
            retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
            user_agent_extra=f"interlock/{VERSION}",
            parameter_validation=validate,
        )

    def get(self, service: str) -> Any:
        """Give the client of a botocore service name such as `ec2`."""
        if service not in self._clients:
            self._session = self._session or self._open_session()
            region = self._role.region if self._role is not None else None
            client = self._session.create_client(service, region_name=region, config=self._config)
            if self._watch is not None:
                self._watch(client)
            self._clients[service] = client
        return self._clients[service]

    def _open_session(self) -> Session:
        session = Session()
        if self._brief:
            session.register_component("data_loader", BriefLoader())
        if self._role is not None:
            provider = _RoleProvider(self._role, Session(), self._config)
            session.register_component("credential_provider", CredentialResolver([provider]))
        return session


class _RoleProvider(CredentialProvider):
    """Assumes the role when the first request is signed, and again before its credentials end."""

    METHOD = "assume-role"

    def __init__(self, role: AssumedRole, home: Session, config: Config) -> None:
        super().__init__(home)
        self._fetcher = AssumeRoleCredentialFetcher(
            client_creator=partial(home.create_client, config=config),
            source_credentials=home.get_credentials(),
            role_arn=role.arn,
            extra_args={"RoleSessionName": role.session_name},
        )

    def load(self) -> DeferredRefreshableCredentials:
        return DeferredRefreshableCredentials(self._fetcher.fetch_credentials, self.METHOD)
