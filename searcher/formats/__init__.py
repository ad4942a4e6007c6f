"""Files of newsrooms and scrapers as articles: :data:`FORMATS` is the table of them.

To add a format, add a row and a reader; put a sample into ``tests/data/formats/``. A
reader yields an :class:`~searcher.article.Article` for each article, a :class:`Skipped`
for what gave none and a :class:`Warned` for what was read with a doubt. One damaged
row never stops a file, and no file stops a build.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from searcher.article import Article
from searcher.errors import MissingExtra
from searcher.formats import feeds, jsonfiles, markdown, markup, tables, texts
from searcher.formats.columns import Columns, Rows
from searcher.formats.files import (
    DAMAGE,
    Bounds,
    Skipped,
    Source,
    TooLarge,
    Warned,
    damage,
    decode,
    not_text,
    one_line_end,
    wide_encoding,
)
from searcher.formats.portal import load_rules

__all__ = ["FORMATS", "Bounds", "Format", "Reader", "Skipped", "Warned", "read_file"]

#: What a reader yields.
Item = Article | Skipped | Warned

#: Raised when the same file would be read differently by this version: files already
#: indexed are then read again.
READERS_VERSION = 2


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file.

    ``sniff(head)`` looks at the first 64 KiB as text and is True only where there is no
    doubt: a page saved as ``.txt`` is HTML. ``read`` makes articles of a file.
    """

    name: str
    suffixes: tuple[str, ...]
    sniff: Callable[[str], bool]
    read: Callable[[Source, Rows], Iterator[Item]]


#: Every format, the first that fits is taken; of those its name and its content
#: both speak for, before those only its content does, before its name. Any may be
#: compressed with gzip (``.jsonl.gz``).
FORMATS: tuple[Format, ...] = (
    Format("xlsx", (".xlsx", ".xlsm"), tables.sniff_xlsx, tables.read_xlsx),
    Format("dok", (".dok", ".trec", ".sgml", ".sgm"), texts.sniff_dok, texts.read_dok),
    Format(
        "markdown", (".md", ".markdown", ".mdx"), markdown.sniff_markdown, markdown.read_markdown
    ),
    Format("feed", (".rss", ".atom", ".xml"), feeds.sniff_feed, feeds.read_feed),
    Format("html", (".html", ".htm", ".xhtml"), markup.sniff_html, markup.read_html),
    Format("jsonl", (".jsonl", ".ndjson", ".jl"), jsonfiles.sniff_jsonl, jsonfiles.read_jsonl),
    Format("json", (".json", ".geojson"), jsonfiles.sniff_json, jsonfiles.read_json),
    Format("sql", (".sql",), tables.sniff_sql, tables.read_sql),
    Format("header", (), texts.sniff_header, texts.read_header),
    Format("csv", (".csv", ".tsv", ".tab"), tables.sniff_csv, tables.read_csv),
    Format("ruled", (), texts.sniff_ruled, texts.read_ruled),
    Format("text", (".txt", ".text", ".doc", ".asc"), texts.sniff_text, texts.read_portal),
)


JSONL = next(form for form in FORMATS if form.name == "jsonl")


class Reader:
    """Reads files under one set of settings.

    ``settings`` are JSON-able: ``columns`` (field → further column names), ``noise``,
    ``datelines`` and ``outlets`` (further entries, see
    :func:`~searcher.formats.portal.load_rules`), ``bounds`` (see :class:`Bounds`).
    """

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        settings = settings or {}
        self.columns = Columns.of(settings.get("columns"))
        self.bounds = Bounds(**settings.get("bounds", {}))
        self.rules = load_rules(settings)
        self.fingerprint = _fingerprint(settings)
        #: True if the last file was not read for a reason that may pass: no permission,
        #: no memory, an extra not installed.
        self.failed = False
        self._source: Source | None = None

    @property
    def position(self) -> int:
        """Bytes read so far of the file being read, as stored."""
        return self._source.position if self._source is not None else 0

    @property
    def row(self) -> int:
        """Row or line of the collection being read that the last article came from."""
        return self._source.row if self._source is not None else 0

    def reads_lines(self, path: Path, name: str) -> bool:
        """True if what is appended to this file can be read without what came before."""
        source = Source(path, name, self.bounds)
        try:
            if source.suffix not in JSONL.suffixes or wide_encoding(source.head) is not None:
                return False
            with path.open("rb") as file:
                packed = file.read(2) == b"\x1f\x8b"
            return not packed and self.format_of(source) is JSONL
        except (OSError, *DAMAGE):
            return False

    def read(self, path: Path, name: str, *, start: int = 0, row: int = 0) -> Iterator[Item]:
        """The articles of the file at ``path``, called ``name`` in ids and reports.

        Never raises for what is in the file: that is a Skipped. ``start`` and ``row``,
        bytes and lines, pass over the beginning of a file that :meth:`reads_lines`.
        """
        self.failed = False
        source = self._source = Source(path, name, self.bounds, row=row, start=start)
        rows = Rows(source, self.columns, self.rules)
        try:
            if not path.is_file() and path.exists():
                # A pipe would keep us waiting, a device never end.
                yield Skipped(name, None, "a directory" if path.is_dir() else "not a regular file")
                return
            head = source.head
            if not head.strip(b"\0\r\n\t \xef\xbb\xbf\xff\xfe"):  # marks of encodings, too
                yield Skipped(name, None, "empty" if not head else "nothing but white space")
                return
            found = self.format_of(source)
            if isinstance(found, str):
                yield Skipped(name, None, found)
                return
            silent = start == 0  # an end of a file that has grown may hold nothing
            for item in found.read(source, rows):
                silent = False
                yield item
            if source.damaged:
                yield Skipped(name, source.row or None, source.damaged)
            elif silent:
                yield Skipped(name, None, "no article in it")
        except MissingExtra as error:
            self.failed = True
            yield Skipped(name, None, str(error))
        except TooLarge as error:
            yield Skipped(name, error.line or source.row or None, str(error))
        except DAMAGE as error:
            yield Skipped(name, source.row or None, damage(error))
        except OSError as error:
            self.failed = True
            yield Skipped(name, source.row or None, error.strerror or str(error))
        except MemoryError:
            self.failed = True
            yield Skipped(name, source.row or None, "not enough memory to read it")
        except Exception as error:
            # A reader's own failure is a fault of ours, but it is one file's loss, not
            # the build's.
            reason = f"could not be read: {type(error).__name__}: {error}"
            yield Skipped(name, source.row or None, reason[:300])

    def format_of(self, source: Source) -> Format | str:
        """The format of a file, or why it has none. By name first, then by content."""
        head, suffix = source.head, source.suffix
        text = decode(head)
        if (reason := not_text(head)) is not None and not tables.sniff_xlsx(text):
            return reason
        text = one_line_end(text.replace("\0", ""))
        sniffed = [form for form in FORMATS if form.sniff(text)]
        named = [form for form in FORMATS if suffix in form.suffixes]
        both = [form for form in sniffed if form in named]
        return (both or sniffed or named or FORMATS[-1:])[0]


def read_file(
    path: Path | str, name: str | None = None, settings: Mapping[str, Any] | None = None
) -> Iterator[Item]:
    """The articles of one file, and what was skipped of it.

    ``name`` is the path within the corpus (default: the file's name).
    """
    path = Path(path)
    yield from Reader(settings).read(path, name or path.name)


def _fingerprint(settings: Mapping[str, Any]) -> str:
    data = json.dumps(settings, sort_keys=True, default=str)
    digest = blake2b(f"{READERS_VERSION} {data}".encode(), digest_size=8)
    for path in sorted(Path(__file__).with_name("data").glob("*.yaml")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
