"""CloudWatch's `GetMetricData`: how often a function was invoked, and what a call took.

boto3 asks in JSON; SDKs that do not know that protocol ask in a form, and are answered in XML.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from fake_lambda.account import Account
from fake_lambda.errors import ApiError
from fake_lambda.log_groups import group_of, size_of
from fake_lambda.messages import Answer, Request
from fake_lambda.production import metric_points
from fake_lambda.protocols import protocol_of

QUERIES_MAX = 500
_NAMESPACE = "http://monitoring.amazonaws.com/doc/2010-08-01/"


def metric_data_answer(request: Request, account: Account) -> Answer:
    """The answer to `GetMetricData`: one point a query, of which something is known, half a period ago."""
    if protocol_of(request) == "json":
        document = _results(json.loads(request.body), account)
        body = json.dumps(document, default=lambda moment: moment.timestamp())
        return Answer(200, body.encode(), {"Content-Type": "application/x-amz-json-1.0"})
    document = _results(_nested(request.body), account)
    text = (
        f'<GetMetricDataResponse xmlns="{_NAMESPACE}">'
        f"<GetMetricDataResult>{_xml(document)}</GetMetricDataResult>"
        f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata></GetMetricDataResponse>"
    )
    return Answer(200, text.encode(), {"Content-Type": "text/xml"})


def _results(asked: Mapping[str, Any], account: Account) -> dict[str, Any]:
    results = []
    if len(asked["MetricDataQueries"]) > QUERIES_MAX:
        text = f"The collection MetricDataQueries must not have a size greater than {QUERIES_MAX}."
        raise ApiError(400, "ValidationError", text)
    for query in asked["MetricDataQueries"]:
        metric = query["MetricStat"]["Metric"]
        if any(each["Name"] == "ExecutedVersion" for each in metric.get("Dimensions", ())):
            results.append(_counted(query, asked, account))
            continue
        value = _value(metric, query["MetricStat"]["Stat"], account)
        if isinstance(value, Mapping):
            results.append(_series(query, asked, value))
            continue
        half_period = int(query["MetricStat"]["Period"]) / 2
        moment = datetime.fromtimestamp(int(account.clock.now() - half_period), UTC)
        known = value > 0 and _seconds(asked["StartTime"]) <= moment.timestamp() <= _seconds(asked["EndTime"])
        results.append(
            {
                "Id": query["Id"],
                "Label": metric["MetricName"],
                "Timestamps": [moment] if known else [],
                "Values": [float(value)] if known else [],
                "StatusCode": "Complete",
            }
        )
    return {"MetricDataResults": results, "Messages": []}


def _counted(query: Mapping[str, Any], asked: Mapping[str, Any], account: Account) -> dict[str, Any]:
    """The result of a query for one version behind an alias, from the calls that there were."""
    statistic, period = query["MetricStat"]["Stat"], int(query["MetricStat"]["Period"])
    first, end = _seconds(asked["StartTime"]), _seconds(asked["EndTime"])
    with account.lock:
        points = metric_points(account.traces, query["MetricStat"]["Metric"], statistic, period)
    within = [(at, value) for at, value in points if first <= at < end]
    return {
        "Id": query["Id"],
        "Label": query["MetricStat"]["Metric"]["MetricName"],
        "Timestamps": [datetime.fromtimestamp(at, UTC) for at, _ in within],
        "Values": [value for _, value in within],
        "StatusCode": "Complete",
    }


def _series(
    query: Mapping[str, Any], asked: Mapping[str, Any], points: Mapping[float, float]
) -> dict[str, Any]:
    """The result of a query whose values a test has given for each period."""
    first, end = _seconds(asked["StartTime"]), _seconds(asked["EndTime"])
    within = [(at, value) for at, value in sorted(points.items(), reverse=True) if first <= at < end]
    return {
        "Id": query["Id"],
        "Label": query["MetricStat"]["Metric"]["MetricName"],
        "Timestamps": [datetime.fromtimestamp(at, UTC) for at, _ in within],
        "Values": [value for _, value in within],
        "StatusCode": "Complete",
    }


def _value(metric: Mapping[str, Any], statistic: str, account: Account) -> float | Mapping[float, float]:
    """Of the unqualified function only: for a version or an alias nothing is known."""
    dimensions = {each["Name"]: each["Value"] for each in metric.get("Dimensions", ())}
    name = dimensions.get("FunctionName", "")
    if dimensions.get("Resource", name) != name or dimensions.get("ExecutedVersion"):
        return 0
    with account.lock:
        if metric["MetricName"] == "IncomingBytes":
            group = dimensions["LogGroupName"]
            return sum(size_of(trace) for trace in account.traces if group_of(trace, account) == group)
        function = account.functions.get(name)
        if function is None or metric["Namespace"] != "AWS/Lambda":
            return 0
        known = {
            "Invocations": function.recent_invocations,
            "Duration": function.recent_duration_ms,
            "Duration Sum": function.recent_duration_ms * function.recent_invocations,
            **function.metrics,
        }
        wanted = metric["MetricName"]
        return known.get(f"{wanted} {statistic}", known.get(wanted, 0))


def _seconds(moment: Any) -> float:
    if isinstance(moment, datetime):
        return moment.timestamp()
    if isinstance(moment, str):
        return datetime.fromisoformat(moment).timestamp()
    return float(moment)


def _nested(body: bytes) -> dict[str, Any]:
    """A form whose keys are paths, as the document that they describe."""
    document: dict[str, Any] = {}
    for path, value in parse_qsl(body.decode()):
        *parents, last = path.split(".")
        place = document
        for name in parents:
            place = place.setdefault(name, {})
        place[last] = value
    listed = _with_lists(document)
    assert isinstance(listed, dict)
    return listed


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if set(value) == {"member"}:
        return [
            _with_lists(item) for _, item in sorted(value["member"].items(), key=lambda pair: int(pair[0]))
        ]
    return {name: _with_lists(item) for name, item in value.items()}


def _xml(value: Any) -> str:
    match value:
        case dict():
            return "".join(f"<{name}>{_xml(item)}</{name}>" for name, item in value.items())
        case list():
            return "".join(f"<member>{_xml(item)}</member>" for item in value)
        case datetime():
            return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return escape(str(value))
