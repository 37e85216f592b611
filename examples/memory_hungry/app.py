"""Holds a working set of 160 MB: out of memory at 128 MB, and safe only with headroom."""

from __future__ import annotations


def handler(event, context):
    """Fill a table that stays in memory, then read all of it."""
    megabytes = int(event.get("megabytes", 160))
    blocks = [bytearray(b"\x01") * (1024 * 1024) for _ in range(megabytes)]
    return {"sum": sum(sum(block[::4096]) for block in blocks)}
