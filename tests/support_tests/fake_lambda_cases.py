"""What the tests of the fake share."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from fake_lambda import FakeLambda

Open = Callable[..., FakeLambda]

ONCE = Config(retries={"total_max_attempts": 1})
UNCHECKED = ONCE.merge(Config(parameter_validation=False))


@contextmanager
def refused(code: str, status: int, match: str | None = None) -> Iterator[None]:
    """The block ends in this error of the service."""
    with pytest.raises(ClientError, match=match) as caught:
        yield
    answer = caught.value.response
    assert (code, status) == (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"])


def plain(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what botocore adds."""
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def log_of(answer: dict[str, Any]) -> str:
    """The log tail of an invocation."""
    return base64.b64decode(answer["LogResult"]).decode()


def report_of(log: str) -> dict[str, str]:
    """The fields of the REPORT line."""
    line = next(line for line in log.splitlines() if line.startswith("REPORT "))
    fields = line.removeprefix("REPORT ").split("\t")
    return dict(field.split(": ") for field in fields if field)
