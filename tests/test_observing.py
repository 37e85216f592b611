"""What an observer of a run is told, and what the board of `tuner run` makes of it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from tuner.cli.run_board import RunBoard
from tuner.measure.session import Progress
from tuner.settings import load_settings
from tuner.tuning import run
from tuner.tuning.outlook import Outlook, Purpose


@pytest.fixture(scope="module")
def observed():
    """Run a model with options; returns the plan, the events and the result."""

    def measure(target="model:cpu-bound", **options):
        previews, events = [], []
        settings = load_settings(target, {"seed": "1", **options}, {}, Path("/"))
        found = run(settings, on_plan=previews.append, observer=events.append)
        return previews[0], events, found

    return measure


@pytest.fixture(scope="module")
def searched(observed):
    return observed(regret="1%")


def outlooks_of(events):
    return [event for event in events if isinstance(event, Outlook)]


def test_every_step_of_a_search_is_told_before_its_calls(searched):
    _, events, _ = searched
    told: set[int] = set()
    for event in events:
        if isinstance(event, Outlook):
            told |= set(event.next_mb)
        else:
            assert event.invocation.memory_mb in told


def test_the_calls_of_a_step_are_as_many_as_was_told(searched):
    _, events, _ = searched
    steps = [i for i, event in enumerate(events) if isinstance(event, Outlook) and event.next_mb]
    for start, end in pairwise(steps):
        assert events[start].calls == end - start - 1


def test_the_regret_that_is_told_falls_to_that_of_the_result(observed):
    _, events, found = observed(regret="3%")
    regrets = [o.standing.regret.mean for o in outlooks_of(events) if o.standing and o.standing.regret]
    assert regrets[0] > regrets[-1] > found.recommendation.expected_regret.mean


def test_a_step_has_a_purpose(searched):
    _, events, _ = searched
    purposes = [outlook.purpose for outlook in outlooks_of(events)]
    assert [Purpose.WATCH, Purpose.START] == purposes[:2]
    assert {Purpose.NEW_SIZE, Purpose.RIVAL, Purpose.SURER} & set(purposes)
    for outlook in outlooks_of(events):
        measured = {point.memory_mb for point in outlook.standing.estimates} if outlook.standing else set()
        assert (outlook.purpose is Purpose.NEW_SIZE) <= measured.isdisjoint(outlook.next_mb)
        assert (outlook.purpose is Purpose.RIVAL) <= measured.issuperset(outlook.next_mb)


def test_a_grid_is_told_once_and_cold_starts_after_it(observed):
    _, events, _ = observed(memory_sizes="256,512", search="grid", invocations="3", cold_starts="2")
    assert [
        Outlook(Purpose.GRID, (256, 512), 4),
        Outlook(Purpose.COLD, (256, 512)),
    ] == outlooks_of(events)


def test_calls_are_counted_for_the_run_and_for_their_size(observed):
    _, events, found = observed(memory_sizes="256,512", search="grid", invocations="3")
    told = [event for event in events if isinstance(event, Progress)]
    assert list(found.measurements.invocations) == [event.invocation for event in told]
    last = {event.invocation.memory_mb: event for event in told}
    assert {256: (4, 4), 512: (4, 4)} == {size: (e.calls_here, e.planned_here) for size, e in last.items()}
    assert (8, 8) == (told[-1].done, told[-1].planned)
    assert found.spent.cost_usd == pytest.approx(told[-1].spent_usd)
    assert told[-1].spent_usd == pytest.approx(sum(event.cost_usd for event in told))


@pytest.mark.parametrize("width", [30, 40, 80])
@pytest.mark.parametrize("height", [1, 5, 9, 23])
def test_a_board_never_outgrows_its_screen(searched, width, height):
    preview, events, _ = searched
    board = RunBoard()
    board.begin(preview)
    for event in events:
        board.observe(event)
        lines = board.draw(width, height, colour=False).splitlines()
        assert height >= len(lines)
        assert width >= max(map(len, lines), default=0)


def test_a_board_ends_with_the_numbers_of_the_result(searched):
    preview, events, found = searched
    board = RunBoard()
    board.begin(preview)
    for event in events:
        board.observe(event)
    drawn = board.draw(80, 40, colour=False)
    assert f"{found.spent.invocations} of at most 40 invocations" in drawn
    best = next(line for line in drawn.splitlines() if "best so far" in line)
    assert "1,280 MB" in best
    assert "$5.08" in best


def test_of_many_sizes_the_best_and_the_last_are_kept(searched):
    _, events, _ = searched
    board = RunBoard()
    for event in events:
        board.observe(event)
    drawn = board.draw(80, 14, colour=False)
    assert "best so far" in drawn
    assert "measuring" in drawn
    assert "more sizes" in drawn
