"""Threads that work side by side, and stop together."""

import threading
import time

import pytest

from tuner.measure.lanes import in_lanes


def test_every_item_is_worked_on_once_on_no_more_lanes_than_allowed():
    done, busy, most = [], 0, 0
    lock = threading.Lock()

    def work(item):
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        time.sleep(0.01)
        with lock:
            busy -= 1
            done.append(item)

    in_lanes(work, range(9), 3)
    assert set(range(9)) == set(done)
    assert 9 == len(done)
    assert 2 <= most <= 3


def test_one_lane_is_this_very_thread():
    threads = []
    in_lanes(lambda _: threads.append(threading.current_thread()), range(3), 1)
    assert {threading.current_thread()} == set(threads)


def test_the_first_error_is_raised_and_nothing_further_is_begun():
    begun = []

    def work(item):
        begun.append(item)
        if item == 1:
            raise ValueError("one")
        time.sleep(0.02)

    with pytest.raises(ValueError, match="one"):
        in_lanes(work, range(50), 2)
    assert len(begun) < 10
