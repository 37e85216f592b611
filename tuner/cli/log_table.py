"""The logs of a table of Amazon Athena: what will be asked and paid, consent, and the answer."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from tuner.cli import output
from tuner.cli.consent import agree
from tuner.document import SCHEMA_VERSION
from tuner.errors import UsageError
from tuner.units import format_usd

if TYPE_CHECKING:
    from tuner.cli.log_function import Asked
    from tuner.logs.findings import LogFindings
    from tuner.logs.workflow import Look
    from tuner.platforms.aws.athena import AthenaTable

SCHEME = "athena:"
PRICES_URL = "https://aws.amazon.com/athena/pricing/"
_TABLE = re.compile(r"athena:([A-Za-z0-9_]{1,255})[.]([A-Za-z0-9_]{1,255})")


def read_athena(
    asked: Asked, look: Look, *, function: str | None, workgroup: str, results: str | None
) -> LogFindings | None:
    """What the lines of the table say; None after a dry run. `look` may ask more of what was counted."""
    from cost_models.pricing import find_prices
    from tuner.logs.remote.athena import Lines, queries
    from tuner.logs.remote.concluding import Interest
    from tuner.logs.remote.table import read_table

    table = _table(asked, workgroup, results)
    relation = f'(SELECT "$path" AS path, line FROM "{table.database}"."{table.name}")'
    lines = Lines(relation, function, asked.since_us, asked.until_us)
    _show_plan(asked, table, len(queries(lines)))
    if asked.dry_run:
        if asked.as_json:
            output.document({"schema_version": SCHEMA_VERSION, "plan": {"queries": queries(lines)}})
        else:
            output.result(";\n\n".join(queries(lines).values()))
        return None
    agree("Go on?", yes=asked.yes)
    region = str(table.api.connection.found_region())
    prices = find_prices(region, asked.architecture or "x86_64")
    return read_table(table, lines, Interest(prices, asked.run, look))


def _table(asked: Asked, workgroup: str, results: str | None) -> AthenaTable:
    from tuner.platforms.aws.api import Api
    from tuner.platforms.aws.athena import AthenaTable
    from tuner.platforms.aws.connection import Connection
    from tuner.settings import load_settings

    named = _TABLE.fullmatch(asked.text)
    if not named:
        raise UsageError(f"'{asked.text}' names no table of Athena", "write athena:DATABASE.TABLE")
    if results is not None and not re.fullmatch(r"s3://[a-z0-9.-]{3,63}(/.*)?", results):
        raise UsageError(f"--output '{results}' is no place for results", "write s3://BUCKET/PREFIX/")
    options = load_settings("aws:any", dict(asked.connection), os.environ, Path.cwd()).options
    region = asked.connection.get("region")
    connection = Connection(options.profile, region, options.role, options.endpoint_url)
    return AthenaTable(Api(connection), named[1], named[2], workgroup, results, asked.max_usd)


def _show_plan(asked: Asked, table: AthenaTable, queries: int) -> None:
    from tuner.logs.remote.athena import SCANS
    from tuner.platforms.aws.athena import USD_PER_TB

    where = f"results in {table.output}" if table.output else "results where the workgroup says"
    region = table.api.connection.found_region()
    output.note(
        f"{asked.text} ({region}): {queries} queries that read the table {SCANS} times, "
        f"workgroup {table.workgroup}, {where}"
    )
    price = f"{format_usd(USD_PER_TB)} a TB (us-east-1, {PRICES_URL})"
    bound = f"stopped at {format_usd(asked.max_usd)}"
    output.note(f"cost: {SCANS} times the size of the table at {price}, as it is stored; {bound}")
