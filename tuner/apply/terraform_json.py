"""Terraform's JSON with its places, as a tree of the same form as that of HCL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tuner.apply.json_tree import parse_json_tree
from tuner.apply.tree import Entry, Kind, Node

_LABELS = {"resource": 2, "module": 1}


def parse_terraform_json(text: str) -> Node:
    """A `.tf.json` file; a resource or a module is an entry whose key is its words.

    Raises `UnreadableError`.
    """
    root = parse_json_tree(text)
    entries: dict[str, Entry] = {}
    for entry in root.entries:
        for block in _blocks(entry, entry.key, _LABELS.get(entry.key, -1)):
            name, count = block.key, 1
            while name in entries:  # blocks may repeat
                count += 1
                name = f"{block.key} #{count}"
            entries[name] = replace(block, key=name)
    return replace(root, entries=tuple(entries.values()))


def _blocks(entry: Entry, words: str, labels: int) -> Iterator[Entry]:
    """The blocks below an entry after so many labels; a list of maps counts as one map at every step."""
    found = entry.value.items if entry.value.kind is Kind.LIST and labels >= 0 else (entry.value,)
    for node in found:
        if labels <= 0 or not node.entries:
            yield Entry(words, entry.start, entry.end, node)
        for inner in node.entries if labels > 0 else ():
            yield from _blocks(inner, f"{words} {inner.key}", labels - 1)
