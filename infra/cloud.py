"""The account that a command works on: AWS with the user's credentials, or the local AWS with its own."""

import os
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError, ProfileNotFound  # noqa: A004

from infra.errors import CredentialsMissing, ProfileMissing, RegionMissing

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_s3 import S3Client

LOCAL_REGION = "us-east-1"
_LOCAL_KEY = "test"
"""The local AWS's root user, as its settings name it; it opens nothing anywhere else."""


@dataclass(frozen=True)
class Cloud:
    """One account and region. `endpoint` is None for AWS."""

    session: boto3.Session
    region: str
    endpoint: str | None = None
    clients: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """The clients made so far, by service."""

    @property
    def local(self) -> bool:
        """Whether this is the local AWS."""
        return self.endpoint is not None

    def client(self, service: str) -> Any:
        """Give the boto3 client of a service, made once."""
        if service not in self.clients:
            self.clients[service] = self.session.client(  # type: ignore[call-overload]
                service, region_name=self.region, endpoint_url=self.endpoint, config=self._config
            )
        return self.clients[service]

    @property
    def cloudformation(self) -> "CloudFormationClient":
        """The client of CloudFormation."""
        client: CloudFormationClient = self.client("cloudformation")
        return client

    @property
    def s3(self) -> "S3Client":
        """The client of S3."""
        client: S3Client = self.client("s3")
        return client

    @cached_property
    def account(self) -> str:
        """The account's id. Raises CredentialsMissing."""
        try:
            identity: str = self.client("sts").get_caller_identity()["Account"]
        except (ConnectionError, HTTPClientError):
            raise  # no answer says nothing about the credentials
        except (BotoCoreError, ClientError) as error:
            raise CredentialsMissing(cause=" ".join(str(error).split())) from error
        return identity

    @property
    def _config(self) -> Config:
        if self.endpoint is None:
            return Config(retries={"mode": "standard", "max_attempts": 8})
        return Config(
            inject_host_prefix=False,
            proxies={},
            s3={"addressing_style": "path"},
            retries={"mode": "standard", "max_attempts": 2},
        )


def open_aws(region: str | None = None, profile: str | None = None) -> Cloud:
    """Open the user's account. Raises ProfileMissing, RegionMissing or CredentialsMissing before any other call."""
    chosen = region or os.environ.get("AWS_REGION")  # boto3 itself reads AWS_DEFAULT_REGION only
    try:
        session = boto3.Session(profile_name=profile, region_name=chosen)
    except ProfileNotFound as error:
        raise ProfileMissing(profile=error.kwargs.get("profile", profile)) from error
    if session.region_name is None:
        raise RegionMissing
    if _find_credentials(session) is None:
        raise CredentialsMissing(cause="none were found")
    return Cloud(session, session.region_name)


def open_local(endpoint: str) -> Cloud:
    """Open the local AWS as its root user."""
    session = boto3.Session(aws_access_key_id=_LOCAL_KEY, aws_secret_access_key=_LOCAL_KEY, region_name=LOCAL_REGION)
    return Cloud(session, LOCAL_REGION, endpoint)


def _find_credentials(session: boto3.Session) -> Any:
    try:
        return session.get_credentials()
    except BotoCoreError as error:
        raise CredentialsMissing(cause=" ".join(str(error).split())) from error
