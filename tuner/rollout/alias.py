"""Moving an alias, and only where it is still what this rollout knows it to be."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tuner.errors import MeasurementError
from tuner.platforms.aws.api import Api, AwsError
from tuner.platforms.aws.latest import ATTEMPTS, CONFLICTS, PAUSE_S, ForeignChangeError


@dataclass(frozen=True, slots=True)
class Route:
    """Where an alias sends its calls: to `version`, but for the shares in `weights`."""

    version: str
    weights: Mapping[str, float] = field(default_factory=dict)

    @property
    def versions(self) -> set[str]:
        """Every version that gets calls."""
        return {self.version, *self.weights}

    def share_beside(self, version: str) -> float:
        """The share of the calls that goes to other versions than this one."""
        return sum(self.weights.values()) if version == self.version else 1.0

    def __str__(self) -> str:
        shares = [f"{weight * 100:g} % to version {number}" for number, weight in self.weights.items()]
        return " and ".join([f"version {self.version}", *shares])


def route_of(answer: Mapping[str, Any]) -> Route:
    """Where an alias goes, out of AWS's description of it."""
    weights = answer.get("RoutingConfig", {}).get("AdditionalVersionWeights") or {}
    return Route(
        str(answer["FunctionVersion"]), {str(number): float(weights[number]) for number in sorted(weights)}
    )


@dataclass(frozen=True, slots=True)
class Alias:
    """One alias of a function.

    Where it has `provisioned` concurrency, AWS itself weighs its two versions while it allocates.
    """

    api: Api
    function: str  # the unqualified ARN
    name: str
    provisioned: bool = False

    def read(self) -> Route:
        """Where it goes now."""
        return route_of(self._read())

    def move(self, target: Route, *, known: tuple[Route, ...]) -> None:
        """Bring it there, and read that back.

        Raises:
            ForeignChangeError: it goes somewhere that is not known; it is left as it is.
            AwsError: AWS refused.
        """
        for attempt in range(ATTEMPTS):
            answer = self._read()
            now = route_of(answer)
            if self.recognize(now, (*known, target)) == target:
                return
            try:
                self.api.call(
                    "UpdateAlias",
                    FunctionName=self.function,
                    Name=self.name,
                    FunctionVersion=target.version,
                    RoutingConfig={"AdditionalVersionWeights": dict(target.weights)},
                    RevisionId=answer["RevisionId"],
                )
            except AwsError as error:
                if error.code not in CONFLICTS:
                    raise
                time.sleep(PAUSE_S * 2**attempt)
        raise MeasurementError(
            f"the alias {self.name} could not be moved: it was being changed all the time",
            "run again when nothing is being deployed",
        )

    def recognize(self, now: Route, known: tuple[Route, ...]) -> Route:
        """Which of these it is, exactly if it can be.

        Raises `ForeignChangeError` where it is none: this rollout did not send it there.
        """
        found = [route for route in known if self._is(now, route)]
        if not found:
            raise ForeignChangeError(
                f"somebody else has moved the alias {self.name} meanwhile: it goes to {now}",
                "that is left as it is; look whether another deployment is under way, then roll out again",
            )
        return now if now in found else found[0]

    def _is(self, now: Route, wanted: Route) -> bool:
        if self.provisioned and not wanted.weights:
            return now.version == wanted.version
        return now == wanted

    def _read(self) -> dict[str, Any]:
        return self.api.call("GetAlias", FunctionName=self.function, Name=self.name)
