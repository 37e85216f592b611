"""The local sandbox as a platform: environments of several sizes kept side by side, measured in turn."""

from __future__ import annotations

import contextlib
import platform
import secrets
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from cost_models.cpu import MEMORY_MAX_MB, MEMORY_MIN_MB, ONE_VCPU_MB, vcpu_share, visible_vcpus
from tuner.errors import MeasurementError, UsageError
from tuner.plans import Prediction
from tuner.platforms.base import Foresight, InvocationRequest, TargetDescription
from tuner.platforms.local import digest, preflight
from tuner.platforms.local.environment import Environment, Failure
from tuner.platforms.local.function import Family, LocalTarget, machine_architecture, with_arguments
from tuner.platforms.local.limits.base import MECHANISMS, PERIOD_US
from tuner.platforms.local.profile import Profile, predicted_durations_ms, take_profile
from tuner.platforms.local.quiet import QuietGate
from tuner.platforms.local.reaper import sweep_stale
from tuner.platforms.local.runtime_api import RuntimeApi
from tuner.platforms.local.runtimes import Runtime, find_runtime, python_path
from tuner.platforms.local.spec import parse_command, parse_local
from tuner.platforms.local.supervisor.config import SandboxConfig
from tuner.platforms.local.variables import function_arn, lambda_variables
from tuner.records import FunctionSettings, Invocation, Outcome, RunWarning

_MB = 1024 * 1024
_ROOM_BYTES = 512 * _MB  # free memory below which the longest unused environment is given up
_LOG_LINES = 12

PROFILE_CALLS = 3
"""Warm calls at full speed that are watched for a prediction; the one in the middle is believed."""

ENVIRONMENTS = 2
"""Over how many environments the samples of a size are spread."""

_RELATIVE = RunWarning(
    "W-RELATIVE",
    "durations were measured on this machine: their proportions between memory sizes carry over to Lambda, "
    "their absolute values, and so dollars, do not",
    "compare one size with the deployed function before you rely on amounts",
)
_DUTY_CYCLE = RunWarning(
    "W-DUTY-CYCLE",
    "CPU is limited by stopping and continuing the function, as no control group can be written here; "
    "functions with many short-lived child processes are measured less exactly",
    "run where cgroups are writable (as root, or under a systemd user session) for the kernel's own limit",
)


def open_local(
    spec: str,
    *,
    root: Path,
    environment: Mapping[str, str] | None = None,
    python: str | None = None,
    settings: FunctionSettings | None = None,
    mechanism: str | None = None,
) -> LocalPlatform:
    """The function that `local:SPEC` names, ready to be measured here.

    Args:
        spec: `FOLDER:module.function`, `FILE:function` or `template.yaml:LogicalId`.
        root: what relative paths are relative to.
        environment: the function's variables, over those of its template.
        python: the interpreter of a Python function; this one if `None`.
        settings: its current memory and timeout, over those of its template.
        mechanism: how CPU is limited; the best that works here if `None` (see `preflight.probe`).

    Raises:
        UsageError: anything named is not there or not usable; nothing was started.
    """
    target = with_arguments(parse_local(spec, root=root), environment or {}, settings)
    return LocalPlatform(target, name="local", python=python, mechanism=mechanism)


def open_command(
    spec: str,
    *,
    root: Path,
    environment: Mapping[str, str] | None = None,
    python: str | None = None,  # noqa: ARG001 - so that both constructors are called alike
    settings: FunctionSettings | None = None,
    mechanism: str | None = None,
) -> LocalPlatform:
    """The executable that `command:SPEC` names, which speaks the Lambda Runtime API itself.

    Arguments and errors as for `open_local`; `python` has no effect.
    """
    target = with_arguments(parse_command(spec, root=root), environment or {}, settings)
    return LocalPlatform(target, name="command", python=None, mechanism=mechanism)


@dataclass(frozen=True, slots=True)
class _Key:
    memory_mb: int
    timeout_s: int


class LocalPlatform:
    """One function in as many sandboxes as there are memory sizes; see `tuner.platforms.base.Platform`.

    Not for use by several threads at once: calls that overlap would measure each other.
    """

    def __init__(self, target: LocalTarget, *, name: str, python: str | None, mechanism: str | None) -> None:
        if mechanism is not None and mechanism not in MECHANISMS:
            raise UsageError(f"there is no mechanism '{mechanism}'", f"choose one of {', '.join(MECHANISMS)}")
        self._target = target
        self._name = name
        self._python = python_path(python) if target.family is Family.PYTHON else ""
        self._wanted_mechanism = mechanism
        self._environments: OrderedDict[_Key, Environment] = OrderedDict()  # longest unused first
        self.run_id = secrets.token_hex(8)  # everything that is started carries it
        self._count = 0
        self._ever_ran = False
        self._cpus = preflight.usable_cpus()
        self._gate = QuietGate(self._cpus)

    @cached_property
    def mechanism(self) -> preflight.Mechanism:
        """How CPU and memory are limited, found by trying."""
        sweep_stale()
        return preflight.choose(self._wanted_mechanism)

    @cached_property
    def _runtime(self) -> Runtime:
        return find_runtime(self._target, self._python)

    @property
    def _measurable_mb(self) -> tuple[int, int]:
        return MEMORY_MIN_MB, min(MEMORY_MAX_MB, ONE_VCPU_MB * self._cpus)

    @cached_property
    def _description(self) -> TargetDescription:
        target, runtime, mechanism = self._target, self._runtime, self.mechanism
        return TargetDescription(
            function=target.name,
            platform=self._name,
            architecture=machine_architecture(),
            measurable_mb=self._measurable_mb,
            current=target.settings,
            warm_ups=runtime.warm_ups,
            environments=ENVIRONMENTS,
            relative=True,
            conditions={
                "handler": target.handler,
                "runtime": runtime.version,
                "runtime_client": runtime.client,
                "code_sha256": digest.code_sha256(target.folder),
                "cpu_model": digest.cpu_model(),
                "cores": self._cpus,
                "mechanism": mechanism.name,
                "mechanism_reason": mechanism.reason,
                "kernel": platform.release(),
                "period_ms": PERIOD_US / 1000,
            },
            warnings=self._warnings(),
        )

    def describe(self) -> TargetDescription:
        """Everything known without invoking.

        Raises:
            UsageError: the mechanism asked for does not work here.
            MeasurementError: the runtime interface client is not installed, or nothing can limit CPU here.
        """
        return self._description

    def prepare(self, memory_sizes_mb: Sequence[int], *, timeout_s: int, cold_calls: int = 0) -> None:
        """An environment is started with its first call."""

    def invoke(self, request: InvocationRequest) -> Invocation:
        """Make one call and report it; see `Platform.invoke`."""
        low, high = self._measurable_mb
        if not low <= request.memory_mb <= high:
            raise UsageError(
                f"{request.memory_mb} MB cannot be measured on this machine", f"choose {low} to {high} MB"
            )
        key = _Key(request.memory_mb, request.timeout_s)
        environment = self._environments.get(key)
        if environment and (request.fresh or environment.failed or not environment.usable):
            self._drop(key)
            environment = None
        if environment is None:
            environment = self._start(key)
            if environment.failed:
                failure = environment.failed
                self._drop(key)
                return self._init_failed(key, failure)
        self._environments.move_to_end(key)
        invocation = environment.invoke(request.payload, request.timeout_s)
        if environment.failed:
            self._drop(key)
        return invocation

    def profile(self, *, timeout_s: int, payload: bytes, calls: int) -> Profile:
        """Watch a few calls at full speed, in an environment of their own that is ended afterwards.

        It has the largest memory that can be measured here, which buys every CPU of this machine: it is
        never throttled. Its first calls, the cold one and the runtime's warm-ups, are not watched.

        Raises:
            MeasurementError: the function cannot be started, or a call failed.
        """
        key = _Key(self._measurable_mb[1], timeout_s)
        if key in self._environments:
            self._drop(key)
        try:
            environment = self._start(key)
            if environment.failed:
                raise MeasurementError(
                    _describe_failure(self._target, environment.failed), _hint(environment.failed)
                )
            return take_profile(
                environment,
                timeout_s=timeout_s,
                payload=payload,
                warm_ups=self._runtime.warm_ups,
                calls=calls,
                cpus=min(visible_vcpus(key.memory_mb), self._cpus),
            )
        finally:
            if key in self._environments:
                self._drop(key)

    def predict(self, *, timeout_s: int, payload: bytes, memory_mb: Sequence[int]) -> Foresight:
        """The durations that the watched pattern of computing and waiting leads to; see `profile`."""
        profile = self.profile(timeout_s=timeout_s, payload=payload, calls=PROFILE_CALLS)
        durations = predicted_durations_ms(profile, np.asarray(memory_mb))
        prediction = Prediction(tuple(memory_mb), tuple(durations.tolist()), len(profile.calls))
        return Foresight(prediction, profile.calls)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End every environment; nothing of them is left. May be called twice."""
        while self._environments:
            key = next(iter(self._environments))
            self._drop(key)

    def _drop(self, key: _Key) -> None:
        environment = self._environments[key]
        environment.close()  # forgotten only afterwards: an interrupt in between must not lose it
        self._environments.pop(key, None)

    def _start(self, key: _Key) -> Environment:
        """A new environment, initialised or failed, entered among the others in either case."""
        self._make_room()
        self._count += 1
        marker = f"{self.run_id}-{self._count}"
        api = RuntimeApi()
        config = self._config(key.memory_mb, marker, api.address)
        environment = Environment(
            config, api, memory_mb=key.memory_mb, arn=function_arn(self._target), gate=self._gate
        )
        self._environments[key] = environment
        if environment.initialise() is None:
            self._ever_ran = True
        return environment

    def _config(self, memory_mb: int, marker: str, address: str) -> SandboxConfig:
        mechanism, runtime, target = self.mechanism, self._runtime, self._target
        config = SandboxConfig(
            marker=marker,
            argv=runtime.command(memory_mb),
            environment={},
            folder=str(target.folder),
            mechanism=mechanism.name,
            share=vcpu_share(memory_mb),
            memory_bytes=memory_mb * _MB,
            cpus=min(visible_vcpus(memory_mb), self._cpus),
            groups={name: str(folder) for name, folder in mechanism.groups.items()},
        )
        config.environment.update(
            lambda_variables(
                target,
                runtime,
                memory_mb=memory_mb,
                address=address,
                marker=marker,
                temporary=config.temporary / "tmp",
            )
        )
        return config

    def _make_room(self) -> None:
        """Give up parked environments, longest unused first, before the machine runs out of memory."""
        while self._environments:
            free = digest.available_bytes()
            largest = max(each.peak_bytes for each in self._environments.values())
            if free is None or free > largest + _ROOM_BYTES:
                return
            self._drop(next(iter(self._environments)))

    def _init_failed(self, key: _Key, failure: Failure) -> Invocation:
        """A failed init as data if some size can run the function, else the error that ends the run."""
        if not self._ever_ran and not self._runs_at_another_size(key, failure):
            raise MeasurementError(_describe_failure(self._target, failure), _hint(failure))
        return Invocation(
            memory_mb=key.memory_mb,
            outcome=failure.outcome,
            max_memory_used_mb=key.memory_mb if failure.outcome is Outcome.OUT_OF_MEMORY else None,
            error_type=failure.error_type,
            error_message=failure.message,
        )

    def _runs_at_another_size(self, key: _Key, failure: Failure) -> bool:
        """Whether more memory helps: only a process that was killed or ended by itself can tell."""
        memory = failure.outcome is Outcome.OUT_OF_MEMORY or failure.error_type == "MemoryError"
        if not memory and failure.error_type != "Runtime.ExitError":
            return False
        largest = _Key(self._measurable_mb[1], key.timeout_s)
        if key.memory_mb >= largest.memory_mb:
            return False
        self._start(largest)
        self._drop(largest)
        return self._ever_ran

    def _warnings(self) -> tuple[RunWarning, ...]:
        target, runtime = self._target, self._runtime
        warnings = [_RELATIVE, *target.warnings]
        if self.mechanism.name == "duty-cycle":
            warnings.append(_DUTY_CYCLE)
        declared, here = target.declared_architecture, machine_architecture()
        if declared and declared != here:
            warnings.append(
                RunWarning("W-ARCHITECTURE", f"the function is for {declared}, but this machine is {here}")
            )
        if runtime_differs(target.declared_runtime, runtime.version):
            text = (
                f"the template says {target.declared_runtime}, but {runtime.version} runs the function here"
            )
            warnings.append(RunWarning("W-RUNTIME", text, "name another interpreter as python in tuner.toml"))
        return tuple(warnings)

    def __del__(self) -> None:
        with contextlib.suppress(Exception):
            self.close()


def runtime_differs(declared: str | None, version: str) -> bool:
    """Whether `python3.12` or `nodejs20.x` is another version than `python 3.11.7` or `node 20.1.0`."""
    if declared is None or declared.startswith("provided"):
        return False
    number = version.partition(" ")[2].split(".")
    if declared.startswith("nodejs"):
        return declared != f"nodejs{number[0]}.x"
    return declared != f"python{'.'.join(number[:2])}"


def _describe_failure(target: LocalTarget, failure: Failure) -> str:
    text = f"{target.handler} cannot be started: {failure.error_type}: {failure.message}"
    detail = failure.trace or failure.log
    lines = [line for line in detail.splitlines() if line.strip()][-_LOG_LINES:]
    return "\n".join([text, *(f"    {line}" for line in lines)])


def _hint(failure: Failure) -> str:
    if failure.error_type == "Runtime.HandlerNotFound":
        return "check the handler's name: it is MODULE.FUNCTION"
    if failure.outcome is Outcome.TIMEOUT:
        return "Lambda allows init 10 s; move slow work into the handler or make it faster"
    return "run the handler's module by itself to see the error; variables it needs can be given to it"
