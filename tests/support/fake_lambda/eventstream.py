"""Amazon's event stream encoding: what a streamed response consists of.

A message is its length, the length of its headers, a checksum of both, headers, payload, a checksum of all.
"""

from __future__ import annotations

import binascii
import json
import struct
from collections.abc import Iterable, Mapping
from typing import Any

CONTENT_TYPE = "application/vnd.amazon.eventstream"

_STRING = 7


def message(event: str, payload: bytes, content_type: str) -> bytes:
    """One event of a stream."""
    headers = b"".join(
        _header(name, value)
        for name, value in (
            (":message-type", "event"),
            (":event-type", event),
            (":content-type", content_type),
        )
    )
    prelude = struct.pack("!II", 12 + len(headers) + len(payload) + 4, len(headers))
    checked = prelude + struct.pack("!I", binascii.crc32(prelude)) + headers + payload
    return checked + struct.pack("!I", binascii.crc32(checked))


def response_stream(chunks: Iterable[bytes], completion: Mapping[str, Any]) -> bytes:
    """The stream of `InvokeWithResponseStream`: payload chunks, then how the call ended."""
    parts = [message("PayloadChunk", chunk, "application/octet-stream") for chunk in chunks]
    end = message("InvokeComplete", json.dumps(completion).encode(), "application/json")
    return b"".join([*parts, end])


def _header(name: str, value: str) -> bytes:
    name_bytes, value_bytes = name.encode(), value.encode()
    return (
        struct.pack("!B", len(name_bytes))
        + name_bytes
        + struct.pack("!BH", _STRING, len(value_bytes))
        + value_bytes
    )
