"""The one file that says what belongs to the index, and how it is replaced.

A commit writes everything it refers to first, then a new manifest beside the old one,
makes both durable and renames: whoever opens the directory sees the state before or
after, never between. Whatever the manifest does not name is a leftover.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from zlib import crc32

from searcher.errors import IndexCorrupt, IndexMissing, IndexVersion
from searcher.index.layout import FORMAT_VERSION
from searcher.values import Value, field, replace

NAME = "manifest.json"


class SegmentEntry(Value):
    """A segment as the manifest knows it. ``live`` and ``roots`` are file names."""

    name: str
    n_docs: int
    bytes: int
    live: str | None = None
    n_deleted: int = 0
    roots: str | None = None


class Manifest(Value):
    """One committed state of the index. ``settings`` are those the analyzer was made with."""

    generation: int = 0
    next_segment: int = 1
    segments: tuple[SegmentEntry, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    fingerprint: str = ""
    k1: float = 0.9
    b: float = 0.85
    dictionary: str | None = None
    catalogue: str | None = None

    def files(self) -> set[str]:
        """The names of all files of this state, without the manifest itself."""
        names = {name for name in (self.dictionary, self.catalogue) if name}
        for segment in self.segments:
            names.update(n for n in (segment.name, segment.live, segment.roots) if n)
        return names


def load(directory: Path) -> Manifest:
    """The committed state. Raises IndexMissing, IndexVersion or IndexCorrupt."""
    path = directory / NAME
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise IndexMissing(directory) from None
    head, _, body = data.partition(b"\n")
    try:
        seal = json.loads(head)
        version, crc = seal["format"], seal["crc32"]
    except (ValueError, KeyError, TypeError):
        raise IndexCorrupt(path, "its first line is not a seal") from None
    if version != FORMAT_VERSION:
        raise IndexVersion(directory, version, str(FORMAT_VERSION))
    if crc32(body) != crc:
        raise IndexCorrupt(path, "it has changed since it was written")
    values = json.loads(body)
    values["segments"] = tuple(SegmentEntry(**entry) for entry in values["segments"])
    return Manifest(**values)


def store(directory: Path, manifest: Manifest) -> Manifest:
    """Commit: replace the manifest durably; returns it with its generation advanced."""
    from dataclasses import asdict

    manifest = replace(manifest, generation=manifest.generation + 1)
    body = json.dumps(asdict(manifest), ensure_ascii=False).encode("utf-8", "surrogatepass")
    head = json.dumps({"format": FORMAT_VERSION, "crc32": crc32(body)}).encode()
    new = directory / (NAME + ".new")
    with open(new, "wb") as file:
        file.write(head + b"\n" + body)
        file.flush()
        os.fsync(file.fileno())
    sync_directory(directory)
    os.replace(new, directory / NAME)
    sync_directory(directory)
    return manifest


def sync_directory(directory: Path) -> None:
    """Make names in a directory durable, where the system can."""
    if os.name == "nt":
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
