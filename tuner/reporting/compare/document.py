"""A comparison as one JSON document; `schemas/compare.schema.json` describes it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import tuner
from tuner.comparison import Comparison, Contrast, Difference, NamedRun
from tuner.document import SCHEMA_VERSION, finite, to_document
from tuner.records import Estimate


def compare_document(comparison: Comparison) -> dict[str, Any]:
    """The runs as `tuner run --json` prints them, and each against the first; changes are fractions."""
    document: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "tool_version": tuner.__version__,
        "runs": [_run(run) for run in comparison.runs],
        "contrasts": [_contrast(comparison, contrast) for contrast in comparison.contrasts],
        "disagreements": [{"key": d.key, "values": list(d.values)} for d in comparison.disagreements],
        "warnings": [asdict(warning) for warning in comparison.warnings],
    }
    return {key: finite(value) for key, value in document.items()}


def _run(run: NamedRun) -> dict[str, Any]:
    return {"name": run.name, **to_document(run.result)}


def _contrast(comparison: Comparison, contrast: Contrast) -> dict[str, Any]:
    return {
        "run": contrast.run.name,
        "against": comparison.first.name,
        "recommended": _difference(contrast.recommended),
        "sizes": [_difference(each) for each in contrast.sizes],
    }


def _difference(found: Difference) -> dict[str, Any]:
    return {
        "memory_mb": found.after.memory_mb,
        "against_memory_mb": found.before.memory_mb,
        "duration_change": _change(found.duration),
        "cost_change": _change(found.cost),
    }


def _change(change: Estimate | None) -> dict[str, float] | None:
    return None if change is None else asdict(change)
