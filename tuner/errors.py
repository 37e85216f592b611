"""The errors a user can meet, each with the exit code the command line ends with.

0 is done and 1 is a regression found by the gate, so neither is an error:

    2   usage or settings: a misspelt option, a file that is not there, a run file that cannot be read
    3   could not measure: the function never ran
    4   no answer: measured, but nothing satisfies the constraints, or the evidence is too thin
    70  a bug
    130 interrupted, after restoring
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuner.records import TuningResult

EXIT_DONE = 0


class TunerError(Exception):
    """What happened (`message`) and what to do about it (`hint`)."""

    exit_code = 70

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(TunerError):
    """An option, a target or a file that cannot be used as given; nothing was invoked."""

    exit_code = 2


class SettingsError(UsageError):
    """A key or value in tuner.toml, the environment or a flag that is not understood."""


class RunFileError(UsageError):
    """A saved run that is truncated, hostile or of a version this tool cannot read."""


class MeasurementError(TunerError):
    """The function could not be measured at any memory size."""

    exit_code = 3


class NotRestoredError(MeasurementError):
    """A function could not be set back to what it was; the hint is the command that does it.

    `result` is what was measured all the same, if anything was.
    """

    result: TuningResult | None = None


class NoAnswerError(TunerError):
    """Measured, but no memory size can honestly be recommended."""

    exit_code = 4


class InfeasibleError(NoAnswerError):
    """No memory size satisfies the constraints; the message names the nearest one that comes close."""


class NothingToCompareError(NoAnswerError):
    """What a gate compares with is not there: a first run, or a function that is new."""


class RunInterruptedError(TunerError):
    """Ctrl-C or SIGTERM; what was started has been stopped before this is raised."""

    exit_code = 130


class ExtrapolationError(TunerError):
    """A duration was asked for outside the sizes that were measured, without saying so."""
