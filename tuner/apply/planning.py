"""From wishes to a plan: every edit is made on a copy, read again, and compared with what was meant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from tuner.apply import cdk, samconfig
from tuner.apply.document import Document
from tuner.apply.edits import Edit, inserting, replacing
from tuner.apply.formats import find_template, open_template, template_of
from tuner.apply.parameters import check_limits
from tuner.apply.records import Change, ChangePlan, LeftOut, Scope, Setting, Wishes
from tuner.apply.slots import Gap, declared_value, find_place, only_item, ways_to
from tuner.apply.template import Function, Slot, Template
from tuner.apply.tree import Kind, UnreadableError, line_of, values, walk
from tuner.errors import UsageError
from tuner.records import RunWarning

_NUMBER = re.compile(r"0|[1-9]\d*")


def plan_changes(
    file: Path,
    function: str,
    wishes: Wishes,
    *,
    scope: Scope,
    left_out: Iterable[LeftOut] = (),
    measured_on: str | None = None,
) -> ChangePlan:
    """What is to change in a file so that a function gets its settings. Nothing is written.

    `measured_on` is the architecture that the settings were measured on.

    Raises:
        UsageError: the file or the function cannot be used, or a value is computed; the message names the
            place where it can be changed.
    """
    if file.suffix.lower() in cdk.SOURCES:
        name, line = cdk.find_construct(file, function)
        text = cdk.advice(f"{file.name}:{line}: {name}", wishes, python=file.suffix == ".py")
        return _advised(file, name, text, left_out)
    if file.suffix.lower() == ".toml":
        template = find_template(file, samconfig.template_name(file))
        found = template.function(function)
        before, after, made = samconfig.change_overrides(file, template, found, wishes, scope)
        return ChangePlan(found.name, file, tuple(made), before, after, tuple(left_out))
    template = open_template(file)
    found = template.function(function)
    if cdk.is_synthesized(template.document):
        where = cdk.construct_path(template.document, found)
        return _advised(file, found.name, cdk.advice(where, wishes, python=None), left_out)
    final, changes = _changed(template, found, wishes, scope)
    return ChangePlan(
        found.name,
        file,
        changes,
        template.document.content,
        final.content,
        tuple(left_out),
        _doubts(template, found, wishes, measured_on),
    )


def _advised(file: Path, function: str, text: str, left_out: Iterable[LeftOut]) -> ChangePlan:
    content = file.read_bytes()
    return ChangePlan(function, file, (), content, content, tuple(left_out), advice=text)


def _changed(
    template: Template, function: Function, wishes: Wishes, scope: Scope
) -> tuple[Document, tuple[Change, ...]]:
    """The document with every wish, one after the other; all that is refused is said at once."""
    refused: list[UsageError] = []
    changes: list[Change] = []
    current = template
    for setting, value in wishes.items():
        try:
            current, change = _change(current, function.name, setting, value, scope)
            changes += [change] if change else []
        except UsageError as error:
            refused.append(error)
    if refused:
        hints = dict.fromkeys(error.hint for error in refused if error.hint)
        raise UsageError("; ".join(error.message for error in refused), "; ".join(hints))
    return current.document, tuple(_with_line(current.document, change) for change in changes)


def _change(
    template: Template, name: str, setting: Setting, value: int | str, scope: Scope
) -> tuple[Template, Change | None]:
    """The template with one setting written; None where it is so already."""
    function, document = template.function(name), template.document
    wanted = template.properties[setting]
    place = find_place(template, function, setting, scope)
    if isinstance(place, Slot):
        before = _current(document, f"{wanted.key} of {name}", place, value)
        if before == value:
            return template, None
        check_limits(place, document, value)
        edit, path, into = replacing(place.node, value), place.path, place.node
    else:
        if place.inherits and only_item(place.inherits).literal == str(value):
            return template, None
        before, into, path = None, place.into, (*place.path, *place.way)
        text = document.language.value(value, listed=wanted.listed, within=place.way[1:])
        edit = inserting(document, into, place.way[0], text, beside=template.beside)
    where = f"{wanted.key} of {name} ({document.where(into.start)})"
    changed = _verified(document, edit, place, value, listed=wanted.listed)
    if changed is None:
        raise UsageError(f"{where} is written in a form that cannot be edited", "edit it by hand")
    return template_of(changed), Change(setting, path, 0, before, value)


def _current(document: Document, what: str, slot: Slot, value: int | str) -> int | str:
    """Today's value. Raises `UsageError` where it is of another kind than the new one."""
    text, where = slot.node.text, document.where(slot.node.start)
    if isinstance(value, str):
        return text
    if not _NUMBER.fullmatch(text):
        raise UsageError(f"{what} at {where} is no whole number", "edit it by hand")
    return int(text)


def _verified(
    document: Document, edit: Edit | None, place: Slot | Gap, value: int | str, *, listed: bool
) -> Document | None:
    """The edited document if it says what it said but for what was meant; None if not."""
    if edit is None:
        return None
    expected = values(document.root)
    node, added = (place.node, ()) if isinstance(place, Slot) else (place.into, place.way)
    for way in ways_to(document.root, node):
        if isinstance(place, Gap):
            expected.pop(way, None)  # an empty map is empty no more
            added = (*place.way, "[0]") if listed else place.way
        expected[(*way, *added)] = (None, f"{Kind.SCALAR}:{value}")
    try:
        changed = document.with_text(edit.apply(document.text))
        return changed if values(changed.root) == expected else None
    except UnreadableError:
        return None


def _with_line(document: Document, change: Change) -> Change:
    """The change with its line in the finished text."""
    node = next(node for path, node in walk(document.root) if path == change.path)
    return replace(change, line=line_of(document.text, node.start))


def _doubts(
    template: Template, function: Function, wishes: Wishes, measured_on: str | None
) -> tuple[RunWarning, ...]:
    """A size that was measured on another architecture than the file says may not be the right one."""
    if measured_on is None or Setting.ARCHITECTURE in wishes:
        return ()
    node = declared_value(template, function, template.properties[Setting.ARCHITECTURE])
    declared = only_item(node).literal if node else "x86_64"  # the service's own default
    if declared in (None, measured_on):
        return ()
    return (
        RunWarning(
            "W-ARCHITECTURE",
            f"the run measured {measured_on}, and {template.document.path.name} says {declared}",
            "--architecture writes that of the run too",
        ),
    )
