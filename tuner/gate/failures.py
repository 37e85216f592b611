"""Calls that failed: data, not noise. A version that fails more often has regressed, however fast it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from tuner.gate.blocks import Side
from tuner.records import Invocation, Outcome

FEWEST_CALLS = 3
"""Failures without one success after which a version is not tried further."""
SURELY = 0.01
"""How probable it may be that a version fails more often by chance. Failures are rare and few, so this is
far from reached by chance, and a confirmation must reach it again."""
_NOT_THE_FUNCTION = (Outcome.OK, Outcome.THROTTLED, Outcome.UNREADABLE_LOG)
_TOO_LITTLE = (Outcome.OUT_OF_MEMORY, Outcome.TIMEOUT)


@dataclass(frozen=True, slots=True)
class Tally:
    """How the calls of one version ended; `said` is the last failure in the function's own words."""

    outcomes: Mapping[Outcome, int] = field(default_factory=dict)
    said: str | None = None

    @property
    def calls(self) -> int:
        """All of them."""
        return sum(self.outcomes.values())

    @property
    def succeeded(self) -> int:
        """Those that ended well."""
        return self.outcomes.get(Outcome.OK, 0)

    @property
    def failed(self) -> int:
        """Those that the function failed in: throttling and a lost log say nothing of it."""
        return sum(count for outcome, count in self.outcomes.items() if outcome not in _NOT_THE_FUNCTION)

    @property
    def never_succeeds(self) -> bool:
        """Whether it was tried often enough to say so."""
        return not self.succeeded and self.calls >= FEWEST_CALLS

    @property
    def has_too_little(self) -> bool:
        """Whether nothing but too little memory or time made it fail."""
        return self.failed > 0 and self.failed == sum(
            self.outcomes.get(outcome, 0) for outcome in _TOO_LITTLE
        )

    def __str__(self) -> str:
        kinds = [f"{n} {str(o).replace('_', ' ')}" for o, n in self.outcomes.items() if o is not Outcome.OK]
        return f"{', '.join(kinds) or 'no failure'} in {self.calls} calls"


@dataclass(frozen=True, slots=True)
class Failures:
    """How both versions' calls ended."""

    baseline: Tally
    contender: Tally

    def of(self, side: Side) -> Tally:
        """One version's."""
        return self.baseline if side is Side.BASELINE else self.contender

    @property
    def regressed(self) -> bool:
        """Whether the contender fails more often than chance explains (Fisher's exact test).

        One that always fails for want of memory or time has; one that always fails otherwise could not be
        measured, for it may be the event, the import or the machine.
        """
        before, after = self.baseline, self.contender
        if after.never_succeeds:
            return before.succeeded > 0 and after.has_too_little
        if not after.failed:
            return False
        chance = chance_of_more(
            failed=after.failed,
            of=after.succeeded + after.failed,
            others_failed=before.failed,
            of_others=before.succeeded + before.failed,
        )
        return chance < SURELY


def chance_of_more(*, failed: int, of: int, others_failed: int, of_others: int) -> float:
    """How probable so many failures of these calls are, or more, if others fail no less often."""
    from scipy.stats import hypergeom

    return float(hypergeom.sf(failed - 1, of + of_others, failed + others_failed, of))


def count_failures(calls: Callable[[Side], Iterable[Invocation]]) -> Failures:
    """How the calls of both versions ended."""
    return Failures(_tally(calls(Side.BASELINE)), _tally(calls(Side.CONTENDER)))


def _tally(calls: Iterable[Invocation]) -> Tally:
    calls = tuple(calls)
    failed = [call for call in calls if call.outcome not in _NOT_THE_FUNCTION]
    said = (
        ": ".join(text for text in (failed[-1].error_type, failed[-1].error_message) if text)
        if failed
        else ""
    )
    return Tally(Counter(call.outcome for call in calls), said or None)
