"""`tuner concurrency drain SOURCE`: what a way of invoking needs, and how long it takes over a backlog."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import click

from tuner.cli.concurrency.shared import (
    COUNT,
    DURATION,
    FILE,
    RATE,
    SHARE,
    Quantity,
    show,
    write_markdown,
)
from tuner.concurrency.sources import SOURCES, Work, outlook_of
from tuner.errors import UsageError
from tuner.option_values import one_of, read_seconds, read_timeout_s

_SECONDS = Quantity(read_seconds)
_OF_SOURCES = sorted({field.name for source in SOURCES.values() for field in fields(source)})


@click.command("drain", short_help="What a queue, stream or caller needs, and how long a backlog takes.")
@click.argument("source", type=Quantity(one_of(*SOURCES)))
@click.option("--requests-per-second", type=RATE, metavar="N", required=True, help="Events that arrive.")
@click.option(
    "--duration", type=DURATION, metavar="250ms", required=True, help="Of one invocation, a whole batch."
)
@click.option(
    "--backlog", type=click.IntRange(0, 10**12), metavar="N", default=0, help="Events that wait at the start."
)
@click.option(
    "--limit", type=COUNT, metavar="N", default="1000", help="What may run at a time.  [default: 1000]"
)
@click.option(
    "--failed-share", type=SHARE, metavar="1%", default="0%", help="Of the invocations.  [default: 0%]"
)
@click.option(
    "--timeout", "timeout_s", type=Quantity(read_timeout_s), metavar="30s", help="The function's timeout."
)
@click.option(
    "--batch-size",
    type=click.IntRange(1, 10_000),
    metavar="N",
    help="Events in a full batch.  [default: sqs 10, else 100]",
)
@click.option(
    "--batch-window", "batch_window_s", type=_SECONDS, metavar="5s", help="sqs: how long a batch is gathered."
)
@click.option(
    "--visibility-timeout", "visibility_timeout_s", type=_SECONDS, metavar="3m", help="sqs: of the queue."
)
@click.option(
    "--maximum-concurrency",
    type=click.IntRange(2, 1_000),
    metavar="N",
    help="sqs: MaximumConcurrency of the mapping.",
)
@click.option(
    "--max-receives",
    "maximum_receives",
    type=click.IntRange(1, 1_000),
    metavar="N",
    help="sqs: then dead-letter queue.",
)
@click.option(
    "--message-groups", type=COUNT, metavar="N", help="sqs: a FIFO queue with so many active groups."
)
@click.option("--earlier", is_flag=True, default=None, help="sqs: the earlier scaling, 60 more a minute.")
@click.option(
    "--shards", type=click.IntRange(1, 10_000), metavar="N", help="Streams: their shards.  [default: 1]"
)
@click.option(
    "--parallelization-factor",
    type=click.IntRange(1, 10),
    metavar="N",
    help="Streams: batches a shard.  [default: 1]",
)
@click.option("--retention", "retention_s", type=_SECONDS, metavar="24h", help="Streams: of the records.")
@click.option(
    "--retries",
    "maximum_retries",
    type=click.IntRange(0, 10_000),
    metavar="N",
    help="Asynchronous: 0 to 2; streams: until expiry.",
)
@click.option("--max-age", "maximum_age_s", type=_SECONDS, metavar="6h", help="Asynchronous: of an event.")
@click.option("--report", type=FILE, metavar="FILE", help="Write the answer as Markdown too.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON document.")
def command(**flags: Any) -> None:
    """Show what SOURCE needs, how long it takes over a backlog, and what fails when the limit is too low.

    SOURCE is synchronous, asynchronous, sqs, kinesis or dynamodb.

    \b
    tuner concurrency drain sqs --requests-per-second 200 --duration 2s --backlog 1000000 --limit 100
    tuner concurrency drain kinesis --requests-per-second 5000 --duration 1s --shards 20
    """
    from tuner.reporting.concurrency.document import drain_document
    from tuner.reporting.concurrency.drain_page import drain_page

    name, as_json, report = flags.pop("source"), flags.pop("as_json"), flags.pop("report")
    given = {key: flags.pop(key) for key in _OF_SOURCES}
    given = {key: value for key, value in given.items() if value is not None}
    known = {field.name for field in fields(SOURCES[name])}
    for key in given:
        if key not in known:
            raise UsageError(f"{_flag(key)} means nothing to {name}", _hint(name, sorted(known)))
    if name == "asynchronous" and given.get("maximum_retries", 0) > 2:
        raise UsageError("an asynchronous event is retried at most twice", "give --retries 0, 1 or 2")
    work = Work(
        events_per_second=flags["requests_per_second"],
        duration_ms=flags["duration"],
        limit=flags["limit"],
        backlog=flags["backlog"],
        failed_share=flags["failed_share"],
        timeout_s=flags["timeout_s"],
    )
    outlook = outlook_of(SOURCES[name](**given), work)
    page = drain_page(name, work, outlook)
    write_markdown(page, report)
    show(page, drain_document(name, work, outlook) if as_json else None)


def _flag(key: str) -> str:
    """The option of a setting, as the command line writes it."""
    return next(p.opts[0] for p in command.params if p.name == key)


def _hint(name: str, known: list[str]) -> str:
    return f"{name} knows {', '.join(map(_flag, known))}" if known else f"{name} has no settings of its own"
