"""A folder of files into an index, and the report of it.

Walks the corpus, finds what changed since the last time (path, size and time, then
content, then article by article), reads it and hands articles to the index's writer.
What it knows of each file it keeps in the writer's catalogue, which is stored with
each commit: a build that was cut off goes on where the last commit left it.

**Ids.** An article has the id its file gives it, or its path. Where two files give the
same id, the file that comes first by name keeps it and the other's article becomes
``path#id``; a second, different article of the same id in one file becomes ``id#row``.
The index therefore holds the same, whether built at once or change by change.
"""

from __future__ import annotations

import os
import stat
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from heapq import heappop, heappush
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from searcher.article import Article
from searcher.errors import ArticleRejected
from searcher.formats import Reader, Skipped, Warned

#: Version of the catalogue; one of another version is not used, and every file read.
CATALOGUE = 1
#: Skipped and Warned kept word for word; the rest are counted.
KEPT = 10_000
#: Reasons kept in the catalogue for each file, to be reported again while it is unchanged.
REMEMBERED = 20
#: A long build commits after so many articles, or seconds, whichever comes first.
COMMIT_ARTICLES, COMMIT_SECONDS = 50_000, 60.0

#: Files beside articles that nobody expects to find in a search: counted, not reported.
NO_ARTICLES = frozenset(
    f".{suffix}"
    for suffixes in (
        "jpg jpeg png gif webp svg ico bmp tif tiff mp3 mp4 m4a wav ogg avi mov mkv webm",
        "css js mjs ts map woff woff2 ttf otf eot py pyc ipynb java php rb go c h cpp sh bat ps1",
        "yaml yml toml ini cfg lock log tmp bak part swp",
    )
    for suffix in suffixes.split()
)
_ABOUT = ("readme", "license", "licence", "copying", "changelog", "contributing", "notice")
_FOLDERS = frozenset(["__pycache__", "node_modules", "__MACOSX"])
_FILES = frozenset(["thumbs.db", "desktop.ini"])


class Writer(Protocol):
    """What ingest needs of an index's writer."""

    catalogue: Any

    def add(self, article: Article) -> None: ...
    def delete(self, article_id: str) -> bool: ...
    def digest(self, article_id: str) -> int | None: ...
    def commit(self) -> object: ...


class Index(Protocol):
    def writer(self) -> AbstractContextManager[Writer]: ...


#: Called now and then with articles, files done, bytes done, bytes in all.
Progress = Callable[[int, int, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a run of :func:`update` did.

    ``unchanged`` counts articles found as they were, those of files not opened among
    them. ``duplicates`` are rows repeated word for word within a file. ``missing`` are
    files that were indexed and are gone; their articles stay until pruned.
    """

    articles: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    duplicates: int = 0
    files: int = 0
    files_unchanged: int = 0
    ignored: int = 0
    missing: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    skipped_count: int = 0
    warnings: tuple[Warned, ...] = ()
    warnings_count: int = 0
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """True if nothing that should have given an article was skipped."""
        return self.skipped_count == 0

    @property
    def changed(self) -> bool:
        return bool(self.added or self.updated or self.removed)

    @property
    def rate(self) -> float:
        """Articles read a second."""
        return self.articles / self.seconds if self.seconds > 0 else 0.0

    def lines(self, details: int = 20) -> Iterator[str]:
        """The report as lines to print, at most ``details`` of each kind spelt out."""
        yield from _told("skipped", self.skipped, self.skipped_count, details)
        yield from _told("warning", self.warnings, self.warnings_count, details)
        for name in self.missing[:details]:
            yield f"missing: {name} is gone; its articles stay (remove them with --prune)"
        if len(self.missing) > details:
            yield f"missing: {_n(len(self.missing) - details)} more files"
        parts = [f"{_n(self.articles)} articles read"]
        for word, number in (
            ("added", self.added), ("updated", self.updated), ("unchanged", self.unchanged),
            ("removed", self.removed), ("duplicates", self.duplicates),
            ("skipped", self.skipped_count), ("warnings", self.warnings_count),
        ):  # fmt: skip
            if number or word in ("added", "updated", "unchanged", "removed", "skipped"):
                parts.append(f"{_n(number)} {word}")
        yield ", ".join(parts)
        files = f"{_n(self.files)} files read, {_n(self.files_unchanged)} unchanged"
        if self.ignored:
            files += f", {_n(self.ignored)} ignored (pictures, programs, read-me files, links)"
        speed = f", {_n(round(self.rate))} articles/s" if self.articles else ""
        yield f"{files}; {self.seconds:.2f} s{speed}"


def _n(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def _told(word: str, items: Sequence[Skipped | Warned], count: int, details: int) -> Iterator[str]:
    """Items one by one; those of one file and one reason together once there are many."""
    groups: dict[tuple[str, str], list[Skipped | Warned]] = {}
    for item in items:
        reason = item.reason.split('"')[-1] if item.reason.startswith('"') else item.reason
        groups.setdefault((item.path, reason), []).append(item)
    shown = 0
    for number, group in enumerate(groups.values()):
        if number >= details:
            yield f"{word}: {_n(count - shown)} more"
            return
        spelt = group if len(group) <= 3 else group[:1]
        for item in spelt:
            yield f"{word}: {item}"
        if len(spelt) < len(group):
            yield f"{word}: {group[0].path}: and {_n(len(group) - 1)} more like it"
        shown += len(group)


# The files ---------------------------------------------------------------------------


@dataclass(slots=True)
class _File:
    path: Path
    size: int
    mtime: int


@dataclass(slots=True)
class _Walk:
    """Every file under the given paths, by name; what could not be looked at."""

    root: Path
    exclude: Path | None = None
    files: dict[str, _File] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    ignored: int = 0

    def name(self, path: Path) -> str:
        """The path within the corpus with ``/``; names that are no UTF-8 are spelt out."""
        try:
            text = path.relative_to(self.root).as_posix()
        except ValueError:
            text = path.as_posix()
        text = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        return text if text.isprintable() else "".join(map(_spelt_out, text))

    def add(self, given: Path) -> None:
        """A path the user named: followed even if it is a link or hidden."""
        path = Path(os.path.abspath(given))
        name = self.name(path)
        try:
            info = path.stat()
        except OSError as error:
            self.skipped.append(Skipped(name, None, _no_such(error)))
            # The file itself may be known and gone. A whole folder that is gone is more
            # likely a disk that is not there: nothing below it counts as vanished.
            self.prefixes.append(name)
            self.closed.append(f"{name}/")
            return
        if stat.S_ISDIR(info.st_mode):
            self.prefixes.append("" if name == "." else f"{name}/")
            self._folder(path)
        else:
            self.prefixes.append(name)
            self._file(path, name, info)

    def _folder(self, folder: Path) -> None:
        stack = [folder]
        while stack:
            at = stack.pop()
            if self.exclude is not None and at == self.exclude:
                continue
            try:
                with os.scandir(at) as scan:
                    entries = sorted(scan, key=lambda entry: entry.name)
            except OSError as error:
                name = self.name(at)
                self.skipped.append(Skipped(name, None, _reason(error)))
                self.closed.append(f"{name}/")
                continue
            for entry in entries:
                if entry.name.startswith(".") or entry.name in _FOLDERS:
                    continue
                path = at / entry.name
                if entry.is_symlink():
                    self._link(path)
                elif entry.is_dir(follow_symlinks=False):
                    stack.append(path)
                else:
                    name = self.name(path)
                    try:
                        info = entry.stat(follow_symlinks=False)
                    except OSError as error:
                        self.skipped.append(Skipped(name, None, _reason(error)))
                        self.closed.append(name)
                        continue
                    self._file(path, name, info)

    def _link(self, path: Path) -> None:
        """A link inside the corpus is not followed: its target is read where it lies."""
        try:
            target = path.resolve(strict=True)
        except (OSError, RuntimeError):
            loop = os.path.lexists(path) and os.readlink(path)
            reason = f"a link that leads nowhere ({loop})"
            self.skipped.append(Skipped(self.name(path), None, reason))
            return
        if self.root == target or self.root in target.parents:
            self.ignored += 1
        else:
            reason = "a link out of the corpus, not followed; name its target to index it"
            self.skipped.append(Skipped(self.name(path), None, reason))

    def _file(self, path: Path, name: str, info: os.stat_result) -> None:
        if not stat.S_ISREG(info.st_mode):
            self.skipped.append(Skipped(name, None, "not a regular file"))
            return
        low = path.name.lower()
        suffix = os.path.splitext(low)[1]
        if suffix in NO_ARTICLES or low in _FILES or low.endswith("~"):
            self.ignored += 1
            return
        if low.startswith(_ABOUT) and suffix in ("", ".md", ".txt", ".rst"):
            self.ignored += 1
            return
        self.files[name] = _File(path, info.st_size, info.st_mtime_ns)

    def covers(self, name: str) -> bool:
        """True if a file of this name would have been seen, were it there."""
        return any(
            name == prefix or prefix == "" or (prefix.endswith("/") and name.startswith(prefix))
            for prefix in self.prefixes
        ) and not any(name == c or (c.endswith("/") and name.startswith(c)) for c in self.closed)


def _spelt_out(char: str) -> str:
    return char if char.isprintable() else char.encode("unicode_escape").decode("ascii")


def _no_such(error: OSError) -> str:
    return "no such file or folder" if isinstance(error, FileNotFoundError) else _reason(error)


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__


# What is known of a file ----------------------------------------------------------------


class _Ids:
    """The ids of one file's articles: a set that keeps rows ``path#n`` as runs.

    A collection of a million rows without ids of their own takes a few bytes, in memory
    and in the catalogue.

    >>> ids = _Ids("a.csv", ["a.csv#1", "a.csv#2", "x"])
    >>> ids.pack(), "a.csv#2" in ids, len(ids)
    ([[1, 2], 'x'], True, 3)
    """

    __slots__ = ("head", "others", "runs")

    def __init__(self, name: str, ids: Iterable[str] = ()) -> None:
        self.head = f"{name}#"
        self.runs: list[int] = []  # first, last, first, last, … ascending
        self.others: set[str] = set()
        for each in ids:
            self.add(each)

    def _number(self, each: str) -> int | None:
        if not each.startswith(self.head):
            return None
        digits = each[len(self.head) :]
        if digits.isascii() and digits.isdigit() and digits[0] != "0" and len(digits) < 16:
            return int(digits)
        return None

    def _at(self, number: int) -> int:
        """Index of the run's end that holds ``number``, or -1."""
        at = bisect_left(self.runs, number)
        if at < len(self.runs) and (at % 2 == 1 or self.runs[at] == number):
            return at | 1
        return -1

    def add(self, each: str) -> None:
        number = self._number(each)
        if number is None or (self.others and each in self.others):
            self.others.add(each)
        elif not self.runs or number > self.runs[-1] + 1:
            self.runs += [number, number]
        elif number == self.runs[-1] + 1:
            self.runs[-1] = number
        elif self._at(number) < 0:
            self.others.add(each)

    def discard(self, each: str) -> None:
        self.others.discard(each)
        number = self._number(each)
        if number is None or (end := self._at(number)) < 0:
            return
        first, last = self.runs[end - 1], self.runs[end]
        pieces = [(first, number - 1), (number + 1, last)]
        self.runs[end - 1 : end + 1] = [
            n for low, high in pieces if low <= high for n in (low, high)
        ]

    def __contains__(self, each: str) -> bool:
        if each in self.others:
            return True
        number = self._number(each)
        return number is not None and self._at(number) >= 0

    def __iter__(self) -> Iterator[str]:
        for first, last in zip(self.runs[::2], self.runs[1::2], strict=True):
            for number in range(first, last + 1):
                yield f"{self.head}{number}"
        yield from self.others

    def __len__(self) -> int:
        pairs = zip(self.runs[::2], self.runs[1::2], strict=True)
        return len(self.others) + sum(last - first + 1 for first, last in pairs)

    def pack(self) -> list[Any]:
        """As JSON: ``[runs, others]``, the others as one string.

        Ids hold no line end: readers make one line of them.
        """
        return [list(self.runs), "\n".join(sorted(self.others))]

    @classmethod
    def unpack(cls, name: str, packed: Sequence[Any]) -> _Ids:
        ids = cls(name)
        ids.runs = list(packed[0])
        ids.others = set(packed[1].split("\n")) if packed[1] else set()
        return ids


@dataclass(slots=True)
class _Known:
    """A file as the catalogue remembers it.

    ``hash`` is None while the file must be read again: it is half indexed, or an id it
    has or wants changed hands. ``waits`` are ids it wanted and an earlier file has.
    ``told`` is what was wrong with it, to be told again while it is unchanged, and
    ``untold`` how much more there was.
    """

    size: int
    mtime: int
    hash: str | None
    ids: _Ids
    waits: _Ids
    told: list[tuple[int | None, str]] = field(default_factory=list)
    untold: int = 0

    def tell(self, line: int | None, reason: str) -> None:
        if len(self.told) < REMEMBERED:
            self.told.append((line, reason))
        else:
            self.untold += 1

    def pack(self, name: str) -> list[Any]:
        """As JSON: ``[size, mtime, hash, articles, ids, waits, told, untold]``, cut off at
        the end where there is nothing, ids left out where the path is the only one."""
        packed: list[Any] = [self.size, self.mtime, self.hash, len(self.ids)]
        tail: list[Any] = [
            None if not len(self.ids) or list(self.ids) == [name] else self.ids.pack(),
            self.waits.pack() if len(self.waits) else None,
            [list(pair) for pair in self.told] or None,
            self.untold or None,
        ]
        while tail and tail[-1] is None:
            tail.pop()
        return packed + tail

    @classmethod
    def unpack(cls, name: str, packed: Sequence[Any]) -> _Known:
        size, mtime, digest, count = packed[:4]
        ids, waits, told, untold = (*packed[4:], None, None, None, None)[:4]
        return cls(
            size,
            mtime,
            digest,
            _Ids.unpack(name, ids) if ids else _Ids(name, [name] if count else []),
            _Ids.unpack(name, waits) if waits else _Ids(name),
            [(line, reason) for line, reason in told or []],
            untold or 0,
        )


@dataclass(frozen=True, slots=True)
class _Content:
    """The hash of a file, and of its first bytes as far as it was known before.

    ``lines`` are the line ends within these; ``whole_lines`` if they end with one.
    """

    hash: str
    before: str | None = None
    lines: int = 0
    whole_lines: bool = False


def _content(path: Path, known: int = 0) -> _Content:
    """Hash a file; ``known`` is its size the last time. Raises OSError."""
    digest = blake2b(digest_size=12)
    before, lines, last, left = None, 0, b"", known
    with path.open("rb") as file:
        while chunk := file.read(min(left, 1 << 20) if left else 1 << 20):
            digest.update(chunk)
            if left:
                lines += chunk.count(b"\n")
                left -= len(chunk)
                last = chunk[-1:]
                if not left:
                    before = digest.hexdigest()
    return _Content(digest.hexdigest(), before, lines, last == b"\n")


def _settled(mtime: int, now: int) -> bool:
    """False if the file could change once more without its time showing it.

    Clocks of file systems tick: a file written in the same tick as we read it has the
    same time after the next change. Ticks are some milliseconds, or two seconds where
    times are whole seconds.
    """
    tick = 2_000_000_000 if mtime % 1_000_000_000 == 0 else 20_000_000
    return abs(now - mtime) > tick


# The run ---------------------------------------------------------------------------------


def update(
    index: Index,
    paths: Iterable[Path | str],
    *,
    root: Path | str | None = None,
    settings: Mapping[str, Any] | None = None,
    prune: bool = False,
    rebuild: bool = False,
    progress: Progress | None = None,
    commit_every: int = COMMIT_ARTICLES,
    exclude: Path | str | None = None,
) -> Report:
    """Bring the index up to date with the files under ``paths``.

    ``root`` is the corpus: paths are remembered relative to it (default: the folder
    given, or the folder all paths share). ``settings`` are a :class:`Reader`'s.
    ``prune`` removes the articles of files that are gone; ``rebuild`` does so too and
    reads every file again. ``exclude`` is a folder not to walk into, the
    index itself. Nothing is committed if nothing changed. What the index raises passes
    through; what is wrong with files is in the report.
    """
    started = time.perf_counter()
    given = [Path(path) for path in paths]
    walk = _Walk(_root(given, root))
    if exclude is not None:
        walk.exclude = Path(os.path.abspath(exclude))
    for path in sorted(given):
        walk.add(path)
    with index.writer() as writer:
        run = _Run(
            writer, walk, Reader(settings), prune=prune or rebuild, rebuild=rebuild,
            progress=progress, commit_every=commit_every,
        )  # fmt: skip
        run.all()
    return run.report(time.perf_counter() - started)


def files_have(catalogue: Any) -> set[str] | None:
    """The ids of the articles that a catalogue's files gave; None if it is no catalogue."""
    if not isinstance(catalogue, dict) or catalogue.get("version") != CATALOGUE:
        return None
    ids: set[str] = set()
    for name, packed in catalogue["files"].items():
        ids.update(_Known.unpack(name, packed).ids)
    return ids


def read_again(writer: Any) -> int:
    """Note in the catalogue that files must be read again whose articles the index has not.

    For an index that has lost articles. Returns how many files these are.
    """
    catalogue = writer.catalogue
    if files_have(catalogue) is None:
        return 0
    files = dict(catalogue["files"])
    count = 0
    for name, packed in files.items():
        known = _Known.unpack(name, packed)
        if not all(each in writer for each in known.ids):
            known.hash = None
            files[name] = known.pack(name)
            count += 1
    if count:
        writer.catalogue = {**catalogue, "files": files}
    return count


def _root(given: Sequence[Path], root: Path | str | None) -> Path:
    if root is not None:
        return Path(os.path.abspath(root))
    whole = [os.path.abspath(path) for path in given]
    if not whole:
        return Path.cwd()
    common = Path(os.path.commonpath(whole))
    return common if common.is_dir() else common.parent


class _Run:
    """One update, from walk to report.

    Files are taken in the order of their names, whatever became of them. Each takes the
    ids that no earlier file has. A file whose ids an earlier one took or let go is read
    again, though it did not change itself; such files always come later, so one pass is
    enough, and its outcome is that of a build from nothing.
    """

    def __init__(
        self,
        writer: Writer,
        walk: _Walk,
        reader: Reader,
        *,
        prune: bool,
        rebuild: bool,
        progress: Progress | None,
        commit_every: int,
    ) -> None:
        self.writer, self.walk, self.reader = writer, walk, reader
        self.prune, self.progress, self.commit_every = prune, progress, commit_every
        stored = writer.catalogue or {}
        current = stored.get("version") == CATALOGUE
        self.known: dict[str, list[Any]] = dict(stored.get("files", {})) if current else {}
        self.reread = rebuild or stored.get("reader") != reader.fingerprint
        self.stored = stored
        #: Records of files other files took ids from, until they are read again.
        self.opened: dict[str, _Known] = {}
        #: Which files wanted an id that another one has.
        self.waiting: dict[str, set[str]] = {}
        for name, packed in self.known.items():
            if len(packed) > 5 and packed[5]:
                for wanted in _Ids.unpack(name, packed[5]):
                    self.waiting.setdefault(wanted, set()).add(name)
        self.owners: dict[str, str] | None = None
        self.queue: list[str] = []
        self.queued: set[str] = set()
        self.opened_files: dict[str, int] = {}
        self.articles = self.added = self.updated = self.unchanged = self.removed = 0
        self.duplicates = self.files_unchanged = 0
        self.skipped: list[Skipped] = []
        self.warned: list[Warned] = []
        self.skipped_count = self.warned_count = 0
        self.missing: list[str] = []
        self.dirty = False
        self.since_commit = 0
        self.last_commit = time.monotonic()
        self.bytes_total = self.bytes_done = self.files_done = 0
        self.next_show = 0.0

    # The order of events

    def all(self) -> None:
        for item in self.walk.skipped:
            self.skip(item)
        gone = sorted(name for name in self.known if self.gone(name))
        if self.prune:
            for name in gone:
                self.enqueue(name)
        else:
            self.missing = gone
        for name, file in self.walk.files.items():
            packed = self.known.get(name)
            if (
                packed is None
                or self.reread
                or packed[2] is None
                or packed[0] != file.size
                or packed[1] != file.mtime
            ):
                self.enqueue(name)
        while self.queue:
            name = heappop(self.queue)
            self.queued.discard(name)
            self.file(name)
            self.files_done += 1
            self.show(force=not self.queue)
        for name in sorted(self.walk.files):
            if name not in self.opened_files and (packed := self.known.get(name)) is not None:
                self.untouched(name, packed)
        if self.dirty or (self.reread and self.stored.get("reader") != self.reader.fingerprint):
            self.commit()

    def enqueue(self, name: str) -> None:
        if name in self.queued or self.opened_files.get(name, 0) > 1:
            return
        self.queued.add(name)
        heappush(self.queue, name)
        if (file := self.walk.files.get(name)) is not None:
            self.bytes_total += file.size

    def gone(self, name: str) -> bool:
        return name not in self.walk.files and self.walk.covers(name)

    def untouched(self, name: str, packed: Sequence[Any]) -> None:
        """Count a file that was not read; repeat what was wrong with it."""
        self.files_unchanged += 1
        self.unchanged += packed[3]
        for line, reason in (packed[6] or ()) if len(packed) > 6 else ():
            self.skip(Skipped(name, line, reason))
        self.skipped_count += packed[7] if len(packed) > 7 else 0

    # One file

    def file(self, name: str) -> None:
        old = self.record(name)
        file = self.walk.files.get(name) or self.elsewhere(name)
        if file is None:
            if old is not None and self.gone(name) and self.prune:
                self.settle(name, old, None)
            return
        now = time.time_ns()
        try:
            content = _content(file.path, old.size if old is not None else 0)
        except OSError as error:
            self.opened_files[name] = self.opened_files.get(name, 0) + 1
            self.bytes_done += file.size
            self.skip(Skipped(name, None, _reason(error)))
            return
        if old is not None and old.hash == content.hash and not self.reread:
            # Only its time changed: worth remembering, but not worth a commit.
            old.size, old.mtime = file.size, file.mtime if _settled(file.mtime, now) else -1
            self.known[name] = old.pack(name)
            self.bytes_done += file.size
            return
        self.opened_files[name] = self.opened_files.get(name, 0) + 1
        self.read(name, file, old, content, now)
        self.bytes_done += file.size

    def record(self, name: str) -> _Known | None:
        if (opened := self.opened.pop(name, None)) is not None:
            return opened
        packed = self.known.get(name)
        return _Known.unpack(name, packed) if packed is not None else None

    def elsewhere(self, name: str) -> _File | None:
        """A known file outside the paths of this run, to be read because of its ids."""
        if self.walk.covers(name):
            return None
        path = self.walk.root / name
        try:
            info = path.stat()
        except OSError:
            return None
        return _File(path, info.st_size, info.st_mtime_ns) if stat.S_ISREG(info.st_mode) else None

    def read(self, name: str, file: _File, old: _Known | None, content: _Content, now: int) -> None:
        had = old.ids if old is not None else _Ids(name)
        new = _Known(file.size, file.mtime, None, _Ids(name), _Ids(name))
        start = row = 0
        if (
            old is not None
            and old.hash is not None
            and old.hash == content.before
            and content.whole_lines
            and not self.reread
            and self.reader.reads_lines(file.path, name)
        ):
            # Lines were appended: those before are as they were, and so are their ids.
            start, row = old.size, content.lines
            new = replace(old, size=file.size, mtime=file.mtime, hash=None, told=list(old.told))
            new.ids, new.waits = _Ids(name, had), _Ids(name, old.waits)
            self.unchanged += len(had)
            for line, reason in old.told:
                self.skip(Skipped(name, line, reason))
            self.skipped_count += old.untold
        taken: list[str] = []
        repeated: list[str] = []
        for item in self.reader.read(file.path, name, start=start, row=row):
            if type(item) is Article:
                self.articles += 1
                self.place(name, item, had, new, taken, repeated)
                self.since_commit += 1
                if self.since_commit % 128 == 0:
                    self.show()
                    if self.dirty and self.due():
                        self.half(name, had, new)
                        self.commit()
            elif isinstance(item, Skipped):
                new.tell(item.line, item.reason)
                self.skip(item)
            elif isinstance(item, Warned):
                self.warn(item)
        if taken:
            by = self.owner(taken[0])
            self.warn(Warned(name, None, _taken(taken, f"already in {by}", f"{name}#".__add__)))
        if repeated:
            self.warn(Warned(name, None, _taken(repeated, "in this file before", "{}#row".format)))
        if not self.reader.failed and self.as_it_was(file):
            new.hash = content.hash
        if not _settled(file.mtime, now):
            new.mtime = -1
        self.settle(name, old, new)

    def as_it_was(self, file: _File) -> bool:
        """False if the file was written to while it was read."""
        try:
            info = file.path.stat()
        except OSError:
            return False
        return (info.st_size, info.st_mtime_ns) == (file.size, file.mtime)

    def place(
        self,
        name: str,
        article: Article,
        had: _Ids,
        new: _Known,
        taken: list[str],
        repeated: list[str],
    ) -> None:
        """Give one article its id and hand it to the writer, if it is not there already."""
        writer, mine, wanted = self.writer, new.ids, article.id
        for candidate in self.candidates(name, wanted, wanted in mine):
            if candidate != article.id:
                article = replace(article, id=candidate)
            if candidate in mine:
                if writer.digest(candidate) == article.digest():
                    self.duplicates += 1
                    return
                if candidate == wanted:
                    repeated.append(wanted)
                continue
            before = writer.digest(candidate)
            if before is not None and candidate not in had and not self.take(candidate, name):
                new.waits.add(candidate)
                if candidate == wanted:
                    taken.append(wanted)
                continue
            if before is not None and candidate in had and before == article.digest():
                mine.add(candidate)
                self.unchanged += 1
                return
            try:
                writer.add(article)
            except ArticleRejected as error:
                new.tell(self.reader.row or None, str(error))
                self.skip(Skipped(name, self.reader.row or None, str(error)))
                return
            mine.add(candidate)
            self.dirty = True
            if before is None:
                self.added += 1
            else:
                self.updated += 1
            return

    def candidates(self, name: str, wanted: str, repeated: bool) -> Iterator[str]:
        """The ids an article may have, best first."""
        row = self.reader.row
        yield wanted
        yield f"{wanted}#{row}" if repeated else f"{name}#{wanted}"
        yield f"{name}#{wanted}#{row}"
        for number in count(2):
            yield f"{name}#{wanted}#{row}#{number}"

    # Who has which id

    def owner(self, article_id: str) -> str | None:
        if self.owners is None:
            self.owners = {}
            for name, packed in self.known.items():
                record = self.opened.get(name) or _Known.unpack(name, packed)
                self.owners.update(dict.fromkeys(record.ids, name))
        return self.owners.get(article_id)

    def take(self, article_id: str, name: str) -> bool:
        """Take an id of the index for the file ``name``; False if another one keeps it."""
        owner = self.owner(article_id)
        if owner is None or owner == name:
            return True
        absent = self.gone(owner)
        if not absent and (owner < name or not self.readable(owner)):
            return False
        self.disturb(owner, lost=article_id)
        assert self.owners is not None
        self.owners[article_id] = name
        return True

    def readable(self, name: str) -> bool:
        return name in self.walk.files or self.elsewhere(name) is not None

    def disturb(self, name: str, lost: str | None = None) -> None:
        """Have a file read again: it lost an id, or may have one it waited for."""
        record = self.opened.get(name) or self.record(name)
        if record is None:
            return
        self.opened[name] = record
        record.hash = None
        if lost is not None:
            record.ids.discard(lost)
        if not self.gone(name):
            self.enqueue(name)

    def settle(self, name: str, old: _Known | None, new: _Known | None) -> None:
        """A file is done: remove what it no longer has, remember what it has."""
        kept = new.ids if new is not None else _Ids(name)
        for article_id in old.ids if old is not None else ():
            if article_id in kept:
                continue
            if self.writer.delete(article_id):
                self.removed += 1
                self.dirty = True
            if self.owners is not None and self.owners.get(article_id) == name:
                del self.owners[article_id]
            for waiter in self.waiting.get(article_id, ()):
                if waiter != name:
                    self.disturb(waiter)
        for wanted in old.waits if old is not None else ():
            if (files := self.waiting.get(wanted)) is not None:
                files.discard(name)
        if new is None:
            self.known.pop(name, None)
            self.dirty = True
            return
        for wanted in new.waits:
            self.waiting.setdefault(wanted, set()).add(name)
        if self.owners is not None:
            self.owners.update(dict.fromkeys(new.ids, name))
        packed = new.pack(name)
        if packed != self.known.get(name):
            self.known[name] = packed
            self.dirty = True

    # Commits, reports

    def due(self) -> bool:
        return (
            self.since_commit >= self.commit_every
            or time.monotonic() - self.last_commit > COMMIT_SECONDS
        )

    def half(self, name: str, had: _Ids, new: _Known) -> None:
        """Note in the catalogue what of a file is in the index while it is being read."""
        both = _Ids(name, new.ids)
        for article_id in had:
            if article_id not in both:
                both.add(article_id)
        self.known[name] = _Known(new.size, new.mtime, None, both, new.waits).pack(name)

    def commit(self) -> None:
        for name, record in self.opened.items():
            self.known[name] = record.pack(name)
        self.writer.catalogue = {
            "version": CATALOGUE,
            "reader": self.reader.fingerprint,
            "files": self.known,
        }
        self.writer.commit()
        self.dirty = False
        self.since_commit = 0
        self.last_commit = time.monotonic()

    def skip(self, item: Skipped) -> None:
        self.skipped_count += 1
        if len(self.skipped) < KEPT:
            self.skipped.append(item)

    def warn(self, item: Warned) -> None:
        self.warned_count += 1
        if len(self.warned) < KEPT:
            self.warned.append(item)

    def show(self, force: bool = False) -> None:
        if self.progress is None:
            return
        now = time.monotonic()
        if force or now >= self.next_show:
            self.next_show = now + 0.1
            done = min(self.bytes_done + self.reader.position, self.bytes_total)
            self.progress(self.articles, self.files_done, done, self.bytes_total)

    def report(self, seconds: float) -> Report:
        return Report(
            articles=self.articles,
            added=self.added,
            updated=self.updated,
            unchanged=self.unchanged,
            removed=self.removed,
            duplicates=self.duplicates,
            files=len(self.opened_files),
            files_unchanged=self.files_unchanged,
            ignored=self.walk.ignored,
            missing=tuple(self.missing),
            skipped=tuple(self.skipped),
            skipped_count=self.skipped_count,
            warnings=tuple(self.warned),
            warnings_count=self.warned_count,
            seconds=seconds,
        )


def _taken(ids: Sequence[str], where: str, called: Callable[[str], str]) -> str:
    if len(ids) == 1:
        return f"the id {ids[0]!r} is {where}; this article is called {called(ids[0])}"
    return (
        f"{_n(len(ids))} ids ({ids[0]!r} first) are {where}; "
        f"these articles are called {called('id')}"
    )
