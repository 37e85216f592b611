"""What a check says: how bad it is, in a sentence, with what to do and the page that it rests on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is, in ascending order; only an error means that something does not work."""

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


class Group(StrEnum):
    """What a finding is about, in the order in which groups are shown."""

    SETUP = "setup"
    PERMISSIONS = "permissions"
    FUNCTION = "function"
    CALL = "first_call"
    PRACTICES = "practices"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. `source` is the address of the page that it rests on."""

    group: Group
    code: str
    severity: Severity
    message: str
    hint: str | None = None
    source: str | None = None


def worst(findings: Iterable[Finding]) -> Severity:
    """The worst severity among findings; ok where there are none."""
    order = list(Severity)
    return max((finding.severity for finding in findings), key=order.index, default=Severity.OK)


def lambda_guide(page: str) -> str:
    """The address of a page of the Lambda Developer Guide."""
    return f"https://docs.aws.amazon.com/lambda/latest/dg/{page}.html"
