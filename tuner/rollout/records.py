"""What is to be rolled out, how, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from cost_models.pricing import Prices
from tuner.gate.rules import Rules
from tuner.platforms.aws.connection import Connection
from tuner.platforms.aws.deployed import latest_settings
from tuner.platforms.aws.journal import LatestSettings
from tuner.platforms.aws.metrics import USD_PER_METRIC
from tuner.platforms.aws.names import FunctionName
from tuner.records import FunctionSettings, RunWarning
from tuner.rollout.alias import Route
from tuner.rollout.journal import RolloutJournal
from tuner.rollout.judging import Judgement
from tuner.rollout.looking import METRICS_A_LOOK
from tuner.rollout.shifting import Schedule
from tuner.units import format_memory


@dataclass(frozen=True, slots=True)
class Place:
    """The alias that is moved: where it went before, how it is to be moved, and by which rules it is judged.

    `share` is what the new version has of the calls already, where a rollout was killed. `provisioned` is the
    alias's provisioned concurrency; `predicted` how much slower the run expects it to be, as a fraction; None
    is not known. `log_group` is where both versions log, in `log_format`.
    """

    alias: str
    route: Route
    schedule: Schedule
    rules: Rules
    prices: Prices
    log_group: str
    log_format: str
    share: float = 0.0
    provisioned: int | None = None
    predicted: float | None = None

    @property
    def watching_usd(self) -> float:
        """What CloudWatch bills for the watch, at most [USD]."""
        return self.schedule.most_looks * METRICS_A_LOOK * USD_PER_METRIC


@dataclass(frozen=True, slots=True)
class RolloutPlan:
    """All that is to change at one function; nothing has been changed yet, but by the rollout it resumes.

    `place` is None where only `$LATEST` is changed. `before` is the setting behind the alias, or that of
    `$LATEST`. `reserved` is the reserved concurrency to set, `reserved_before` what there was; None is none.
    `configuration` is that of `$LATEST`. `resumed` is the rollout that was killed, and is gone on with.
    """

    connection: Connection
    function: FunctionName
    arn: str
    before: FunctionSettings
    after: FunctionSettings
    configuration: Mapping[str, Any]
    place: Place | None
    reserved: int | None = None
    reserved_before: int | None = None
    resumed: RolloutJournal | None = None
    warnings: tuple[RunWarning, ...] = ()

    @property
    def original(self) -> LatestSettings:
        """What `$LATEST` had before."""
        return self.resumed.changed.latest if self.resumed else latest_settings(self.configuration)

    @property
    def wanted(self) -> LatestSettings:
        """What `$LATEST` gets, with the description that it has."""
        return replace(self.original, memory_mb=self.after.memory_mb, timeout_s=self.after.timeout_s)

    @property
    def changes(self) -> bool:
        """Whether there is anything to do."""
        return self.before != self.after or self.reserved not in (None, self.reserved_before)

    @property
    def before_words(self) -> str:
        """What is replaced, as it is recorded."""
        where = f"version {self.place.route.version}" if self.place else "$LATEST"
        return f"{where}: {_words(self.before)}{self._reserved_words(self.reserved_before)}"

    @property
    def after_words(self) -> str:
        """What replaces it, likewise."""
        return f"{_words(self.after)}{self._reserved_words(self.reserved)}"

    def _reserved_words(self, reserved: int | None) -> str:
        if self.reserved is None:
            return ""
        return f", reserved concurrency {'none' if reserved is None else reserved}"


def _words(setting: FunctionSettings) -> str:
    return f"{format_memory(setting.memory_mb)}, {setting.timeout_s} s"


class Ending(StrEnum):
    """How a rollout ended."""

    COMPLETED = "completed"
    REGRESSION = "regression"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class RolloutResult:
    """What came of a plan; whatever did not complete was rolled back.

    `id` is what `tuner restore` takes; `judgement` the last look, None where there was nothing to watch.
    """

    id: str
    plan: RolloutPlan
    ending: Ending
    version: str | None = None
    judgement: Judgement | None = None
    seconds: float = 0.0
    warnings: tuple[RunWarning, ...] = ()

    @property
    def exit_code(self) -> int:
        """What a command ends with."""
        return {Ending.COMPLETED: 0, Ending.REGRESSION: 1, Ending.INCONCLUSIVE: 4}[self.ending]
