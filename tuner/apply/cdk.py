"""CDK: its sources are programs, so they are not edited; what to write into them is said exactly."""

from __future__ import annotations

import re
from pathlib import Path

from cost_models.errors import did_you_mean
from tuner.apply.document import Document, read_text
from tuner.apply.records import Setting, Wishes
from tuner.apply.template import Function
from tuner.apply.tree import line_of
from tuner.errors import UsageError

SOURCES = (".ts", ".mts", ".js", ".mjs", ".py")

_CONSTRUCT = re.compile(
    r"Function\(\s*(?:this|self|scope|stack)\s*,\s*(?P<quote>[\"'`])(?P<id>[\w-]+)(?P=quote)"
)
_TYPESCRIPT = {
    Setting.MEMORY: "memorySize: {0},",
    Setting.TIMEOUT: "timeout: cdk.Duration.seconds({0}),",
    Setting.ARCHITECTURE: "architecture: lambda.Architecture.{0},",
    Setting.RESERVED_CONCURRENCY: "reservedConcurrentExecutions: {0},",
    Setting.PROVISIONED_CONCURRENCY: "provisionedConcurrentExecutions: {0},  // of its lambda.Alias",
}
_PYTHON = {
    Setting.MEMORY: "memory_size={0},",
    Setting.TIMEOUT: "timeout=cdk.Duration.seconds({0}),",
    Setting.ARCHITECTURE: "architecture=lambda_.Architecture.{0},",
    Setting.RESERVED_CONCURRENCY: "reserved_concurrent_executions={0},",
    Setting.PROVISIONED_CONCURRENCY: "provisioned_concurrent_executions={0},  # of its lambda_.Alias",
}
_ENUM = {"arm64": "ARM_64", "x86_64": "X86_64"}


def is_synthesized(document: Document) -> bool:
    """Whether a template was written by `cdk synth`, which writes it again at the next deployment."""
    resources = document.root.get("Resources")
    entries = resources.entries if resources else ()
    in_output = "cdk.out" in document.path.absolute().parts
    return in_output or any(entry.value.get("Metadata", "aws:cdk:path") for entry in entries)


def construct_path(document: Document, function: Function) -> str:
    """The construct that a function of a synthesized template comes from: `Stack/Thumbnail`."""
    metadata = document.root.get("Resources", function.name, "Metadata", "aws:cdk:path")
    return metadata.text.removesuffix("/Resource") if metadata else function.name


def find_construct(path: Path, name: str) -> tuple[str, int]:
    """The id and the line of a function's construct in a source file. Raises `UsageError`."""
    _, text = read_text(path)
    found = {match["id"]: match.start() for match in _CONSTRUCT.finditer(text)}
    if name in found:
        return name, line_of(text, found[name])
    if not found:
        raise UsageError(f"'{path.name}' has no function construct", "name the file that creates it")
    raise UsageError(
        f"'{path.name}' has no function construct '{name}'",
        f"say which with --function; {did_you_mean(name, found)}",
    )


def advice(where: str, wishes: Wishes, *, python: bool | None) -> str:
    """What to write by hand, in one language or, where that is not known, in both."""
    tables = {"TypeScript": _TYPESCRIPT, "Python": _PYTHON}
    chosen = [n for n in tables if python is None or (n == "Python") is python]
    lines = [f"{where}: CDK sources are programs, and are not edited. Set these properties of the construct:"]
    for language in chosen:
        lines += ["", f"  {language}"]
        lines += [f"    {tables[language][s].format(_ENUM.get(str(v), v))}" for s, v in wishes.items()]
    return "\n".join(lines)
