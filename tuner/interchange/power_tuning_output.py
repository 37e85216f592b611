"""The output document of AWS Lambda Power Tuning, read and written.

Documented at https://github.com/alexcasalboni/aws-lambda-power-tuning/blob/master/README-INPUT-OUTPUT.md;
`aws stepfunctions describe-execution` wraps it in a document that holds it as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cost_models.pricing import find_prices
from tuner.errors import UsageError
from tuner.interchange import power_tuning_url
from tuner.interchange.means import Imported, Mean, checked_means, imported_means
from tuner.measure.json_text import NotJsonError, parse_json
from tuner.platforms.aws.names import FunctionName, parse_function_name
from tuner.records import Basis, Candidate, TuningResult

KIND = "trimmed means (Power Tuning leaves out the fastest and the slowest fifth of the calls)"
_KEYS = {"results", "power", "stats", "stateMachine", "executionArn", "errorMessage", "Error", "Cause"}
_STAT_KEYS = {"value", "averageDuration"}
_MESSAGE_MAX = 300
_PER_MILLION = 1e6


def is_output(document: Any) -> bool:
    """Whether a JSON document is an output, its `stats` alone, or an execution that ended in one."""
    if isinstance(document, list):
        return bool(document) and all(isinstance(s, dict) and s.keys() >= _STAT_KEYS for s in document)
    return isinstance(document, dict) and bool(document.keys() & _KEYS)


def read_output(document: Any, *, target: str, function: str) -> Imported:
    """The means of an output. Raises `UsageError` for one of a failed execution, or without a number."""
    region = None
    if isinstance(document, dict) and "executionArn" in document:
        tuned = _function_tuned(document)
        if tuned is not None:
            function, region = str(tuned), tuned.region
        document = _execution_output(document)
    results = document if isinstance(document, list) else _results(document)
    return imported_means(_means(results), target=target, function=function, kind=KIND, region=region)


def imported_address(address: str, *, target: str, function: str) -> Imported:
    """The means of a visualization address; see `power_tuning_url`."""
    return imported_means(power_tuning_url.decode(address), target=target, function=function, kind=KIND)


def power_tuning_document(result: TuningResult) -> dict[str, Any]:
    """The result as an output document, for what reads such documents today; `stats` included.

    Costs are those of the duration alone, as there: without the request charge. Durations are plain means.
    """
    conditions = result.conditions
    request_usd = float(find_prices(str(conditions["region"]), str(conditions["architecture"])).request)
    known = (Basis.MEASURED, Basis.PREDICTED)
    means = [
        mean for c in result.candidates if c.basis in known and (mean := _mean_of(c, request_usd)) is not None
    ]
    chosen = _mean_of(result.recommendation.candidate, request_usd)
    if chosen is None:
        raise AssertionError("what is recommended has a duration and a cost")
    return {
        "results": {
            "power": str(chosen.memory_mb),
            "cost": chosen.cost_usd,
            "duration": chosen.duration_ms,
            "stateMachine": {
                "executionCost": 0.0,  # no state machine ran
                "lambdaCost": result.spent.cost_usd,
                "visualization": power_tuning_url.encode(means),
            },
            "stats": [
                {"value": m.memory_mb, "averagePrice": m.cost_usd, "averageDuration": m.duration_ms}
                for m in means
            ],
        }
    }


def _mean_of(candidate: Candidate, request_usd: float) -> Mean | None:
    duration, cost = candidate.duration_ms, candidate.cost_usd_per_million
    if duration is None or cost is None:
        return None
    return Mean(candidate.memory_mb, duration.mean, max(0.0, cost.mean / _PER_MILLION - request_usd))


def _means(results: Any) -> tuple[Mean, ...]:
    """From `stats`, else from the address of the chart, else the one size that was chosen."""
    stats = results if isinstance(results, list) else results.get("stats")
    if stats is not None:
        if not isinstance(stats, list) or not all(isinstance(stat, dict) for stat in stats):
            raise UsageError("stats is not a list of objects")
        rows = ((s.get("value"), s.get("averageDuration"), s.get("averagePrice")) for s in stats)
        return checked_means(rows, "stats")
    machine = results.get("stateMachine")
    address = machine.get("visualization") if isinstance(machine, dict) else None
    if isinstance(address, str):
        return power_tuning_url.decode(address)
    return checked_means([(results.get("power"), results.get("duration"), results.get("cost"))], "results")


def _results(document: Any) -> dict[str, Any]:
    """The results of an output; a failed one says why. Raises `UsageError`."""
    if not isinstance(document, dict):
        raise UsageError(
            "Power Tuning ended without results", "a dry run has none; run it again without dryRun"
        )
    _refuse_failure(document, "errorType", "errorMessage")
    _refuse_failure(document, "Error", "Cause")
    results = document.get("results", document)
    if not isinstance(results, dict) or not results.keys() & {"power", "stats", "stateMachine"}:
        raise UsageError("Power Tuning ended without results", "look at the execution in Step Functions")
    return results


def _execution_output(execution: Mapping[str, Any]) -> Any:
    _refuse_failure(execution, "error", "cause")
    output = execution.get("output")
    if not isinstance(output, str):
        status = _printable(str(execution.get("status", "of no known status"))[:40])
        raise UsageError(f"the execution is {status}: it has no output", "save it again once it SUCCEEDED")
    try:
        return parse_json(output)
    except NotJsonError as error:
        raise UsageError(f"the output of the execution is not JSON: {error}") from None


def _function_tuned(execution: Mapping[str, Any]) -> FunctionName | None:
    """The function that the execution's input names, where it has an input that does."""
    try:
        given = parse_json(str(execution.get("input")))
        return parse_function_name(str(given["lambdaARN"]))
    except (NotJsonError, UsageError, KeyError, TypeError):
        return None


def _refuse_failure(document: Mapping[str, Any], kind: str, message: str) -> None:
    said = ": ".join(_words(document[key]) for key in (kind, message) if document.get(key))
    if not said:
        return
    # What follows is the event that failed, and not for a terminal.
    said = _printable(said.partition(" with payload ")[0][:_MESSAGE_MAX])
    raise UsageError(
        f"Power Tuning failed, so there is nothing to read: {said}", "mend the function or its payload first"
    )


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _words(cause: Any) -> str:
    """The message of a cause, which often is the error of a function as JSON text."""
    try:
        return str(parse_json(cause)["errorMessage"])
    except (NotJsonError, TypeError, KeyError):
        return str(cause)
