"""Measuring side by side: shuffled pairs, environments started together, within bounds, nothing lost."""

import itertools
from collections import Counter

import pytest
from gate_versions import MEMORY_MB, ScriptedPlatform, duel, good, model, questions, scripted

from tuner.errors import NotRestoredError, UsageError
from tuner.gate import Answer, Bounds, Contestant, Ending, Side, conclude
from tuner.measure.events import Events
from tuner.measure.payloads import read_payloads
from tuner.records import Excluded, Invocation, Outcome


def run(baseline, contender, *, asked=None, **options):
    return duel(baseline, contender, asked or questions(), **options).run()


def calls_in_order(record):
    found = [(c.sequence, side) for block in record.blocks for side in Side for c in block.calls(side)]
    return [side for _, side in sorted(found)]


def test_each_pair_is_made_in_random_order_one_right_after_the_other():
    order = calls_in_order(run(model(), model(seed=1)))
    pairs = list(zip(order[::2], order[1::2], strict=True))
    assert {frozenset(Side)} == {frozenset(pair) for pair in pairs}
    first = Counter(pair[0] for pair in pairs)
    assert min(first.values()) > len(pairs) / 5


def test_the_order_follows_the_seed():
    orders = [calls_in_order(run(model(), model(seed=1), seed=seed)) for seed in (1, 1, 2)]
    assert orders[0] == orders[1]
    assert orders[1][:40] != orders[2][:40]


def test_both_versions_get_a_new_environment_for_every_block():
    record = run(model(), model(seed=1))
    for side in Side:
        used = [block.started.of(side).environment for block in record.blocks]
        assert len(record.blocks) == len(set(used))
        for block in record.blocks:
            assert {block.started.of(side).environment} == {p.of(side).environment for p in block.pairs}


def test_the_calls_of_a_pair_get_the_same_event():
    baseline, contender = scripted(good), scripted(good)
    lines = '[{"payload": 1, "weight": 1}, {"payload": 2, "weight": 3}]'
    payloads = read_payloads(
        payload=None, lines=None, weighted="s3://b/k", once=False, root=None, fetch=lambda _: lines.encode()
    )
    run(baseline, contender, events=Events(payloads))
    assert baseline.platform.payloads == contender.platform.payloads
    assert {b"1", b"2"} == set(baseline.platform.payloads)


def test_every_environment_is_warmed_up_on_both_sides():
    record = run(scripted(good, warm_ups=2), scripted(good))
    for block in record.blocks:
        warming = [pair for pair in block.pairs if pair.contender.excluded is Excluded.WARM_UP]
        assert 2 == len(warming)
        assert all(pair.baseline.excluded is Excluded.WARM_UP for pair in warming)
        assert 5 == len(block.samples(5))


def test_disturbed_calls_are_replaced_and_pardoned_where_all_are_disturbed():
    def disturbed(every):
        def script(number, nth):
            call = good(number, nth)
            mark = Excluded.DISTURBED if nth and number % every == 0 else None
            return Invocation(512, Outcome.OK, call.duration_ms, 100, call.init_duration_ms, excluded=mark)

        return script

    some = run(scripted(good), scripted(disturbed(3)))
    assert {5} == {len(block.samples(5)) for block in some.blocks}
    assert all(pair.comparable for block in some.blocks for pair in block.samples(5))
    every = run(scripted(good), scripted(disturbed(1)))
    assert {10} == {len(block.samples(5)) for block in every.blocks}


def test_two_memory_sizes_of_one_platform_are_prepared_together():
    platform = ScriptedPlatform(good)
    run(Contestant(platform, 512), Contestant(platform, 1024))
    assert [512, 1024] == platform.prepared


def test_one_size_of_one_platform_is_no_comparison():
    same = scripted(good)
    with pytest.raises(UsageError, match="compared with itself"):
        run(same, Contestant(same.platform, MEMORY_MB))


def test_measuring_stops_at_its_number_of_pairs():
    asked = questions(max_pairs=60, fail={"p50": "5%"})
    record = run(model(cv=0.3), model(205.0, cv=0.3, seed=4), asked=asked)
    verdict = conclude(record, asked)
    assert Ending.MAX_PAIRS == record.ended_by
    assert (Answer.INCONCLUSIVE, 4) == (verdict.answer, verdict.exit_code)
    assert 40 == verdict.pairs  # the rest is kept for a confirmation


def test_measuring_stops_in_time_and_keeps_what_it_has():
    ticks = itertools.count()
    bounds = Bounds(max_seconds=160)
    record = run(model(cv=0.3), model(cv=0.3, seed=1), bounds=bounds, clock=lambda: float(next(ticks)))
    assert Ending.MAX_SECONDS == record.ended_by
    assert 90 < sum(len(list(b.calls(s))) for b in record.blocks for s in Side) <= 160
    assert Answer.PASS != conclude(record, questions(fail={"p50": "1%"})).answer


def test_measuring_stops_before_it_costs_too_much():
    asked = questions()
    each = 110 * float(asked.prices.millisecond(512)) + float(asked.prices.request)
    bounds = Bounds(max_spend_usd=90 * each)
    record = run(scripted(good, paid=True), scripted(good, paid=True), asked=asked, bounds=bounds)
    assert Ending.MAX_SPEND == record.ended_by
    assert 30 * each < record.spent_usd <= 90 * each


def test_time_is_kept_for_a_confirmation():
    ticks = itertools.count()
    record = run(
        model(), model(260.0, seed=1), bounds=Bounds(max_seconds=100), clock=lambda: float(next(ticks))
    )
    assert Ending.DECIDED == record.ended_by
    assert next(ticks) <= 110
    assert Answer.REGRESSION == conclude(record, questions()).answer


def test_calls_that_are_not_billed_cost_nothing_known():
    assert run(model(), model(seed=1)).spent_usd is None


def test_a_function_that_could_not_be_set_back_ends_everything():
    failing = scripted(lambda number, nth: NotRestoredError("left at 128 MB", "tuner restore"))
    with pytest.raises(NotRestoredError):
        run(scripted(good), failing)


def test_an_observer_sees_every_call_and_how_far_it_is():
    seen = []
    record = run(model(), model(400.0, seed=1), observer=seen.append)
    made = [block.calls(s) for block in (*record.blocks, *record.confirmation) for s in Side]
    assert sum(len(list(calls)) for calls in made) == len(seen)
    assert [False, True] == sorted({progress.confirming for progress in seen})
    assert all(progress.pairs <= progress.most_pairs for progress in seen)


def test_a_saved_record_gives_the_same_verdict_again():
    asked = questions()
    record = run(model(), model(260.0, seed=1), asked=asked)
    assert Answer.REGRESSION == conclude(record, asked).answer
    assert conclude(record, asked) == conclude(record, asked)
