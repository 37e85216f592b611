"""What a gate shows while it measures: the last look, and how far it is."""

from dataclasses import replace

import pytest
from gate_versions import duel, good, model, questions, scripted

from tuner.cli.gate_board import GateBoard
from tuner.gating import Searching
from tuner.records import Outcome


@pytest.fixture(scope="module")
def slower():
    """What an observer of a gate is told whose contender is slower."""
    events = []
    duel(model(), model(400.0, seed=1), questions(), observer=events.append).run()
    return events


def shown(events, width=80, height=23, **options):
    board = GateBoard(**options)
    for event in events:
        board.observe(event)
    return board.draw(width, height, colour=False)


def test_before_the_first_look_it_says_how_far_it_is(slower):
    drawn = shown(slower[:10])
    assert drawn.startswith("Comparing, before the first look: ")
    assert "of at most" in drawn


def test_a_search_for_the_best_size_says_of_which_version_and_where_it_is(slower):
    drawn = shown([Searching("main", 512, 7)])
    assert drawn.startswith("Searching the best size of main: 7 calls, now at 512 MB, ")
    assert shown([Searching("main", 512, 7), *slower[:10]]).startswith("Comparing, before the first look: ")


def test_a_look_is_told_with_the_calls_after_it(slower):
    looks = [event.findings for event in slower if not event.confirming]
    assert () == looks[0]
    confirming = [event for event in slower if event.confirming]
    assert () == confirming[0].findings


def test_what_looks_like_a_regression_is_measured_afresh(slower):
    assert "It looks like a regression; measuring afresh to confirm it: " in shown(slower)


@pytest.mark.parametrize("width", [40, 80])
@pytest.mark.parametrize("height", [1, 4, 8, 23])
def test_it_never_outgrows_its_screen(undecided, width, height):
    lines = shown(undecided, width, height).splitlines()
    assert height >= len(lines)
    assert width >= max(map(len, lines))


@pytest.fixture(scope="module")
def undecided():
    """The same, until the first measurement is over, where the change is near the line."""
    events = []
    duel(model(cv=0.3), model(215.0, seed=1, cv=0.3), questions(), observer=events.append).run()
    return [event for event in events if not event.confirming]


def test_the_rules_stand_with_their_intervals(undecided):
    drawn = shown(undecided)
    assert "cost per million" in drawn
    assert "in doubt" in drawn
    assert "├" in drawn


def test_a_baseline_has_no_rules(undecided):
    drawn = shown(undecided, baseline=True)
    assert drawn.startswith("Measuring the baseline: ")
    assert "in doubt" not in drawn


def test_failures_are_counted_in_words():
    events = []

    def sometimes(number, nth):
        call = good(number, nth)
        return replace(call, outcome=Outcome.TIMEOUT) if nth == 2 else call

    duel(scripted(good), scripted(sometimes), questions(), observer=events.append).run()
    failed = sum(event.invocation.outcome is Outcome.TIMEOUT for event in events)
    assert f"Failed: contender {failed} timed out" in shown(events)
