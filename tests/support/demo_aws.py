"""A live run without an account: `make demo-aws` tunes a function of a stand-in for AWS on this machine."""

import os
import subprocess
import sys
import tempfile

from fake_lambda import FakeLambda

NAME = "image-resize"


def say(text):
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main():
    with (
        tempfile.TemporaryDirectory() as folder,
        FakeLambda(control_rate=100.0, update_seconds=0.3, real_time=0.2) as aws,
    ):
        aws.add_function(
            NAME,
            memory_mb=512,
            timeout_s=30,
            workload=NAME,
            description="a cost model answers for it",
            recent_invocations=120,
            recent_duration_ms=540.0,
        )
        before = aws.configuration(NAME)
        command = ["tuner", "run", f"aws:{NAME}", "--yes", "--no-report"]
        say(f"$ {' '.join(command)}")
        environment = os.environ | aws.environment | {"XDG_STATE_HOME": folder}
        ran = subprocess.run([sys.executable, "-m", *command], env=environment, cwd=folder, check=False)
        after, versions = aws.configuration(NAME), aws.versions(NAME)
    changed = sorted(key for key in before if before[key] != after[key])
    say(f"versions left: {len(versions)}; what differs in its configuration: {', '.join(changed)}")
    return ran.returncode


if __name__ == "__main__":
    sys.exit(main())
