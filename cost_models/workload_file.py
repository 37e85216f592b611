"""Workloads as TOML: the same file describes one to users, tests, demos and benchmarks.

`catalog/` holds the named ones. Parsing is strict: an unknown key or a number out of range is refused.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from cost_models.errors import WorkloadError, did_you_mean
from cost_models.workload import Noise, PhysicalDuration, PointsDuration, Workload

_TABLES: Mapping[str, tuple[str, ...]] = {
    "duration": ("points", "io_ms", "cpu_ms", "parallel_fraction"),
    "noise": ("cv", "slow_share", "slow_factor"),
    "init": ("duration_ms",),
    "memory": ("used_mb",),
}
_TOP = ("name", "architecture", *_TABLES)


def catalog() -> tuple[str, ...]:
    """The names of the workloads that ship with the package."""
    folder = files("cost_models") / "catalog"
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")))


def load_workload(name_or_file: str, *, root: Path | None = None) -> Workload:
    """A workload by its catalog name or TOML file. Raises `WorkloadError` with what to mend."""
    if name_or_file.endswith(".toml"):
        path = (root or Path()) / name_or_file
        try:
            return parse_workload(path.read_text(encoding="utf-8"), source=str(path))
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise WorkloadError(f"cannot read the workload file '{path}': {reason}") from error
    if name_or_file not in catalog():
        raise WorkloadError(
            f"no workload named '{name_or_file}'",
            f"{did_you_mean(name_or_file, catalog())} (a file of your own ends in .toml)",
        )
    text = (files("cost_models") / "catalog" / f"{name_or_file}.toml").read_text(encoding="utf-8")
    return parse_workload(text, source=name_or_file)


def parse_workload(text: str, *, source: str) -> Workload:
    """A workload from TOML text; every key is known, every number in its range."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WorkloadError(f"{source} is not valid TOML: {error}") from error
    _refuse_unknown(data, _TOP, source)
    for table, keys in _TABLES.items():
        section = data.get(table, {})
        if not isinstance(section, dict):
            raise WorkloadError(f"{source}: [{table}] must be a table")
        _refuse_unknown(section, keys, f"{source} [{table}]")
    name = data.get("name")
    if not isinstance(name, str) or not name:
        raise WorkloadError(f"{source}: name is missing", 'add a line such as name = "image-resize"')
    architecture = data.get("architecture", "x86_64")
    if architecture not in ("x86_64", "arm64"):
        raise WorkloadError(f"{source}: architecture must be x86_64 or arm64, not {architecture!r}")
    noise = data.get("noise", {})
    init, memory = data.get("init", {}), data.get("memory", {})
    used_mb = _number(memory, "used_mb", source, high=10_240, default=None)
    return Workload(
        name=name,
        architecture=architecture,
        duration=_parse_duration(data.get("duration", {}), source),
        noise=Noise(
            cv=_number(noise, "cv", source, high=10, default=0.0) or 0.0,
            slow_share=_number(noise, "slow_share", source, high=1, default=0.0) or 0.0,
            slow_factor=_parse_slow_factor(noise, source),
        ),
        init_duration_ms=_number(init, "duration_ms", source, high=900_000, default=None),
        used_memory_mb=None if used_mb is None else math.ceil(used_mb),
    )


def _parse_duration(table: Mapping[str, Any], source: str) -> PointsDuration | PhysicalDuration:
    if "points" in table:
        if len(table) > 1:
            raise WorkloadError(f"{source} [duration]: give points, or io_ms and cpu_ms, not both")
        return PointsDuration(_parse_points(table["points"], source))
    if not table:
        raise WorkloadError(f"{source}: [duration] is missing", "give points, or io_ms and cpu_ms")
    where = f"{source} [duration]"
    physical = PhysicalDuration(
        io_ms=_number(table, "io_ms", where, high=900_000, default=0.0) or 0.0,
        cpu_ms=_number(table, "cpu_ms", where, high=900_000, default=0.0) or 0.0,
        parallel_fraction=_number(table, "parallel_fraction", where, high=1, default=0.0) or 0.0,
    )
    if physical.io_ms + physical.cpu_ms <= 0:
        raise WorkloadError(f"{where}: io_ms and cpu_ms are both zero")
    return physical


def _parse_slow_factor(noise: Mapping[str, Any], source: str) -> float | tuple[float, float]:
    """A number, or the two ends of a range."""
    given = noise.get("slow_factor", 1.0)
    ends = given if isinstance(given, list) and len(given) == 2 else [given, given]
    low, high = (
        _number({"slow_factor": end}, "slow_factor", source, low=1, high=1000, default=1.0) or 1.0
        for end in ends
    )
    if low > high:
        raise WorkloadError(f"{source}: slow_factor must be [low, high], not {given!r}")
    return (low, high) if isinstance(given, list) else low


def _parse_points(points: Any, source: str) -> tuple[tuple[float, float], ...]:
    where = f"{source} [duration] points"
    if not isinstance(points, list) or not points:
        raise WorkloadError(f"{where}: give a list of [memory MB, duration ms]")
    parsed: list[tuple[float, float]] = []
    for point in points:
        if not isinstance(point, list) or len(point) != 2:
            raise WorkloadError(f"{where}: {point!r} is not [memory MB, duration ms]")
        pair = {"memory": point[0], "duration": point[1]}
        memory = _number(pair, "memory", where, low=1, high=1e6, default=None)
        duration = _number(pair, "duration", where, low=1e-6, high=1e9, default=None)
        if memory is None or duration is None:
            raise WorkloadError(f"{where}: {point!r} is not [memory MB, duration ms]")
        parsed.append((memory, duration))
    parsed.sort()
    if len({memory for memory, _ in parsed}) < len(parsed):
        raise WorkloadError(f"{where}: a memory size appears twice")
    return tuple(parsed)


def _number(
    table: Mapping[str, Any], key: str, where: str, *, high: float, default: float | None, low: float = 0.0
) -> float | None:
    value = table.get(key, default)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise WorkloadError(f"{where}: {key} must be a number from {low:g} to {high:g}, not {value!r}")
    return float(value)


def _refuse_unknown(table: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    for key in table:
        if key not in known:
            raise WorkloadError(f"{where}: unknown key '{key}'", did_you_mean(key, known))
