"""What an answer of Logs Insights cannot hold: 10,000 rows at most."""

import random

import pytest
from log_lines import report
from logs_insights import answer

from cost_models.pricing import find_prices
from tuner.errors import NoAnswerError
from tuner.logs.remote.concluding import Interest
from tuner.logs.remote.log_group import FunctionLogs, read_log_group

START_MS = 1_795_428_000_000


class Group:
    """Events as a log group that is queried here and now."""

    scanned_bytes = 1

    def __init__(self, events):
        self.events = events

    def ask(self, queries):
        return {name: answer(query, self.events) for name, query in queries.items()}

    def peak_concurrency(self):
        return None


def many_kinds(calls, versions):
    rng = random.Random(5)
    for n in range(calls):
        line = report(n, round(rng.uniform(1, 900) ** 2, 2))
        stream = f"2026/11/23/[{n % versions}]0a1b"
        yield {"@message": line, "@logStream": stream, "@timestamp": START_MS + 1000 * n}


def read(events):
    wanted = FunctionLogs("checkout", 86_400, Interest(find_prices("us-east-1", "x86_64")))
    return read_log_group(Group(events), wanted)


def test_wider_bins_are_used_where_narrow_ones_are_too_many_and_it_is_said():
    events = list(many_kinds(14_000, versions=25))
    found = read(events)
    (warning,) = [w for w in found.warnings if w.code == "W-COARSE-BINS"]
    assert "1.6 % wide" in warning.message
    (function,) = found.functions
    assert 14_000 == function.invocations
    durations = sorted(float(e["@message"].split("\t")[1].split()[1]) for e in events)
    assert durations[7000] == pytest.approx(function.current.duration_ms.percentiles["p50"], rel=0.016)


def test_more_kinds_than_any_bins_could_hold_end_in_an_error_with_what_to_do():
    with pytest.raises(NoAnswerError, match="more than 10,000 rows") as refused:
        read(list(many_kinds(11_000, versions=11_000)))
    assert "shorten --since" == refused.value.hint
