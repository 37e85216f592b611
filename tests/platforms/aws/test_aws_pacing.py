"""The rate of control-plane calls, of one process and of many."""

import time

import pytest

from tuner.platforms.aws.api import Api
from tuner.platforms.aws.connection import Connection
from tuner.platforms.aws.pacing import TokenBucket, paced


class Clock:
    """Time that passes by sleeping only."""

    def __init__(self):
        self.now_s = 100.0

    def now(self):
        return self.now_s

    def sleep(self, seconds):
        self.now_s += seconds


@pytest.fixture
def clock():
    return Clock()


def test_a_bucket_gives_its_rate_and_half_a_second_of_it_at_once(clock):
    bucket = TokenBucket(10, clock=clock.now, sleep=clock.sleep)
    at = []
    for _ in range(26):
        bucket.take()
        at.append(clock.now_s - 100)
    assert 6 == sum(second == 0 for second in at)
    assert 2.0 == pytest.approx(at[-1])
    assert all(sum(begin <= second < begin + 0.999 for second in at) <= 15 for begin in at)


def test_a_pause_earns_no_more_than_the_burst(clock):
    bucket = TokenBucket(10, clock=clock.now, sleep=clock.sleep)
    clock.sleep(3600)
    for _ in range(16):
        bucket.take()
    assert 3600 + 1.0 == pytest.approx(clock.now_s - 100)


def test_every_client_of_an_account_and_region_waits_where_a_pace_is_in_force(aws):
    apis = [Api(Connection(endpoint_url=aws.endpoint_url)) for _ in range(2)]
    for api in apis:
        api.call("ListFunctions")
    began = time.monotonic()
    with paced(5.0):  # 50 a second, 25 at once
        for number in range(50):
            apis[number % 2].call("ListFunctions")
    assert time.monotonic() - began > 0.4
