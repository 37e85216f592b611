"""What goes over the wire, taken apart only as far as every service needs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_SCOPE = re.compile(r"Credential=[^/]+/\d{8}/([^/]+)/([^/]+)/aws4_request")


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. Header names are in lower case; `target` is the raw path with its query."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False, default=b"")

    @property
    def path(self) -> str:
        """The path as it was sent, still percent-encoded."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The query string as it was sent."""
        return self.target.partition("?")[2]

    @property
    def service(self) -> str:
        """The service that the request was signed for; empty where it was not signed."""
        found = _SCOPE.search(self.headers.get("authorization", ""))
        return found[2] if found else ""

    @property
    def region(self) -> str:
        """The region that the request was signed for; empty where it was not signed."""
        found = _SCOPE.search(self.headers.get("authorization", ""))
        return found[1] if found else ""


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer."""

    status: int
    body: bytes = field(repr=False, default=b"")
    headers: Mapping[str, str] = field(default_factory=dict)
