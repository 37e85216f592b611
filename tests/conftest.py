"""Tests see no prices, journals or AWS settings of whoever runs them."""

import os
from pathlib import Path

import pytest

# Matrices are small here: the threads of a linear algebra library would only wait for each other, and burn
# two thirds of the CPU. Set before numpy is imported, and inherited by every process that a test starts.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


@pytest.fixture(scope="session", autouse=True)
def nobodys_home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("AWS_", "TUNER_")):
                patch.delenv(name)
        patch.setenv("XDG_DATA_HOME", str(folder / "data"))
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield Path(folder)
