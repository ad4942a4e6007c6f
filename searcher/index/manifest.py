"""The one file that says what belongs to the index, and how it is replaced.

A commit writes everything it refers to first, then a new manifest beside the old one,
makes both durable and renames: whoever opens the directory sees the state before or
after, never between. Whatever the manifest does not name is a leftover.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any
from zlib import crc32

from searcher.errors import IndexCorrupt, IndexMissing, IndexVersion
from searcher.index import pulse
from searcher.index.layout import FORMAT_VERSION
from searcher.index.settings import is_resolved
from searcher.values import Value, by_name, field, replace

NAME = "manifest.json"
#: The names the files of an index have, the manifest, the lock and the pulse apart. Nothing else is
#: read as part of an index, and nothing else is ever removed from its directory.
FILE_NAME = re.compile(
    r"segment-\d{8,}\.(?:seg|seg\.[0-9a-f]{16}|live-\d+|roots-\w+)"
    r"|text-\d{8,}\.zdict|catalogue-\d+\.json\.zst",
    re.ASCII,
)


class SegmentEntry(Value):
    """A segment as the manifest knows it. ``live`` and ``roots`` are file names."""

    name: str
    n_docs: int
    bytes: int
    live: str | None = None
    n_deleted: int = 0
    roots: str | None = None


class Manifest(Value):
    """One committed state of the index.

    ``settings`` are those the analyzer was made with. ``sums`` holds the crc32 of each file
    that carries none itself: the dictionary and the catalogue.
    """

    generation: int = 0
    next_segment: int = 1
    segments: tuple[SegmentEntry, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    fingerprint: str = ""
    k1: float = 0.9
    b: float = 0.85
    dictionary: str | None = None
    catalogue: str | None = None
    sums: dict[str, int] = field(default_factory=dict)

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
    except (ValueError, KeyError, TypeError, RecursionError):
        raise IndexCorrupt(path, "its first line is not a seal") from None
    # Whatever the format, this line is read alike: a flipped bit is no other version.
    if crc != _seal(version, body):
        raise IndexCorrupt(path, "it has changed since it was written")
    if version != FORMAT_VERSION:
        raise IndexVersion(directory, version, str(FORMAT_VERSION))
    try:
        values = json.loads(body)
        values["segments"] = tuple(SegmentEntry(**entry) for entry in values["segments"])
        manifest = Manifest(**values)
        names = manifest.files()
        sound = all(FILE_NAME.fullmatch(name) for name in names) and _is_sound(manifest)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        sound = False
    if not sound:
        raise IndexCorrupt(path, "it is not what this program writes")
    return manifest


def _is_sound(manifest: Manifest) -> bool:
    """Whether every value is of a kind that this program writes: a right seal is no proof."""
    counts = [manifest.generation, manifest.next_segment, *manifest.sums.values()]
    for entry in manifest.segments:
        if not entry.name.endswith(".seg"):
            return False
        counts += [entry.n_docs, entry.n_deleted, entry.bytes, entry.n_docs - entry.n_deleted]
    return (
        all(type(number) is int and 0 <= number < 2**62 for number in counts)
        and all(type(x) in (int, float) and 0 <= x < 1000 for x in (manifest.k1, manifest.b))
        and type(manifest.fingerprint) is str
        and (not manifest.segments or is_resolved(manifest.settings))
    )


def read(directory: Path, manifest: Manifest, name: str) -> bytes:
    """The bytes of a file that has its checksum in the manifest. Raises IndexCorrupt."""
    data = (directory / name).read_bytes()
    if crc32(data) != manifest.sums.get(name):
        raise IndexCorrupt(directory / name, "it has changed since it was written")
    return data


def store(directory: Path, manifest: Manifest) -> Manifest:
    """Commit: replace the manifest durably; returns it with its generation advanced.

    When this raises, either state may be the one on disk.
    """
    manifest = replace(manifest, generation=manifest.generation + 1)
    body = json.dumps(_plain(manifest), ensure_ascii=False).encode("utf-8", "surrogatepass")
    new = directory / (NAME + ".new")
    with open(new, "wb") as file:
        file.write(sealed(body, FORMAT_VERSION))
        file.flush()
        os.fsync(file.fileno())
    _make_later(new, directory / NAME)
    sync_directory(directory)
    os.replace(new, directory / NAME)
    pulse.beat(directory)
    sync_directory(directory)
    return manifest


def sealed(body: bytes, version: object = FORMAT_VERSION) -> bytes:
    """The bytes of a manifest file: the seal of a body on a line of its own, and the body."""
    head = json.dumps({"format": version, "crc32": _seal(version, body)}).encode()
    return head + b"\n" + body


def _plain(manifest: Manifest) -> dict[str, Any]:
    # dataclasses.asdict copies every word of the settings, at 30 ms a commit.
    values = by_name(manifest)
    values["segments"] = [by_name(entry) for entry in manifest.segments]
    return values


def _seal(version: object, body: bytes) -> int:
    return crc32(body, crc32(f"{version}\n".encode("utf-8", "replace")))


def _make_later(new: Path, old: Path) -> None:
    """Give a file a later time than the one it replaces.

    Readers see by time and inode that there was a commit. Clocks of file systems advance in
    steps of milliseconds, and inodes are used again: two quick commits could look like none.
    """
    try:
        before, now = old.stat().st_mtime_ns, new.stat()
    except FileNotFoundError:
        return
    if now.st_mtime_ns <= before:
        os.utime(new, ns=(now.st_atime_ns, before + 1000))


def sync_directory(directory: Path) -> None:
    """Make names in a directory durable, where the system can."""
    if os.name == "nt":
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
