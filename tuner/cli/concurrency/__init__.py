"""`tuner concurrency`: what a function needs, what a burst or a backlog does, and a simulated account."""

from __future__ import annotations

from tuner.cli.concurrency.advise import command
from tuner.cli.concurrency.burst import command as burst
from tuner.cli.concurrency.drain import command as drain
from tuner.cli.concurrency.metrics import command as metrics
from tuner.cli.concurrency.simulate import command as simulate

for subcommand in (metrics, burst, drain, simulate):
    command.add_command(subcommand)

__all__ = ["command"]
