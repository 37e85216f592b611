"""How a function of AWS Lambda is named: by name or ARN, with or without a version or alias."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tuner.errors import UsageError

_NAME = r"(?P<name>[a-zA-Z0-9_-]{1,64})"
_QUALIFIER = r"(?::(?P<qualifier>\$LATEST|[a-zA-Z0-9_-]{1,128}))?"
_PLAIN = re.compile(rf"{_NAME}{_QUALIFIER}")
_ARN = re.compile(
    rf"arn:(?P<partition>aws[a-z-]*):lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{{12}}):function:{_NAME}{_QUALIFIER}"
)
_PARTIAL = re.compile(rf"(?P<account>\d{{12}}):function:{_NAME}{_QUALIFIER}")


@dataclass(frozen=True, slots=True)
class FunctionName:
    """A function, and the version or alias that is meant; `region` is None unless an ARN names it."""

    name: str
    qualifier: str | None = None
    region: str | None = None
    account: str | None = None

    @property
    def identifier(self) -> str:
        """What AWS is asked for: the name, with the account where it is another's."""
        return f"{self.account}:function:{self.name}" if self.account else self.name

    def __str__(self) -> str:
        return f"{self.name}:{self.qualifier}" if self.qualifier else self.name


def parse_function_name(text: str) -> FunctionName:
    """A function from `NAME`, `NAME:ALIAS`, `NAME:7`, a full ARN or `ACCOUNT:function:NAME`.

    `$LATEST` is what a name without a qualifier means. Raises `UsageError` for anything else.
    """
    for pattern in (_ARN, _PARTIAL, _PLAIN):
        if match := pattern.fullmatch(text):
            found = match.groupdict()
            qualifier = found["qualifier"]
            return FunctionName(
                found["name"],
                None if qualifier == "$LATEST" else qualifier,
                found.get("region"),
                found.get("account"),
            )
    raise UsageError(
        f"'{text}' is no name of a Lambda function",
        "write NAME, NAME:ALIAS, NAME:VERSION or arn:aws:lambda:REGION:ACCOUNT:function:NAME",
    )
