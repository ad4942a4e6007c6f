"""Is every byte of an index as it was written?

Each byte of each file lies under a checksum: the manifest's first line, columns and their
table of contents, padding and frame of the column files, and the manifest for the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from searcher.errors import IndexCorrupt
from searcher.index import manifest
from searcher.index.layout import ColumnFile
from searcher.index.manifest import Manifest
from searcher.index.segment import Segment


class Damage(NamedTuple):
    """What is wrong with one file of an index."""

    file: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}: {self.what}"


def problems(directory: Path) -> list[Damage]:
    """What is wrong with an index; reads every byte of it, and changes nothing.

    Raises IndexMissing, and IndexVersion where another version wrote it.
    """
    state = None
    while True:
        try:
            before, state = state, manifest.load(directory)
        except IndexCorrupt as error:
            return [Damage(manifest.NAME, error.what)]
        found = list(_of(directory, state))
        # Files may have been swept by a commit while they were read.
        if not found or state == before:
            return found


def _of(directory: Path, state: Manifest) -> Iterator[Damage]:
    dictionary = b""
    for name in (state.dictionary, state.catalogue):
        if name:
            try:
                data = manifest.read(directory, state, name)
            except IndexCorrupt as error:
                yield Damage(name, error.what)
            except OSError as error:
                yield Damage(name, _told(error))
            else:
                dictionary = data if name == state.dictionary else dictionary
    for entry in state.segments:
        sound = True
        for name in (entry.name, entry.live, entry.roots):
            if not name:
                continue
            try:
                wrong = ColumnFile(directory / name).check()
            except IndexCorrupt as error:
                wrong = [error.what]
            except OSError as error:
                wrong = [_told(error)]
            sound = sound and not wrong
            for what in wrong:
                yield Damage(name, what.removeprefix(f"{name}: "))
        if sound:
            try:
                wrong = Segment(directory, entry, dictionary).check()
            except IndexCorrupt as error:
                wrong = [error.what]
            for what in wrong:
                yield Damage(entry.name, what.removeprefix(f"{entry.name}: "))


def _told(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "the file is missing"
    return error.strerror or str(error)
