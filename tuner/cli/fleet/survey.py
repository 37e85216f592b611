"""Where a fleet comes from, by what was asked for: an archive of logs, AWS, or a file of targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tuner.cli import output
from tuner.cli.progress import count_progress, log_progress
from tuner.errors import UsageError

if TYPE_CHECKING:
    from tuner.fleet.from_aws import Reading
    from tuner.fleet.records import Fleet

USUAL_DAYS = 30


@dataclass(frozen=True, slots=True)
class Asked:
    """The flags that say which functions; each is empty or None where it was not given."""

    paths: tuple[Path, ...]
    regions: str | None
    profiles: tuple[str, ...]
    role: str | None
    endpoint_url: str | None
    tags: tuple[str, ...]
    names: tuple[str, ...]
    days: int | None
    architecture: str | None

    @property
    def region_names(self) -> tuple[str, ...]:
        """The regions, each known to the price list. Raises `CostModelError` for one that is not."""
        from cost_models.pricing import find_prices

        names = (part.strip() for part in (self.regions or "").split(","))
        return tuple(find_prices(name, "x86_64").region for name in dict.fromkeys(names) if name)

    @property
    def run_options(self) -> dict[str, str]:
        """What of it every run on AWS needs too."""
        given = {"role": self.role, "endpoint_url": self.endpoint_url, "region": self.regions}
        return {name: value for name, value in given.items() if value is not None}


def survey(asked: Asked, targets: Path | None) -> Fleet:
    """The fleet, ranked. Raises `UsageError` for flags that have no effect on where it comes from."""
    if asked.paths:
        _refuse(asked, ("profiles", "role", "endpoint_url", "tags", "days"), "an archive of logs")
        fleet = _of_logs(asked)
        return fleet if targets is None else _targeted(fleet, targets)
    if targets is not None:
        _refuse(
            asked, ("regions", "profiles", "role", "endpoint_url", "tags", "days", "architecture"), "targets"
        )
        return _of_targets(asked, targets)
    _refuse(asked, ("architecture",), "functions of AWS, which say their own")
    return _of_aws(asked)


def _refuse(asked: Asked, names: Sequence[str], what: str) -> None:
    """A flag without effect would be taken for one that had some."""
    for name in names:
        if getattr(asked, name):
            flag = {"profiles": "profile", "tags": "tag"}.get(name, name).replace("_", "-")
            raise UsageError(f"--{flag} has no effect on {what}", "leave it out")


def _of_logs(asked: Asked) -> Fleet:
    from tuner.fleet.from_logs import fleet_of_logs
    from tuner.fleet.ranking import named
    from tuner.logs.workflow import LogOptions, read_logs

    regions = asked.region_names
    if len(regions) > 1:
        raise UsageError("an archive is priced in one region", "give --regions one of them")
    options = LogOptions(
        region=regions[0] if regions else "us-east-1", architecture=asked.architecture or "x86_64"
    )
    with log_progress() as observer:
        found = read_logs(asked.paths, options, observer=observer)
    return named(fleet_of_logs(found, _today()), asked.names)


def _targeted(fleet: Fleet, path: Path) -> Fleet:
    from tuner.fleet.targets import read_targets, with_targets

    return with_targets(fleet, read_targets(path))


def _of_targets(asked: Asked, path: Path) -> Fleet:
    from tuner.fleet.ranking import named
    from tuner.fleet.targets import fleet_of_targets, read_targets

    return named(fleet_of_targets(read_targets(path)), asked.names)


def _of_aws(asked: Asked) -> Fleet:
    from tuner.fleet.from_aws import Wanted, connections_of, fleet_of_aws

    connections = connections_of(
        asked.profiles, asked.region_names, role=asked.role, endpoint_url=asked.endpoint_url
    )
    wanted = Wanted(asked.names, _tags(asked.tags), asked.days or USUAL_DAYS)
    with count_progress() as show:

        def observe(reading: Reading) -> None:
            if reading.metrics_usd is not None:
                _say_what_it_costs(reading)
            show(f"{reading.what} of {reading.place}", reading.done, reading.total)

        return fleet_of_aws(connections, wanted, _today(), observer=observe)


def _say_what_it_costs(reading: Reading) -> None:
    from tuner.units import format_count, format_usd

    functions = "1 function" if reading.total == 1 else f"{format_count(reading.total)} functions"
    cost = format_usd(reading.metrics_usd or 0.0)
    output.note(f"{reading.place}: {functions}; CloudWatch charges at most {cost} for their metrics")


def _tags(given: Sequence[str]) -> dict[str, str]:
    found = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not (key and equals):
            raise UsageError(f"--tag '{text}' is no tag", "write --tag team=web")
        found[key] = value
    return found


def _today() -> date:
    return datetime.now(UTC).date()
