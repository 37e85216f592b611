"""The real command line, in a process of its own."""

import os
import subprocess
import sys

import pytest


@pytest.fixture
def tuner(tmp_path):
    """Run `tuner ARGUMENTS` in an empty folder; returns the finished process."""

    def run(*arguments, cwd=tmp_path, timeout=120, **environment):
        clean = {k: v for k, v in os.environ.items() if not k.startswith("TUNER_")}
        return subprocess.run(
            [sys.executable, "-m", "tuner", *map(str, arguments)],
            cwd=cwd,
            env=clean | environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    return run
