"""The history: lines that are appended whole, read with distrust, and never rewritten."""

from __future__ import annotations

import json
import multiprocessing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import tuner
from tuner.errors import UsageError
from tuner.history import HISTORY_FILE, append_entry, entry_document, entry_of, read_history
from tuner.records import TuningResult


@pytest.fixture(scope="module")
def result() -> TuningResult:
    return tuner.tune(
        "model:mixed", memory_sizes=[256, 512, 1024], invocations=4, payload={"secret": "hunter2"}
    )


def test_what_is_appended_is_read_back(result: TuningResult, tmp_path: Path) -> None:
    entry = entry_of(result, "1a2b3c")
    assert entry is not None
    append_entry(entry, tmp_path)
    append_entry(entry, tmp_path)

    history = read_history(tmp_path)
    assert (entry, entry) == history.entries
    assert () == history.warnings
    assert (entry, entry) == history.of("mixed") == history.of("model:mixed")
    assert () == history.of("other")


def test_an_entry_says_what_was_recommended_and_under_which_conditions(result: TuningResult) -> None:
    entry = entry_of(result, "1a2b3c")
    assert entry is not None
    assert result.recommendation.candidate.memory_mb == entry.memory_mb
    assert result.recommendation.candidate.duration_ms == entry.duration_ms
    assert ("x86_64", "us-east-1") == (entry.conditions["architecture"], entry.conditions["region"])
    assert 64 == len(str(entry.conditions["payload_sha256"]))
    assert "hunter2" not in json.dumps(entry_document(entry))


def test_a_torn_last_line_is_left_out_and_does_not_tear_the_next(
    result: TuningResult, tmp_path: Path
) -> None:
    entry = entry_of(result, None)
    assert entry is not None
    append_entry(entry, tmp_path)
    path = tmp_path / HISTORY_FILE
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:100])
    assert 1 == len(read_history(tmp_path).entries)

    append_entry(entry, tmp_path)
    history = read_history(tmp_path)
    assert 2 == len(history.entries)
    assert "line 2 of" in history.warnings[0].message
    assert path.read_bytes() == whole + whole[:100] + b"\n" + whole


HOSTILE: list[Any] = [
    "",
    "null",
    "[]",
    "3",
    "{}",
    "\xff\xfe",
    "[" * 50_000,
    {"schema_version": 2},
    {"memory_mb": 64},
    {"memory_mb": "512"},
    {"memory_mb": 1e308},
    {"created_at": "yesterday"},
    {"created_at": "2026-10-01T00:00:00"},
    {"function": 3},
    {"function": "x" * 5_000},
    {"duration_ms": None},
    {"duration_ms": {"mean": 1}},
    {"cost_usd_per_million": {"mean": -1, "low": 1, "high": 1}},
    {"cost_usd_per_million": {"mean": float("nan"), "low": 1, "high": 1}},
    {"cost_usd_per_million": {"mean": float("inf"), "low": 1, "high": 1}},
    {"conditions": {"a": [1]}},
    {"conditions": []},
    {"commit": {"x": 1}},
]


@pytest.mark.parametrize("bad", HOSTILE, ids=[str(n) for n in range(len(HOSTILE))])
def test_a_foreign_line_is_left_out_with_a_warning(bad: Any, result: TuningResult, tmp_path: Path) -> None:
    entry = entry_of(result, None)
    assert entry is not None
    line = bad if isinstance(bad, str) else json.dumps({**entry_document(entry), **bad})
    (tmp_path / HISTORY_FILE).write_text(f"{line}\n", encoding="latin-1")
    append_entry(entry, tmp_path)

    history = read_history(tmp_path)
    assert (entry,) == history.entries
    assert bool(bad) == bool(history.warnings)


def test_only_some_of_many_bad_lines_are_named(tmp_path: Path) -> None:
    (tmp_path / HISTORY_FILE).write_text("bad\n" * 40)
    (warning,) = read_history(tmp_path).warnings
    assert "lines 1, 2, 3, 4, 5 and 35 more of" in warning.message


def test_entries_are_ordered_by_their_time_as_lines_of_merged_branches_may_not_be(
    result: TuningResult, tmp_path: Path
) -> None:
    entry = entry_of(result, None)
    assert entry is not None
    times = ["2026-10-03T00:00:00+00:00", "2026-10-01T00:00:00+00:00", "2026-10-02T12:00:00+09:00"]
    for created_at in times:
        append_entry(replace(entry, created_at=created_at), tmp_path)
    assert [times[1], times[2], times[0]] == [e.created_at for e in read_history(tmp_path).entries]


def test_no_history_is_a_usage_error_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no history") as caught:
        read_history(tmp_path)
    assert "tuner run" in (caught.value.hint or "")


def test_a_folder_in_its_place_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / HISTORY_FILE).mkdir()
    with pytest.raises(UsageError, match="cannot read"):
        read_history(tmp_path)


def _append_many(folder: Path, entry: Any) -> None:
    for _ in range(50):
        append_entry(entry, folder)


def test_runs_that_end_together_do_not_tear_each_others_lines(result: TuningResult, tmp_path: Path) -> None:
    entry = entry_of(result, None)
    assert entry is not None
    context = multiprocessing.get_context("fork")
    writers = [
        context.Process(target=_append_many, args=(tmp_path, replace(entry, function=f"f{n}")))
        for n in range(4)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    history = read_history(tmp_path)
    assert () == history.warnings
    assert [50] * 4 == [len(history.of(f"f{n}")) for n in range(4)]
