"""A disk that fails when told to: every call of the library that changes files is counted."""

from __future__ import annotations

import builtins
import errno
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

#: What is counted beside opening for writing, writing and flushing.
CALLS = ("open", "fsync", "replace", "utime", "ftruncate", "write", "unlink", "mkdir")


class Disk:
    """Counts calls; the call with number ``at`` (and with ``lasting`` all after it) fails.

    ``act`` is what failing means: by default OSError with ``error``, after half of what was
    to be written has been.
    """

    def __init__(
        self,
        at: int | None = None,
        error: int = errno.EIO,
        *,
        lasting: bool = False,
        act: Callable[[], None] | None = None,
    ) -> None:
        self.at = at
        self.error = error
        self.lasting = lasting
        self.act = act
        self.calls: list[str] = []

    def fails(self, what: str) -> bool:
        number = len(self.calls)
        self.calls.append(what)
        if self.at is None or number < self.at or (number > self.at and not self.lasting):
            return False
        # A full disk still lets one remove and rename.
        return not (self.lasting and self.error == errno.ENOSPC and what in ("unlink", "replace"))

    def fail(self, path: object = None) -> None:
        if self.act is not None:
            self.act()
        raise OSError(self.error, os.strerror(self.error), path)

    @contextmanager
    def installed(self) -> Iterator[Disk]:
        """Stand between the library and the operating system."""
        real = {name: getattr(os, name) for name in CALLS}
        real_open = builtins.open

        def watched(name: str) -> Callable[..., Any]:
            def call(*args: Any, **kwargs: Any) -> Any:
                if self.fails(name):
                    self.fail(args[0] if isinstance(args[0], (str, os.PathLike)) else None)
                return real[name](*args, **kwargs)

            return call

        def opened(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
            if not set(mode) & set("wax+"):
                return real_open(file, mode, *args, **kwargs)
            if self.fails("open"):
                self.fail(file)
            return _File(self, real_open(file, mode, *args, **kwargs))

        try:
            for name in CALLS:
                setattr(os, name, watched(name))
            builtins.open = io.open = opened  # type: ignore[assignment]
            yield self
        finally:
            builtins.open = io.open = real_open
            for name in CALLS:
                setattr(os, name, real[name])


class _File:
    """A file whose writes and flushes are counted; a write that fails has written half."""

    def __init__(self, disk: Disk, file: Any) -> None:
        self._disk = disk
        self._file = file

    def write(self, data: Any) -> int:
        if self._disk.fails("write"):
            self._file.write(memoryview(data)[: len(data) // 2])
            self._file.flush()
            self._disk.fail()
        written: int = self._file.write(data)
        return written

    def flush(self) -> None:
        if self._disk.fails("flush"):
            self._disk.fail()
        self._file.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> _File:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
