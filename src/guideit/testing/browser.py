"""A browser that tests drive by its keys and its mouse: headless Chromium over its debugging pipe."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--remote-debugging-pipe", "--disable-dev-shm-usage",
)  # fmt: skip
_VIRTUAL = {"Enter": 13, "Escape": 27, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}
_SHIFT = 8


def chromium() -> str:
    """The path of a Chromium; empty where there is none."""
    return next((path for name in _NAMES if (path := shutil.which(name))), "")


@dataclass
class Page:
    """An open page. `complaints` are errors of scripts and what its content policy blocked."""

    send: IO[bytes]
    receive: IO[bytes]
    session: str = ""
    complaints: list[str] = field(default_factory=list)
    _number: int = 0

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of the DevTools protocol, and its answer."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        self.send.write(json.dumps(message).encode() + b"\0")
        self.send.flush()
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return dict(answer["result"])

    def _next(self) -> dict[str, Any]:
        raw = bytearray()
        while (byte := self.receive.read(1)) != b"\0":
            if not byte:
                raise EOFError("the browser has gone")
            raw += byte
        said = dict(json.loads(raw))
        if said.get("method") in {"Runtime.exceptionThrown", "Log.entryAdded"}:
            self.complaints.append(json.dumps(said["params"]))
        return said

    def value(self, script: str) -> Any:
        """What an expression comes to."""
        said = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in said, said
        return said["result"].get("value")

    def press(self, *keys: str, shift: bool = False) -> None:
        """Press keys one after the other: letters, or names such as `ArrowDown`."""
        for key in keys:
            code = _VIRTUAL.get(key, ord(key.upper()[0]))
            pressed = {"key": key, "windowsVirtualKeyCode": code, "modifiers": _SHIFT if shift else 0}
            self.call("Input.dispatchKeyEvent", type="keyDown", **pressed, **({"text": key} if len(key) == 1 else {}))
            self.call("Input.dispatchKeyEvent", type="keyUp", **pressed)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Press the mouse, move it, let go; in pixels of the window."""
        steps = [("mousePressed", start), ("mouseMoved", end), ("mouseReleased", end)]
        for kind, (x, y) in steps:
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=1, clickCount=1)

    def screenshot(self) -> bytes:
        """What the window shows, as a PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])


@contextmanager
def open_page(path: Path, scratch: Path, *, size: tuple[int, int] = (1200, 1600), dark: bool = False) -> Iterator[Page]:
    """A file opened in a browser of its own, which is gone afterwards; downloads go to `scratch/downloads`."""
    (scratch / "downloads").mkdir(parents=True, exist_ok=True)
    to_browser, from_browser = os.pipe(), os.pipe()
    ends = [fcntl.fcntl(fd, fcntl.F_DUPFD, 20) for fd in (to_browser[0], from_browser[1])]

    def as_three_and_four() -> None:
        os.dup2(ends[0], 3)
        os.dup2(ends[1], 4)

    line = [chromium(), *_FLAGS, f"--user-data-dir={scratch / 'profile'}", "--window-size={},{}".format(*size)]
    process = subprocess.Popen(  # noqa: S603 the browser that was found, and flags of ours
        line, preexec_fn=as_three_and_four, pass_fds=(3, 4), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    for fd in (*ends, to_browser[0], from_browser[1]):
        os.close(fd)
    with os.fdopen(to_browser[1], "wb") as send, os.fdopen(from_browser[0], "rb") as receive:
        page = Page(send, receive)
        try:
            _load(page, path, scratch, dark)
            yield page
        finally:
            process.kill()
            process.wait()


def _load(page: Page, path: Path, scratch: Path, dark: bool) -> None:
    target = page.call("Target.createTarget", url="about:blank")["targetId"]
    folder = str(scratch / "downloads")
    page.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=folder)
    page.session = page.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    for domain in ("Runtime", "Log", "Page"):
        page.call(f"{domain}.enable")
    features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
    page.call("Emulation.setEmulatedMedia", features=features)
    page.call("Page.navigate", url=path.as_uri())
    page.value(
        "new Promise(done => { const look = () => document.readyState === 'complete' "
        "? done(true) : setTimeout(look, 20); look(); })"
    )
