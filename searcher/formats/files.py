"""The bytes of a file as clean text: encodings, damage, compression, bounds.

Knows no format. A :class:`Source` is one file as the readers see it: it opens the
file (through gzip if need be), never hands out more than the bounds allow, and turns
bytes into text that is fit to be indexed. What could not be read becomes a
:class:`Skipped`, what was read with a doubt a :class:`Warned`.
"""

from __future__ import annotations

import codecs
import gzip
import re
import unicodedata
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import IO, Any, NamedTuple

#: Bytes of a file looked at to tell its format.
HEAD = 65_536
#: Bytes read at a time from a collection.
CHUNK = 1 << 20


class Skipped(NamedTuple):
    """A file, or one line or row of it (``line``, from 1), that gave no article."""

    path: str
    line: int | None
    reason: str

    def __str__(self) -> str:
        where = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{where}: {self.reason}"


class Warned(NamedTuple):
    """An article was read, but something of it was not understood."""

    path: str
    line: int | None
    reason: str

    def __str__(self) -> str:
        return str(Skipped(*self))


class TooLarge(Exception):
    """More bytes than the bound allows; the message is the reason to print, ``line`` where."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.line = line


#: What reading a damaged gzip file raises.
DAMAGE = (EOFError, zlib.error, gzip.BadGzipFile)


def damage(error: BaseException) -> str:
    """A :data:`DAMAGE` as a sentence for the report."""
    if isinstance(error, EOFError):
        return "the compressed file ends too early; what came before is read"
    return f"the compressed file is damaged: {error}; what came before is read"


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of one file is read at most, in bytes after decompression.

    ``collection`` bounds what is streamed row by row and never held; ``whole`` what a
    format needs in memory at once; ``line`` one line or row of a collection.
    """

    collection: int = 2 << 30
    whole: int = 256 << 20
    line: int = 64 << 20


@dataclass(slots=True)
class Source:
    """One file on its way to becoming articles.

    ``name`` is its path within the corpus with ``/``, the label and default id of its
    articles. ``row`` is the line or row a collection's reader has reached, ``position``
    the bytes of the file as stored that have been read. ``start`` is where the lines
    begin that are to be read, bytes; ``row`` is then the number of those before.
    ``damaged`` is set when :meth:`data` gives only the beginning of a damaged gzip file.
    """

    path: Path
    name: str
    bounds: Bounds = field(default_factory=Bounds)
    row: int = 0
    start: int = 0
    damaged: str | None = None
    _raw: Any = None
    _head: bytes | None = None

    @property
    def position(self) -> int:
        return self._raw.tell() if self._raw is not None and not self._raw.closed else 0

    @property
    def suffix(self) -> str:
        """The last suffix in lower case, ``.gz`` looked through: ``.jsonl``."""
        stem = self.name.lower().removesuffix(".gz")
        return Path(stem).suffix

    def open(self) -> IO[bytes]:
        """The file's bytes, decompressed; the caller closes. Raises OSError."""
        raw = self.path.open("rb")
        if raw.peek(2)[:2] != b"\x1f\x8b":
            self._raw = raw
            return raw
        raw.close()
        # GzipFile closes a file only if it opened it.
        unpacked = gzip.GzipFile(self.path)
        self._raw = unpacked.fileobj
        return unpacked  # type: ignore[return-value]

    @property
    def head(self) -> bytes:
        """The first 64 KiB, read once."""
        if self._head is None:
            with self.open() as file:
                parts: list[bytes] = []
                try:
                    parts.extend(_pieces(file, HEAD))
                except DAMAGE:
                    if not parts:
                        raise
                    # Whoever reads on is told.
                self._head = b"".join(parts)
        return self._head

    def data(self) -> bytes:
        """All of the file, or of a damaged gzip file what can be unpacked.

        Raises TooLarge, OSError and, if nothing can be unpacked, one of DAMAGE.
        """
        parts: list[bytes] = []
        total = 0
        with self.open() as file:
            try:
                for part in _pieces(file):
                    parts.append(part)
                    total += len(part)
                    if total > self.bounds.whole:
                        reason = f"more than {megabytes(self.bounds.whole)} in one piece"
                        raise TooLarge(reason)
            except DAMAGE as error:
                if not parts:
                    raise
                self.damaged = damage(error)
        return b"".join(parts)

    def text(self) -> str:
        """All of the file as text, lines ended by ``\\n``. Raises TooLarge, OSError."""
        return one_line_end(decode(self.data()))

    def chunks(self) -> Iterator[bytes]:
        """The file in pieces of about a megabyte, to the bound of a collection."""
        total = 0
        with self.open() as file:
            file.seek(self.start)
            for chunk in _pieces(file):
                total += len(chunk)
                if total > self.bounds.collection:
                    raise TooLarge(
                        f"the rest, beyond {megabytes(self.bounds.collection)} of rows, is unread"
                    )
                yield chunk

    def lines(self) -> Iterator[bytes]:
        """The lines of the file in UTF-8 or an 8-bit encoding, each with its ``\\n``.

        UTF-16 is turned into UTF-8 first. A line longer than the bound raises TooLarge:
        without an end in sight there is no telling where the next row starts.
        """
        chunks = self.chunks()
        if (encoding := wide_encoding(self.head)) is not None:
            chunks = _as_utf8(chunks, encoding)
        tail = b""
        first = True
        number = self.row
        for chunk in chunks:
            if first:
                chunk = chunk.removeprefix(codecs.BOM_UTF8)
                first = False
            lines = (tail + chunk).splitlines(keepends=True) if tail else chunk.splitlines(True)
            tail = lines.pop() if lines and not lines[-1].endswith(b"\n") else b""
            if len(tail) > self.bounds.line:
                yield from lines
                reason = f"one line of more than {megabytes(self.bounds.line)}; the rest is unread"
                raise TooLarge(reason, number + len(lines) + 1)
            number += len(lines)
            yield from lines
        if tail:
            yield tail


def _pieces(file: IO[bytes], most: int | None = None) -> Iterator[bytes]:
    """A file's bytes in pieces of about a megabyte, to ``most`` bytes if given.

    All that a damaged gzip file still holds comes before the error: read() would keep to
    itself what it unpacked before the damage.
    """
    read = file.read1  # type: ignore[attr-defined]
    size = min(CHUNK, most or CHUNK)
    total = 0
    while most is None or total < most:
        parts: list[bytes] = []
        left = size
        broken: BaseException | None = None
        while left > 0:
            try:
                part = read(left)
            except DAMAGE as error:
                broken = error
                break
            if not part:
                break
            parts.append(part)
            left -= len(part)
        if parts:
            total += size - left
            yield b"".join(parts)
        if broken is not None:
            raise broken
        if left == size:
            return


def _as_utf8(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for chunk in chunks:
        yield decoder.decode(chunk).removeprefix("\ufeff").encode("utf-8", "replace")


def megabytes(n: int) -> str:
    """A bound as people write it.

    >>> megabytes(64 << 20), megabytes(2 << 30)
    ('64 MB', '2 GB')
    """
    return f"{n >> 30} GB" if n >= 1 << 30 and n % (1 << 30) == 0 else f"{n >> 20} MB"


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    """Read the byte that is no UTF-8 as Windows does; five bytes mean nothing there."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return bad.decode("cp1252", "replace"), error.end


codecs.register_error("searcher.cp1252", _as_cp1252)


def wide_encoding(head: bytes) -> str | None:
    """The 16- or 32-bit encoding these bytes are in, or None.

    By the byte order mark, or, without one, by NUL in every other place, as text saved
    by Windows as "Unicode" has it.

    >>> wide_encoding("Harga".encode("utf-16-le")), wide_encoding(b"Harga")
    ('utf-16-le', None)
    """
    for mark, name in (
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if head.startswith(mark):
            return name
    sample = head[:4096]
    if len(sample) >= 8 and b"\0" in sample:
        even, odd = sample[::2].count(0), sample[1::2].count(0)
        most = len(sample) // 2 * 0.6
        if odd > most and even < most / 10:
            return "utf-16-le"
        if even > most and odd < most / 10:
            return "utf-16-be"
    return None


def decode(data: bytes) -> str:
    """Bytes of unknown encoding as text. Never fails.

    Byte order mark, then UTF-8, then UTF-8 with single bytes of Windows-1252 in it,
    which covers all of a Windows-1252 file too: its accented letters are followed by
    ASCII and so are no UTF-8.

    >>> decode(b"caf\\xc3\\xa9 \\x93kutip\\x94")
    'café “kutip”'
    """
    if data.startswith(codecs.BOM_UTF8):
        data = data[3:]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if text and "\0" not in text[:4096]:
        return text
    if (encoding := wide_encoding(data)) is not None:
        return data.decode(encoding, "replace").removeprefix("\ufeff")
    return text or data.decode("utf-8", "searcher.cp1252")


def one_line_end(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


# Control characters but line ends; invisible characters that would keep a word
# from being found (soft hyphen, zero-width, direction marks); lone halves of surrogate
# pairs, which no UTF-8 can hold.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]+"
)
_USUAL = (
    ("\r\n", "\n"), ("\r", "\n"), ("\x0b", "\n"), ("\x0c", "\n"), ("\x85", "\n"), ("\u2028", "\n"),
    ("\u2029", "\n\n"), ("\t", " "), ("\xa0", " "), ("\u200b", ""), ("\xad", ""),
)  # fmt: skip
_CONTROLS = bytes([*range(10), *range(11, 32), 127])
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_SPACES = re.compile("[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")


def tidy(text: str) -> str:
    """Text without what nobody sees, in composed letters, its spaces ordinary ones.

    >>> tidy("Sura\\u00adbaya\\x00\\r\\nJakarta\\u00a0-\\te\\u0301")
    'Surabaya\\nJakarta - é'
    """
    if text.isascii():
        # Deleting bytes by a table and looking whether any went is the fastest look.
        data = text.encode()
        if len(data.translate(None, _CONTROLS)) == len(data):
            return text
    for seen, instead in _USUAL:  # a memchr each
        if seen in text:
            text = text.replace(seen, instead)
    # isprintable() refuses exactly the suspects, at a nanosecond a character.
    if not text.replace("\n", " ").isprintable():
        if max(text) >= "\ud800" and _PAIR.search(text):
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        text = _SPACES.sub(" ", _UNSEEN.sub("", text))
    if text.isascii() or unicodedata.is_normalized("NFC", text):
        return text
    return unicodedata.normalize("NFC", text)


# UTF-8 read as Windows-1252 by somebody before us and saved again: "â€œ" for a quote.
_MOJIBAKE = re.compile(
    "(?:[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u02dc\u2013-\u203a\u20ac\u2122]{1,3})+"
)


def _mended(match: re.Match[str]) -> str:
    data = bytearray()
    for char in match[0]:
        try:
            data += char.encode("cp1252")
        except UnicodeEncodeError:
            if ord(char) > 255:
                return match[0]
            data.append(ord(char))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return match[0]


def mend_mojibake(text: str) -> str:
    """Undo UTF-8 that was once read as Windows-1252, where it is beyond doubt.

    >>> mend_mojibake("KOMPAS.com â€“ Megabintang â€œituâ€\\x9d")
    'KOMPAS.com – Megabintang “itu”'
    >>> mend_mojibake("Ângela à la carte")
    'Ângela à la carte'
    """
    return _MOJIBAKE.sub(_mended, text) if "â€" in text or "Ã" in text or "Â" in text else text


_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_TAG = re.compile(
    r"</?(?:a|abbr|article|aside|b|big|blockquote|body|button|center|cite|code|dd|del|div|dl|dt|em"
    r"|figcaption|figure|font|footer|form|h[1-6]|head|header|hr|html|i|iframe|img|input|ins|label"
    r"|li|link|main|mark|meta|nav|ol|p|picture|pre|q|s|section|small|source|span|strike|strong"
    r"|style|script|sub|sup|svg|table|tbody|td|tfoot|th|thead|time|title|tr|u|ul|video|br)"
    r"(?:[\s/][^<>]*)?>",
    re.IGNORECASE,
)
_BREAK = re.compile(
    r"</?(?:p|div|h[1-6]|ul|ol|table|section|article|blockquote|figure|figcaption|header|footer)"
    r"(?:[\s/][^<>]*)?>|<br\s*/?>\s*<br\s*/?>",
    re.IGNORECASE,
)
_LINE = re.compile(r"<(?:br|/?li|/?tr|hr)(?:[\s/][^<>]*)?>", re.IGNORECASE)
_UNREAD = re.compile(r"<(script|style)\b[^<>]*>", re.IGNORECASE)


def unescaped(text: str) -> str:
    """Text with its HTML entities resolved, those escaped twice and thrice too.

    >>> unescaped("Harga&nbsp;&amp;quot;beras&amp;quot; &ndash; R&D")
    'Harga\\xa0"beras" – R&D'
    """
    if "&" in text:
        for _ in range(3):
            if _ENTITY.search(text) is None:
                break
            text = unescape(text)
    return text


def plain(text: str) -> str:
    """Text that may hold entities and tags as a reader would see it.

    Entities are resolved, also escaped twice; tags of HTML (and nothing else in angle
    brackets) go, those that end a paragraph leave a blank line, and the contents of
    ``script`` and ``style`` go with them.

    >>> plain("&lt;p&gt;Harga &amp;quot;beras&amp;quot;&lt;/p&gt;<p>5 < 6 <apa>")
    'Harga "beras"\\n\\n5 < 6 <apa>'
    """
    text = unescaped(text)
    if "<" in text and _TAG.search(text) is not None:
        text = strip_tags(text)
    return text


def strip_tags(text: str) -> str:
    """Markup as text: see :func:`plain`. One pass each, whatever the input."""
    if _UNREAD.search(text) is not None:
        text = _without_scripts(text)
    text = _LINE.sub("\n", _BREAK.sub("\n\n", text))
    text = _TAG.sub("", text)
    lines = [line.strip() for line in text.split("\n")]
    return re.sub("\n{3,}", "\n\n", "\n".join(lines)).strip()


def _without_scripts(text: str) -> str:
    kept, at, lower = [], 0, text.lower()
    for match in _UNREAD.finditer(text):
        if match.start() < at:
            continue
        kept.append(text[at : match.start()])
        end = lower.find(f"</{match[1].lower()}", match.end())
        at = len(text) if end < 0 else end
    kept.append(text[at:])
    return "".join(kept)


# First bytes of what is no text and will not become any, with the way out.
_MAGIC: Mapping[bytes, str] = {
    b"%PDF": "a PDF document; convert it to text or HTML first",
    b"\xd0\xcf\x11\xe0": "an old binary Office file; save it as .txt, .html, .csv or .xlsx",
    b"{\\rtf": "an RTF document; save it as .txt or .html",
    b"PK\x03\x04": "a zip archive or Office document; unpack it or save it as .txt or .html",
    b"PK\x05\x06": "an empty zip archive",
    b"BZh": "a bzip2 archive; unpack it or compress with gzip",
    b"\xfd7zXZ": "an xz archive; unpack it or compress with gzip",
    b"(\xb5/\xfd": "a zstd archive; unpack it or compress with gzip",
    b"7z\xbc\xaf": "a 7z archive; unpack it",
    b"Rar!": "a RAR archive; unpack it",
    b"SQLite format 3": "an SQLite database; export the table as CSV",
    b"\x7fELF": "a program",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"GIF8": "an image",
    b"PAR1": "a Parquet file; export it as CSV or JSONL",
}


def not_text(head: bytes) -> str | None:
    """Why these first bytes of a file are no text, or None if they may be.

    >>> not_text(b"%PDF-1.7"), not_text("Harga beras naik".encode())
    ('a PDF document; convert it to text or HTML first', None)
    """
    for magic, what in _MAGIC.items():
        if head.startswith(magic):
            return what
    if wide_encoding(head) is not None:
        return None
    sample = head[:8192]
    if not sample:
        return None
    # Damaged text has a NUL here and there, and may be in no proper encoding; a binary
    # file has control characters everywhere.
    strange = sum(sample.count(byte) for byte in _CONTROL)
    try:
        sample.decode("utf-8")
        proper = True
    except UnicodeDecodeError as error:
        proper = len(sample) - error.start < 4  # cut inside a letter
    if strange > len(sample) * (0.3 if proper else 0.04) + 4:
        return "binary, not text"
    return None


_CONTROL = [bytes([n]) for n in (*range(9), 11, *range(14, 32), 127)]


def word_set(words: str) -> frozenset[str]:
    """The words of a string, for lists that read better as a line of text."""
    return frozenset(words.split())


def as_text(value: Any) -> str:
    """A scalar of JSON, a sheet or YAML as text; None and NaN as nothing.

    >>> as_text(17.0), as_text(True), as_text(None)
    ('17', 'true', '')
    """
    if isinstance(value, str):
        return value
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
