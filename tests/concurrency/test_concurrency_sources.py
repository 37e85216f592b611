"""Drain times against hand calculation, and what each source says of a limit that is too low."""

import pytest

from tuner.concurrency.sources import Asynchronous, Queue, Stream, Synchronous, Work, outlook_of
from tuner.concurrency.sources.queue import poller_paces
from tuner.concurrency.sources.stream import blocked_s, iterator_age_growth


def said(outlook):
    return " ".join(outlook.findings + outlook.timeout_advice)


def test_the_earlier_sqs_rule_starts_at_5_and_adds_60_a_minute_up_to_1000():
    paces = poller_paces(Queue(earlier=True))
    assert [(0, 5), (60, 65), (120, 125)] == [(p.t_s, p.concurrency) for p in paces[:3]]
    assert (17 * 60, 1_000) == (paces[-1].t_s, paces[-1].concurrency)


def test_todays_sqs_rule_adds_300_a_minute_up_to_1250():
    assert [5, 305, 605, 905, 1_205, 1_250] == [p.concurrency for p in poller_paces(Queue())]


def test_maximum_concurrency_and_message_groups_cap_the_pollers():
    assert [5, 40] == [p.concurrency for p in poller_paces(Queue(maximum_concurrency=40))]
    assert [3] == [p.concurrency for p in poller_paces(Queue(maximum_concurrency=3))]
    assert [7] == [p.concurrency for p in poller_paces(Queue(message_groups=7))]
    assert [4] == [p.concurrency for p in poller_paces(Queue(message_groups=7, maximum_concurrency=4))]


def test_a_queue_drains_as_worked_by_hand():
    # 1 s a batch of 10: 50 messages a second in the first minute (3,000 done), 3,050 in the second.
    outlook = outlook_of(Queue(), Work(1e-9, 1_000, limit=1_000, backlog=3_000 + 30_500))
    assert 60 + 10 == pytest.approx(outlook.drain_s, rel=1e-6)


def test_arrivals_go_on_while_a_queue_drains():
    # 5 batches of 10 in 1 s take 50 a second, but 100 come: 3,000 more wait after the first minute.
    outlook = outlook_of(Queue(), Work(100, 1_000, limit=1_000, backlog=2_900))
    assert 60 + (2_900 + 3_000) / 2_950 == pytest.approx(outlook.drain_s)


def test_a_function_limit_below_the_pollers_is_named_with_its_remedy():
    outlook = outlook_of(Queue(), Work(10, 1_000, limit=100, backlog=1))
    assert 100 == outlook.paces[-1].concurrency
    assert "MaximumConcurrency to 100" in said(outlook)
    assert "MaximumConcurrency" not in said(
        outlook_of(Queue(maximum_concurrency=100), Work(10, 1_000, limit=100))
    )


def test_a_queue_that_cannot_keep_up_is_never_done():
    outlook = outlook_of(Queue(maximum_concurrency=2), Work(100, 1_000, limit=100, backlog=1))
    assert outlook.drain_s is None
    assert 10 == outlook.needed_concurrency
    assert "grows without end" in said(outlook)


@pytest.mark.parametrize(
    ("visibility_s", "advice"),
    [
        (None, "Set the visibility timeout to 185 s"),
        (20, "which AWS refuses"),
        (90, "Raise the visibility timeout from 90 s to 185 s"),
        (185, "of 185 s is long enough"),
    ],
)
def test_the_visibility_timeout_is_six_timeouts_and_the_window(visibility_s, advice):
    source = Queue(batch_window_s=5, visibility_timeout_s=visibility_s)
    assert advice in said(outlook_of(source, Work(10, 1_000, limit=10, timeout_s=30)))


def test_failed_messages_come_back_and_end_in_the_dead_letter_queue():
    outlook = outlook_of(Queue(maximum_receives=2), Work(10, 1_000, limit=2_000, failed_share=0.1))
    assert 1.1 == pytest.approx(outlook.needed_concurrency)  # 1 a second, and a tenth of them again
    assert "after 2 receives 1.0 % of the messages" in said(outlook)
    assert "maxReceiveCount from 2 to 5" in said(outlook)


def test_synchronous_callers_get_the_throttle():
    # Erlang B of 2 erlangs on 2 environments is 2/5.
    outlook = outlook_of(Synchronous(), Work(2, 1_000, limit=2, backlog=5))
    assert (2, None) == (outlook.needed_concurrency, outlook.drain_s)
    assert "40 % of the requests are throttled" in said(outlook)


def test_asynchronous_events_drain_with_what_the_arrivals_leave():
    # 100 environments of 1 s take 100 a second, 40 come: 60 of the backlog a second.
    outlook = outlook_of(Asynchronous(), Work(40, 1_000, limit=100, backlog=6_000))
    assert 100 == pytest.approx(outlook.drain_s)


def test_asynchronous_errors_are_tried_three_times():
    outlook = outlook_of(Asynchronous(), Work(100, 1_000, limit=1_000, failed_share=0.5, timeout_s=10))
    assert 175 == outlook.needed_concurrency  # 1 + 1/2 + 1/4
    assert "12 % of the events fail for good" in said(outlook)
    assert "3 timeouts of 10 s, 30 s in all" in said(outlook)


def test_asynchronous_events_grow_too_old():
    short = outlook_of(Asynchronous(), Work(100, 1_000, limit=80, backlog=10))
    assert short.drain_s is None
    assert "20 % of the events grow older than 6 h" in said(short)
    slow = outlook_of(Asynchronous(maximum_age_s=60), Work(1, 1_000, limit=2, backlog=100))
    assert 100 == pytest.approx(slow.drain_s)
    assert "its last events are dropped" in said(slow)


def test_a_stream_runs_one_execution_a_shard_times_its_factor():
    source = Stream(shards=4, parallelization_factor=5, batch_size=50)
    # 20 executions x 50 records in 2 s: 500 a second, of which 100 arrive anew.
    outlook = outlook_of(source, Work(100, 2_000, limit=100, backlog=4_000))
    assert (20, 10) == (outlook.paces[0].concurrency, outlook.drain_s)
    assert 4 == outlook.needed_concurrency
    assert "4 shards with a parallelization factor of 5: 20 executions at a time" in said(outlook)


def test_a_stream_that_does_not_keep_up_grows_old():
    source, work = Stream(shards=1, batch_size=100), Work(200, 1_000, limit=10)
    assert 0.5 == iterator_age_growth(source, work)
    assert "grows by 30 s a minute, and after 2 d records expire" in said(outlook_of(source, work))
    assert 0 == iterator_age_growth(source, Work(100, 1_000, limit=10))


def test_a_poison_record_blocks_its_shard():
    work = Work(10, 2_000, limit=10, timeout_s=30)
    assert 86_400 == blocked_s(Stream(), work)
    assert 8 == blocked_s(Stream(maximum_retries=3), work)
    assert "blocks its shard until it expires, 1 d" in said(outlook_of(Stream(), work))
    assert "holds its shard for 120 s" in said(outlook_of(Stream(maximum_retries=3), work))


def test_batches_of_a_stream_that_fail_are_tried_again():
    # Half of the batches run twice: 10 executions of 1 s take 10 x 100 / 1.5 records a second.
    source = Stream(shards=10, maximum_retries=1)
    outlook = outlook_of(source, Work(200, 1_000, limit=10, failed_share=0.5, backlog=1_400))
    assert 3 == outlook.needed_concurrency
    assert 3 == pytest.approx(outlook.drain_s)


def test_a_limit_below_the_shards_is_named():
    assert "may run only 5" in said(outlook_of(Stream(shards=8), Work(1, 100, limit=5)))
