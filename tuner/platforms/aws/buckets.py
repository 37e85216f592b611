"""Objects of S3 as streams: listed, and fetched in ranges that are each tried again by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tuner.errors import UsageError
from tuner.platforms.aws.api import Api, AwsError, explained

RANGE_BYTES = 8 * 1024**2
_LISTED_AT_ONCE = 1000
_URL = re.compile(r"s3:/{1,2}([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?", re.DOTALL)
_PUT_AWAY = ("GLACIER", "DEEP_ARCHIVE")
"""Storage classes that have to be restored before they can be read."""
_GONE = (
    "NoSuchKey",
    "NoSuchBucket",
    "PreconditionFailed",
    "InvalidObjectState",
    "InvalidRange",
    "404",
    "412",
)


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object as it was listed; it is read only as long as it stays so."""

    bucket: str
    key: str
    size: int
    etag: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What stands below a prefix; `put_away` objects would have to be restored first."""

    objects: tuple[StoredObject, ...]
    put_away: int
    lists: int
    """How many requests it took."""

    @property
    def size(self) -> int:
        """What there is to read [bytes]."""
        return sum(found.size for found in self.objects)

    @property
    def reads(self) -> int:
        """How many requests it takes to read all of it."""
        return sum(-(-found.size // RANGE_BYTES) for found in self.objects)


def list_objects(api: Api, url: str) -> Listing:
    """Everything below `s3://BUCKET/PREFIX`, empty objects apart.

    Raises `UsageError` for an address, a bucket or a prefix that is not there, else `AwsError`.
    """
    bucket, prefix = _parsed(url)
    try:
        items = api.pages("ListObjectsV2", "Contents", Bucket=bucket, Prefix=prefix)
    except AwsError as error:
        if error.code == "NoSuchBucket":
            raise UsageError(
                f"there is no bucket '{bucket}'", "check its name, --profile and --role"
            ) from error
        raise
    objects = tuple(
        StoredObject(bucket, item["Key"], item["Size"], item["ETag"])
        for item in items
        if item["Size"] and item.get("StorageClass") not in _PUT_AWAY
    )
    put_away = sum(item.get("StorageClass") in _PUT_AWAY for item in items)
    if not objects:
        hint = "restore what is in Glacier first" if put_away else "check the prefix: aws s3 ls " + url
        raise UsageError(f"there is no object to read below '{url}'", hint)
    return Listing(objects, put_away, lists=-(-len(items) // _LISTED_AT_ONCE))


@contextmanager
def open_object(api: Api, stored: StoredObject) -> Iterator[ObjectStream]:
    """The bytes of an object. Reading raises `FileNotFoundError` once it is gone, changed or put away."""
    yield ObjectStream(api, stored)


class ObjectStream:
    """Fetches ranges of an object as they are read."""

    def __init__(self, api: Api, stored: StoredObject) -> None:
        self._api = api
        self._stored = stored
        self._at = 0
        self._fetched = memoryview(b"")

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""
        if not self._fetched:
            self._fetched = memoryview(self._fetch())
        found, self._fetched = self._fetched[:size], self._fetched[size:]
        return bytes(found)

    def readinto(self, buffer: bytearray, /) -> int:
        """As many bytes as are there and fit; 0 at the end."""
        found = self.read(len(buffer))
        buffer[: len(found)] = found
        return len(found)

    def _fetch(self) -> bytes:
        stored, begin = self._stored, self._at
        if begin >= stored.size:
            return b""
        self._at = min(stored.size, begin + RANGE_BYTES)
        try:
            answer = self._api.call(
                "GetObject",
                Bucket=stored.bucket,
                Key=stored.key,
                IfMatch=stored.etag,
                Range=f"bytes={begin}-{self._at - 1}",
            )
            with explained("GetObject"):
                content: bytes = answer["Body"].read()
        except AwsError as error:
            if error.code in _GONE:
                raise FileNotFoundError(stored.key) from error
            raise
        return content


def _parsed(url: str) -> tuple[str, str]:
    found = _URL.fullmatch(url)
    if not found:
        raise UsageError(f"'{url}' is no address of S3", "write s3://BUCKET/PREFIX")
    return found[1], found[2] or ""
