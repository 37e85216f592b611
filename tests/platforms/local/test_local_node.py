"""JavaScript functions under aws-lambda-ric, where that is installed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sandbox_cases import Write

from tuner.errors import MeasurementError
from tuner.platforms.base import InvocationRequest
from tuner.platforms.local import open_local
from tuner.records import Outcome

pytestmark = pytest.mark.sandbox

SOURCE = """
exports.echo = async (event, context) => {
  if (Number(context.memoryLimitInMB) !== event) throw new Error('memory ' + context.memoryLimitInMB);
  return context.getRemainingTimeInMillis();
};
exports.fail = async () => { throw new TypeError('bad'); };
exports.exit = async () => { process.exit(3); };
exports.large = async () => {
  const all = [];
  for (let i = 0; i < 400; i++) all.push(Buffer.alloc(1 << 20, 1));
};
"""


@pytest.fixture
def node_app(write: Write) -> Path:
    """A function folder beside the client that an example has installed (`make node`)."""
    folder = write(SOURCE, "app.js")
    places = sorted((Path(__file__).parents[3] / "examples").glob("*/node_modules"))
    client = next((place for place in places if (place / "aws-lambda-ric" / "package.json").is_file()), None)
    if client:
        (folder / "node_modules").symlink_to(client)
    try:
        with open_local(f"{folder}:app.echo", root=Path("/")) as platform:
            platform.describe()
    except MeasurementError as error:
        pytest.skip(error.message)
    return folder


def test_node_function_is_invoked_warm_and_cold(node_app: Path, mechanism: str) -> None:
    with open_local(f"{node_app}:app.echo", root=Path("/"), mechanism=mechanism) as platform:
        assert platform.describe().warm_ups == 4
        first, second = (platform.invoke(InvocationRequest(256, 5, b"256")) for _ in range(2))
    assert (first.outcome, second.outcome) == (Outcome.OK, Outcome.OK)
    assert first.cold and not second.cold
    assert second.max_memory_used_mb is not None and 20 < second.max_memory_used_mb < 120


@pytest.mark.parametrize(
    ("name", "outcome", "error_type"),
    [
        ("fail", Outcome.FUNCTION_ERROR, "TypeError"),
        ("exit", Outcome.FUNCTION_ERROR, "Runtime.ExitError"),
        ("large", Outcome.OUT_OF_MEMORY, "Runtime.OutOfMemory"),
    ],
)
def test_node_failures_are_told_apart(
    node_app: Path, mechanism: str, name: str, outcome: Outcome, error_type: str
) -> None:
    with open_local(f"{node_app}:app.{name}", root=Path("/"), mechanism=mechanism) as platform:
        got = platform.invoke(InvocationRequest(256, 10, b"1"))
    assert (got.outcome, got.error_type) == (outcome, error_type)


def test_missing_node_client_says_how_to_install_it(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write("exports.handler = async () => 1;", "app.js")
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not installed")
    # A PATH with Node.js but without npm hides a client among the global packages.
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "node").symlink_to(node)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with (
        open_local(f"{folder}:app.handler", root=Path("/")) as platform,
        pytest.raises(MeasurementError, match="aws-lambda-ric") as caught,
    ):
        platform.describe()
    assert "npm install" in str(caught.value.hint)
