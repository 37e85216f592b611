"""`tuner doctor [NAME]`: what would keep a run from working, and what a function lacks."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import tuner
from tuner.cli import output
from tuner.document import SCHEMA_VERSION
from tuner.errors import MeasurementError, UsageError
from tuner.platforms.aws.permissions import Mode

if TYPE_CHECKING:
    from tuner.options import RunOptions
    from tuner.platforms.aws.connection import Connection
    from tuner.platforms.aws.doctor.examination import Examination, FirstCall
    from tuner.platforms.aws.doctor.findings import Finding
    from tuner.settings import Target

_COLOURS = {"ok": "green", "note": None, "warning": "yellow", "error": "red"}
_WITH_DETAILS = ("warning", "error")


@click.command("doctor", short_help="Check that a function can be measured, and what it lacks.")
@click.argument("name", required=False)
@click.option("--region", metavar="REGION", help="Where the function is; else the credentials' own.")
@click.option("--profile", metavar="NAME", help="The AWS profile to use.")
@click.option("--role", metavar="ARN", help="The role to assume, as in another account.")
@click.option("--endpoint-url", metavar="URL", help="Another address for every AWS service.")
@click.option(
    "--mode",
    type=click.Choice([str(mode) for mode in Mode]),
    default=str(Mode.MUTATE),
    help="What the caller is to be allowed; read-only invokes nothing.  [default: mutate, for tuner run]",
)
@click.option("--policy", is_flag=True, help="Print only the least IAM policy for that mode.")
@click.option("--payload", metavar="JSON|@FILE|s3://…", help="The event of the first call.  [default: {}]")
@click.option("--no-invoke", is_flag=True, help="Leave out the first call.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as one JSON document.")
def command(
    *,
    name: str | None,
    mode: str,
    policy: bool,
    payload: str | None,
    no_invoke: bool,
    as_json: bool,
    **flags: Any,
) -> None:
    """Check credentials, quotas, prices and unfinished runs; with NAME also a function on AWS.

    NAME is a function's name or ARN, NAME:ALIAS, or an entry of tuner.toml. Permissions are checked without
    using them, and its settings are held against AWS's own advice. Nothing is changed, and nothing is asked:
    the function is invoked once, which costs what one call of it costs.

    Exit codes: 0 no more than notes and warnings, 2 usage or settings, 3 an error was found, most of which
    keep the function from being measured.
    """
    _refuse_useless(name, policy=policy, payload=payload, no_invoke=no_invoke)
    from tuner.settings import load_settings

    given = {key: value for key, value in {**flags, "payload": payload}.items() if value is not None}
    # Without a name only the options matter, and any target leads to them.
    settings = load_settings(name or "aws:any", given, os.environ, Path.cwd())
    if settings.target.scheme != "aws":
        raise UsageError(
            f"the target '{settings.target.spec}' is not on AWS, and the doctor looks at nothing else",
            "give the name or ARN of a Lambda function, or an entry of tuner.toml whose target is aws:NAME",
        )
    if policy:
        _print_policy(settings.target, settings.options, Mode(mode))
        return
    _examine(
        settings.target if name else None,
        settings.options,
        Mode(mode),
        invoke=not (no_invoke or mode == Mode.READ),
        as_json=as_json,
    )


def _refuse_useless(name: str | None, *, policy: bool, payload: str | None, no_invoke: bool) -> None:
    """An option without effect would be taken for one that had some."""
    if name is None and (policy or payload or no_invoke):
        raise UsageError("--policy, --payload and --no-invoke are about a function", "give its name")
    if payload and (no_invoke or policy):
        raise UsageError("--payload is for the first call, which is left out", "leave out one of them")


def _print_policy(target: Target, options: RunOptions, mode: Mode) -> None:
    from tuner.platforms.aws.doctor.least_policy import policy_for_arn, policy_for_name
    from tuner.platforms.aws.names import parse_function_name

    name = parse_function_name(target.rest)
    found = (
        policy_for_arn(target.rest, mode)
        if name.region
        else policy_for_name(_connection(options), name, mode)
    )
    if not found.queues_known:
        output.note(
            "the queues that invoke the function are not known, so sqs:GetQueueAttributes is left out: "
            "add it for each of them, or leave their visibility timeouts unchecked"
        )
    output.document(found.document)


def _examine(target: Target | None, options: RunOptions, mode: Mode, *, invoke: bool, as_json: bool) -> None:
    from tuner.platforms.aws.doctor.examination import examine
    from tuner.platforms.aws.doctor.findings import Severity, worst
    from tuner.platforms.aws.names import parse_function_name

    name = parse_function_name(target.rest) if target else None
    connection = _connection(options)
    if name and name.region:
        if connection.region not in (None, name.region):
            raise UsageError(
                f"the function is in {name.region}, and --region says {connection.region}",
                "leave out --region, or name another function",
            )
        connection = replace(connection, region=name.region)
    first_call = _first_call(target, options) if target and invoke else None
    found = examine(connection, name, mode=mode, first_call=first_call)
    if as_json:
        output.document(_document(found))
    else:
        output.result(_text(found.findings))
    if worst(found.findings) is Severity.ERROR:
        sys.exit(MeasurementError.exit_code)


def _connection(options: RunOptions) -> Connection:
    from tuner.platforms.aws.connection import Connection

    return Connection(options.profile, options.region, options.role, options.endpoint_url)


def _first_call(target: Target, options: RunOptions) -> FirstCall:
    from tuner.measure.payloads import read_payloads
    from tuner.platforms.aws.doctor.examination import FirstCall
    from tuner.platforms.registry import object_reader

    payloads = read_payloads(
        payload=options.payload,
        lines=options.payload_lines,
        weighted=options.payload_weighted,
        once=options.payload_once,
        root=target.root,
        fetch=object_reader(options),
    )
    return FirstCall(
        payloads.sample,
        streams=options.stream,
        expected_errors=options.expect_error or (),
        announce=lambda: output.note(f"invoking {target.rest} once"),
    )


def _document(found: Examination) -> dict[str, Any]:
    from tuner.platforms.aws.doctor.findings import worst

    return {
        "schema_version": SCHEMA_VERSION,
        "tool_version": tuner.__version__,
        "function": found.function,
        "checks": [asdict(finding) for finding in found.findings],
        "worst": worst(found.findings),
    }


def _text(findings: Sequence[Finding]) -> str:
    """Each group with a line a finding, what to do below warnings and errors, and a line that sums up."""
    lines: list[str] = []
    for group in dict.fromkeys(finding.group for finding in findings):
        heading = group.replace("_", " ").capitalize()
        lines.append(click.style(heading, bold=True) if output.use_colour(sys.stdout) else heading)
        for finding in findings:
            if finding.group is group:
                lines += _lines(finding)
        lines.append("")
    return "\n".join([*lines, _summary(findings)])


def _lines(finding: Finding) -> list[str]:
    mark = f"{finding.severity:<7}"
    if output.use_colour(sys.stdout):
        mark = click.style(mark, fg=_COLOURS[finding.severity])
    lines = [f"  {mark}  {finding.message}"]
    if finding.severity in _WITH_DETAILS:
        lines += [f"           {detail}" for detail in (finding.hint, finding.source) if detail]
    return lines


def _summary(findings: Sequence[Finding]) -> str:
    counts = Counter(str(finding.severity) for finding in findings)
    words = [
        f"{counts[kind]} {kind}" + ("s" if counts[kind] > 1 else "")
        for kind in ("error", "warning", "note")
        if counts[kind]
    ]
    return ", ".join([*words, f"{counts['ok']} ok"])
