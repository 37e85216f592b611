"""The events that the calls of a run get: one for all, one after the other, each once, or mixed by weight."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cost_models.cpu import MEMORY_MAX_MB, MEMORY_MIN_MB
from cost_models.errors import did_you_mean
from tuner.errors import UsageError
from tuner.measure.apportion import weighted_turn
from tuner.measure.json_text import NotJsonError, array_items, object_members, parse_json
from tuner.measure.placeholders import fill, near_miss, placeholders_in, stand_in

PAYLOAD_MAX_BYTES = 6 * 1024 * 1024  # the synchronous limit (Lambda quotas)

_S3 = "s3://"
_LONGEST_INDEX = 999_999
_WEIGHTED_KEYS = ("payload", "weight")
_WEIGHTED_HINT = 'write [{"payload": ..., "weight": 3}, ...]'


@dataclass(frozen=True, slots=True)
class Payloads:
    """The events of a run, in the order of their source. What is in them never shows in a representation.

    `sha256` is the fingerprint of the source, before placeholders are filled. With `once` each event is used
    for one call only; with `weights`, one for each event, they are mixed; else every memory size gets the
    same events in turn.
    """

    texts: tuple[str, ...] = field(repr=False)
    sha256: str
    once: bool = False
    weights: tuple[float, ...] = ()
    placeholders: tuple[str, ...] = ()

    def event(self, *, index: int, nth: int, memory_mb: int) -> bytes:
        """The event of one call: the `index`-th of the run, the `nth` at its memory size, both from 0.

        Raises IndexError for an `index` that is not below `limit`.
        """
        if self.once:
            place = index
        elif self.weights:
            place = weighted_turn(self.weights, nth)
        else:
            place = nth % len(self.texts)
        text = self.texts[place]
        return (fill(text, index=index, memory_mb=memory_mb) if self.placeholders else text).encode()

    @property
    def limit(self) -> int | None:
        """How many calls there are events for; None is any number of them."""
        return len(self.texts) if self.once else None

    @property
    def sample(self) -> bytes:
        """The event of the first call, filled as for the smallest memory size."""
        return self.event(index=0, nth=0, memory_mb=MEMORY_MIN_MB)

    @property
    def description(self) -> str:
        """What may be said of the events: how many, in which order, with which placeholders."""
        number = len(self.texts)
        words = "one event" if number == 1 else f"{number:,} events"
        if self.once:
            words += ", each once"
        elif self.weights:
            words += " by weight"
        elif number > 1:
            words += ", in turn"
        names = " and ".join(f"{{{{{name}}}}}" for name in self.placeholders)
        return f"{words}, with {names}" if names else words


def read_payloads(
    *,
    payload: str | None,
    lines: str | None,
    weighted: str | None,
    once: bool,
    root: Path,
    fetch: Callable[[str], bytes],
) -> Payloads:
    """The events that the flags --payload, --payload-lines, --payload-weighted and --payload-once describe.

    Args:
        payload: JSON text, `@FILE` or `s3://bucket/key`; `{}` when no events are given at all.
        lines: a file or `s3://` object of JSON Lines.
        weighted: a JSON array of {"payload": ..., "weight": ...} as text, in a file or an `s3://` object.
        once: whether each line is used for one call only.
        root: the folder that relative files start at.
        fetch: the content of an `s3://` address.

    Raises:
        UsageError: flags that exclude each other; a source that cannot be read, is not JSON, has an event of
            more than 6 MB, or a placeholder that is nearly one of ours. Contents are never quoted.
    """
    sources = {"--payload": payload, "--payload-lines": lines, "--payload-weighted": weighted}
    given = [flag for flag, source in sources.items() if source is not None]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} exclude each other", "say in one place what the events are")
    if once and lines is None:
        raise UsageError(
            "--payload-once needs --payload-lines", "give a file of JSON Lines, with an event for every call"
        )
    if lines is not None:
        return _from_lines(_read(lines, root, fetch), once=once)
    if weighted is not None:
        if weighted.lstrip().startswith("["):
            return _from_weighted(_source("--payload-weighted", weighted.encode(errors="surrogateescape")))
        return _from_weighted(_read(weighted, root, fetch))
    if payload is not None and payload.startswith(("@", _S3)):
        return _from_one(_read(payload, root, fetch))
    # What was no text on the command line comes as surrogates, and is told apart as bytes.
    literal = "{}" if payload is None else payload
    return _from_one(_source("--payload", literal.encode(errors="surrogateescape")))


@dataclass(frozen=True, slots=True)
class _Source:
    """A text that somebody gave, with the name that messages use for it."""

    name: str
    text: str = field(repr=False)
    sha256: str


def _read(place: str, root: Path, fetch: Callable[[str], bytes]) -> _Source:
    place = place.removeprefix("@")
    if place.startswith(_S3):
        return _source(f"'{place}'", fetch(place))
    path = root / Path(place).expanduser()
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read the payload file '{path}': {error.strerror}") from error
    return _source(f"the payload file '{path}'", content)


def _source(name: str, content: bytes) -> _Source:
    try:
        return _Source(name, content.decode("utf-8-sig"), fingerprint(content))
    except UnicodeDecodeError as error:
        raise UsageError(f"{name} is not JSON: byte {error.start:,} is no UTF-8") from None


def _from_one(source: _Source) -> Payloads:
    event = _checked_event(source.text, source.name)
    return Payloads((event,), source.sha256, placeholders=placeholders_in(source.text))


def _from_lines(source: _Source, *, once: bool) -> Payloads:
    events = tuple(
        _checked_event(line, f"line {number} of {source.name}", first_line=number)
        for number, line in enumerate(source.text.split("\n"), start=1)
        if line.strip()
    )
    if not events:
        raise UsageError(f"{source.name} has no events", "write one JSON text a line")
    return Payloads(events, source.sha256, once=once, placeholders=placeholders_in(source.text))


def _from_weighted(source: _Source) -> Payloads:
    # Cut up where it stands, so that every number in an event stays as it was written.
    readable = stand_in(source.text)
    items = array_items(readable) if isinstance(_parsed(readable, source.name), list) else []
    if not items:
        raise UsageError(f"{source.name} is not a list of weighted payloads", _WEIGHTED_HINT)
    events, weights = [], []
    for number, place in enumerate(items, start=1):
        what = f"item {number} of {source.name}"
        payload, weight = _payload_and_weight(source.text[place], readable[place], what)
        events.append(_checked_event(payload, what))
        weights.append(weight)
    return Payloads(
        tuple(events), source.sha256, weights=tuple(weights), placeholders=placeholders_in(source.text)
    )


def _payload_and_weight(text: str, readable: str, what: str) -> tuple[str, float]:
    members = object_members(readable) if readable.startswith("{") else {}
    unknown = [key for key in members if key not in _WEIGHTED_KEYS]
    if unknown:
        # Not the key itself: in a file that holds no weights, it is part of an event.
        raise UsageError(f"{what} has an unknown key", did_you_mean(unknown[0], _WEIGHTED_KEYS))
    if len(members) < len(_WEIGHTED_KEYS):
        raise UsageError(f"{what} has no payload and weight", _WEIGHTED_HINT)
    weight = _parsed(text[members["weight"]], f"the weight of {what}")
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight < math.inf:
        raise UsageError(f"the weight of {what} is not a number above 0", _WEIGHTED_HINT)
    return text[members["payload"]], weight


def _checked_event(text: str, what: str, *, first_line: int = 1) -> str:
    """The text of an event, once it is known that it is one for every call."""
    missed = near_miss(text)
    if missed:
        raise UsageError(
            f"{what} has {{{{{missed[0]}}}}}, which is no placeholder",
            f"did you mean {{{{{missed[1]}}}}}? To send it as it is, write {{\\u007b for its two braces",
        )
    hint = "{{uuid}} belongs inside quotes" if "uuid" in placeholders_in(text) else None
    # First with every place where the user sees it, then as a call will get it.
    for readable in dict.fromkeys((stand_in(text), fill(text, index=0, memory_mb=MEMORY_MIN_MB))):
        _parsed(readable, what, first_line=first_line, hint=hint)
    _checked(fill(text, index=_LONGEST_INDEX, memory_mb=MEMORY_MAX_MB).encode(), what)
    return text


def _parsed(text: str, what: str, *, first_line: int = 1, hint: str | None = None) -> Any:
    try:
        return parse_json(text, first_line=first_line)
    except NotJsonError as error:
        raise UsageError(f"{what} is not JSON: {error}", hint) from None


def fingerprint(payload: bytes) -> str:
    """What may be said of a payload in a run file: its SHA-256, never its content."""
    return hashlib.sha256(payload).hexdigest()


def _checked(content: bytes, what: str) -> bytes:
    if len(content) > PAYLOAD_MAX_BYTES:
        raise UsageError(f"{what} has {len(content):,} bytes; a synchronous event has at most 6 MB")
    return content


NO_PAYLOAD = Payloads(("{}",), fingerprint(b"{}"))
"""What a call gets where no event is given: an empty object."""
