"""Eight bytes in a mapped file that every commit changes: readers see commits at no cost.

Asking the system whether the manifest was replaced walks along its path, which takes as long
as many a search. The manifest alone says what is committed; this only says when to look. So
that no commit is missed for long where the eight bytes tell nothing (an index copied here, a
writer that died after its commit or knows no pulse), one looks from time to time as well.
"""

from __future__ import annotations

import os
from contextlib import suppress
from mmap import ACCESS_READ, mmap
from pathlib import Path
from time import monotonic
from typing import Any

NAME = "pulse"
#: Seconds for which an unchanged pulse is believed.
BELIEVED = 0.1
_SIZE = 8


def beat(directory: Path) -> None:
    """Tell readers of a commit that they can see already. A disk may refuse: they will look."""
    with suppress(OSError):
        handle = os.open(directory / NAME, os.O_WRONLY | os.O_CREAT, 0o644)
        try:
            # Never truncated, being mapped elsewhere; any number that was not there before.
            os.write(handle, os.urandom(_SIZE))
        finally:
            os.close(handle)


class Pulse:
    """What a reader knows of the commits to an index; threads may share one.

    ``still()`` is whether none can have come since it looked. A reader looks in this order:
    ``feel()``, then at the manifest, then, if that is the one it has, ``settle()`` with what
    was felt: a commit in between has changed the pulse.
    """

    __slots__ = ("_directory", "_felt", "_map", "_until")

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._map: Any = None
        self._felt: bytes | None = None
        self._until = 0.0

    def still(self) -> bool:
        """Whether the pulse is what it was when one last looked, not long ago."""
        return monotonic() < self._until and self._map[:] == self._felt

    def feel(self) -> bytes | None:
        """The pulse now; None where there is none."""
        if self._map is None:
            try:
                with open(self._directory / NAME, "rb") as file:
                    self._map = mmap(file.fileno(), _SIZE, access=ACCESS_READ)
            except (OSError, ValueError):  # there is no such file, or it is empty
                return None
        felt: bytes = self._map[:]
        return felt

    def settle(self, felt: bytes | None) -> None:
        """The manifest was looked at after this was felt, and is the one that is known."""
        if felt is not None:
            self._felt = felt
            self._until = monotonic() + BELIEVED
