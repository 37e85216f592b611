"""What a practice says of a function; its code and its source are the practice's own."""

from __future__ import annotations

from dataclasses import dataclass

from tuner.platforms.aws.doctor.findings import Severity


@dataclass(frozen=True, slots=True)
class Verdict:
    """How bad, in a sentence, and what to do."""

    severity: Severity
    message: str
    hint: str | None = None
