"""Requests and answers against botocore's model: a client must not get away with what AWS refuses, and the
fake must not answer what AWS would not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.model import OperationModel, Shape
from botocore.validate import ParamValidator

from fake_lambda.errors import ApiError, invalid_parameter

_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "boolean": (bool,),
    "double": (int, float),
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
}
_TIMEOUT_MAX_S = 900  # the model allows more, for Managed Instances


def check_input(model: OperationModel, parameters: Mapping[str, Any], *, memory_cap_mb: int) -> None:
    """Refuse what AWS refuses, in its words.

    Raises:
        ApiError: a required member is missing, or a value is out of its range.
    """
    shape = model.input_shape
    if shape is None:
        return
    memory = parameters.get("MemorySize")
    if isinstance(memory, int) and memory > memory_cap_mb:
        raise invalid_parameter(
            "'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to "
            f"{memory_cap_mb}"
        )
    complaints = list(_missing(shape, parameters))
    for name, value in parameters.items():
        if name not in shape.members:
            complaints.append(_complaint(value, name, "Member is unknown"))
            continue
        complaints += _input_complaints(shape.members[name], value, name)
    if complaints:
        noun = "error" if len(complaints) == 1 else "errors"
        text = f"{len(complaints)} validation {noun} detected: {'; '.join(complaints)}"
        raise ApiError(400, "ValidationException", text)


def output_problems(model: OperationModel, document: Mapping[str, Any]) -> str:
    """What is wrong with an answer of the fake: unknown or missing members, wrong types or words."""
    if model.output_shape is None:
        return f"{model.name} answers nothing, not {sorted(document)}" if document else ""
    report: str = ParamValidator().validate(document, model.output_shape).generate_report()
    words = _wrong_words(model.output_shape, document, model.name)
    return "\n".join(filter(None, [report, *words]))


def pruned(document: Any, shape: Shape) -> Any:
    """A document without nulls and without the members that the shape does not know."""
    if isinstance(document, dict) and shape.type_name == "structure":
        known = {k: v for k, v in document.items() if v is not None and k in shape.members}
        return {name: pruned(value, shape.members[name]) for name, value in known.items()}
    if isinstance(document, list) and shape.type_name == "list":
        return [pruned(item, shape.member) for item in document]
    return document


def _missing(shape: Shape, parameters: Mapping[str, Any]) -> Iterator[str]:
    for name in shape.required_members:
        # A blob that is the body cannot be told from an empty one.
        if name not in parameters and shape.members[name].type_name != "blob":
            yield _complaint("null", name, "Member must not be null")


def _input_complaints(shape: Shape, value: Any, name: str) -> Iterator[str]:
    expected = _TYPES.get(shape.type_name)
    if expected is not None and (
        not isinstance(value, expected) or (isinstance(value, bool) is not (bool in expected))
    ):
        yield _complaint(value, name, f"Member must be of type {shape.type_name}")
    elif shape.type_name in ("integer", "long", "double"):
        yield from _range_complaints(shape, value, name)
    elif shape.type_name == "string":
        yield from _text_complaints(shape, value, name)
    elif shape.type_name == "structure":
        yield from _missing(shape, value)
        for member, inner in value.items():
            if member in shape.members:
                yield from _input_complaints(shape.members[member], inner, f"{name}.{member}")
    elif shape.type_name == "list":
        yield from _range_complaints(shape, len(value), name, what="length")


def _range_complaints(shape: Shape, value: float, name: str, *, what: str = "value") -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if name == "Timeout":
        high = _TIMEOUT_MAX_S
    if low is not None and value < low:
        yield _complaint(value, name, f"Member must have {what} greater than or equal to {low}")
    if high is not None and value > high:
        yield _complaint(value, name, f"Member must have {what} less than or equal to {high}")


def _text_complaints(shape: Shape, value: str, name: str) -> Iterator[str]:
    yield from _range_complaints(shape, len(value), name, what="length")
    if (words := shape.metadata.get("enum")) and value not in words:
        yield _complaint(value, name, f"Member must satisfy enum value set: [{', '.join(words)}]")
    if (pattern := shape.metadata.get("pattern")) and not re.fullmatch(pattern, value):
        yield _complaint(value, name, f"Member must satisfy regular expression pattern: {pattern}")


def _complaint(value: Any, name: str, constraint: str) -> str:
    path = ".".join(part[:1].lower() + part[1:] for part in name.split("."))
    return f"Value '{value}' at '{path}' failed to satisfy constraint: {constraint}"


def _wrong_words(shape: Shape, value: Any, name: str) -> Iterator[str]:
    """Words that the model does not have, which botocore's own validator lets pass."""
    if shape.type_name == "structure" and isinstance(value, dict):
        for member in value.keys() & shape.members.keys():
            yield from _wrong_words(shape.members[member], value[member], f"{name}.{member}")
    elif shape.type_name == "list" and isinstance(value, list):
        for inner in value:
            yield from _wrong_words(shape.member, inner, name)
    elif shape.type_name == "string" and (words := shape.metadata.get("enum")) and value not in words:
        yield f"{name} is '{value}', which is none of {', '.join(words)}"
