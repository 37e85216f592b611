"""The local sandbox: the real handler, with CPU and memory that follow the memory size.

The function runs unchanged under its own runtime interface client, against our Lambda Runtime API, in a
sandbox whose CPU share is memory / 1769 in periods of 20 ms. `open_local` and `open_command` are the entry;
`probe` says which mechanisms this machine offers, and why not the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuner.platforms.local.platform import LocalPlatform, open_command, open_local
    from tuner.platforms.local.preflight import Mechanism, probe
    from tuner.platforms.local.reaper import sweep_stale

__all__ = ["LocalPlatform", "Mechanism", "open_command", "open_local", "probe", "sweep_stale"]

_HOMES = {
    "LocalPlatform": "platform",
    "open_command": "platform",
    "open_local": "platform",
    "Mechanism": "preflight",
    "probe": "preflight",
    "sweep_stale": "reaper",
}


def __getattr__(name: str) -> object:
    """Import on first use: the supervisor's processes import this package and need none of it."""
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
