"""The execution input of AWS Lambda Power Tuning as options of a run.

Documented at https://github.com/alexcasalboni/aws-lambda-power-tuning/blob/master/README-INPUT-OUTPUT.md.
Every key is honoured by an option or refused with a sentence; none is passed over. Events are never quoted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cost_models.errors import did_you_mean
from tuner.errors import UsageError
from tuner.interchange.bounded import bounded_text
from tuner.measure.json_text import NotJsonError, array_items, object_members, parse_json
from tuner.option_values import read_text
from tuner.options import GRID_OPTIONS, OPTION_FIELDS

USUAL_SIZES_MB = (128, 256, 512, 1024, 1536, 3008)
"""What is measured there without powerValues, unless the stack was deployed with others."""
ALL_SIZES_MB = tuple(range(128, 3008 + 1, 64))
MAX_BYTES = 16 * 1024 * 1024
_PAYLOADS = ("payload", "payload_lines", "payload_weighted")
_WEIGHTED = {"payload", "weight"}


@dataclass(frozen=True, slots=True)
class PowerTuningInput:
    """An input in our words: a target, options of a run, and how each key was understood, to show."""

    target: str | None
    options: Mapping[str, Any] = field(repr=False)
    dry_run: bool
    understood: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What a key comes to: options, or the reason why a run does not do it.

    `unless` names options of the command line that take the place of the key, besides its own.
    """

    words: str
    options: Mapping[str, Any] = field(default_factory=dict)
    refused: bool = False
    unless: tuple[str, ...] = ()


def read_input(path: Path, flags: Mapping[str, Any]) -> PowerTuningInput:
    """The input in a file; the options in `flags` win over its keys.

    Raises `UsageError` for a key that is not known, a value that cannot be used, and with every key that is
    not honoured.
    """
    given = _read(path)
    options: dict[str, Any] = {}
    understood: dict[str, str] = {}
    refused: list[str] = []
    for key, meaning_of in _KEYS.items():
        if key not in given:
            continue
        try:
            meaning = meaning_of(given[key])
            values = {n: OPTION_FIELDS[n].metadata["read"](v) for n, v in meaning.options.items()}
        except ValueError as error:
            raise UsageError(f"'{path}' {key}: {error}") from error
        if any(_is_set(name, flags) for name in (*meaning.options, *meaning.unless)):
            understood[key] = "not used: the command line says otherwise"
        elif meaning.refused:
            refused.append(f"{key}: {meaning.words}.")
        else:
            understood[key] = meaning.words
            options |= values
    if refused:
        raise UsageError(
            f"'{path}' asks for what a run does not do. {' '.join(refused)}",
            "leave these keys out; docs/from-power-tuning.md says what takes their place",
        )
    arn = given.get("lambdaARN")
    return PowerTuningInput(f"aws:{arn}" if arn else None, options, given.get("dryRun") is True, understood)


def _read(path: Path) -> dict[str, Any]:
    """The values that are there; of a payload its text, and of memory sizes an empty list without any."""
    text = bounded_text(path, MAX_BYTES)
    try:
        values = parse_json(text)
    except NotJsonError as error:
        raise UsageError(f"'{path}' is no execution input: {error}") from None
    if not isinstance(values, dict):
        raise UsageError(f"'{path}' is no execution input: it is not a JSON object")
    for key in values:
        if key not in _KEYS:
            raise UsageError(f"'{path}': unknown key {key[:80]!r}", did_you_mean(key, _KEYS))
    given = {key: value for key, value in values.items() if value is not None}
    if "payload" in given:
        given["payload"] = text[object_members(text)["payload"]]
    if "payload" in given and "payloadS3" in given:
        raise UsageError(f"'{path}' has a payload and a payloadS3", "leave one of them out")
    return {"powerValues": []} | given


def _is_set(name: str, flags: Mapping[str, Any]) -> bool:
    """Whether the command line has this option, or one that excludes it."""
    searches = flags.get("search") == "adaptive" or "predict" in flags
    return (
        name in flags
        or (name in GRID_OPTIONS and searches)
        or (name in _PAYLOADS and any(other in flags for other in _PAYLOADS))
    )


def _switch(
    on: str, off: str, *, refused: bool = False, unless: tuple[str, ...] = ()
) -> Callable[[Any], _Meaning]:
    """What true and false come to; with `refused`, true is refused unless one of these options is given."""

    def meaning(value: Any) -> _Meaning:
        if not isinstance(value, bool):
            raise ValueError("write true or false")
        return _Meaning(on, refused=refused, unless=unless) if value else _Meaning(off)

    return meaning


def _option(name: str, words: str = "") -> Callable[[Any], _Meaning]:
    """A value that an option of ours takes as it is."""

    def meaning(value: Any) -> _Meaning:
        shown = ",".join(map(str, value)) if isinstance(value, list) else value
        return _Meaning(f"--{name.replace('_', '-')} {shown}{words}", {name: value})

    return meaning


def _target(value: Any) -> _Meaning:
    return _Meaning(f"the target aws:{read_text(value)}")


def _memory_sizes(value: Any) -> _Meaning:
    if value == "ALL":
        words = f"--memory-sizes from {ALL_SIZES_MB[0]} to {ALL_SIZES_MB[-1]} by 64, as there"
        return _Meaning(words, {"memory_sizes": ALL_SIZES_MB})
    if not isinstance(value, list):
        raise ValueError('write a list of memory sizes, or "ALL"')
    return _option("memory_sizes", "" if value else ", as there")(value or list(USUAL_SIZES_MB))


def _payload(text: str) -> _Meaning:
    event = parse_json(text)
    items = event if isinstance(event, list) else []
    weighted = [isinstance(item, dict) and item.keys() >= _WEIGHTED for item in items]
    if weighted and all(weighted):
        words = f"--payload-weighted, {len(items)} events"
        return _Meaning(words, {"payload_weighted": _weighted_text(text)})
    if any(isinstance(item, dict) and item.keys() & _WEIGHTED for item in items):
        raise ValueError("some items have a payload and a weight, others have not; give each of them both")
    return _Meaning("--payload, one event", {"payload": _event_text(text)})


def _payload_s3(value: Any) -> _Meaning:
    place = read_text(value)
    if not place.startswith("s3://"):
        raise ValueError("write s3://BUCKET/KEY")
    words = f"--payload {place}, one event; if it is a list of weighted ones, add --payload-weighted {place}"
    return _Meaning(words, {"payload": place})


def _post_processor(value: Any) -> _Meaning:
    why = "it gets the function's answer there, and from --after the event; if that will do, add --after"
    return _Meaning(f"{why} {read_text(value)}", refused=True, unless=("after",))


def _discard(value: Any) -> _Meaning:
    if _number(value, most=0.4) > 0:
        return _Meaning("slow calls are on the bill, so none is left out", refused=True)
    return _Meaning("no call is left out")


def _sleep(value: Any) -> _Meaning:
    wait_ms = _number(value, most=60_000)
    hook = f"command:sleep {wait_ms / 1000:g}"
    return _Meaning(f"--after '{hook}'", {"after": hook}) if wait_ms else _Meaning("no pause")


_KEYS: Mapping[str, Callable[[Any], _Meaning]] = {
    "lambdaARN": _target,
    "powerValues": _memory_sizes,
    "num": _option("invocations", ", warm ones"),
    "payload": _payload,
    "payloadS3": _payload_s3,
    "parallelInvocation": _switch(
        "sizes are measured at a time; calls of one size follow each other, since they would slow each other",
        "calls of one size follow each other",
    ),
    "strategy": _option("strategy"),
    "balancedWeight": _option("balanced_weight", ", from 0 speed to 1 cost"),
    "autoOptimize": _switch(
        "a run sets everything back; set the memory size where the function is defined",
        "nothing is changed for good",
        refused=True,
    ),
    "autoOptimizeAlias": lambda _: _Meaning("no effect without autoOptimize, as there"),
    "preProcessorARN": _option("before"),
    "postProcessorARN": _post_processor,
    "discardTopBottom": _discard,
    "sleepBetweenRunsMs": _sleep,
    "disablePayloadLogs": _switch(
        "events stay out of messages, reports and run files",
        "events stay out of messages, reports and run files; --show-payload shows the first",
    ),
    "includeOutputResults": _switch(*["every size is in the report and in --json"] * 2),
    "onlyColdStarts": _switch(
        "a size is recommended by its warm calls; --cold-starts N measures cold ones beside them",
        "warm calls decide",
        refused=True,
        unless=("cold_starts",),
    ),
    "dryRun": _switch("--dry-run", "no dry run unless --dry-run asks for one"),
    "allowedExceptions": _option("expect_error"),
}


def _event_text(text: str) -> str:
    """An event as it is sent: text that holds JSON is that JSON, with every number as it was written."""
    value = parse_json(text)
    if isinstance(value, str):
        try:
            parse_json(value)
        except NotJsonError:
            return text
        return value
    return text


def _weighted_text(text: str) -> str:
    items = []
    for place in array_items(text):
        item = text[place]
        members = {key: item[part] for key, part in object_members(item).items()}
        items.append(f'{{"payload": {_event_text(members["payload"])}, "weight": {members["weight"]}}}')
    return f"[{', '.join(items)}]"


def _number(value: Any, *, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise ValueError(f"write a number from 0 to {most:g}")
    return value
