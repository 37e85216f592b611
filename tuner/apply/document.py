"""A file as bytes, as text and as a tree, and how its language writes a property."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from tuner.apply.hcl_tree import parse_hcl
from tuner.apply.json_tree import parse_json_tree
from tuner.apply.terraform_json import parse_terraform_json
from tuner.apply.tree import Node, UnreadableError, line_of, walk
from tuner.apply.yaml_tree import parse_yaml
from tuner.errors import UsageError

MAX_BYTES = 1024 * 1024  # CloudFormation takes no more
_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Language:
    """What a file is written in; `assign` is between key and value."""

    name: str
    parse: Callable[[str], Node]
    assign: str
    quotes_keys: bool = False
    quotes_values: bool = True

    def value(self, value: int | str, *, listed: bool, within: tuple[str, ...] = ()) -> str:
        """A number or a word as it is written here, alone in a list or `within` maps if it must be."""
        text = json.dumps(value) if self.quotes_values else str(value)
        text = f"[{text}]" if listed else text
        for key in reversed(within):
            text = f"{{{self.pair(key, text)}}}"
        return text

    def pair(self, key: str, value: str) -> str:
        """A key and its value, which is written already."""
        return f'"{key}"{self.assign}{value}' if self.quotes_keys else f"{key}{self.assign}{value}"


YAML = Language("YAML", parse_yaml, ": ", quotes_values=False)
JSON = Language("JSON", parse_json_tree, ": ", quotes_keys=True)
HCL = Language("HCL", parse_hcl, " = ")
TERRAFORM_JSON = Language("JSON", parse_terraform_json, ": ", quotes_keys=True)


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file. Places in the tree are places in `text`, which has no byte order mark."""

    path: Path
    language: Language
    text: str
    mark: str
    root: Node

    @property
    def content(self) -> bytes:
        """The file again, to the byte."""
        return (self.mark + self.text).encode("utf-8")

    def where(self, place: int) -> str:
        """`template.yaml:12`."""
        return f"{self.path.name}:{line_of(self.text, place)}"

    def with_text(self, text: str) -> Document:
        """The same file with another text. Raises `UnreadableError`."""
        return replace(self, text=text, root=self.language.parse(text))


def read_text(path: Path) -> tuple[str, str]:
    """The text of a file, after its byte order mark if it has one. Raises `UsageError`."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UsageError(f"'{path}' is larger than {MAX_BYTES // 1024**2} MB, too large for a template")
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise UsageError(f"cannot read '{path}': {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"'{path}' is not UTF-8 text", "save it as UTF-8, and apply again") from error
    mark = _MARK if text.startswith(_MARK) else ""
    return mark, text.removeprefix(mark)


def read_document(path: Path, language: Language) -> Document:
    """A file in its language. Raises `UsageError`."""
    mark, text = read_text(path)
    try:
        root = language.parse(text)
        for _ in walk(root):  # its size is bounded before anything is looked for
            pass
    except UnreadableError as error:
        raise UsageError(f"'{path}' cannot be edited: {error}", "mend the file, and apply again") from error
    return Document(path, language, text, mark, root)
