"""What the answer to other wishes would follow from, cut out of the evidence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tuner.landscape import Choice, Landscape, Rules
from tuner.recommend.candidates import build_candidates
from tuner.recommend.eligible import LIKELY, SURE
from tuner.recommend.evidence import Evidence
from tuner.recommend.reasons import compare_with_current
from tuner.recommend.strategies import BOUND, KEEP_CURRENT, WORTH
from tuner.records import Candidate

RULES = Rules(worth=WORTH, regret_bound=BOUND, keep_current=KEEP_CURRENT, sure=SURE, likely=LIKELY)


def survey(evidence: Evidence, rows: Sequence[Candidate]) -> Landscape:
    """The sizes that some wish could make the answer; `rows` are the candidates that are there already."""
    evaluation, current = evidence.evaluation, evidence.measurements.current
    columns = np.flatnonzero(evidence.acceptable).tolist()
    by_size = {row.memory_mb: row for row in rows}
    missing = {int(evaluation.memory_mb[c]) for c in columns if evidence.can_be_answers[c]} - set(by_size)
    by_size |= {row.memory_mb: row for row in build_candidates(missing, evidence)}
    today_row = by_size.get(current.memory_mb) if current else None
    return Landscape(
        memory_mb=tuple(int(evaluation.memory_mb[c]) for c in columns),
        duration_ms=evaluation.duration_ms[:, columns],
        cost_usd=evaluation.cost_usd[:, columns],
        quantile_ratio=evaluation.quantile_ratio,
        choices=tuple(
            _choice(by_size[int(evaluation.memory_mb[c])], c, evidence)
            if evidence.can_be_answers[c]
            else None
            for c in columns
        ),
        today=columns.index(evidence.today) if evidence.today in columns else None,
        today_billed_ms=_billed_ms(today_row, evidence) if today_row else None,
        rejected={
            size: evidence.rejected[size]
            for column, size in enumerate(evaluation.memory_mb.tolist())
            if size in evidence.rejected and not evidence.acceptable[column]
        },
        options=evidence.options,
        prices=evidence.prices,
        rules=RULES,
    )


def _choice(row: Candidate, column: int, evidence: Evidence) -> Choice:
    change, _ = compare_with_current(column, evidence)
    return Choice(row, _billed_ms(row, evidence), change)


def _billed_ms(row: Candidate, evidence: Evidence) -> float | None:
    """As measured; of a size that is read from the curve as the curve has it."""
    column = evidence.evaluation.position(row.memory_mb)
    if row.billed_duration_mean_ms is not None or row.cost_usd_per_million is None or column is None:
        return row.billed_duration_mean_ms
    return None if row.invocations else float(evidence.evaluation.billed_ms[:, column].mean())
