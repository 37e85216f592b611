"""The two versions that a gate compares, each opened where it is: in the tree, a revision, a file, on AWS."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from cost_models.errors import CostModelError
from tuner.analysis import weigh
from tuner.errors import MeasurementError, NothingToCompareError, UsageError
from tuner.gate.result import Version
from tuner.gating.baseline import BASELINE_FILE, read_baseline
from tuner.gating.best_size import OnSearch, best_size, search, shared_size
from tuner.gating.options import GateOptions
from tuner.gating.revisions import checked_out, current_commit, usual_base
from tuner.options import RunOptions
from tuner.platforms.base import Platform, TargetDescription
from tuner.platforms.recorded import RecordedPlatform
from tuner.platforms.registry import open_platform
from tuner.recommend import Evidence
from tuner.runfile import load_run
from tuner.settings import Settings, Target
from tuner.timeout import recommend_timeout

SETUP_TIMEOUT_S = 900
_SEED_STEP = 1_000_003


@dataclass(frozen=True, slots=True)
class Opponent:
    """One version, ready to be measured; `searched` is what its best size was found by."""

    platform: Platform
    version: Version
    searched: Evidence | None = None

    @property
    def recorded(self) -> bool:
        """Whether it was measured before, and nothing of it is invoked now."""
        return isinstance(self.platform, RecordedPlatform)

    @property
    def description(self) -> TargetDescription:
        """What its platform says of it."""
        return self.platform.describe()


@contextmanager
def open_contender(settings: Settings, options: GateOptions, observer: OnSearch) -> Iterator[Opponent]:
    """The target as it stands. Raises `UsageError` where it, or its memory size, is not known."""
    with _opened(settings.target, settings, options, "working tree", observer) as opponent:
        yield opponent


@contextmanager
def open_baseline(settings: Settings, options: GateOptions, observer: OnSearch) -> Iterator[Opponent]:
    """What the target is compared with: a file, a version on AWS, or a revision of its code.

    Raises:
        UsageError: what is named is no revision, file or version.
        NothingToCompareError: there is no baseline yet, or the revision has no such function.
        MeasurementError: the set-up of the revision failed.
    """
    target, against = settings.target, options.against
    settings = other_seed(settings, 1)
    path = target.root / (against or BASELINE_FILE)
    if path.is_file() and (against is not None or target.scheme not in ("local", "command")):
        yield _recorded(path, settings, options)
    elif target.scheme == "aws":
        if against is None:
            raise _nothing_named(target)
        name = target.rest.partition(":")[0] if target.rest.count(":") < 2 else target.rest
        other = replace(target, spec=f"aws:{name}:{against}")
        with _opened(other, settings, options, against, observer) as opponent:
            yield opponent
    elif target.scheme == "replay":
        raise UsageError("a replay is no version of a function", "give --baseline and --contender")
    else:
        with checked_out(target.root, against or usual_base(target.root)) as revision:
            _set_up(options.setup, revision.root)
            there = replace(target, root=revision.root)
            with ExitStack() as opened:
                try:
                    opponent = opened.enter_context(
                        _opened(there, settings, options, revision.name, observer, commit=revision.commit)
                    )
                except (UsageError, CostModelError) as error:
                    raise NothingToCompareError(
                        f"{revision.name} has no such function: {error.message}", error.hint
                    ) from error
                yield opponent


@contextmanager
def _opened(
    target: Target,
    settings: Settings,
    options: GateOptions,
    name: str,
    observer: OnSearch,
    *,
    commit: str | None = None,
) -> Iterator[Opponent]:
    with open_platform(target, settings.options) as platform:
        searched = None
        if options.memory == "best":
            searched = search(platform, replace(settings, target=target), name, observer)
            memory_mb = best_size(searched)
        else:
            memory_mb = options.memory or _own_size(platform, settings)
        version = Version(name, memory_mb, commit or current_commit(target.root))
        yield Opponent(platform, version, searched)


def _own_size(platform: Platform, settings: Settings) -> int:
    current = platform.describe().current
    if current is None:
        raise UsageError(
            f"at which memory size '{settings.target.name}' runs is not known",
            "give --memory, or memory in tuner.toml",
        )
    return current.memory_mb


def at_shared_size(baseline: Opponent, contender: Opponent) -> tuple[Opponent, Opponent]:
    """Both at one size, where neither loses much by it; each at its own otherwise."""
    if baseline.searched is None or contender.searched is None:
        return baseline, contender
    size = shared_size(baseline.searched, contender.searched)
    if size is None:
        return baseline, contender
    return _at(baseline, size), _at(contender, size)


def with_timeout_of_best(settings: Settings, *opponents: Opponent) -> Settings:
    """Time enough at a best size for every version: today's timeout is that of today's size."""
    recommended = [
        recommend_timeout(each.version.memory_mb, each.searched.curve, each.searched.measurements).timeout_s
        for each in opponents
        if each.searched is not None
    ]
    if not recommended or settings.options.timeout is not None:
        return settings
    today = [current.timeout_s for each in opponents if (current := each.description.current) is not None]
    return replace(settings, options=replace(settings.options, timeout=max(recommended + today)))


def _at(opponent: Opponent, memory_mb: int) -> Opponent:
    platform = opponent.platform
    if isinstance(platform, RecordedPlatform):
        platform = RecordedPlatform(platform.measurements, memory_mb)
    return replace(opponent, platform=platform, version=replace(opponent.version, memory_mb=memory_mb))


def other_seed(settings: Settings, number: int) -> Settings:
    """The same settings with another seed: two cost models with one would be alike in their noise, too."""
    options = replace(settings.options, seed=settings.options.seed + number * _SEED_STEP)
    return replace(settings, options=options)


def _recorded(path: Path, settings: Settings, options: GateOptions) -> Opponent:
    """An entry of a baseline file, or a saved run."""
    function = settings.target.name
    entry = read_baseline(path, function) if path.suffix == ".json" and _is_baseline(path) else None
    if entry is None and _is_baseline(path):
        raise NothingToCompareError(
            f"'{path.name}' has no baseline for '{function}'", "write one with --update-baseline"
        )
    if entry is None:
        return open_saved(path, options, settings.options)
    version = Version(path.name, entry.memory_mb, entry.commit, entry.measured_at)
    return Opponent(RecordedPlatform(entry.measurements, entry.memory_mb), version)


def _is_baseline(path: Path) -> bool:
    with path.open(encoding="utf-8", errors="replace") as file:
        return '"functions"' in file.read(200)


def open_saved(path: Path, options: GateOptions, weighing: RunOptions) -> Opponent:
    """The calls of a saved run at one size: the one that is asked for, today's, or the most measured.

    "best" is what `weighing` recommends. Raises `RunFileError` for a file that is no run, `UsageError` for a
    size that is not in it.
    """
    measurements = load_run(path).measurements
    sizes = measurements.memory_sizes_mb
    today = measurements.current.memory_mb if measurements.current else None
    searched = None
    if options.memory == "best":
        searched = weigh(measurements, weighing)
        size = best_size(searched)
    else:
        most_measured = max(sizes, key=lambda size: len(measurements.warm(size)))
        size = options.memory or (today if today in sizes else most_measured)
    if size not in sizes:
        known = ", ".join(f"{each:,}" for each in sizes)
        raise UsageError(f"'{path}' has no call at {size:,} MB", f"its sizes are {known} MB")
    return Opponent(RecordedPlatform(measurements, size), Version(path.name, size), searched)


def _set_up(command: str | None, folder: Path) -> None:
    """What a revision needs before it can run, such as its dependencies."""
    if command is None:
        return
    try:
        subprocess.run(
            shlex.split(command),
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
            timeout=SETUP_TIMEOUT_S,
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        said = str(getattr(error, "stderr", "") or error).strip().splitlines()
        raise MeasurementError(
            f"the set-up of the other revision failed: {said[-1] if said else error}", "check --setup"
        ) from error


def _nothing_named(target: Target) -> NothingToCompareError:
    return NothingToCompareError(
        f"there is nothing to compare '{target.name}' with",
        f"name a version or alias (--against 25), or write {BASELINE_FILE} with --update-baseline",
    )
