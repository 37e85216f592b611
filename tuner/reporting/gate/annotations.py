"""A result as workflow commands, which GitHub Actions shows beside the checks."""

from __future__ import annotations

from tuner.gate.result import GateResult
from tuner.reporting.gate.concerns import concerns_of
from tuner.reporting.wording import clean


def github_annotations(result: GateResult) -> tuple[str, ...]:
    """Lines such as `::error title=tuner gate%3A my-func::cost +12 % ...`, to be printed each on its own."""
    title = _property(f"tuner gate: {clean(result.function)}")
    return tuple(f"::{c.level} title={title}::{_data(c.message)}" for c in concerns_of(result))


def _data(text: str) -> str:
    """The percent sign first, as the others are written with it."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
