"""What an answer and its log say: outcomes, and whose record it is."""

import pytest

from tuner.errors import MeasurementError
from tuner.platforms.aws.invoking import Answer, classify
from tuner.records import Outcome

ID = "8286a188-ba32-4475-8077-530cd35c09a9"


def report(duration=100.5, size=256, used=90, more=""):
    return (
        f"REPORT RequestId: {ID}\tDuration: {duration} ms\tBilled Duration: {round(duration + 0.5)} ms\t"
        f"Memory Size: {size} MB\tMax Memory Used: {used} MB\t{more}\n"
    )


def outcome(log, *, failed=True, error_type=None, message=None, expected=()):
    return classify(Answer(ID, log, failed, error_type, message), 256, "v1", expected).outcome


@pytest.mark.parametrize(
    ("ending", "log", "said"),
    [
        (Outcome.OK, report(), {"failed": False}),
        (Outcome.FUNCTION_ERROR, report(), {"error_type": "KeyError"}),
        (Outcome.FUNCTION_ERROR, report(more="Status: error\tError Type: KeyError\t"), {"failed": False}),
        (Outcome.OK, report(), {"error_type": "KeyError", "expected": {"KeyError"}}),
        # The new style says it; the old one leaves it to the answer.
        (Outcome.TIMEOUT, report(more="Status: timeout\t"), {}),
        (Outcome.TIMEOUT, report(), {"message": f"2026-01-01 {ID} Task timed out after 3.00 seconds"}),
        # The four faces of running out of memory.
        (Outcome.OUT_OF_MEMORY, report(more="Status: error\tError Type: Runtime.OutOfMemory\t"), {}),
        (
            Outcome.OUT_OF_MEMORY,
            report(used=256),
            {"error_type": "Runtime.ExitError", "message": "Error: Runtime exited with error: exit status 1"},
        ),
        (
            Outcome.OUT_OF_MEMORY,
            report(used=120),
            {
                "error_type": "Runtime.ExitError",
                "message": "Error: Runtime exited with error: signal: killed",
            },
        ),
        (Outcome.OUT_OF_MEMORY, report(used=130), {"error_type": "java.lang.OutOfMemoryError"}),
        (Outcome.OUT_OF_MEMORY, report(used=256, more="Status: timeout\t"), {}),
        # An ordinary failure that used little is none of them.
        (
            Outcome.FUNCTION_ERROR,
            report(used=120),
            {"error_type": "Runtime.ExitError", "message": "Error: Runtime exited with error: exit status 1"},
        ),
        (Outcome.UNREADABLE_LOG, "END RequestId: lost\n", {"failed": False}),
        (Outcome.UNREADABLE_LOG, report().replace(ID, ID[::-1]), {"failed": False}),
        (Outcome.UNREADABLE_LOG, "", {"error_type": "KeyError"}),
    ],
)
def test_how_a_call_ended(ending, log, said):
    assert ending is outcome(log, **said)


def test_the_numbers_are_those_of_the_record():
    log = "Duration: 1 ms\n" + report(more="Init Duration: 50.25 ms\t")
    found = classify(Answer(ID, log, failed=False), 256, "7")
    assert (100.5, 101, 50.25, 90, "7") == (
        found.duration_ms,
        found.billed_duration_ms,
        found.init_duration_ms,
        found.max_memory_used_mb,
        found.environment,
    )


def test_nothing_is_known_of_a_call_without_its_record():
    found = classify(Answer(ID, "cut", failed=False), 256, "7")
    assert (None, None, None) == (found.duration_ms, found.billed_duration_ms, found.max_memory_used_mb)


def test_another_memory_size_than_was_invoked_ends_the_run():
    with pytest.raises(MeasurementError, match="512 MB answered where 256 MB"):
        classify(Answer(ID, report(size=512), failed=False), 256, "7")
