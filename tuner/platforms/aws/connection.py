"""Who calls AWS, where, and how patiently: the caller's own credentials, through boto3."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import tuner
from tuner.errors import UsageError
from tuner.platforms.aws.pacing import keep_pace

CONNECT_TIMEOUT_S = 10
CONTROL_READ_TIMEOUT_S = 30
CONTROL_ATTEMPTS = 8
"""Control-plane calls share 15 a second with every deployment of the account, so they wait their turn."""
ANSWER_MARGIN_S = 60
"""How much longer than the function's timeout a caller waits for its answer: the cold start, and slack."""


@dataclass(frozen=True, slots=True)
class Connection:
    """The caller's credentials and the place they are used; `None` is whatever boto3 finds by itself.

    `role` is the ARN of a role to assume; `endpoint_url` replaces every service's address.
    """

    profile: str | None = None
    region: str | None = None
    role: str | None = None
    endpoint_url: str | None = None

    def found_region(self) -> str | None:
        """The region in force, None when nothing names one. Raises `UsageError` for an unknown profile."""
        found: str | None = self._session().region_name
        return found

    def control_client(self, service: str, *, region: str | None = None) -> Any:
        """A client for calls that may be made again: they are retried, and slow down when throttled."""
        client = self._client(
            service,
            region,
            read_timeout=CONTROL_READ_TIMEOUT_S,
            retries={"mode": "adaptive", "total_max_attempts": CONTROL_ATTEMPTS},
        )
        if service == "lambda":
            keep_pace(client, lambda: _place(self))
        return client

    def invoking_client(self, *, timeout_s: int, parallel: int) -> Any:
        """A Lambda client that sends each invocation exactly once.

        boto3's own defaults give up after 60 s and send it again, so that a slow function runs three times.
        """
        return self._client(
            "lambda",
            None,
            read_timeout=timeout_s + ANSWER_MARGIN_S,
            retries={"total_max_attempts": 1},
            tcp_keepalive=True,
            max_pool_connections=max(10, parallel),
        )

    def _client(self, service: str, region: str | None, **config: Any) -> Any:
        from botocore.config import Config

        own = {"connect_timeout": CONNECT_TIMEOUT_S, "user_agent_extra": f"tuner/{tuner.__version__}"}
        try:
            return self._session().client(
                service,
                region_name=region,
                endpoint_url=self.endpoint_url,
                config=Config(**own, **config),
            )
        except ValueError as error:  # what boto3 says of an address that is none
            raise UsageError(f"{error}", "write --endpoint-url as http://… or https://…") from error

    def _session(self) -> Any:
        return _open_session(self)


@functools.lru_cache(maxsize=8)
def _open_session(connection: Connection) -> Any:
    """A boto3 session; with a role, one whose credentials renew themselves for as long as a run takes."""
    import boto3
    from botocore.exceptions import ProfileNotFound

    try:
        session = boto3.Session(profile_name=connection.profile, region_name=connection.region)
    except ProfileNotFound as error:
        raise UsageError(f"{error}", "'aws configure list-profiles' lists what is there") from error
    if connection.role is None:
        return session
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
    from botocore.session import get_session

    credentials = session.get_credentials()
    if credentials is None:
        return session  # the first call says so better
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=functools.partial(_sts, session, connection),
        source_credentials=credentials,
        role_arn=connection.role,
        extra_args={"RoleSessionName": "tuner"},
    )
    assumed = get_session()
    assumed._credentials = DeferredRefreshableCredentials(
        method="assume-role", refresh_using=fetcher.fetch_credentials
    )
    return boto3.Session(botocore_session=assumed, region_name=session.region_name)


@functools.lru_cache(maxsize=64)
def _place(connection: Connection) -> str:
    """The account and region that quotas hold for; without an answer, the profile stands for the account."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        account = connection.control_client("sts").get_caller_identity()["Account"]
    except (BotoCoreError, ClientError):
        account = f"{connection.profile} {connection.role}"
    return f"{account} {connection.found_region()}"


def _sts(session: Any, connection: Connection, service: str, **credentials: Any) -> Any:
    credentials.setdefault("region_name", session.region_name)
    return session.client(service, endpoint_url=connection.endpoint_url, **credentials)
