"""From everything that was measured to the verdict. Pure: a saved record gives the same answer again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from cost_models.pricing import Prices
from tuner.gate.blocks import Block, DuelRecord, Side
from tuner.gate.design import Design
from tuner.gate.failures import Failures
from tuner.gate.judging import Assessment, assess
from tuner.gate.metrics import Metric
from tuner.gate.rules import Rule, Rules
from tuner.gate.samples import PairedSamples
from tuner.gate.sightings import Look, noise_of
from tuner.gate.verdicts import Answer, Finding, Verdict

_LEAST_FAVOURABLE_FIRST = (
    Answer.REGRESSION,
    Answer.NOT_COMPARABLE,
    Answer.INCONCLUSIVE,
    Answer.IMPROVEMENT,
)


@dataclass(frozen=True, slots=True)
class Questions:
    """What a verdict depends on beside the measurements."""

    rules: Rules
    prices: Prices
    design: Design = field(default_factory=Design)

    def first(self, blocks: Sequence[Block]) -> Assessment:
        """What the first measurement says so far."""
        return assess(self.rules.rules, self._look(blocks, self.design.first_blocks))

    def confirming(
        self, blocks: Sequence[Block], first: Sequence[Block], suspects: Sequence[Rule]
    ) -> Assessment:
        """What a fresh measurement, after the `first`, says so far of the rules that were suspicious."""
        return assess(suspects, self._look(blocks, self.design.blocks - len(first)))

    def samples(self, blocks: Sequence[Block]) -> PairedSamples:
        """The numbers in these blocks."""
        return PairedSamples(blocks, self.design.pairs_per_block, self.prices)

    def _look(self, blocks: Sequence[Block], most_blocks: int) -> Look:
        level = self.design.level(max(1, len(blocks)), most_blocks, len(self.rules.deciding))
        return Look(self.samples(blocks), level, self.prices)


def suspects(assessment: Assessment) -> tuple[Rule, ...]:
    """The rules that a measurement says are broken, and that can fail the gate."""
    return tuple(f.rule for f in assessment.findings if f.crossed and f.decides)


def conclude(record: DuelRecord, questions: Questions) -> Verdict:
    """The verdict on a finished record."""
    first = questions.first(record.blocks)
    verdict = Verdict(
        answer=Answer.NOT_COMPARABLE,
        reasons=(),
        findings=first.findings,
        failures=first.failures,
        pairs=_count(record.blocks, questions),
        confirmation_pairs=_count(record.confirmation, questions),
        alarm_rate=questions.design.alarm_rate,
        ended_by=record.ended_by,
        environments=_environments((*record.blocks, *record.confirmation)),
        noise=_noise(record.blocks, questions),
        broken=record.broken,
    )
    if record.broken is not None:
        said = f"the {record.broken.side} could not be run: {record.broken.message}"
        return replace(verdict, reasons=(said,), unusable=(record.broken.side,))
    if unusable := unusable_sides(first.failures):
        return replace(verdict, reasons=unusable_sentences(first.failures), unusable=unusable)
    if first.suspicious:
        return _confirmed(verdict, record, first, questions)
    answer, reasons = overall(first.findings)
    return replace(verdict, answer=answer, reasons=reasons)


def unusable_sides(failures: Failures) -> tuple[Side, ...]:
    """The versions of which nothing is known but that they fail. Too little memory, where the baseline had
    enough, is known: that is a regression."""
    if failures.regressed:
        return ()
    return tuple(side for side in Side if failures.of(side).never_succeeds)


def unusable_sentences(failures: Failures) -> tuple[str, ...]:
    """One for each version that never succeeded."""
    return tuple(f"the {side} never succeeded: {failures.of(side)}" for side in unusable_sides(failures))


def _confirmed(verdict: Verdict, record: DuelRecord, first: Assessment, questions: Questions) -> Verdict:
    """A regression where a fresh measurement finds it again, by itself; else nothing is sure."""
    asked = suspects(first)
    second = questions.confirming(record.confirmation, record.blocks, asked)
    again = {f.rule: f for f in second.findings}
    findings = tuple(replace(f, confirmation=again.get(f.rule)) for f in first.findings)
    reasons = []
    if first.failures.regressed and second.failures.regressed:
        reasons.append(failing_sentence(first.failures))
    reasons += [f.reason for f in first.findings if f.rule in again and again[f.rule].crossed]
    if reasons:
        return replace(verdict, answer=Answer.REGRESSION, reasons=tuple(reasons), findings=findings)
    why = (
        "a fresh measurement did not confirm it" if record.confirmation else "it could not be measured again"
    )
    doubtful = [f.reason for f in first.findings if f.rule in again]
    if first.failures.regressed:
        doubtful.append(failing_sentence(first.failures))
    said = tuple(f"{text}; {why}" for text in doubtful)
    return replace(verdict, answer=Answer.INCONCLUSIVE, reasons=said, findings=findings)


def failing_sentence(failures: Failures) -> str:
    """How the contender's calls ended, beside the baseline's."""
    text = f"the contender fails: {failures.contender}, where the baseline had {failures.baseline}"
    return f"{text}; it said: {failures.contender.said}" if failures.contender.said else text


def overall(findings: Sequence[Finding]) -> tuple[Answer, tuple[str, ...]]:
    """The least favourable answer of the rules that decide, with its reasons.

    A gain counts where nothing is in doubt.
    """
    deciding = [f for f in findings if f.decides]
    answers = {f.answer for f in deciding}
    answer = next((answer for answer in _LEAST_FAVOURABLE_FIRST if answer in answers), Answer.PASS)
    return answer, tuple(f.reason for f in deciding if f.answer is answer)


def _count(blocks: Sequence[Block], questions: Questions) -> int:
    return sum(len(block.samples(questions.design.pairs_per_block)) for block in blocks)


def _noise(blocks: Sequence[Block], questions: Questions) -> float | None:
    sample = questions.samples(blocks).of(Metric.P50)
    return None if sample is None else noise_of(sample)


def _environments(blocks: Sequence[Block]) -> int:
    """How many different environments the version with fewer of them had."""
    return min(len({pair.of(side).environment for block in blocks for pair in block.pairs}) for side in Side)
