"""The largest memory size that an account may use: no call tells it, but a refused change does."""

from __future__ import annotations

import re

from cost_models.cpu import MEMORY_MAX_MB
from tuner.platforms.aws.api import Api, AwsError
from tuner.platforms.aws.deployed import Deployed

NEW_ACCOUNT_MB = 3008
NO_REVISION = "00000000-0000-0000-0000-000000000000"
_LIMIT = re.compile(r"less than or equal to (\d{3,5})")


def find_memory_cap(api: Api, function: Deployed, highest_mb: int) -> int:
    """The largest size [MB] that may be set, found without setting it; the service's own limit where no
    larger size than a new account's is asked for.

    AWS checks the size before it compares the revision, and no function has the revision that is sent, so
    the change is refused either way: the reason tells the limit.
    """
    if highest_mb <= NEW_ACCOUNT_MB:
        return MEMORY_MAX_MB
    try:
        api.call(
            "UpdateFunctionConfiguration",
            FunctionName=function.arn,
            MemorySize=highest_mb,
            RevisionId=NO_REVISION,
        )
    except AwsError as error:
        if error.denied:
            raise
        if found := _LIMIT.search(error.message):
            return int(found[1])
    return MEMORY_MAX_MB
