"""Files to read, in an empty folder."""

import pytest

from tuner.interchange.reading import read_results


@pytest.fixture
def read(tmp_path):
    """Write a file and read it as `replay:` does; returns what is in it."""

    def read_text(text, *, name=None, file="found.txt"):
        path = tmp_path / file
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_results(f"{file}#{name}" if name else file, tmp_path)

    return read_text
