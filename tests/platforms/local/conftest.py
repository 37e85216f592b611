"""Functions written on the spot, and sandboxes around them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from sandbox_cases import Open, Write

from tuner.platforms.local import LocalPlatform, open_local, probe


@pytest.fixture(autouse=True)
def private_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of the test's own."""
    folder = tmp_path / "state"
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    return folder


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a source file of the function; returns its folder."""

    def write_source(source: str, name: str = "app.py") -> Path:
        folder = tmp_path / "code"
        folder.mkdir(exist_ok=True)
        path = folder / name
        path.write_text(textwrap.dedent(source))
        return folder

    return write_source


@pytest.fixture(scope="session")
def available() -> dict[str, str | None]:
    """Per mechanism the reason why it does not work here, `None` where it does."""
    return {each.name: None if each.available else each.reason for each in probe()}


@pytest.fixture(params=["cgroup1", "duty-cycle"])
def mechanism(request: pytest.FixtureRequest, available: dict[str, str | None]) -> str:
    """Each mechanism that can be tested for real on this machine."""
    name: str = request.param
    if reason := available[name]:
        pytest.skip(f"{name}: {reason}")
    return name


@pytest.fixture
def open_app(write: Write) -> Iterator[Open]:
    """Opens `app.handler` from source and closes it after the test."""
    opened: list[LocalPlatform] = []

    def open_source(source: str, **options: object) -> LocalPlatform:
        platform = open_local(f"{write(source)}:app.handler", root=Path("/"), **options)  # type: ignore[arg-type]
        opened.append(platform)
        return platform

    yield open_source
    for platform in opened:
        platform.close()
