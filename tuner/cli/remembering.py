"""What every command that measures adds to the history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuner.cli import output

if TYPE_CHECKING:
    from tuner.records import TuningResult
    from tuner.settings import Settings


def remember(found: TuningResult, settings: Settings) -> None:
    """Add a run to the history. That this fails is no reason to lose what was measured."""
    from tuner.gating.revisions import current_commit
    from tuner.history import HISTORY_FILE, append_entry, entry_of

    entry = entry_of(found, current_commit(settings.target.root))
    try:
        if entry is not None:
            append_entry(entry, settings.report_dir)
    except OSError as error:
        path = settings.report_dir / HISTORY_FILE
        output.note(f"warning: '{path}' is not written: {error.strerror} [W-HISTORY]")
