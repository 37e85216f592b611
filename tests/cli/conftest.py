"""The real command line, in a process of its own."""

import itertools
import os

import forked
import pytest


@pytest.fixture
def tuner(tmp_path, tmp_path_factory):
    """Run `tuner ARGUMENTS` in an empty folder; returns the finished process."""
    folder, numbers = tmp_path_factory.mktemp("printed"), itertools.count()

    def run(*arguments, cwd=tmp_path, timeout=120, **environment):
        clean = {k: v for k, v in os.environ.items() if not k.startswith("TUNER_")}
        printed = folder / str(next(numbers))
        printed.mkdir()
        return forked.run_command_line(
            list(map(str, arguments)),
            cwd=cwd,
            environment=clean | environment,
            folder=printed,
            timeout=timeout,
        )

    return run
