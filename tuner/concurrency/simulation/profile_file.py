"""Load profiles as TOML; docs/concurrency.md shows a full one. Every key is known, every number bounded."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from cost_models.cpu import MEMORY_MAX_MB, MEMORY_MIN_MB
from cost_models.pricing import find_prices
from cost_models.snapshots import ARCHITECTURES
from tuner.concurrency.quotas import USUAL_ACCOUNT_LIMIT
from tuner.concurrency.scaling import EARLIER, ScalingRule, read_rate_rule
from tuner.concurrency.simulation.arrivals import Arrivals
from tuner.concurrency.simulation.arrivals_file import LogReader, read_arrivals
from tuner.concurrency.simulation.durations import LogNormal
from tuner.concurrency.simulation.profile import IDLE_RECLAIM_S, FunctionProfile, Profile
from tuner.concurrency.simulation.retries import NO_RETRIES, Retries
from tuner.concurrency.simulation.section import Section
from tuner.concurrency.traffic import CONCURRENCY_MAX
from tuner.errors import SettingsError, UsageError
from tuner.units import TIMEOUT_MAX_S, format_count

PROFILE_BYTES_MAX = 1024 * 1024
REQUESTS_MAX = 100_000_000
FUNCTIONS_MAX = 50
ATTEMPTS_MAX = 100
SECONDS_MAX = 31 * 24 * 3600.0
_CV_MAX = 10.0

_TOP = ("name", "duration", "seed", "account", "scaling", "functions")
_FUNCTION = (
    "arrivals",
    "memory_mb",
    "architecture",
    "duration",
    "duration_cv",
    "init_duration",
    "init_duration_cv",
    "timeout",
    "error_share",
    "reserved_concurrency",
    "provisioned_concurrency",
    "idle_reclaim",
    "retries",
)


def load_profile(path: Path, *, read_logs: LogReader | None = None) -> Profile:
    """A profile from its file, and from the logs that it names. Raises `UsageError` with what to mend."""
    try:
        if path.stat().st_size > PROFILE_BYTES_MAX:
            raise UsageError(
                f"'{path}' is larger than {PROFILE_BYTES_MAX // 1024} KB, so it is no load profile"
            )
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot read the load profile '{path}': {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"'{path}' is not a load profile: it is not UTF-8 text") from error
    return parse_profile(text, source=str(path), folder=path.parent, read_logs=read_logs)


def parse_profile(text: str, *, source: str, folder: Path, read_logs: LogReader | None = None) -> Profile:
    """A profile from TOML text; files of arrivals are found from `folder`."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(f"{source} is not valid TOML: {error}") from error
    top = Section(document, source, _TOP)
    seconds = top.seconds("duration", 1, SECONDS_MAX)
    account = Section(top.table("account"), f"{source} [account]", ("concurrency_limit", "region"))
    region = account.text("region", "us-east-1")
    functions = top.table("functions")
    if not isinstance(functions, dict) or not 0 < len(functions) <= FUNCTIONS_MAX:
        raise top.fail(f"give 1 to {FUNCTIONS_MAX} functions", "each is a table, as in [functions.checkout]")
    read = partial(read_arrivals, seconds=seconds, folder=folder, read_logs=read_logs)
    return _checked(
        Profile(
            name=top.text("name"),
            seconds=seconds,
            functions=tuple(
                _function(name, values, f"{source} [functions.{name}]", region, read)
                for name, values in functions.items()
            ),
            account_limit=account.whole("concurrency_limit", 1, CONCURRENCY_MAX, USUAL_ACCOUNT_LIMIT),
            scaling=_scaling(top.table("scaling"), f"{source} [scaling]"),
            seed=top.whole("seed", 0, 2**63 - 1, 0),
        ),
        top,
    )


def _function(
    name: str, values: Any, where: str, region: str, read: Callable[[Any, str, str], Arrivals]
) -> FunctionProfile:
    section = Section(values, where, _FUNCTION)
    architecture = section.choice("architecture", ARCHITECTURES, "x86_64")
    reserved = (
        section.whole("reserved_concurrency", 0, CONCURRENCY_MAX)
        if section.has("reserved_concurrency")
        else None
    )
    provisioned = section.whole("provisioned_concurrency", 0, CONCURRENCY_MAX, 0)
    if reserved is not None and provisioned > reserved:
        raise section.fail(
            f"{provisioned} are provisioned but only {reserved} reserved",
            "AWS allows no more provisioned than reserved concurrency",
        )
    return FunctionProfile(
        name=name,
        arrivals=read(section.table("arrivals"), f"{where} arrivals", name),
        durations=LogNormal(
            section.seconds("duration", 0.000_1, TIMEOUT_MAX_S),
            section.number("duration_cv", 0, _CV_MAX, 0.0),
        ),
        memory_mb=section.whole("memory_mb", MEMORY_MIN_MB, MEMORY_MAX_MB),
        prices=find_prices(region, architecture),
        init=LogNormal(
            section.seconds("init_duration", 0, TIMEOUT_MAX_S, 0.0),
            section.number("init_duration_cv", 0, _CV_MAX, 0.0),
        ),
        timeout_s=section.seconds("timeout", 1, TIMEOUT_MAX_S, TIMEOUT_MAX_S),
        error_share=section.share("error_share", 0.0),
        reserved=reserved,
        provisioned=provisioned,
        idle_reclaim_s=section.seconds("idle_reclaim", 1, 24 * 3600, IDLE_RECLAIM_S),
        retries=_retries(section.table("retries"), f"{where} retries")
        if section.has("retries")
        else NO_RETRIES,
    )


def _retries(values: Any, where: str) -> Retries:
    section = Section(values, where, ("attempts", "backoff", "backoff_max"))
    return Retries(
        attempts=section.whole("attempts", 1, ATTEMPTS_MAX),
        backoff_s=section.seconds("backoff", 0.001, 3600, NO_RETRIES.backoff_s),
        backoff_most_s=section.seconds("backoff_max", 0.001, 3600, NO_RETRIES.backoff_most_s),
    )


def _scaling(values: Any, where: str) -> ScalingRule:
    section = Section(values, where, ("rule", "rate", "immediate", "per_minute"))
    rule = section.choice("rule", ("today", "earlier"), "today")
    if rule == "today":
        section = Section(values, f"{where} (today)", ("rule", "rate"))
        return read_rate_rule(section.text("rate", "1000/10s"))
    section = Section(values, f"{where} (earlier)", ("rule", "immediate", "per_minute"))
    return replace(
        EARLIER,
        immediate=section.whole("immediate", 1, CONCURRENCY_MAX, EARLIER.immediate),
        increment=section.whole("per_minute", 0, CONCURRENCY_MAX, EARLIER.increment),
    )


def _checked(profile: Profile, top: Section) -> Profile:
    """What no single key can say: the pools fit the account, and the requests can be simulated."""
    if profile.unreserved_pool < 0:
        raise top.fail(
            f"{format_count(profile.account_limit - profile.unreserved_pool)} are reserved or provisioned, "
            f"but the account's limit is {format_count(profile.account_limit)}",
            "reserve less, or raise concurrency_limit in [account]",
        )
    if profile.expected_requests > REQUESTS_MAX:
        raise top.fail(
            f"it would bring {format_count(profile.expected_requests)} requests",
            f"{format_count(REQUESTS_MAX)} can be simulated; shorten its duration",
        )
    return profile
