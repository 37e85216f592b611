"""Practices for functions that queues of SQS invoke: nothing handled twice, tried for ever, or throttled."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tuner.platforms.aws.doctor.evidence import Evidence, source_name
from tuner.platforms.aws.doctor.findings import Severity
from tuner.platforms.aws.doctor.verdict import Verdict

VISIBILITY_FACTOR = 6
FEWEST_RECEIVES = 5
FEWEST_FOR_A_QUEUE = 5
"""How many batches of a queue Lambda begins with at once."""
ENVIRONMENTS_A_POLLER = 10


def visibility(evidence: Evidence) -> Iterator[Verdict]:
    """A message that becomes visible while it is being handled is handled twice."""
    timeout_s = evidence.function.settings.timeout_s
    for source in evidence.sources_of("sqs"):
        attributes = evidence.queues.get(str(source["EventSourceArn"]), {})
        if "VisibilityTimeout" not in attributes:
            continue
        visible_s = int(attributes["VisibilityTimeout"])
        advised_s = VISIBILITY_FACTOR * timeout_s + int(source.get("MaximumBatchingWindowInSeconds") or 0)
        text = f"queue {source_name(source)} hides a message for {visible_s} s"
        hint = f"set its visibility timeout to {advised_s} s: six times the timeout, and the batch window"
        if visible_s < timeout_s:
            yield Verdict(
                Severity.ERROR,
                f"{text}, less than the timeout of {timeout_s} s: it is handed out again while it is handled",
                hint,
            )
        elif visible_s < advised_s:
            yield Verdict(Severity.WARNING, f"{text}: no time for a second try where it is throttled", hint)
        else:
            yield Verdict(Severity.OK, f"{text}, at least six times the timeout")


def retries(evidence: Evidence) -> Iterator[Verdict]:
    """A message that always fails blocks nothing, but is tried until it expires, unless it is put aside."""
    for source in evidence.sources_of("sqs"):
        attributes = evidence.queues.get(str(source["EventSourceArn"]))
        if attributes is None:
            continue
        name = source_name(source)
        receives = _max_receives(attributes)
        hint = f"give the queue a dead-letter queue, with a maxReceiveCount of at least {FEWEST_RECEIVES}"
        if receives is None:
            text = f"queue {name} has no dead-letter queue: a message that fails is tried until it expires"
            yield Verdict(Severity.WARNING, text, hint)
        elif receives < FEWEST_RECEIVES:
            text = f"queue {name} gives up after {receives} receives, and a throttled call uses one up too"
            yield Verdict(Severity.WARNING, text, hint)
        else:
            yield Verdict(Severity.OK, f"queue {name} puts a message aside after {receives} receives")


def concurrency(evidence: Evidence) -> Iterator[Verdict]:
    """A queue that takes more than there is has its messages throttled, and received once too often."""
    sources = list(evidence.sources_of("sqs"))
    reserved = evidence.function.reserved_concurrency
    if not sources or reserved == 0:
        return
    most = [_limit(source) for source in sources]
    if reserved is None:
        if None in most:
            text = "a queue may use up the concurrency of the whole account"
            yield Verdict(
                Severity.NOTE, f"{text}: neither its MaximumConcurrency nor a reserved one limits it"
            )
        return
    asked = sum(number for number in most if number)
    if reserved < FEWEST_FOR_A_QUEUE:
        yield Verdict(
            Severity.WARNING,
            f"{reserved} environments are reserved, and a queue begins with {FEWEST_FOR_A_QUEUE}: what is "
            "throttled is received once more",
            f"reserve at least {FEWEST_FOR_A_QUEUE}",
        )
    elif asked > reserved:
        yield Verdict(
            Severity.WARNING,
            f"its queues may use {asked} environments together, and {reserved} are reserved",
            "limit the queues (MaximumConcurrency, MaximumPollers), or reserve more",
        )
    elif None in most:
        text = f"a queue may ask for more than the {reserved} environments that are reserved"
        yield Verdict(Severity.NOTE, f"{text}: its MaximumConcurrency would keep it from being throttled")
    else:
        yield Verdict(Severity.OK, f"the {reserved} environments that are reserved suffice for its queues")


def _limit(source: Mapping[str, Any]) -> int | None:
    """How many environments a queue may use at once; None where it sets no limit of its own."""
    pollers = source.get("ProvisionedPollerConfig", {}).get("MaximumPollers")
    if pollers is not None:
        return ENVIRONMENTS_A_POLLER * int(pollers)
    most = source.get("ScalingConfig", {}).get("MaximumConcurrency")
    return None if most is None else int(most)


def _max_receives(attributes: Mapping[str, str]) -> int | None:
    try:
        return int(json.loads(attributes["RedrivePolicy"])["maxReceiveCount"])
    except (KeyError, ValueError, TypeError):
        return None
