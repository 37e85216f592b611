"""Draws the two pictures of how-it-searches.md: a search on a simulated function, step by step.

python docs/draw_search.py
"""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("svg")
import matplotlib.pyplot as plt

from cost_models.workload import Noise, PointsDuration, Workload
from tuner.analysis import weigh
from tuner.measure.session import Session
from tuner.options import RunOptions
from tuner.platforms.model import ModelPlatform
from tuner.recommend import choose, expected_regret, regret_of
from tuner.records import Strategy
from tuner.tuning.measuring import measure
from tuner.tuning.planning import make_preview

FOLDER = Path(__file__).parent
WORKLOAD = Workload(
    "example",
    PointsDuration(((128, 2300), (256, 980), (512, 430), (1024, 215), (1769, 150), (3008, 140))),
    noise=Noise(0.08, 0.01, 3.0),
    init_duration_ms=300,
)
INK, MEASURED, TRUE = "#808080", "#2f7ed8", "#d1495b"


def main() -> None:
    """Run the search once, keep what it knew after each step, and draw."""
    options = RunOptions(seed=3)
    platform = ModelPlatform(WORKLOAD, seed=3)
    plan = make_preview(platform.describe(), options).plan
    steps = []

    def remember(found):
        if found.warm_durations_ms() and (not steps or len(found.invocations) > len(steps[-1].invocations)):
            steps.append(found)
        return found

    measure(Session(platform, plan), plan, options, remember)
    _draw_steps(steps, options)
    _draw_regret(steps, options)


def _style(axes) -> None:
    axes.tick_params(colors=INK)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("bottom", "left"):
        axes.spines[side].set_color(INK)
    for text in (axes.title, axes.xaxis.label, axes.yaxis.label):
        text.set_color(INK)


def _draw_steps(steps, options) -> None:
    """Cost by memory size: what is believed after the start, half-way and at the end."""
    ready = [s for s in steps if len(s.memory_sizes_mb) >= 4]
    shown = [ready[0], ready[len(ready) // 2], ready[-1]]
    figure, panels = plt.subplots(1, 3, figsize=(11, 3.4), sharey=True, layout="constrained")
    for axes, found in zip(panels, shown, strict=True):
        evidence = weigh(found, options)
        evaluation = evidence.evaluation
        sizes, cost = evaluation.memory_mb, evaluation.cost_usd * 1e6
        low, high = np.quantile(cost, [0.025, 0.975], axis=0)
        axes.fill_between(sizes, low, high, color=MEASURED, alpha=0.25, lw=0)
        axes.plot(sizes, cost.mean(axis=0), color=MEASURED, lw=1.5)
        prices = evidence.prices
        truth = [
            WORKLOAD.expected_duration_ms(m) * float(prices.millisecond(int(m))) + float(prices.request)
            for m in sizes
        ]
        axes.plot(sizes, np.array(truth) * 1e6, color=TRUE, lw=1, ls="--")
        for size in found.memory_sizes_mb:
            calls = [i.duration_ms for i in found.warm(size)]
            points = [(d * float(prices.millisecond(size)) + float(prices.request)) * 1e6 for d in calls]
            axes.plot([size] * len(points), points, "o", color=INK, ms=3.5, alpha=0.7)
        column = choose(Strategy.COST, evidence)
        axes.axvline(sizes[column], color=INK, lw=0.8, ls=":")
        regret = expected_regret(Strategy.COST, evidence, column)
        axes.set_title(f"{len(found.invocations)} invocations: regret {regret.mean * 100:.1f} %", fontsize=10)
        axes.set_xscale("log", base=2)
        axes.set_xticks([128, 256, 512, 1024, 2048], ["128", "256", "512", "1024", "2048"])
        axes.set_xlabel("memory [MB]")
        axes.set_ylim(0, max(truth) * 1.25e6)
        _style(axes)
    panels[0].set_ylabel("$ per million invocations")
    figure.savefig(FOLDER / "search-steps.svg", transparent=True, metadata={"Date": None})


def _draw_regret(steps, options) -> None:
    """Expected regret and its 90 % bound against invocations."""
    ready = [s for s in steps if len(s.memory_sizes_mb) >= 4]
    calls, means, bounds = [], [], []
    for found in ready:
        evidence = weigh(found, options)
        column = choose(Strategy.COST, evidence)
        draws = regret_of(Strategy.COST, evidence)[:, column]
        calls.append(len(found.invocations))
        means.append(draws.mean() * 100)
        bounds.append(float(np.quantile(draws, 0.9)) * 100)
    figure, axes = plt.subplots(figsize=(7.5, 3.2), layout="constrained")
    axes.fill_between(calls, 0, bounds, color=MEASURED, alpha=0.2, lw=0, step="post", label="within 90 %")
    axes.step(calls, means, color=MEASURED, where="post", label="expected")
    axes.axhline(1.0, color=TRUE, lw=1, ls="--")
    axes.set_xlabel("invocations, cold ones included")
    axes.set_ylabel("regret [%]")
    axes.legend(frameon=False, labelcolor=INK)
    axes.set_ylim(bottom=0)
    _style(axes)
    figure.savefig(FOLDER / "search-regret.svg", transparent=True, metadata={"Date": None})


if __name__ == "__main__":
    main()
