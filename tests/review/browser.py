"""Chromium over a pipe: enough of the DevTools protocol to open a page, press keys, click and save."""

import json
import os
import select
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
    "--remote-debugging-pipe",
)  # fmt: skip
SECONDS = 60
# A click may change the address, and the page answers that later: so the middle is asked for anew with each frame.
_MIDDLE_WHEN_SHOWN = """new Promise((found) => {
    const look = () => {
        const one = document.querySelector(%s);
        one.scrollIntoView({block: "center"});
        const box = one.getBoundingClientRect(), x = box.x + box.width / 2, y = box.y + box.height / 2;
        const there = box.width > 0 && document.elementFromPoint(x, y);
        if (there && (one.contains(there) || there.control === one)) found([x, y]); else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
})"""


class Browser:
    """One page of a running browser; calls wait for their answers, and events wait to be asked for."""

    def __init__(self, to: int, back: int) -> None:
        self._to, self._back = to, os.fdopen(back, "rb", buffering=0)
        self._left, self._number = b"", 0
        self._events: list[dict[str, Any]] = []
        self._session: str | None = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Page.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        message |= {"sessionId": self._session} if self._session else {}
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != self._number:
            self._events.append(answer)
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def close(self) -> None:
        """Ask the whole browser to end."""
        self._session = None
        self.call("Browser.close")

    def until(self, event: str) -> dict[str, Any]:
        """Wait for an event and return what it tells."""
        while True:
            message = self._events.pop(0) if self._events else self._next()
            if message.get("method") == event:
                told: dict[str, Any] = message["params"]
                return told

    def open(self, page: Path) -> None:
        """Open a file and wait until it is loaded; what happened before is forgotten."""
        self._events.clear()
        self.call("Page.navigate", url=page.as_uri())
        self.until("Page.loadEventFired")

    def evaluate(self, script: str) -> Any:
        """Run a script as the page's own inspector would and return its value."""
        done = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def press(self, key: str) -> None:
        """Press a key that types something, or ``Tab``."""
        text = {} if key == "Tab" else {"text": key}
        for kind in ("keyDown", "keyUp"):
            code = {"windowsVirtualKeyCode": 9} if key == "Tab" else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=key, **code, **(text if kind == "keyDown" else {}))

    def click(self, selector: str) -> None:
        """Click the middle of an element with the mouse, once it is shown there and nothing lies over it."""
        x, y = self.evaluate(_MIDDLE_WHEN_SHOWN % json.dumps(selector))
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._left:
            ready, _, _ = select.select([self._back], [], [], SECONDS)
            piece = self._back.read(1 << 16) if ready else b""
            assert piece, "the browser has gone, or says nothing"
            self._left += piece
        message, _, self._left = self._left.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """Start a browser with a profile of its own, which saves into ``folder``, and end it."""
    (from_us, to_browser), (from_browser, to_us) = os.pipe(), os.pipe()

    def pipes() -> None:
        # The protocol's pipes are descriptors 3 and 4; what lies there is moved out of the way first.
        reads, writes = os.dup(from_us), os.dup(to_us)
        os.dup2(reads, 3)
        os.dup2(writes, 4)

    process = subprocess.Popen(
        [str(CHROMIUM), *FLAGS, f"--user-data-dir={folder / 'profile'}"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        preexec_fn=pipes, close_fds=False,  # noqa: PLW1509
    )  # fmt: skip
    os.close(from_us)
    os.close(to_us)
    try:
        page = Browser(to_browser, from_browser)
        page.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder), eventsEnabled=True)
        yield page
        page.close()
        process.wait(timeout=60)
    finally:
        process.kill()
        process.wait(timeout=60)
        os.close(to_browser)
