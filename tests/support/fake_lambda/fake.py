"""The fake as tests use it: started and stopped, furnished with functions, looked at."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from functools import lru_cache
from types import TracebackType
from typing import Any, Self

import boto3

from fake_lambda.access import AccessControl
from fake_lambda.account import Account, Limits
from fake_lambda.aliases import AliasControl
from fake_lambda.athena import AthenaQueries
from fake_lambda.clock import FakeClock
from fake_lambda.concurrency import ConcurrencyControl
from fake_lambda.control import FunctionControl
from fake_lambda.errors import ApiError
from fake_lambda.faults import Faults
from fake_lambda.furnishing import ROLE, FunctionOptions
from fake_lambda.gateway import Gateway, OnRequest
from fake_lambda.invoke import Invoker
from fake_lambda.limits import ControlRate
from fake_lambda.log_groups import LogQueries
from fake_lambda.moto_bridge import call_moto, reset_moto
from fake_lambda.neighbours import Neighbours
from fake_lambda.recording import InvocationRecord, RequestRecord
from fake_lambda.routes import Call, service_model
from fake_lambda.server import HttpServer
from fake_lambda.triggers import TriggerControl

_TRUST = '{"Version": "2012-10-17", "Statement": []}'


class FakeLambda:
    """An AWS account in one region, reachable over HTTP on loopback. One at a time in a process.

    Leaving the context fails where the fake answered something that AWS would not (`defects`).
    """

    def __init__(
        self,
        *,
        region: str = "eu-central-1",
        real_time: float = 0.0,
        seed: int = 1,
        clock: FakeClock | None = None,
        port: int = 0,
        **limits: Any,
    ) -> None:
        """Nothing runs yet.

        Args:
            region: where the functions are; in any other there are none.
            real_time: how many seconds an invoked second takes: 0 answers at once, True or 1 really waits.
            seed: of everything drawn.
            clock: the fake's time; real time where nothing is advanced.
            port: where to listen; 0 for any free port.
            limits: quotas and delays of the account, as the fields of `Limits`.
        """
        self.region = region
        self.clock = clock or FakeClock()
        account = Account(region, Limits(**limits), self.clock)
        self._account = account
        self._control = FunctionControl(account)
        self._invoker = Invoker(account, seed)
        self._neighbours = Neighbours(account)
        controls = (
            self._control,
            AliasControl(account),
            AccessControl(account),
            ConcurrencyControl(account),
            TriggerControl(account),
        )
        self._gateway = Gateway(
            account=account,
            control=self._control,
            operations={name: handler for each in controls for name, handler in each.operations.items()},
            invoker=self._invoker,
            neighbours=self._neighbours,
            rate=ControlRate(self.clock, account.limits.control_rate),
        )
        self._real_time = float(real_time)
        self._port = port
        self._server: HttpServer | None = None

    def __enter__(self) -> Self:
        reset_moto()
        call_moto("iam", self.region, "CreateRole", {"RoleName": ROLE, "AssumeRolePolicyDocument": _TRUST})
        self._server = HttpServer(self._gateway.handle, self._port)
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.stop()
        for function in self._account.functions.values():
            function.behaviour.close()
        if self.defects and error is None:
            raise AssertionError("the fake is wrong:\n" + "\n".join(self.defects))

    @property
    def endpoint_url(self) -> str:
        """Where boto3 has to send its requests."""
        if self._server is None:
            raise RuntimeError("the fake has not been started: use it in a with statement")
        return self._server.url

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make the AWS SDK of any process use this fake and nothing else."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": "fake",
            "AWS_SECRET_ACCESS_KEY": "fake",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }

    def client(self, service: str, **options: Any) -> Any:
        """A boto3 client of this fake, for arranging and asserting; `options` are boto3's."""
        options = {"region_name": self.region, **options}
        return _session().client(service, endpoint_url=self.endpoint_url, **options)

    @property
    def faults(self) -> Faults:
        """What is to go wrong."""
        return self._gateway.faults

    @property
    def on_request(self) -> OnRequest | None:
        """Called with each operation's name and "before" or "after", in the thread that answers it."""
        return self._gateway.on_request

    @on_request.setter
    def on_request(self, callback: OnRequest | None) -> None:
        self._gateway.on_request = callback

    @property
    def requests(self) -> list[RequestRecord]:
        """Every request answered so far."""
        return list(self._gateway.records)

    @property
    def invocations(self) -> list[InvocationRecord]:
        """Every invocation that ran so far."""
        return list(self._invoker.records)

    @property
    def defects(self) -> list[str]:
        """Where the fake itself was wrong; a test may clear what it provoked."""
        return self._gateway.defects

    @property
    def peak_concurrency(self) -> int:
        """The most invocations that ran at once."""
        return self._invoker.concurrency.peak

    @property
    def price_list(self) -> list[str]:
        """The documents that the price list service answers from, as JSON text; a test appends."""
        return self._neighbours.price_list

    @property
    def log_queries(self) -> LogQueries:
        """The queries of Logs Insights so far, and how they end."""
        return self._account.log_queries

    @property
    def athena(self) -> AthenaQueries:
        """The queries of Athena so far, and how they end."""
        return self._account.athena

    def add_function(self, name: str, **options: Any) -> None:
        """A function that is there, active and at rest; `options` are the fields of `FunctionOptions`."""
        wanted = FunctionOptions(**options)
        with self._account.lock:
            self._control.create(wanted.parameters(name), wanted.behaviour(real_time=self._real_time))
            function = self._account.functions[name]
            function.latest.settle(float("inf"))
            function.log_style = wanted.log_style
            function.extra = wanted.extra_configuration
            function.reserved_concurrency = wanted.reserved_concurrency
            function.recent_invocations = wanted.recent_invocations
            function.recent_duration_ms = wanted.recent_duration_ms
            function.metrics = wanted.metrics

    def call(self, name: str, *, times: int = 1, throttled: Mapping[str, float] | None = None) -> None:
        """Invoke `NAME` or `NAME:ALIAS` as its callers in production do: not over HTTP, and whatever comes.

        `throttled` is the share of calls that is throttled, by version.
        """
        self._invoker.throttled_shares = dict(throttled or {})
        model = service_model("lambda").operation_model("Invoke")
        for _ in range(times):
            with contextlib.suppress(ApiError):
                self._invoker.invoke(Call(model, {"FunctionName": name}, b"{}", self.region))

    def configuration(self, name: str, qualifier: str | None = None) -> dict[str, Any]:
        """What `get_function_configuration` says now, without a request."""
        with self._account.lock:
            self._account.settle()
            function, _ = self._account.find({"FunctionName": name})
            return function.describe(self._account.version(function, qualifier), qualifier=qualifier)

    def versions(self, name: str) -> list[tuple[str, str, int]]:
        """Number, description and memory [MB] of every published version."""
        with self._account.lock:
            function, _ = self._account.find({"FunctionName": name})
            return [
                (version.number, version.settings["Description"], version.settings["MemorySize"])
                for version in function.versions.values()
            ]

    def exists(self, name: str) -> bool:
        """Whether the function is still there."""
        with self._account.lock:
            return name in self._account.functions

    def set_state(self, name: str, state: str, qualifier: str | None = None) -> None:
        """Put a version into a state, for example Inactive or Failed."""
        with self._account.lock:
            function, _ = self._account.find({"FunctionName": name})
            self._account.version(function, qualifier).state = state


@lru_cache
def _session() -> boto3.Session:
    """One for all, as reading the service models takes a while."""
    return boto3.Session(aws_access_key_id="fake", aws_secret_access_key="fake")
