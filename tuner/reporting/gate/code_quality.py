"""A result as the code quality report that GitLab shows in a merge request."""

from __future__ import annotations

import hashlib
import json

from tuner.gate.result import GateResult
from tuner.reporting.gate.concerns import Concern, Level, concerns_of
from tuner.reporting.wording import clean

_SEVERITIES = {Level.ERROR: "major", Level.WARNING: "minor", Level.NOTICE: "info"}
_LOCATION = {"path": "tuner.toml", "lines": {"begin": 1}}
"""Where functions and rules are written; a report without a file is refused."""


def gitlab_code_quality(result: GateResult) -> str:
    """A JSON list with an entry for each concern; `[]` for a plain pass."""
    entries = [_entry(result, concern) for concern in concerns_of(result)]
    return json.dumps(entries, indent=2) + "\n"


def _entry(result: GateResult, concern: Concern) -> dict[str, object]:
    return {
        "description": f"{clean(result.function)}: {concern.message}",
        "check_name": "tuner gate",
        "fingerprint": _fingerprint(result.function, concern.about),
        "severity": _SEVERITIES[concern.level],
        "location": _LOCATION,
    }


def _fingerprint(function: str, about: str) -> str:
    """The same for the same concern in the next run, whatever its numbers."""
    identity = f"{function}\0{about}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(identity).hexdigest()
