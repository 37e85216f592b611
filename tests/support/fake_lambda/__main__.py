"""A function to try things on: `python -m fake_lambda --name my-func --model cpu-bound`."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence

from fake_lambda.fake import FakeLambda

_CONTROL_RATE = 100.0  # a demonstration is one user at a terminal


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the endpoint, then serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m fake_lambda", description=__doc__)
    parser.add_argument("--name", default="my-func", help="the function's name")
    parser.add_argument("--model", default="cpu-bound", help="a workload of the catalog, or a TOML file")
    parser.add_argument("--memory", type=int, default=512, help="its memory size [MB]")
    parser.add_argument("--timeout", type=int, default=30, help="its timeout [s]")
    parser.add_argument("--region", default="eu-central-1")
    parser.add_argument("--port", type=int, default=0, help="0 for any free port")
    options = parser.parse_args(arguments)

    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with FakeLambda(region=options.region, port=options.port, control_rate=_CONTROL_RATE) as aws:
        aws.add_function(
            options.name, memory_mb=options.memory, timeout_s=options.timeout, workload=options.model
        )
        sys.stdout.write(f"{aws.endpoint_url}\n")
        sys.stdout.flush()
        stopped.wait()


if __name__ == "__main__":
    main()
