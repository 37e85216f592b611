"""JSON with its places."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tuner.apply.tree import MAX_DEPTH, Entry, Kind, Node, UnreadableError, line_of
from tuner.measure.json_text import NotJsonError, parse_json

_TOKEN = re.compile(r'[ \t\r\n,:]*("(?:[^"\\]|\\.)*"|[\[\]{}]|[^\s,:\[\]{}"]+)')


def parse_json_tree(text: str) -> Node:
    """A JSON text, without comments and without a key twice. Raises `UnreadableError`."""
    try:
        parse_json(text)
    except NotJsonError as error:
        raise UnreadableError(f"it is not valid JSON: {error}") from error
    tokens = _TOKEN.finditer(text)  # of a text that is known to be JSON
    return _node(text, next(tokens), tokens, 0)


def _node(text: str, token: re.Match[str], tokens: Iterator[re.Match[str]], depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise UnreadableError("it is nested too deeply")
    start, end = token.span(1)
    if token[1] == "{":
        return _map(text, start, tokens, depth)
    if token[1] == "[":
        items: list[Node] = []
        for item in tokens:
            if item[1] == "]":
                return Node(Kind.LIST, start, item.end(1), items=tuple(items), flow=True)
            items.append(_node(text, item, tokens, depth + 1))
    if token[1].startswith('"'):
        value = parse_json(token[1])
        inner = (start + 1, end - 1) if text[start + 1 : end - 1] == value else None
        return Node(Kind.SCALAR, start, end, value, inner=inner)
    return Node(Kind.SCALAR, start, end, token[1], inner=(start, end))


def _map(text: str, start: int, tokens: Iterator[re.Match[str]], depth: int) -> Node:
    entries: dict[str, Entry] = {}
    key = next(tokens)
    while key[1] != "}":
        name = parse_json(key[1])
        if name in entries:
            line = line_of(text, key.start(1))
            raise UnreadableError(f"line {line} has the key '{name[:80]}' for the second time")
        value = _node(text, next(tokens), tokens, depth + 1)
        entries[name] = Entry(name, *key.span(1), value)
        key = next(tokens)
    return Node(Kind.MAP, start, key.end(1), entries=tuple(entries.values()), flow=True)
