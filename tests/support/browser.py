"""A headless Chromium for tests, spoken to over a pipe in the DevTools protocol.

https://chromedevtools.github.io/devtools-protocol/ ; messages are JSON, each ended by a NUL byte.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
_TIMEOUT_S = 30.0
_AS_THREE_AND_FOUR = """
import fcntl, os, sys
# Out of the way first: either may be 3 or 4 already.
read, write = (fcntl.fcntl(int(fd), fcntl.F_DUPFD, 10) for fd in sys.argv[1:3])
os.dup2(read, 3), os.dup2(write, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


def find_chromium() -> str | None:
    """The browser to drive; CHROME_BIN names another one."""
    named = os.environ.get("CHROME_BIN")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


class PageError(AssertionError):
    """A script that a test ran in the page has failed."""


class Browser:
    """One browser with one page; what the page logs or throws is collected in `problems`."""

    def __init__(self, executable: str) -> None:
        self.problems: list[str] = []
        self.requests: list[str] = []
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._answers: dict[int, dict[str, Any]] = {}
        self._loaded = False
        self._last_id = 0
        self._rest = b""
        self._process = self._start(executable)
        target = self._call("Target.createTarget", {"url": "about:blank"}, session=False)["targetId"]
        attached = self._call("Target.attachToTarget", {"targetId": target, "flatten": True}, session=False)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")

    def _start(self, executable: str) -> subprocess.Popen[bytes]:
        """Chromium reads commands from its descriptor 3 and writes answers to 4."""
        commands, self._commands = os.pipe()
        self._events, events = os.pipe()

        process = subprocess.Popen(
            [
                *(sys.executable, "-c", _AS_THREE_AND_FOUR, str(commands), str(events)),
                *(executable, *_FLAGS, f"--user-data-dir={self._profile.name}"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(commands, events),
        )
        os.close(commands)
        os.close(events)
        return process

    def open(self, path: Path, *, width: int = 1280, height: int = 900, dark: bool = False) -> None:
        """Load a file from disk at a size [px], as a reader with this colour scheme sees it."""
        self.problems.clear()
        self.requests.clear()
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._call("Emulation.setDeviceMetricsOverride", metrics)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._call("Emulation.setEmulatedMedia", {"features": [scheme]})
        self._loaded = False
        self._call("Page.navigate", {"url": path.resolve().as_uri()})
        self._wait(lambda: self._loaded)

    def without_scripts(self, off: bool = True) -> None:
        """Whether pages loaded from now on may run scripts."""
        self._call("Emulation.setScriptExecutionDisabled", {"value": off})

    def evaluate(self, script: str) -> Any:
        """The JSON value of an expression; a promise is awaited."""
        answer = self._call(
            "Runtime.evaluate", {"expression": script, "returnByValue": True, "awaitPromise": True}
        )
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise PageError(details.get("exception", {}).get("description") or details["text"])
        return answer["result"].get("value")

    def press(self, key: str, code: int) -> None:
        """One key, pressed and released."""
        for kind in ("keyDown", "keyUp"):
            event = {"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code}
            self._call("Input.dispatchKeyEvent", event)

    def screenshot(self, path: Path) -> None:
        """The whole page, however long, as a PNG file."""
        data = self._call("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": True})["data"]
        path.write_bytes(base64.b64decode(data))

    def close(self) -> None:
        """End the browser that this object started."""
        self._process.terminate()
        self._process.wait(10)
        os.close(self._commands)
        os.close(self._events)
        self._profile.cleanup()

    def _call(
        self, method: str, parameters: Mapping[str, Any] | None = None, *, session: bool = True
    ) -> dict[str, Any]:
        self._last_id += 1
        mine = self._last_id
        message = {"id": mine, "method": method, "params": dict(parameters or {})}
        if session:
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._commands, data) :]
        self._wait(lambda: mine in self._answers)
        answer = self._answers.pop(mine)
        if "error" in answer:
            raise PageError(f"{method}: {answer['error']['message']}")
        return dict(answer["result"])

    def _wait(self, done: Any) -> None:
        deadline = time.monotonic() + _TIMEOUT_S
        while not done():
            ready, _, _ = select.select([self._events], [], [], max(0.0, deadline - time.monotonic()))
            data = os.read(self._events, 1 << 20) if ready else b""
            if not data:
                raise PageError("the browser does not answer" if not ready else "the browser has ended")
            *messages, self._rest = (self._rest + data).split(b"\0")
            for message in messages:
                self._hear(json.loads(message))

    def _hear(self, message: dict[str, Any]) -> None:
        if "id" in message:
            self._answers[message["id"]] = message
            return
        method, told = message["method"], message["params"]
        if method == "Page.loadEventFired":
            self._loaded = True
        elif method == "Runtime.exceptionThrown":
            details = told["exceptionDetails"]
            self.problems.append(details.get("exception", {}).get("description") or details["text"])
        elif method == "Runtime.consoleAPICalled" and told["type"] in ("error", "warning", "assert"):
            self.problems.append(" ".join(str(a.get("value", a.get("description"))) for a in told["args"]))
        elif method == "Log.entryAdded":
            self.problems.append(told["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])
