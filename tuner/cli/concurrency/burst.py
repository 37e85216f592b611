"""`tuner concurrency burst`: how concurrency climbs when the demand jumps."""

from __future__ import annotations

from pathlib import Path

import click

from tuner.cli.concurrency.shared import COUNT, FILE, WHOLE, show, write_markdown
from tuner.errors import UsageError


@click.command("burst", short_help="How concurrency climbs when the demand jumps.")
@click.option("--from", "present", type=WHOLE, required=True, metavar="N", help="The concurrency now.")
@click.option(
    "--to", "demand", type=COUNT, required=True, metavar="N", help="The concurrency that is asked for."
)
@click.option(
    "--account-limit",
    type=COUNT,
    metavar="N",
    default="1000",
    help="The account's concurrency.  [default: 1000]",
)
@click.option("--function-limit", type=WHOLE, metavar="N", help="The function's reserved concurrency.")
@click.option(
    "--rate", metavar="N/TIME", help="Today's rule: so many more in each such time.  [default: 1000/10s]"
)
@click.option("--immediate", type=WHOLE, metavar="N", help="The earlier rule: so many at once, 500 to 3000.")
@click.option(
    "--per-minute",
    type=WHOLE,
    metavar="N",
    help="The earlier rule: so many more every minute.  [default: 500]",
)
@click.option("--report", type=FILE, metavar="FILE", help="Write the answer as Markdown too.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON document.")
def command(
    *,
    present: int,
    demand: int,
    account_limit: int,
    function_limit: int | None,
    rate: str | None,
    immediate: int | None,
    per_minute: int | None,
    report: Path | None,
    as_json: bool,
) -> None:
    """Show how concurrency climbs when the demand jumps, under today's scaling rule or the earlier one.

    \b
    tuner concurrency burst --from 100 --to 4000 --account-limit 5000
    tuner concurrency burst --from 100 --to 4000 --account-limit 5000 --immediate 3000 --per-minute 500
    """
    from tuner.concurrency.scaling import EARLIER, ScalingRule, climb, read_rate_rule
    from tuner.reporting.concurrency.burst_page import burst_page
    from tuner.reporting.concurrency.document import burst_document

    if immediate is None and per_minute is None:
        rule = read_rate_rule(rate or "1000/10s")
    elif rate is not None:
        raise UsageError(
            "--rate is today's rule; --immediate and --per-minute are the earlier one", "give one of them"
        )
    else:
        rule = ScalingRule(
            EARLIER.immediate if immediate is None else immediate,
            EARLIER.increment if per_minute is None else per_minute,
            EARLIER.period_s,
            shared=True,
        )
    found = climb(
        rule, present=present, demand=demand, account_limit=account_limit, function_limit=function_limit
    )
    page = burst_page(found)
    write_markdown(page, report)
    show(page, burst_document(found) if as_json else None)
