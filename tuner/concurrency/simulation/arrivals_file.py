"""The arrivals of a profile: five shapes, two of them from files."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuner.concurrency.simulation.arrivals import (
    DAY_S,
    Arrivals,
    PoissonArrivals,
    burst,
    constant,
    diurnal,
    recorded,
)
from tuner.concurrency.simulation.section import Section
from tuner.errors import SettingsError, UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE_MAX = 1e6
CSV_ROWS_MAX = 5_000_000
STEPS_MAX = 100_000
LOGS_MAX_S = 366 * DAY_S
CSV_BYTES_MAX = 256 * 1024 * 1024

_KEYS: Mapping[str, tuple[str, ...]] = {
    "constant": ("requests_per_second",),
    "burst": ("requests_per_second", "burst_requests_per_second", "burst_start", "burst_duration"),
    "diurnal": ("trough_requests_per_second", "peak_requests_per_second", "peak_at"),
    "csv": ("file",),
    "logs": ("path", "function", "start"),
}

LogReader = Callable[[Path, str], "NDArray[np.float64]"]
"""When the calls of a function began [s], out of a file or folder of logs."""


def read_arrivals(
    values: Any, where: str, name: str, *, seconds: float, folder: Path, read_logs: LogReader | None
) -> Arrivals:
    """The arrivals of the function `name` in a table of a profile that lasts so long.

    Files are found from `folder`.
    """
    every = ("shape", *dict.fromkeys(key for keys in _KEYS.values() for key in keys))
    shape = Section(values, where, every).choice("shape", _KEYS)
    section = Section(values, f"{where} ({shape})", ("shape", *_KEYS[shape]))

    def rate(key: str) -> float:
        return section.number(key, 0, RATE_MAX)

    match shape:
        case "constant":
            return constant(rate("requests_per_second"))
        case "burst":
            return burst(
                rate("requests_per_second"),
                rate("burst_requests_per_second"),
                start_s=section.seconds("burst_start", 0, seconds),
                length_s=section.seconds("burst_duration", 0.001, seconds),
            )
        case "diurnal":
            trough, peak = rate("trough_requests_per_second"), rate("peak_requests_per_second")
            if trough > peak:
                raise section.fail("the trough is above the peak")
            peak_at_s = section.seconds("peak_at", 0, DAY_S)
            return diurnal(trough, peak, peak_at_s=peak_at_s, seconds=seconds)
        case "logs":
            if read_logs is None:
                raise section.fail("nothing here can read logs")
            times_s = read_logs(folder / section.text("path"), section.text("function", name))
            return recorded(times_s - section.seconds("start", 0, LOGS_MAX_S, 0.0))
        case _:
            return read_csv(folder / section.text("file"))


def read_csv(path: Path) -> Arrivals:
    """Arrivals from a CSV file with a header.

    `t_s,requests_per_second` are rates, each from its time on; `t_s` alone are requests, one a row.
    """
    try:
        if path.stat().st_size > CSV_BYTES_MAX:
            raise UsageError(f"'{path}' is larger than {CSV_BYTES_MAX // 1024**2} MB")
        with path.open(encoding="utf-8", newline="") as stream:
            return _parse_csv(csv.reader(stream), str(path))
    except OSError as error:
        raise UsageError(f"cannot read the arrivals '{path}': {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise SettingsError(f"'{path}' is no CSV file: {error}") from error


def _parse_csv(rows: Any, source: str) -> Arrivals:
    header = [cell.strip() for cell in next(rows, [])]
    if header not in (["t_s"], ["t_s", "requests_per_second"]):
        raise SettingsError(
            f"{source}: the header is {','.join(header)[:100]!r}",
            "write t_s,requests_per_second or t_s alone",
        )
    columns: list[list[float]] = [[] for _ in header]
    for line, row in enumerate(rows, start=2):
        if not row:
            continue
        if len(row) != len(header) or line > CSV_ROWS_MAX:
            raise SettingsError(f"{source}, line {line}: expected {len(header)} numbers")
        for column, cell in zip(columns, row, strict=True):
            column.append(_number(cell, f"{source}, line {line}"))
    if not columns[0]:
        raise SettingsError(f"{source} has no rows")
    if len(columns) == 1:
        return recorded(columns[0])
    return _steps(*columns, source=source)


def _steps(times: list[float], rates: list[float], *, source: str) -> PoissonArrivals:
    if any(later <= earlier for earlier, later in pairwise(times)):
        raise SettingsError(f"{source}: the times do not ascend")
    if len(rates) > STEPS_MAX:
        raise SettingsError(f"{source} has more than {STEPS_MAX:,} rates", "write longer steps")
    if max(rates) > RATE_MAX:
        raise SettingsError(f"{source}: a rate is above {RATE_MAX:,.0f} requests a second")
    if times[0] > 0:
        times, rates = [0.0, *times], [0.0, *rates]
    return PoissonArrivals(tuple(times), tuple(rates))


def _number(cell: str, where: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not 0 <= value < 1e12:
        raise SettingsError(f"{where}: {cell[:40]!r} is not a number of at least 0")
    return value
