"""The table of practices: what each looks at, and the page of AWS that it rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from tuner.platforms.aws.doctor import invokers, queues, settings
from tuner.platforms.aws.doctor.evidence import Evidence
from tuner.platforms.aws.doctor.findings import Finding, Group, lambda_guide
from tuner.platforms.aws.doctor.verdict import Verdict

_API_GATEWAY = (
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
    "api-gateway-execution-service-limits-table.html"
)


@dataclass(frozen=True, slots=True)
class Practice:
    """One practice: `subject` says in the documentation what is looked at. Nothing is said where it does not
    apply, or where it cannot be known.
    """

    code: str
    subject: str
    source: str
    check: Callable[[Evidence], Iterable[Verdict]]


PRACTICES = (
    Practice(
        "D-API-TIMEOUT", "timeout against the 29 s or 30 s of API Gateway", _API_GATEWAY, invokers.api_timeout
    ),
    Practice(
        "D-QUEUE-VISIBILITY",
        "visibility timeout of an SQS queue: at least six timeouts and the batch window",
        lambda_guide("services-sqs-configure"),
        queues.visibility,
    ),
    Practice(
        "D-QUEUE-RETRIES",
        "dead-letter queue of an SQS queue, after at least 5 receives",
        lambda_guide("services-sqs-configure"),
        queues.retries,
    ),
    Practice(
        "D-QUEUE-CONCURRENCY",
        "reserved concurrency against what SQS queues may use",
        lambda_guide("services-sqs-scaling"),
        queues.concurrency,
    ),
    Practice(
        "D-LOST-EVENTS",
        "destination of events of SNS, S3 and EventBridge that fail",
        lambda_guide("invocation-async-retain-records"),
        invokers.lost_events,
    ),
    Practice(
        "D-STREAM-FAILURES",
        "retries, destination and bisecting of Kinesis and DynamoDB streams",
        lambda_guide("kinesis-on-failure-destination"),
        invokers.stream_failures,
    ),
    Practice(
        "D-ALIASES",
        "aliases, whose triggers are their own",
        lambda_guide("configuration-aliases"),
        invokers.own_triggers_of_aliases,
    ),
    Practice(
        "D-LOOPS",
        "recursive loop detection",
        lambda_guide("invocation-recursion"),
        settings.loop_detection,
    ),
    Practice(
        "D-RUNTIME", "support of the runtime", lambda_guide("lambda-runtimes"), settings.runtime_support
    ),
    Practice(
        "D-MEMORY",
        "memory that the first call used, of the memory size",
        lambda_guide("configuration-memory"),
        settings.memory_headroom,
    ),
    Practice(
        "D-INIT",
        "share of init in a cold first call",
        lambda_guide("lambda-runtime-environment"),
        settings.init_share,
    ),
    Practice(
        "D-ARCHITECTURE",
        "price of arm64 for x86_64 functions",
        lambda_guide("foundation-arch"),
        settings.architecture,
    ),
    Practice(
        "D-PROVISIONED",
        "provisioned concurrency and what it costs",
        lambda_guide("provisioned-concurrency"),
        settings.provisioned,
    ),
    Practice(
        "D-LATEST",
        "calls of `$LATEST` beside provisioned concurrency, which only versions and aliases have",
        lambda_guide("provisioned-concurrency"),
        settings.calls_of_latest,
    ),
    Practice(
        "D-STORAGE",
        "ephemeral storage above 512 MB",
        lambda_guide("configuration-ephemeral-storage"),
        settings.ephemeral_storage,
    ),
    Practice(
        "D-PACKAGE", "size of the zip file", lambda_guide("gettingstarted-limits"), settings.package_size
    ),
    Practice("D-TRACING", "X-Ray tracing", lambda_guide("services-xray"), settings.tracing),
)


def audit(evidence: Evidence) -> Iterator[Finding]:
    """What every practice says of a function."""
    for practice in PRACTICES:
        for verdict in practice.check(evidence):
            yield Finding(
                Group.PRACTICES,
                practice.code,
                verdict.severity,
                verdict.message,
                verdict.hint,
                practice.source,
            )
