"""One writer at a time.

The lock is the operating system's, on an open file, so it ends with its process however
that ends; the process id inside is only there to be named in the message.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from searcher.errors import IndexLocked

NAME = "lock"


class WriteLock:
    """``with WriteLock(directory, seconds):`` waits at most that long for other writers."""

    def __init__(self, directory: Path, seconds: float = 60.0) -> None:
        self._directory = directory
        self._seconds = seconds
        self._handle: int | None = None

    def acquire(self) -> None:
        """Raises IndexLocked, naming the holder, when the wait is over."""
        handle = os.open(self._directory / NAME, os.O_RDWR | os.O_CREAT, 0o644)
        until = time.monotonic() + self._seconds
        pause = 0.005
        while not _try(handle):
            if time.monotonic() >= until:
                os.lseek(handle, 0, os.SEEK_SET)
                holder = os.read(handle, 100).decode("ascii", "replace").strip()
                os.close(handle)
                raise IndexLocked(
                    self._directory,
                    f"process {holder}" if holder else "another process",
                    self._seconds,
                )
            time.sleep(pause)
            pause = min(0.25, pause * 1.5)
        self._handle = handle
        # Only for the message of those who wait: a full disk is no reason not to write yet.
        with suppress(OSError):
            os.ftruncate(handle, 0)
            os.lseek(handle, 0, os.SEEK_SET)
            os.write(handle, str(os.getpid()).encode())

    def release(self) -> None:
        """Let the next writer in; harmless when not held."""
        handle, self._handle = self._handle, None
        if handle is not None:
            with suppress(OSError):
                os.ftruncate(handle, 0)
            # A child that was forked meanwhile has the file open too: closing ours alone
            # would leave it locked as long as the child lives.
            with suppress(OSError):
                _let_go(handle)
            os.close(handle)

    def __enter__(self) -> WriteLock:
        self.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


if os.name == "nt":  # pragma: no cover
    import msvcrt

    def _try(handle: int) -> bool:
        try:
            os.lseek(handle, 1024, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        except OSError:
            return False
        return True

    def _let_go(handle: int) -> None:
        os.lseek(handle, 1024, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined,unused-ignore]

else:
    import fcntl

    def _try(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _let_go(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)
