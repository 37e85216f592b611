"""Publishing a version with another setting; `$LATEST` has that for as long as it takes, and is set back."""

from __future__ import annotations

import time
from typing import Any

from tuner.errors import MeasurementError
from tuner.platforms.aws.api import Api, AwsError
from tuner.platforms.aws.latest import CONFLICTS, ForeignChangeError, Latest
from tuner.platforms.aws.sweep import ACTIVE_S, PAUSE_S, PUBLISH_ATTEMPTS
from tuner.rollout.journal import RolloutJournal
from tuner.rollout.records import RolloutPlan
from tuner.rollout.undoing import published

_AGAIN = "what they set is left as it is; roll out again when their deployment has finished"


def publish(api: Api, plan: RolloutPlan, journal: RolloutJournal) -> str:
    """The number of a version that can be invoked; a rollout that was killed may have published it already.

    Raises:
        ForeignChangeError: somebody else changed the function meanwhile.
        MeasurementError: AWS refused.
    """
    latest = Latest(api, plan.arn)
    version = None
    if plan.resumed is not None:
        version = journal.changed.version or published(api, plan.arn, journal.changed.note)
    if version is None:
        journal.note(told_latest=(plan.original, plan.wanted))
        configuration = latest.become(plan.wanted, known=(plan.original,), like=plan.configuration)
        version = _publish(api, plan, configuration, journal.changed.note)
    if journal.changed.told_latest:
        left = latest.set_back(plan.original, journal.changed.told_latest, like=plan.configuration)
        journal.note(told_latest=())
        if left:
            raise ForeignChangeError(f"somebody else changed {', '.join(left)} of $LATEST meanwhile", _AGAIN)
    qualified = {"FunctionName": plan.arn, "Qualifier": version}
    api.wait("function_active_v2", "GetFunction", seconds=ACTIVE_S, **qualified)
    return version


def _publish(api: Api, plan: RolloutPlan, configuration: dict[str, Any], note: str) -> str:
    """Publish `$LATEST` as it is, once; an answer that was lost is found by the version's description."""
    for attempt in range(PUBLISH_ATTEMPTS):
        try:
            answer = api.call(
                "PublishVersion",
                FunctionName=plan.arn,
                CodeSha256=configuration["CodeSha256"],
                RevisionId=configuration["RevisionId"],
                Description=note,
            )
        except AwsError as error:
            if error.code not in CONFLICTS:
                raise
            if found := published(api, plan.arn, note):
                return found
            time.sleep(PAUSE_S * 2**attempt)
            configuration = Latest(api, plan.arn).become(
                plan.wanted, known=(plan.wanted,), like=plan.configuration
            )
            continue
        size = int(answer["MemorySize"]), int(answer["Timeout"])
        if size != (plan.after.memory_mb, plan.after.timeout_s):
            raise ForeignChangeError(f"version {answer['Version']} has {size[0]} MB and {size[1]} s", _AGAIN)
        return str(answer["Version"])
    raise MeasurementError(
        "no version could be published: the function was being changed all the time",
        "roll out again when nothing is being deployed",
    )
