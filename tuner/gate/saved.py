"""A verdict on two saved runs: measured apart, so without pairs and without a second, fresh measurement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cost_models.pricing import Prices
from tuner.gate.blocks import Ending, Side
from tuner.gate.conclusion import failing_sentence, overall, unusable_sentences, unusable_sides
from tuner.gate.design import ALARM_RATE
from tuner.gate.judging import assess
from tuner.gate.metrics import Metric
from tuner.gate.rules import Rules
from tuner.gate.samples import FEWEST_BLOCKS, Read, Sample, Series, largest, read_cpu_time, reader_of
from tuner.gate.sightings import Look, noise_of
from tuner.gate.verdicts import Answer, Verdict
from tuner.records import Invocation, Outcome


@dataclass(frozen=True, slots=True)
class SavedSamples:
    """What two runs hold of one memory size each; see `tuner.gate.samples.Samples`."""

    baseline: Sequence[Invocation]
    contender: Sequence[Invocation]
    prices: Prices

    def of(self, metric: Metric) -> Sample | None:
        """The numbers of a metric; the peak of memory is one an environment."""
        return _sample(*(self._series(metric, side) for side in Side))

    def states(self, metric: Metric) -> bool:
        """Whether both runs hold any."""
        return all(self._series(metric, side).values.size for side in Side)

    def cpu_time(self) -> Sample | None:
        """The CPU times of the warm calls [ms]."""
        return _sample(*(_series(self._warm(side), read_cpu_time) for side in Side))

    def calls(self, side: Side) -> Sequence[Invocation]:
        """Every call of one run."""
        return self.baseline if side is Side.BASELINE else self.contender

    def _series(self, metric: Metric, side: Side) -> Series:
        read = reader_of(metric, self.prices)
        if metric is Metric.MAX_MEMORY:
            return _peaks(self.calls(side), read)
        if metric is Metric.INIT:
            return _series([c for c in self.calls(side) if c.cold and c.outcome is Outcome.OK], read)
        return _series(self._warm(side), read)

    def _warm(self, side: Side) -> Sequence[Invocation]:
        return [call for call in self.calls(side) if call.warm_sample]


def conclude_saved(
    rules: Rules,
    baseline: Sequence[Invocation],
    contender: Sequence[Invocation],
    prices: Prices,
    *,
    alarm_rate: float = ALARM_RATE,
) -> Verdict:
    """The verdict on every call that two runs made at one memory size each.

    Nothing can confirm a regression here, so each interval must be as sure as two would be together.
    """
    samples = SavedSamples(baseline, contender, prices)
    found = assess(rules.rules, Look(samples, alarm_rate / len(rules.deciding), prices))
    durations = samples.of(Metric.P50)
    answer, reasons = overall(found.findings)
    unusable = unusable_sides(found.failures)
    if unusable:
        answer, reasons = Answer.NOT_COMPARABLE, unusable_sentences(found.failures)
    elif found.failures.regressed:
        answer, reasons = Answer.REGRESSION, (failing_sentence(found.failures),)
    return Verdict(
        answer=answer,
        reasons=reasons,
        findings=found.findings,
        failures=found.failures,
        pairs=0,
        confirmation_pairs=0,
        alarm_rate=alarm_rate,
        ended_by=Ending.SAVED,
        environments=min(len({call.environment for call in samples.calls(side)}) for side in Side),
        noise=None if durations is None else noise_of(durations),
        unusable=unusable,
    )


def _sample(baseline: Series, contender: Series) -> Sample | None:
    if min(len(baseline.values), len(contender.values)) < FEWEST_BLOCKS:
        return None
    return Sample(baseline, contender, paired=False)


def _series(calls: Sequence[Invocation], read: Read) -> Series:
    """What calls state, in blocks of an environment each; nothing where one of them does not state it."""
    values = [value for call in calls if (value := read(call))]
    if len(values) < len(calls):
        return _in_blocks([], [])
    return _in_blocks(values, [str(call.environment) for call in calls])


def _peaks(calls: Sequence[Invocation], read: Read) -> Series:
    """The largest number that each environment states."""
    environments = dict.fromkeys(call.environment for call in calls)
    peaks = {str(e): largest([c for c in calls if c.environment == e], read) for e in environments}
    known = {name: peak for name, peak in peaks.items() if peak}
    return _in_blocks(list(known.values()), list(known))


def _in_blocks(values: Sequence[float], environments: Sequence[str]) -> Series:
    """Too few environments cannot tell how much they differ: calls then have to stand for themselves."""
    names, blocks = np.unique(np.array(environments), return_inverse=True)
    return Series(np.array(values), blocks if len(names) >= FEWEST_BLOCKS else np.arange(len(values)))
