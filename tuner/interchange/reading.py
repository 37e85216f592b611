"""What `replay:` names: a saved run, or the results of another tool, told apart by their content."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tuner.errors import UsageError
from tuner.interchange import compute_optimizer, invocation_table, power_tuning_output, power_tuning_url
from tuner.interchange.bounded import bounded_text
from tuner.interchange.delimited import header_of, read_delimited
from tuner.interchange.means import Imported
from tuner.measure.json_text import NotJsonError, parse_json
from tuner.runfile import MAX_BYTES, SavedRun, load_run

KNOWN = (
    "a saved run",
    "an output of AWS Lambda Power Tuning or the address of its chart",
    "recommendations of AWS Compute Optimizer (CSV or JSON)",
    f"a table with the columns {','.join(invocation_table.REQUIRED)}",
)


def read_results(place: str, root: Path) -> SavedRun | Imported:
    """The results at a place: a file, `FILE#NAME` for one function of several, or the address of a chart.

    An address is decoded, never fetched. Raises `UsageError` with the reason, which for content of no known
    form names the known ones.
    """
    if power_tuning_url.is_address(place):
        return power_tuning_output.imported_address(place, target=f"replay:{place}", function="power-tuning")
    path, name = _file_and_name(place, root)
    text = bounded_text(path, MAX_BYTES)
    try:
        found = _imported(text, name, target=f"replay:{place}", function=path.stem)
    except NotJsonError:
        return load_run(path)  # which says what is wrong with a run file that was cut off
    except UsageError as error:
        raise UsageError(f"'{path}' cannot be read: {error.message}", error.hint) from error
    return load_run(path) if found is None else found


def _imported(text: str, name: str | None, *, target: str, function: str) -> Imported | None:
    """The results of another tool; None where the text is a saved run."""
    document: Any = parse_json(text) if text.lstrip().startswith(("{", "[")) else None
    header = header_of(text)
    if compute_optimizer.is_answer(document):
        return compute_optimizer.imported_function(
            compute_optimizer.from_answer(document), name, target=target
        )
    if compute_optimizer.is_export(header):
        functions = compute_optimizer.from_export(read_delimited(text))
        return compute_optimizer.imported_function(functions, name, target=target)
    if name is not None:
        raise UsageError(f"it holds a single function, so there is no '{name}' in it", f"leave out #{name}")
    if isinstance(document, dict) and "schema_version" in document:
        return None
    if power_tuning_output.is_output(document):
        return power_tuning_output.read_output(document, target=target, function=function)
    if power_tuning_url.is_address(text):
        return power_tuning_output.imported_address(text, target=target, function=function)
    if invocation_table.is_table(header):
        return invocation_table.read_table(read_delimited(text), target=target, function=function)
    raise UsageError("it has no known form" if text.strip() else "it is empty", f"known: {'; '.join(KNOWN)}")


def _file_and_name(place: str, root: Path) -> tuple[Path, str | None]:
    """A file may have a # in its own name."""
    file, mark, name = place.rpartition("#")
    if not mark or (root / place).exists():
        return root / place, None
    return root / file, name
