"""YAML with its places. Nodes are composed, never constructed: a tag is data, and nothing is run."""

from __future__ import annotations

from typing import Any

from tuner.apply.tree import MAX_DEPTH, Entry, Kind, Node, UnreadableError, line_of


def parse_yaml(text: str) -> Node:
    """The only document of a YAML text. Raises `UnreadableError`."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f" at line {mark.line + 1}" if mark else ""
        if "single document" in str(error.context):
            raise UnreadableError("it holds more than one document") from error
        raise UnreadableError(f"it is not valid YAML{place}: {error.problem}") from error
    except (YAMLError, ValueError) as error:
        raise UnreadableError("it has characters that YAML does not allow") from error
    except RecursionError as error:
        raise UnreadableError("it is nested too deeply") from error
    if root is None:
        raise UnreadableError("it is empty")
    return _Reader(text).node(root, 0)


class _Reader:
    """Frozen nodes from composed ones. One node stays one, however many aliases lead to it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._known: dict[int, Node] = {}

    def node(self, raw: Any, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise UnreadableError("it is nested too deeply, or an alias leads to itself")
        if id(raw) not in self._known:
            self._known[id(raw)] = self._read(raw, depth)
        return self._known[id(raw)]

    def _read(self, raw: Any, depth: int) -> Node:
        from ruamel.yaml.nodes import MappingNode, ScalarNode

        start, end = raw.start_mark.index, raw.end_mark.index
        tag = None if str(raw.tag).startswith("tag:yaml.org") else str(raw.tag)
        if isinstance(raw, ScalarNode):
            return Node(Kind.SCALAR, start, end, raw.value, tag, self._inner(raw, end))
        flow = bool(raw.flow_style)
        if isinstance(raw, MappingNode):
            entries = tuple(self._entry(key, value, depth) for key, value in raw.value)
            self._refuse_twice(entries)
            return Node(Kind.MAP, start, end, tag=tag, entries=entries, flow=flow)
        items = tuple(self.node(item, depth + 1) for item in raw.value)
        return Node(Kind.LIST, start, end, tag=tag, items=items, flow=flow)

    def _entry(self, key: Any, value: Any, depth: int) -> Entry:
        if not isinstance(key.value, str):
            raise UnreadableError(f"line {key.start_mark.line + 1} has a key that is not plain text")
        return Entry(key.value, key.start_mark.index, key.end_mark.index, self.node(value, depth + 1))

    def _inner(self, raw: Any, end: int) -> tuple[int, int] | None:
        """Where a scalar stands that is written as it is; an anchor or a tag may come before it."""
        quote = raw.style if raw.style in ('"', "'") else ""
        end -= len(quote)
        start = end - len(raw.value)
        written = self._text[start - len(quote) : end] == quote + raw.value
        return (start, end) if raw.value and written else None

    def _refuse_twice(self, entries: tuple[Entry, ...]) -> None:
        seen: set[str] = set()
        for entry in entries:
            if entry.key in seen:
                line = line_of(self._text, entry.start)
                raise UnreadableError(f"line {line} has the key '{entry.key[:80]}' for the second time")
            seen.add(entry.key)
