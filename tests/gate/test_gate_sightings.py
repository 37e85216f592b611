"""Which witness is heard, and what each can say: bills, quantiles, CPU time, starts, memory."""

import math
from dataclasses import replace

import numpy as np
import pytest
from gate_versions import MEMORY_MB, PRICES

from tuner.gate import Answer, Block, Metric, Pair, Witness, read_rules
from tuner.gate.judging import judge, witness_to_hear
from tuner.gate.samples import PairedSamples
from tuner.gate.sightings import Look, Sighting, change_seen
from tuner.records import Excluded, Invocation, Outcome


def call(duration_ms, *, cpu_ms=None, memory_mb=MEMORY_MB, used_mb=90, **known):
    return Invocation(
        memory_mb,
        Outcome.OK,
        duration_ms,
        math.ceil(duration_ms),
        cpu_time_ms=cpu_ms,
        max_memory_used_mb=used_mb,
        **known,
    )


def blocks_of(baseline, contender, *, inits=(300.0, 300.0), size=5, used_mb=(90, 90), **known):
    """Blocks of pairs with these durations [ms], and each version's init duration."""
    rng = np.random.default_rng(0)
    blocks = []
    for n in range(0, len(baseline), size):
        noise = np.exp(rng.normal(0, 0.02, 2))
        started = Pair(
            *(call(100.0, init_duration_ms=ms * factor) for ms, factor in zip(inits, noise, strict=True))
        )
        pairs = tuple(
            Pair(call(b, used_mb=used_mb[0], **known), call(c, used_mb=used_mb[1], **known))
            for b, c in zip(baseline[n : n + size], contender[n : n + size], strict=True)
        )
        blocks.append(Block(started, pairs))
    return blocks


def durations(n=60, *, seed=0, cv=0.1, factor=1.0):
    return 200 * factor * np.exp(np.random.default_rng(seed).normal(0, cv, n))


def look_at(blocks, level=0.05):
    return Look(PairedSamples(blocks, 5, PRICES), level, PRICES)


def seen(metric, blocks):
    look = look_at(blocks)
    return change_seen(metric, look.samples.of(metric), look)


def judged(rule, blocks):
    name, text = rule
    return judge(read_rules(fail={name: text}, warn={}).rules[0], look_at(blocks))


def test_a_bill_is_the_plain_mean_of_all_calls_with_their_requests():
    contender = np.full(60, 200.0)
    contender[11] = 3200.0
    found = judged(("cost", "10%"), blocks_of(np.full(60, 200.0), contender))
    request, millisecond = float(PRICES.request) * 1e6, float(PRICES.millisecond(MEMORY_MB)) * 1e6
    assert pytest.approx(200 * millisecond + request) == found.baseline
    assert pytest.approx(250 * millisecond + request) == found.contender
    assert pytest.approx(found.contender / found.baseline - 1) == found.change.estimate
    assert Answer.INCONCLUSIVE == found.answer  # one slow call may be chance, and is not trimmed


def test_a_few_quiet_calls_do_not_prove_that_there_is_no_slow_tail():
    few, many = (judged(("cost", "5%"), blocks_of(np.full(n, 200.0), np.full(n, 200.0))) for n in (20, 120))
    assert Answer.INCONCLUSIVE == few.answer
    assert Answer.PASS == many.answer


@pytest.mark.parametrize("metric", [Metric.P50, Metric.P95])
def test_a_quantile_moves_with_the_bulk_while_the_shape_stays(metric):
    blocks = blocks_of(durations(120), durations(120, seed=1, factor=1.2))
    quietest, *_, itself = seen(metric, blocks)
    assert Witness.TYPICAL_DURATION == quietest.witness
    assert Witness.DURATION == itself.witness
    assert quietest.low < math.log(1.2) < quietest.high
    assert itself.low < math.log(1.2) < itself.high


def test_the_bulk_does_not_speak_for_a_tail_of_which_nothing_was_seen():
    few = blocks_of(durations(25), durations(25, seed=1))
    assert [Witness.DURATION] == [s.witness for s in seen(Metric.P95, few)]
    assert Answer.INCONCLUSIVE == judged(("p95", "20%"), few).answer


def test_a_tail_that_has_grown_is_not_acquitted_by_the_bulk():
    contender = durations(120, seed=1)
    contender[::8] *= 3.0
    blocks = blocks_of(durations(120), contender)
    assert Answer.PASS == judged(("p50", "20%"), blocks).answer
    assert Answer.PASS != judged(("p95", "20%"), blocks).answer


def test_the_quietest_witness_is_heard_only_on_the_side_of_the_metric_itself():
    quiet, loud = Sighting(Witness.CPU_TIME, 0.01, 0.0, 0.02), Sighting(Witness.DURATION, 0.3, -0.2, 0.8)
    assert loud is witness_to_hear((quiet, loud), line=0.1)
    assert quiet is witness_to_hear((quiet, replace(loud, value=0.05)), line=0.1)


def with_cpu(baseline_cpu, contender_cpu, *, waits=(0.0, 0.0), noise=0.25, memory_mb=MEMORY_MB):
    """Pairs on a busy machine: durations scatter, CPU time hardly does."""
    share = min(1.0, memory_mb / 1769)
    rng = np.random.default_rng(3)

    def one(cpu, wait):
        used = cpu * math.exp(rng.normal(0, 0.01))
        held_up = math.exp(abs(rng.normal(0, noise)))
        return call((wait + used / share) * held_up, cpu_ms=used, memory_mb=memory_mb)

    started = Pair(call(100.0, memory_mb=memory_mb), call(100.0, memory_mb=memory_mb))
    pairs = [Pair(one(baseline_cpu, waits[0]), one(contender_cpu, waits[1])) for _ in range(60)]
    return [Block(started, tuple(pairs[n : n + 5])) for n in range(0, 60, 5)]


def test_cpu_time_is_the_witness_where_durations_are_disturbed():
    found = judged(("p50", "5%"), with_cpu(50.0, 60.0))
    assert (Answer.REGRESSION, Witness.CPU_TIME) == (found.answer, found.witness)
    assert 0.2 == pytest.approx(found.change.estimate, abs=0.02)
    assert "cpu_time" == str(found.witness)


def test_cpu_time_counts_as_the_part_of_the_duration_that_it_is():
    found = judged(("p50", "30%"), with_cpu(50.0, 75.0, waits=(173.0, 173.0)))
    assert (Answer.PASS, Witness.CPU_TIME) == (found.answer, found.witness)
    assert 0.25 == pytest.approx(found.change.estimate, abs=0.04)


def test_cpu_time_does_not_acquit_a_function_that_now_waits():
    found = judged(("p50", "10%"), with_cpu(50.0, 50.0, waits=(0.0, 100.0), noise=0.1))
    assert Witness.CPU_TIME != found.witness
    assert Answer.REGRESSION == found.answer


def test_cpu_time_is_not_heard_where_it_scatters_as_much():
    assert Witness.CPU_TIME not in {s.witness for s in seen(Metric.P50, with_cpu(50.0, 60.0, noise=0.0))}


def test_cpu_time_is_not_heard_between_two_memory_sizes():
    blocks = [
        replace(b, started=replace(b.started, contender=call(100.0, memory_mb=1024)))
        for b in with_cpu(50.0, 60.0)
    ]
    assert Witness.CPU_TIME not in {s.witness for s in seen(Metric.P50, blocks)}


def test_init_is_compared_between_environments():
    steady = durations(60, cv=0.05)
    found = judged(("init", "20% and 50ms"), blocks_of(steady, steady, inits=(300.0, 450.0)))
    assert (Answer.REGRESSION, 12) == (found.answer, found.count)
    assert 0.5 == pytest.approx(found.change.estimate, abs=0.05)


def test_a_start_from_a_snapshot_counts_as_a_start():
    blocks = [
        replace(
            b, started=Pair(*(replace(c, init_duration_ms=None, restore_duration_ms=80.0) for c in b.started))
        )
        for b in blocks_of(durations(), durations(seed=1))
    ]
    assert 80.0 == judged(("init", "20%"), blocks).baseline


def test_memory_is_the_peak_of_an_environment_and_is_rounded():
    found = judged(("max_memory", "10%"), blocks_of(durations(), durations(seed=1), used_mb=(200, 240)))
    assert (Answer.REGRESSION, 200, 240) == (found.answer, found.baseline, found.contender)
    assert found.change.low < 0.2 < found.change.high


@pytest.mark.parametrize(
    ("name", "limit", "answer"),
    [
        ("p50", "150ms", Answer.REGRESSION),
        ("p50", "250ms", Answer.PASS),
        ("p50", "200ms", Answer.INCONCLUSIVE),
        ("p95", "400ms", Answer.PASS),
        ("cost", "$1.50", Answer.REGRESSION),
        ("cost", "$4.00", Answer.PASS),
        ("init", "1s", Answer.PASS),
        ("init", "200ms", Answer.REGRESSION),
        ("max_memory", "64MB", Answer.REGRESSION),
        ("max_memory", "400MB", Answer.PASS),
    ],
)
def test_a_budget_is_kept_or_not_by_the_contender_alone(name, limit, answer):
    rules = read_rules(fail={}, warn={}, budget={name: limit})
    found = judge(rules.rules[0], look_at(blocks_of(durations(200), durations(200, seed=1))))
    assert answer == found.answer, found.reason
    assert found.value.low <= found.value.estimate <= found.value.high


def test_a_budget_that_the_baseline_broke_already_says_so():
    rules = read_rules(fail={}, warn={}, budget={"p50": "150ms"})
    found = judge(rules.rules[0], look_at(blocks_of(durations(), durations(seed=1))))
    assert found.reason.endswith("was above it already")


def test_warm_ups_and_cold_calls_are_no_samples():
    blocks = blocks_of(durations(), durations(seed=1), excluded=Excluded.WARM_UP)
    assert Answer.NOT_COMPARABLE == judged(("p50", "5%"), blocks).answer


def test_two_environments_are_too_few_to_judge():
    found = judged(("p50", "5%"), blocks_of(durations(10), durations(10, seed=1)))
    assert (Answer.INCONCLUSIVE, "too few calls to judge p50") == (found.answer, found.reason)
