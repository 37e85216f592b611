"""The JSON document of a gate: what `tuner gate --json` prints.

Keys may be added, never repurposed; `schemas/gate.schema.json` describes them and is tested against output.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from tuner.document import SCHEMA_VERSION, finite
from tuner.gate import Finding, Range, Rule, Tally, Verdict
from tuner.gate.result import GateResult, Version
from tuner.reporting.gate.standing import standing_of, verdict_name
from tuner.reporting.gate.view import build_gate_view


def gate_document(result: GateResult) -> dict[str, Any]:
    """The result as JSON values; unknown, and a bound that nothing can be said of, is null."""
    view = build_gate_view(result)
    document = {
        "schema_version": SCHEMA_VERSION,
        "tool_version": result.tool_version,
        "created_at": result.created_at,
        "command": result.command,
        "function": result.function,
        "target": result.target,
        "platform": result.platform,
        "relative": result.relative,
        "verdict": verdict_name(result),
        "headline": view.answer,
        "advice": view.advice,
        "note": result.note,
        "comment_marker": view.marker,
        "baseline": _version(result.baseline) if result.baseline else None,
        "contender": _version(result.contender),
        "rules": [_rule(rule) for rule in result.rules.rules],
        "evidence": _evidence(result.verdict) if result.verdict else None,
        "acknowledged": asdict(result.acknowledged) if result.acknowledged else None,
        "baseline_written": result.baseline_written,
        "spent": {
            "invocations": result.spent.invocations,
            "cost_usd": result.spent.cost_usd,
            "seconds": result.spent.seconds,
        },
        "conditions": dict(result.conditions),
        "options": dict(result.options),
        "warnings": [asdict(warning) for warning in result.warnings],
    }
    return {key: finite(value) for key, value in document.items()}


def _version(version: Version) -> dict[str, Any]:
    return {
        "name": version.name,
        "commit": version.commit,
        "memory_mb": version.memory_mb,
        "measured_at": version.measured_at,
    }


def _rule(rule: Rule) -> dict[str, Any]:
    threshold = rule.threshold
    return {
        "metric": str(rule.metric),
        "severity": str(rule.severity),
        "fraction": threshold.fraction if threshold else None,
        "amount": threshold.amount if threshold else None,
        "limit": rule.limit,
        "text": str(rule),
    }


def _evidence(verdict: Verdict) -> dict[str, Any]:
    broken = verdict.broken
    return {
        "reasons": list(verdict.reasons),
        "findings": [_finding(finding, verdict) for finding in verdict.findings],
        "failures": {
            "baseline": _tally(verdict.failures.baseline),
            "contender": _tally(verdict.failures.contender),
        },
        "pairs": verdict.pairs,
        "confirmation_pairs": verdict.confirmation_pairs,
        "environments": verdict.environments,
        "noise": verdict.noise,
        "alarm_rate": verdict.alarm_rate,
        "ended_by": str(verdict.ended_by),
        "unusable": [str(side) for side in verdict.unusable],
        "broken": (
            {"version": str(broken.side), "message": broken.message, "hint": broken.hint} if broken else None
        ),
    }


def _finding(finding: Finding, verdict: Verdict) -> dict[str, Any]:
    return {
        **_measured(finding),
        "standing": standing_of(finding, verdict).name.lower(),
        "confirmation": _measured(finding.confirmation) if finding.confirmation else None,
    }


def _measured(finding: Finding) -> dict[str, Any]:
    """What one measurement says of a rule."""
    return {
        "rule": _rule(finding.rule),
        "answer": str(finding.answer),
        "decides": finding.decides,
        "reason": finding.reason,
        "count": finding.count,
        "baseline": finding.baseline,
        "contender": finding.contender,
        "change": _range(finding.change),
        "allowed": finding.allowed,
        "value": _range(finding.value),
        "witness": str(finding.witness) if finding.witness else None,
        "noise": finding.noise,
        "visible": finding.visible,
    }


def _range(found: Range | None) -> dict[str, float] | None:
    return asdict(found) if found else None


def _tally(tally: Tally) -> dict[str, Any]:
    return {
        "calls": tally.calls,
        "outcomes": {str(outcome): count for outcome, count in tally.outcomes.items()},
        "said": tally.said,
    }
