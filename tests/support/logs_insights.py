"""The commands of Logs Insights that the tuner uses, run on log events by DuckDB: filter, parse, stats.

Written from the published syntax, so that a query means here what it says there. Whatever is not known is
refused, as AWS refuses a malformed query.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import duckdb

_TOKEN = re.compile(
    r"""\s*(?: (?P<regex>/(?:[^/\\]|\\.)*/) | (?P<text>"[^"]*") | (?P<number>\d+(?:\.\d+)?)(?P<unit>[smhd]\b)?
    | (?P<word>[@A-Za-z_][\w.]*) | (?P<sign>[-+*/(),|]) )""",
    re.VERBOSE,
)
_FUNCTIONS = {"floor": "floor", "log": "ln", "greatest": "greatest", "coalesce": "coalesce"}
_FOLDS = ("sum", "max", "min", "avg")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_MOST = {"s": 60, "m": 60, "h": 24, "d": 31}
_ROWS = 10_000
_FIELDS = ("@message", "@logStream", "@timestamp")


class MalformedQueryError(ValueError):
    """What Logs Insights would not accept, or what is not known here."""


def answer(query: str, events: Iterable[Mapping[str, object]]) -> list[dict[str, str]]:
    """The rows of a query over events with `@message`, `@logStream` and `@timestamp` [ms], as texts."""
    translated = _Query(_tokens(query))
    connection = duckdb.connect(config={"threads": 1})
    connection.execute('CREATE TABLE event ("@message" VARCHAR, "@logStream" VARCHAR, "@timestamp" BIGINT)')
    rows = [[event[name] for name in _FIELDS] for event in events]
    if rows:
        connection.execute(
            "INSERT INTO event SELECT unnest(?), unnest(?), unnest(?)",
            [list(c) for c in zip(*rows, strict=True)],
        )
    found = connection.execute(translated.sql)
    names = [column[0] for column in found.description]
    return [
        {name: _text(value) for name, value in zip(names, row, strict=True) if value is not None}
        for row in found.fetchall()
    ]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return repr(value) if isinstance(value, float) else str(value)


def _tokens(query: str) -> list[tuple[str, str]]:
    tokens, at = [], 0
    query = query.strip()
    while at < len(query):
        # A slash begins a regular expression only where a value may stand.
        found = _TOKEN.match(query, at)
        if not found:
            raise MalformedQueryError(f"unexpected text: {query[at : at + 20]!r}")
        kind = found.lastgroup
        value = found[0].strip()
        if kind == "regex" and not (tokens and tokens[-1][1] in ("like", "@message", "@logStream")):
            kind, value = "sign", "/"
            at = found.start("regex") + 1
        else:
            at = found.end()
        if kind == "unit":
            kind = "period"
        tokens.append((str(kind), value))
    return tokens


class _Query:
    """A recursive descent over the tokens that leaves one SQL query behind."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = [*tokens, ("end", "")]
        self._at = 0
        self._known = set(_FIELDS)
        self._numeric = False
        self.sql = "SELECT * FROM event"
        while True:
            command = self._take("word")
            {"filter": self._filter, "parse": self._parse, "stats": self._stats, "limit": self._limit}.get(
                command, self._unknown
            )()
            if self._peek() == ("end", ""):
                return
            self._expect("|")

    def _unknown(self) -> None:
        raise MalformedQueryError(f"unknown command {self._tokens[self._at - 1][1]!r}")

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at]

    def _next(self) -> tuple[str, str]:
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, kind: str) -> str:
        found = self._next()
        if found[0] != kind:
            raise MalformedQueryError(f"{found[1]!r} where a {kind} should stand")
        return found[1]

    def _expect(self, value: str) -> None:
        if (found := self._next()[1]) != value:
            raise MalformedQueryError(f"{found!r} where {value!r} should stand")

    def _accept(self, value: str) -> bool:
        if self._peek()[1] == value:
            self._at += 1
            return True
        return False

    def _filter(self) -> None:
        self.sql = f"SELECT * FROM ({self.sql}) WHERE {self._condition()}"

    def _parse(self) -> None:
        source = self._field(self._take("word"))
        pattern = self._take("regex")[1:-1]
        (name,) = re.findall(r"\(\?<(\w+)>", pattern)
        if name in self._known:
            raise MalformedQueryError(f"{name} is there already")
        self._known.add(name)
        extracted = f"regexp_extract({source}, {_quoted(pattern.replace('(?<', '(?P<'))}, 1)"
        self.sql = f"SELECT *, nullif({extracted}, '') AS \"{name}\" FROM ({self.sql})"

    def _stats(self) -> None:
        measures = self._listed(until="by")
        self._expect("by")
        keys = self._listed(until="|")
        if {name for name, _ in measures} & self._known:
            raise MalformedQueryError("a measure has the name of a field")
        columns = ", ".join(f'{made} AS "{name}"' for name, made in (*measures, *keys))
        grouped = ", ".join(made for _, made in keys)
        self.sql = f"SELECT {columns} FROM ({self.sql}) GROUP BY {grouped} LIMIT {_ROWS}"

    def _limit(self) -> None:
        most = int(self._take("number"))
        if most > _ROWS:
            raise MalformedQueryError("limit is 10000 at most")
        self.sql = f"SELECT * FROM ({self.sql}) LIMIT {most}"

    def _listed(self, until: str) -> list[tuple[str, str]]:
        found = []
        while True:
            kind, name = self._peek()
            alone = kind == "word" and self._tokens[self._at + 1][1] in (",", until, "", "|")
            made = self._field(self._take("word")) if alone else self._condition()
            found.append((self._take("word") if self._accept("as") else name, made))
            if not self._accept(","):
                return found

    def _condition(self) -> str:
        parts = [self._comparison()]
        while self._peek()[1] in ("or", "and"):
            parts += [self._next()[1], self._comparison()]
        return f"({' '.join(parts)})" if len(parts) > 1 else parts[0]

    def _comparison(self) -> str:
        if self._peek()[0] == "word" and self._tokens[self._at + 1][1] == "like":
            field = self._field(self._take("word"))
            self._expect("like")
            kind, value = self._next()
            if kind == "regex":
                return f"regexp_matches({field}, {_quoted(value[1:-1])})"
            return f"contains({field}, {_quoted(value[1:-1])})"
        return self._sum()

    def _sum(self) -> str:
        made = self._factor()
        while self._peek()[1] in ("+", "-", "*", "/"):
            made = f"{made} {self._next()[1]} {self._factor()}"
        return made

    def _factor(self) -> str:
        kind, value = self._next()
        if kind == "number":
            return f"{value}::DOUBLE"
        if value == "(":
            made = self._condition()
            self._expect(")")
            return f"({made})"
        if kind != "word":
            raise MalformedQueryError(f"{value!r} is no expression")
        return self._call(value) if self._accept("(") else f"TRY_CAST({self._field(value)} AS DOUBLE)"

    def _call(self, name: str) -> str:
        if name == "bin":
            made = self._bin(self._take("period"))
        elif name == "count":
            made = "count(*)" if self._accept("*") else f"count({self._field(self._take('word'))})"
        elif name == "ispresent":
            made = f"({self._field(self._take('word'))} IS NOT NULL)"
        elif name in _FOLDS or name in _FUNCTIONS:
            arguments = [self._sum()]
            while self._accept(","):
                arguments.append(self._sum())
            made = f"{_FUNCTIONS.get(name, name)}({', '.join(arguments)})"
        else:
            raise MalformedQueryError(f"unknown function {name!r}")
        self._expect(")")
        return made

    def _bin(self, period: str) -> str:
        number, unit = int(period[:-1]), period[-1]
        if number > _MOST[unit]:
            raise MalformedQueryError(f"{period} is too long for its unit")
        seconds = number * _SECONDS[unit]
        start = f'make_timestamp(("@timestamp" // {seconds * 1000}) * {seconds * 1_000_000})'
        return f"strftime({start}, '%Y-%m-%d %H:%M:%S.000')"

    def _field(self, name: str) -> str:
        if name not in self._known:
            raise MalformedQueryError(f"{name} is no field")
        return f'"{name}"'


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
