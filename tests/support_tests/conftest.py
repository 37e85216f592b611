"""A fake with a clock that stands still, so that nothing here waits or depends on speed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from fake_lambda import FakeClock, FakeLambda
from fake_lambda_cases import ONCE, Open


@pytest.fixture
def open_fake() -> Iterator[Open]:
    """Starts a fake with the options given; ends it after the test."""
    with ExitStack() as stack:

        def start(**options: Any) -> FakeLambda:
            options.setdefault("clock", FakeClock(follow_real_time=False))
            options.setdefault("control_rate", None)
            return stack.enter_context(FakeLambda(**options))

        yield start


@pytest.fixture
def aws(open_fake: Open) -> FakeLambda:
    """A started fake with one function."""
    fake = open_fake()
    fake.add_function("my-func", memory_mb=512)
    return fake


@pytest.fixture
def client(aws: FakeLambda) -> Any:
    """A Lambda client that asks once only, so that an error is seen."""
    return aws.client("lambda", config=ONCE)
