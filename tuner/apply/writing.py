"""Writing a plan to its file."""

from __future__ import annotations

import stat

from tuner.apply.records import ChangePlan
from tuner.errors import UsageError
from tuner.files import write_atomically


def write_plan(plan: ChangePlan) -> None:
    """Replace the file in one step, with its mode kept; a link stays a link.

    Raises:
        UsageError: the file has changed since it was read, or cannot be written.
    """
    path = plan.file.resolve()
    try:
        now, mode = path.read_bytes(), stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        raise UsageError(f"cannot read '{plan.file}' again: {error.strerror}", "apply again") from error
    if now != plan.before:
        raise UsageError(f"'{plan.file}' has changed since it was read; it was left as it is", "apply again")
    try:
        # A durable file is private until it gets the mode of the old one, so never more open than that.
        write_atomically(path, plan.after, durable=True)
        path.chmod(mode)
    except (OSError, UsageError) as error:
        raise UsageError(f"cannot write '{plan.file}'", "its folder must let you create files") from error
