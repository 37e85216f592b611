"""Asking before something is changed or paid for."""

from __future__ import annotations

import sys

import click

from tuner.errors import RunInterruptedError, UsageError


def agree(question: str, *, yes: bool) -> None:
    """Return if the user agrees, here or beforehand with --yes.

    Raises:
        UsageError: there is no terminal to ask on, and --yes was not given.
        RunInterruptedError: the answer is no.
    """
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("this needs your consent, and there is no terminal to ask on", "agree with --yes")
    if not click.confirm(question, err=True):
        raise RunInterruptedError("stopped, as you said no; nothing was invoked or changed")
