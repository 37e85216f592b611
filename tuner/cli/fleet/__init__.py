"""`tuner fleet`: every function, ranked by what tuning would save; `--run` tunes the first ones."""

from tuner.cli.fleet.command import command

__all__ = ["command"]
