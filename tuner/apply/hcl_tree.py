"""Terraform's HCL with its places. Expressions are kept as text; nothing is evaluated."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tuner.apply.tree import Entry, Kind, Node, UnreadableError, line_of

EXPRESSION = "an expression"
"""The tag of everything that Terraform computes."""


def parse_hcl(text: str) -> Node:
    """A Terraform file; a block is an entry whose key is its words, `resource aws_lambda_function thumb`.

    Raises `UnreadableError`.
    """
    from hcl2 import parses_to_tree
    from lark.exceptions import LarkError, UnexpectedInput

    try:
        # The grammar wants a line end after the last line; places before it stay as they are.
        tree = parses_to_tree(text if text.endswith("\n") else text + "\n")
    except UnexpectedInput as error:
        line = getattr(error, "line", 0)
        place = f" at line {line}" if isinstance(line, int) and line > 0 else ""
        raise UnreadableError(f"it is not valid HCL{place}") from error
    except (LarkError, RecursionError) as error:
        raise UnreadableError("it is not valid HCL") from error
    return _body(text, tree.children[0], 0, len(text))


def _body(text: str, body: Any, start: int, end: int) -> Node:
    entries: dict[str, Entry] = {}
    for part in _branches(body.children, "attribute", "block"):
        begin = part.meta.start_pos
        if part.data == "attribute":
            key = name = text[slice(*_span(part.children[0]))]
            if name in entries:
                line = line_of(text, begin)
                raise UnreadableError(f"line {line} has the key '{name[:80]}' for the second time")
            value = _expression(text, part.children[-1])
        else:
            *labels, inner = _branches(part.children, "identifier", "string", "keyword", "body")
            key = name = " ".join(text[slice(*_span(label))].strip('"') for label in labels)
            count = 1
            while name in entries:  # blocks may repeat
                count += 1
                name = f"{key} #{count}"
            value = _body(text, inner, begin, part.meta.end_pos)
        entries[name] = Entry(name, begin, begin + len(key), value)
    return Node(Kind.MAP, start, end, entries=tuple(entries.values()))


def _expression(text: str, tree: Any) -> Node:
    """A literal number, string or list of such; anything else is its own text, to be compared."""
    start, end = _span(tree)
    inside: Any = tree.children[0] if len(tree.children) == 1 else tree
    kind = getattr(inside, "data", None)
    if kind == "int_lit":
        return Node(Kind.SCALAR, start, end, text[start:end], inner=(start, end))
    if kind == "string":
        parts = list(_branches(inside.children, "string_part"))
        if len(parts) <= 1 and not any(hasattr(c, "data") for p in parts for c in p.children):
            inner = (start + 1, end - 1)
            return Node(Kind.SCALAR, start, end, text[slice(*inner)], inner=inner)
    if kind == "tuple":
        items = tuple(_expression(text, item) for item in _branches(inside.children, "expr_term"))
        if not any(item.tag for item in items):
            return Node(Kind.LIST, start, end, items=items, flow=True)
    return Node(Kind.SCALAR, start, end, text[start:end], tag=EXPRESSION)


def _branches(children: Iterable[Any], *kinds: str) -> Iterable[Any]:
    return (child for child in children if getattr(child, "data", None) in kinds)


def _span(tree: Any) -> tuple[int, int]:
    return tree.meta.start_pos, tree.meta.end_pos
