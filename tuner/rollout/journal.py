"""What a rollout changes at a function, on disk before it happens: who else could take it back?"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from tuner import applied
from tuner.applied import Applied, Kind, State
from tuner.errors import MeasurementError, UsageError
from tuner.gate.verdicts import Answer
from tuner.platforms.aws.connection import Connection
from tuner.platforms.aws.journal import LatestSettings
from tuner.rollout.alias import Route


@dataclass(frozen=True, slots=True)
class Changed:
    """What there was, and what may be there by this rollout's hand (`told`, empty where nothing is).

    `note` is the description of the version that it publishes, by which that is found again. A reserved
    concurrency of None is none. It has `began` then [s since 1970]; `judged` is what its watch said in the
    end, None before.
    """

    function: str  # the unqualified ARN
    connection: Connection
    latest: LatestSettings
    note: str
    began: float
    alias: str | None = None
    route: Route | None = None
    provisioned: bool = False
    reserved: int | None = None
    told_latest: tuple[LatestSettings, ...] = ()
    told_routes: tuple[Route, ...] = ()
    told_reserved: tuple[int, ...] = ()
    judged: Answer | None = None

    @property
    def name(self) -> str:
        """The function's name, with the alias."""
        name = self.function.rpartition(":")[2]
        return f"{name}:{self.alias}" if self.alias else name

    @property
    def routes(self) -> tuple[Route, ...]:
        """Where the alias may go: to where it went, or by this rollout's hand."""
        return (*([self.route] if self.route else []), *self.told_routes)

    @property
    def version(self) -> str | None:
        """The new version, once calls were sent to it."""
        old = self.route.version if self.route else None
        return max((number for route in self.told_routes for number in route.versions - {old}), default=None)


class RolloutJournal:
    """The record of one rollout, written before each change and after."""

    def __init__(self, record: Applied) -> None:
        self.record = record
        self.changed = _changed(record)

    @classmethod
    def begin(cls, changed: Changed, *, id: str, before: str, after: str) -> RolloutJournal:  # noqa: A002 - its name in the record
        """Write down what is there. Raises `UsageError` where that cannot be written."""
        made = Applied(
            kind=Kind.FUNCTION,
            target=changed.name,
            before=before,
            after=after,
            values=_values(changed),
            id=id,
        )
        return cls(applied.record(made))

    def take_over(self) -> RolloutJournal:
        """Go on with it in this process. Raises `MeasurementError` where somebody else has done so."""
        if applied.find_applied(self.record.id) != self.record:
            raise MeasurementError(
                f"rollout {self.record.id} has been taken back or gone on with meanwhile",
                "'tuner restore --list' shows how far it has come",
            )
        owner = {"process": os.getpid(), "host": socket.gethostname()}
        return RolloutJournal(applied.record(self.record, **owner))

    def note(self, **changes: Any) -> None:
        """Write down what is about to be changed."""
        self.changed = replace(self.changed, **changes)
        self.record = applied.record(self.record, values=_values(self.changed))

    def end(self, state: State) -> None:
        """Write down that nothing more will be changed."""
        self.record = applied.record(self.record, state=state)


def _values(changed: Changed) -> dict[str, Any]:
    return asdict(changed)


def _changed(record: Applied) -> Changed:
    values = dict(record.values)
    try:
        return Changed(
            function=_text(values["function"]),
            connection=Connection(**values["connection"]),
            latest=_settings(values["latest"]),
            note=_text(values["note"]),
            began=float(values["began"]),
            alias=None if values["alias"] is None else _text(values["alias"]),
            route=_route(values["route"]) if values["route"] else None,
            provisioned=bool(values["provisioned"]),
            reserved=None if values["reserved"] is None else int(values["reserved"]),
            told_latest=tuple(map(_settings, values["told_latest"])),
            told_routes=tuple(map(_route, values["told_routes"])),
            told_reserved=tuple(map(int, values["told_reserved"])),
            judged=None if values["judged"] is None else Answer(values["judged"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(
            f"the record {record.id} of a rollout cannot be read: {error}",
            f"look at {record.target}, then delete the file in {applied.applied_folder()}",
        ) from error


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text")
    return value


def _settings(values: Mapping[str, Any]) -> LatestSettings:
    return LatestSettings(int(values["memory_mb"]), int(values["timeout_s"]), str(values["description"]))


def _route(values: Mapping[str, Any]) -> Route:
    weights = {str(number): float(weight) for number, weight in values["weights"].items()}
    return Route(str(values["version"]), weights)
