"""The supervisor of the reading process: it is re-used, ended when it exceeds its time, and replaced after a fault."""

import atexit
import contextlib
import functools
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from reviewkit.errors import ExtractionError
from reviewkit.text.bounds import Extraction, ExtractionSettings, HiddenText, fault
from reviewkit.text.serve import read_message, write_message

START_SECONDS = 60.0
BYTES_PER_CHAR = 12  # at most, in JSON
PACKAGE_FOLDER = str(Path(__file__).resolve().parents[2])


class ReadingWorker:
    """Reads files in a process of its own.

    A file that exceeds its time, its memory or its output, or that ends the process, becomes an `ExtractionError`, and
    the next file gets a fresh process. Threads may share one; they wait for one another.

    Parameters
    ----------
    settings : ExtractionSettings, keyword-only

    Examples
    --------
    >>> import tempfile
    >>> worker = ReadingWorker(settings=ExtractionSettings())
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "note.txt")
    ...     _ = path.write_text("I asked.", encoding="utf-8")
    ...     print(worker.read(path).text)
    I asked.
    >>> worker.close()
    """

    def __init__(self, *, settings: ExtractionSettings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = os.getpid()
        self._n_files = 0

    def read(self, path: Path) -> Extraction:
        """Return what a reader sees of a file.

        Raises
        ------
        ExtractionError
            Among others with code ``"too-slow"`` where time ran out, and ``"damaged"`` where reading ended the process.
        """
        with self._lock:
            again = self._n_files > 0
            reply, late = self._ask(path)
            if reply is None and not late and again:
                reply, late = self._ask(path)
        if reply is None:
            raise self._ended(path, late=late)
        return _extraction(path, reply)

    def _ask(self, path: Path) -> tuple[dict[str, Any] | None, bool]:
        process = self._running(path)
        reply, late = self._exchange(process, {"path": str(path.resolve())}, self.settings.timeout_s)
        self._n_files += 1
        if reply is None or reply.get("code") == "too-large" or self._n_files >= self.settings.files_per_worker:
            self._end()
        return reply, late

    def _running(self, path: Path) -> "subprocess.Popen[bytes]":
        if self._owner != os.getpid():
            self._process, self._owner = None, os.getpid()
        if self._process is None or self._process.poll() is not None:
            self._process, self._n_files = _started(), 0
            ready, _ = self._exchange(self._process, self.settings.model_dump(mode="json"), START_SECONDS)
            if ready is None:
                self._end()
                found = f"the process that should read it did not start within {START_SECONDS:g} seconds"
                holds = "try again, or read files that you trust with ExtractionSettings(supervised=False)"
                raise fault(path, found, holds=holds, code="unreadable")
        return self._process

    def _exchange(
        self, process: "subprocess.Popen[bytes]", question: dict[str, Any], seconds: float
    ) -> tuple[dict[str, Any] | None, bool]:
        """Return the reply, None if there was none, and whether time ran out."""
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(seconds, end)
        timer.daemon = True
        timer.start()
        try:
            assert process.stdin is not None and process.stdout is not None  # opened by _started
            write_message(process.stdin, question)  # type: ignore[arg-type]
            reply = read_message(process.stdout, max_bytes=self.settings.max_chars * BYTES_PER_CHAR + 1_000_000)  # type: ignore[arg-type]
        except OSError:
            reply = None
        finally:
            timer.cancel()
        return reply, late.is_set()

    def _ended(self, path: Path, *, late: bool) -> ExtractionError:
        if late:
            found = f"reading it took more than {self.settings.timeout_s:g} seconds"
            return fault(path, found, holds="hand in a simpler file, or raise timeout_s", code="too-slow")
        found = "reading it ended the reading process (a damaged file, or one that needs more memory than the bound)"
        return fault(path, found, holds="save it again from the program it was made with", code="damaged")

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None and self._owner == os.getpid():
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with contextlib.suppress(OSError):
                        stream.close()

    def close(self) -> None:
        """End the process; a later file starts a fresh one."""
        with self._lock:
            self._end()


def _started() -> "subprocess.Popen[bytes]":
    start = f"import sys; sys.path.insert(0, {PACKAGE_FOLDER!r}); from reviewkit.text.serve import serve; serve()"
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "VIRTUAL_ENV", "LANG") if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-c", start],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**kept, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"},
    )


def _extraction(path: Path, reply: dict[str, Any]) -> Extraction:
    if "text" not in reply:
        raise ExtractionError(str(reply.get("message", path.name)), code=str(reply.get("code", "unreadable")))
    hidden = tuple(HiddenText(str(how), str(where), str(text), int(n)) for how, where, text, n in reply["hidden"])
    return Extraction(str(reply["text"]), str(reply["kind"]), hidden)


@functools.lru_cache(maxsize=4)
def shared_worker(settings: ExtractionSettings) -> ReadingWorker:
    """Return the worker of these settings that all callers in this program share; it ends with the program."""
    worker = ReadingWorker(settings=settings)
    atexit.register(worker.close)
    return worker
