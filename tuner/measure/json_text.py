"""Reading JSON text that is somebody's data: it is checked and cut up, and never quoted in a message."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any


class NotJsonError(ValueError):
    """Why a text is not JSON, with the place."""


def parse_json(text: str, *, first_line: int = 1) -> Any:
    """The value of a JSON text. `first_line` is the number of its first line where it comes from.

    Raises `NotJsonError`.
    """
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        line = error.lineno + first_line - 1
        raise NotJsonError(f"{error.msg}: line {line}, column {error.colno}") from None
    except RecursionError:
        raise NotJsonError("it is nested too deeply") from None
    except ValueError:
        raise NotJsonError("it has a number that JSON does not have, or one of thousands of digits") from None


def array_items(text: str) -> list[slice]:
    """Where the items of a JSON array stand in its text, which is known to be one."""
    return list(_values(text, text.index("[")))


def object_members(text: str) -> dict[str, slice]:
    """Where the values of a JSON object stand in its text, which is known to be one, by key."""
    places = _values(text, text.index("{"))
    return {parse_json(text[key]): value for key, value in zip(places, places, strict=True)}


def _values(text: str, bracket: int) -> Iterator[slice]:
    """Each value directly inside the brackets; of an object, keys and values in turn."""
    place = bracket + 1
    while True:
        while text[place] in " \t\n\r,:":
            place += 1
        if text[place] in "]}":
            return
        _, end = _DECODER.raw_decode(text, place)
        yield slice(place, end)
        place = end


def _refuse_constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity, which Python reads and others do not


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
