"""The page answers every wish as the library does: a real browser, driven over a grid of wishes."""

from __future__ import annotations

import itertools
import json
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from browser import Browser

import tuner
from tuner.analysis import weigh
from tuner.errors import NoAnswerError
from tuner.option_values import LATENCY_STATISTICS, LatencyLimit
from tuner.options import RunOptions
from tuner.plans import SearchMethod, SearchRecord, StopReason
from tuner.recommend import Evidence, gather, recommend
from tuner.records import (
    Candidate,
    FunctionSettings,
    MeasurementSet,
    Recommendation,
    Strategy,
    TuningResult,
)
from tuner.reporting.html import render_html
from tuner.reporting.wording import compared
from tuner.runfile import save_run
from tuner.units import format_count, format_memory, format_percent, format_usd

WEIGHTS = (0.0, 0.13, 0.5, 0.87, 1.0)
INCREASES = (None, 0.0, 0.125)
VOLUME = 30_000_000_000  # into the second price tier, and the third of slow functions

ASK = """
(wishes) => {
  const form = document.getElementById("explorer");
  return wishes.map((wish) => {
    for (const [name, value] of Object.entries(wish)) form.elements[name].value = value;
    form.dispatchEvent(new Event("input"));
    return {
      memory: form.dataset.memory,
      answer: document.getElementById("answer").textContent,
      facts: Object.fromEntries([...document.querySelectorAll("#answer-facts div")].map(
        (pair) => [pair.children[0].textContent, pair.children[1].textContent])),
      ruledOut: [...document.querySelectorAll("#ruled-out li")].map((item) => item.textContent),
    };
  });
}
"""


def adaptive() -> TuningResult:
    return tuner.tune("model:cpu-bound", seed=1)


@cache
def grid() -> TuningResult:
    sizes = (128, 256, 512, 1024, 1769, 3008)
    return tuner.tune("model:mixed", seed=2, memory_sizes=sizes, invocations=12, strategy="balanced")


def failing() -> TuningResult:
    return tuner.tune("model:memory-hungry", seed=3)


def brief() -> TuningResult:
    """So short that rounding up to a millisecond decides what is billed."""
    return tuner.tune("model:short-burst", seed=4)


def bounded() -> TuningResult:
    return tuner.tune("model:image-resize", seed=5, min_memory=256, max_duration="900ms@p95", regret="3%")


def has_a_size_today() -> TuningResult:
    result = grid()
    return analysed(result, replace(result.measurements, current=FunctionSettings(1024, 30)))


def fails_today() -> TuningResult:
    result = failing()
    return analysed(result, replace(result.measurements, current=FunctionSettings(128, 30)))


def predicted() -> TuningResult:
    """Every size can be the answer, measured or not."""
    result = grid()
    record = SearchRecord(SearchMethod.PREDICT, (128, 10_240), StopReason.PREDICTED)
    return analysed(result, replace(result.measurements, search=record))


CASES = {case.__name__: case for case in (adaptive, brief, bounded, has_a_size_today, fails_today, predicted)}


def analysed(result: TuningResult, measurements: MeasurementSet) -> TuningResult:
    """The same run with something else known of it."""
    with tempfile.TemporaryDirectory() as folder:
        save_run(replace(result, measurements=measurements), Path(folder) / "run.json")
        return tuner.tune(f"replay:{folder}/run.json")


def limits(result: TuningResult) -> list[LatencyLimit | None]:
    """None, and of each statistic limits that everything, something and nothing keeps."""
    means = [c.duration_ms.mean for c in result.candidates if c.duration_ms]
    near = [round(factor * means[i], 1) for i in range(0, len(means), 2) for factor in (0.97, 1.08)]
    chosen = [near[i % len(near)] for i in range(1, 9)]
    found = [LatencyLimit(ms, LATENCY_STATISTICS[i % 4]) for i, ms in enumerate(chosen)]
    return [None, *found, LatencyLimit(min(means) / 3, "p99")]


def all_wishes(result: TuningResult) -> list[RunOptions]:
    assert result.landscape
    own = result.landscape.options
    return [
        replace(
            own,
            balanced_weight=weight,
            max_duration=limit,
            max_cost_increase=increase,
            invocations_per_month=VOLUME,
        )
        for i, (limit, increase) in enumerate(itertools.product(limits(result), INCREASES))
        for weight in (WEIGHTS if limit is None and increase is None else [WEIGHTS[i % len(WEIGHTS)]])
    ]


def as_fields(options: RunOptions, strategy: Strategy) -> dict[str, str]:
    limit, increase = options.max_duration, options.max_cost_increase
    return {
        "strategy": strategy.value,
        "weight": str(options.balanced_weight),
        "statistic": limit.statistic if limit else "p95",
        "limit": repr(limit.limit_ms) if limit else "",
        "increase": "" if increase is None else repr(increase * 100),
        "volume": str(VOLUME),
    }


def sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."


def library_answers(evidence: Evidence, options: RunOptions) -> dict[Strategy, dict[str, Any]]:
    """What the page should show for each strategy, said by the library."""
    known = (evidence.curve, evidence.measurements, evidence.prices, options)
    asked = gather(*known)
    sought = asked.evaluation.memory_mb[asked.acceptable].tolist()
    ruled_out = [f"{format_memory(mb)}: {asked.rejected[mb]}" for mb in sought if mb in asked.rejected]
    try:
        advice = recommend(*known)
    except NoAnswerError as error:
        words = sentence(error.message)
        if error.hint and error.hint.startswith(("the nearest", *"0123456789")):
            words += f" {sentence(error.hint.split(';')[0])}"
        none = {"memory": "", "answer": words, "facts": {}, "ruledOut": ruled_out}
        return dict.fromkeys(Strategy, none)
    rows = {row.memory_mb: row for row in advice.candidates}
    today = evidence.measurements.current
    return {
        strategy: {
            "memory": str(found.candidate.memory_mb),
            "answer": answer_words(found, today),
            "facts": facts(found, rows.get(today.memory_mb) if today else None),
            "ruledOut": ruled_out,
        }
        for strategy, found in advice.recommendations.items()
    }


def facts(found: Recommendation, today: Candidate | None) -> dict[str, str]:
    bill = f"{format_usd(found.candidate.cost_usd_per_month or 0)} at {format_count(VOLUME)} invocations"
    if today and today != found.candidate and today.cost_usd_per_month is not None:
        bill += f", today {format_usd(today.cost_usd_per_month)}"
    regret = found.expected_regret
    sure = f"within {format_percent(regret.bound)} with 90 % probability"
    return {"Per month": bill, "Regret": f"{format_percent(regret.mean)} expected, {sure}"}


def answer_words(found: Recommendation, today: FunctionSettings | None) -> str:
    size, change = found.candidate.memory_mb, found.change_from_current
    if today and size == today.memory_mb:
        return f"stay at {format_memory(size)}"
    if today and change:
        now = f"today's {format_memory(today.memory_mb)}"
        gain = compared(change.cost_percent, change.duration_percent, today=now)
        return f"run at {format_memory(size)}: {gain}"
    return f"run at {format_memory(size)}: "


@pytest.mark.parametrize("case", CASES)
def test_the_page_answers_as_the_library_on_a_grid_of_wishes(
    case: str, browser: Browser, tmp_path: Path
) -> None:
    result = CASES[case]()
    page = tmp_path / "page.html"
    page.write_text(render_html(result), encoding="utf-8")
    browser.open(page)
    options = all_wishes(result)
    asked = [as_fields(wish, strategy) for wish in options for strategy in Strategy]

    shown = browser.evaluate(f"({ASK})({json.dumps(asked)})")

    evidence = weigh(result.measurements, options[0])
    by_wish = [library_answers(evidence, wish) for wish in options]
    said = [answers[strategy] for answers in by_wish for strategy in Strategy]
    for wish, one, other in zip(asked, said, shown, strict=True):
        assert one["memory"] == other["memory"], wish
        assert one["answer"] in other["answer"], wish
        assert one["facts"] == {name: other["facts"][name] for name in one["facts"]}, wish
        assert one["ruledOut"] == other["ruledOut"], wish
    assert 0 < sum(not answer["memory"] for answer in said) < len(said)
    assert [] == browser.problems
