"""Replacing and inserting a value in a text; every other character stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tuner.apply.document import Document
from tuner.apply.tree import Entry, Node


@dataclass(frozen=True, slots=True)
class Edit:
    """What replaces `start`..`end` of a text."""

    start: int
    end: int
    new: str

    def apply(self, text: str) -> str:
        """The text with the edit made."""
        return text[: self.start] + self.new + text[self.end :]


def replacing(node: Node, value: int | str) -> Edit | None:
    """Another literal in the same quotes; None where it does not stand in one piece."""
    return Edit(*node.inner, str(value)) if node.inner else None


def inserting(document: Document, into: Node, key: str, value: str, *, beside: Sequence[str]) -> Edit | None:
    """A property that is not there yet, after the first of the siblings that are named, or after any.

    `value` is as the language writes it. None for an empty block, where there is nothing to stand beside.
    """
    # An alias stands elsewhere than its value, so there is nothing to be placed after.
    siblings = [entry for entry in into.entries if entry.value.start >= entry.end]
    if into.flow and not into.entries:
        return Edit(into.start + 1, into.start + 1, document.language.pair(key, value))
    if not siblings:
        return None
    if into.flow:
        return _in_braces(document, into, _preferred(siblings, beside), key, value)
    inline = [e for e in siblings if "\n" not in document.text[e.start : e.value.end]]
    if inline:
        return _after(document, _preferred(inline, beside), key, value)
    first = siblings[0]
    newline = "\r\n" if "\r\n" in document.text else "\n"
    indent = _indent(document.text, first.start)
    return Edit(first.start, first.start, f"{document.language.pair(key, value)}{newline}{indent}")


def _after(document: Document, sibling: Entry, key: str, value: str) -> Edit:
    """On a line of its own below the sibling's, whose comment stays with it."""
    text = document.text
    newline = "\r\n" if "\r\n" in text else "\n"
    end = text.find("\n", sibling.value.end)
    if end < 0:
        end = len(text)
    elif text[end - 1] == "\r":
        end, newline = end - 1, "\r\n"
    else:
        newline = "\n"
    assign = document.language.assign
    equals = text[sibling.end : sibling.value.start]
    if assign == " = " and equals.strip() == "=":  # as terraform fmt aligns them
        width = len(sibling.key) + equals.index("=")
        assign = f"{' ' * max(1, width - len(key))}= "
    return Edit(end, end, f"{newline}{_indent(text, sibling.start)}{key}{assign}{value}")


def _in_braces(document: Document, into: Node, sibling: Entry, key: str, value: str) -> Edit:
    """`, Key: value` after a sibling, spaced and quoted as that is."""
    text = document.text
    before = text[into.start : sibling.start]
    quote = text[sibling.start] if text[sibling.start] in "\"'" else ""
    space = before[len(before.rstrip(" \t\r\n")) :] or ("" if quote else " ")
    colon = text[sibling.end : sibling.value.start]
    colon = colon if colon.strip() == ":" and (quote or colon != ":") else document.language.assign
    place = sibling.value.end
    return Edit(place, place, f",{space}{quote}{key}{quote}{colon}{value}")


def _preferred(entries: Sequence[Entry], names: Sequence[str]) -> Entry:
    by_key = {entry.key: entry for entry in entries}
    return next((by_key[name] for name in names if name in by_key), entries[-1])


def _indent(text: str, place: int) -> str:
    """What the line of a place begins with, as far as it is blank; else blanks as wide."""
    before = text[text.rfind("\n", 0, place) + 1 : place]
    return before if not before.strip() else " " * len(before)
