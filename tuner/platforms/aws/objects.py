"""Reading an object of S3: an event that is too large, or too secret, for a repository."""

from __future__ import annotations

from tuner.errors import UsageError
from tuner.platforms.aws.api import Api, AwsError, explained

OBJECT_MAX_BYTES = 512 * 1024 * 1024


def read_object(api: Api, url: str) -> bytes:
    """The bytes of `s3://BUCKET/KEY`.

    Raises `UsageError` for an address or object that is not there, `AwsError` when AWS cannot be asked.
    """
    bucket, _, key = url.removeprefix("s3://").partition("/")
    if not bucket or not key:
        raise UsageError(f"'{url}' is no object", "write s3://BUCKET/KEY")
    try:
        answer = api.call("GetObject", Bucket=bucket, Key=key)
        if answer["ContentLength"] > OBJECT_MAX_BYTES:
            raise UsageError(f"'{url}' is larger than {OBJECT_MAX_BYTES // 1024**2} MB")
        with explained("GetObject"):
            content: bytes = answer["Body"].read()
    except AwsError as error:
        if error.code in ("NoSuchKey", "NoSuchBucket"):
            raise UsageError(f"there is no '{url}'", "check the address, --region and --profile") from error
        raise
    return content
