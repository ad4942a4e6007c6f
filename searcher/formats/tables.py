"""Tables: CSV in all its dialects, Excel sheets, SQL dumps.

One row is one article. A table without a heading row is read by what its columns look
like. A row that does not fit the heading is mended where that is safe, and said so.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple

from searcher.article import Article
from searcher.errors import MissingExtra
from searcher.formats.columns import Columns, Plan, Rows, moment
from searcher.formats.files import Skipped, Source, Warned, as_text, decode, megabytes

#: Rows looked at to guess a delimiter, or the columns of a table without headings.
SAMPLE = 20
#: A quoted cell longer than this was never closed: the quote is taken as a letter.
RUNAWAY = 4 << 20
DELIMITERS = ",;\t|"

#: Numbers, dates and addresses are not what a column is called.
_NO_NAME = re.compile(r"[\d.,:/+-]+$|https?://")
_URL = re.compile(r"\s*(?:https?://|www\.)\S+\s*$")


# Headings ----------------------------------------------------------------------------


def is_heading(cells: Sequence[object], columns: Columns) -> bool:
    """True if these cells name columns rather than hold an article.

    >>> is_heading(["no", "judul", "isi berita"], Columns.of())
    True
    >>> is_heading(["1", "Harga beras naik", "Harga beras naik di Medan"], Columns.of())
    False
    """
    return _named_columns(cells, columns) > 0


def _named_columns(cells: Sequence[object], columns: Columns) -> float:
    """How many columns a row names, if it is a heading with a title or a text; else 0."""
    texts = [as_text(cell).strip() for cell in cells]
    named = [text for text in texts if text]
    if not named or any(len(text) > 60 or "\n" in text for text in named):
        return 0
    if any(_NO_NAME.match(text) for text in named):
        return 0
    known = [columns.knows(text) for text in named]
    if "title" in known or "body" in known:
        return sum(map(bool, known))
    # Longer names with a known word in them (isi_berita_lengkap) count for less.
    distinct = 1 < len(named) == len(set(named))
    return 0.5 if distinct and columns.plan(texts).has_text else 0


def find_heading(rows: Sequence[Sequence[object]], columns: Columns) -> int | None:
    """Which of the first rows of a table is its heading; a caption may stand above it.

    >>> find_heading([["Daftar berita"], ["No", "Judul", "Isi"], [1, "a", "b"]], Columns.of())
    1
    """
    scores = [_named_columns(cells, columns) for cells in rows[:6]]
    best = max(scores, default=0)
    return scores.index(best) if best > 0 else None


def guess_plan(rows: Sequence[Sequence[object]], names: Sequence[object] = ()) -> Plan:
    """What the columns of a table hold, by their look; an empty plan if none is text.

    The longest column is the text, an earlier one of a headline's length the title;
    addresses and dates are known by their form, a first column of different whole
    numbers is the id.

    >>> plan = guess_plan([["7", "https://a.example/1", "Harga beras naik", "Harga beras " * 9]])
    >>> plan.id, plan.url, plan.title, plan.body
    ((0,), (1,), (2,), (3,))
    """
    width = max(map(len, rows), default=0)
    texts: dict[int, float] = {}
    kinds: dict[str, int] = {}
    meta: list[tuple[str, Any]] = []
    for n in range(width):
        cells = [as_text(row[n]).strip() for row in rows if n < len(row)]
        cells = [cell for cell in cells if cell]
        if not cells:
            continue
        if all(_URL.match(cell) for cell in cells):
            kinds.setdefault("url", n)
        elif n == 0 and all(cell.isdigit() for cell in cells) and len(set(cells)) == len(cells):
            kinds["id"] = n
        elif "published" not in kinds and _dates(cells):
            kinds["published"] = n
        elif (length := _usual_length(cells)) > 0:
            texts[n] = length
        else:
            name = as_text(names[n]).strip() if n < len(names) else f"column{n + 1}"
            meta.append((name or f"column{n + 1}", n))
    if not texts:
        return Plan()
    body = max(texts, key=lambda n: texts[n])
    titles = [n for n in texts if n != body and texts[n] <= 250 and texts[n] < texts[body]]
    titles.sort(key=lambda n: (texts[n] < 25, n if texts[n] >= 25 else -texts[n]))
    found: dict[str, Any] = {kind: (n,) for kind, n in kinds.items()}
    if titles:
        found["title"] = (titles[0],)
    if texts[body] < 60 and not titles:
        found["title"] = (body,)
    else:
        found["body"] = (body,)
    return Plan(**found, meta=tuple(meta))


def _usual_length(cells: Sequence[str]) -> int:
    """The median length of cells that are text of more than one word, else 0."""
    if all(map(_numeric, cells)):
        return 0
    length = sorted(map(len, cells))[len(cells) // 2]
    several = sum(" " in cell for cell in cells) * 2 > len(cells)
    return length if length >= 15 or (several and length >= 6) else 0


def _numeric(cell: str) -> bool:
    return re.fullmatch(r"[\d.,%+ -]+", cell) is not None


def _dates(cells: Sequence[str]) -> bool:
    if max(map(len, cells)) > 60 or not any(ch.isdigit() for ch in cells[0]):
        return False
    if all(cell.isdigit() for cell in cells):
        return False
    return sum(moment(cell) is not None for cell in cells) * 2 > len(cells)


class Table:
    """The rows of one table, whatever file holds them: decides on the heading, then reads.

    Feed it rows with :meth:`read`; they are lists of cells with the line each starts on.
    """

    def __init__(self, rows: Rows, kind: str = "", *, delimited: bool = False) -> None:
        self.rows = rows
        self.kind = kind
        self.delimited = delimited
        self.plan = Plan()
        self.width = 0
        self.any_rows = False

    def read(
        self,
        lines: Iterable[tuple[int, list[Any]]],
        heading: Sequence[object] | None = None,
        number_from: int = 0,
    ) -> Iterator[Article | Skipped | Warned]:
        """Articles of ``lines``, pairs of line and cells; ids are numbered by row."""
        lines = iter(lines)
        ahead: list[tuple[int, list[Any]]] = []
        name = self.rows.source.name
        columns = self.rows.columns
        if heading is None:
            ahead = [row for row in islice(lines, SAMPLE) if any(row[1])]
            at = find_heading([cells for _, cells in ahead], columns)
            if at is not None:
                heading = ahead[at][1]
                del ahead[: at + 1]
        if heading is not None:
            heading = [as_text(cell) for cell in heading]
            self.plan = columns.plan(heading)
            self.width = len(heading)
        if not self.plan.has_text:
            if not ahead:
                ahead = list(islice(lines, SAMPLE))
            guessed = guess_plan([cells for _, cells in ahead], heading or ())
            if heading is not None and self.plan.meta:
                # Named columns that are known stay what they are called.
                guessed = _keep_named(self.plan, guessed)
            self.plan = guessed
            self.width = self.width or max((len(cells) for _, cells in ahead), default=0)
            if not self.plan.has_text:
                if heading is not None:
                    what = ", ".join(map(str, heading))[:120]
                    reason = f"no column is known as title or text among: {what}"
                else:
                    reason = "no column holds text"
                yield Skipped(name, None, f"{self.kind}{reason}")
                return
        yield from self._articles(chain(ahead, lines), number_from)
        if not self.any_rows:
            yield Skipped(name, None, f"{self.kind}a heading and no rows")

    def _articles(
        self, lines: Iterable[tuple[int, list[Any]]], number: int
    ) -> Iterator[Article | Skipped | Warned]:
        rows, plan, width = self.rows, self.plan, self.width
        warned = rows.warned
        for line, cells in lines:
            n = len(cells)
            if n != width:
                if not any(cells):
                    continue
                cells = cells + [None] * (width - n) if n < width else self._narrowed(cells, line)
            number += 1
            self.any_rows = True
            rows.source.row = number
            item = rows.article(cells, plan, line, number)
            if warned:
                yield from warned
                warned.clear()
            if type(item) is Skipped and not any(cells):
                continue
            yield item

    def _narrowed(self, cells: list[Any], line: int) -> list[Any]:
        """A row with more cells than columns: unquoted delimiters in its text."""
        extra = len(cells) - self.width
        if self.delimited and any(cells[self.width :]):
            at = (self.plan.body or self.plan.title)[0]
            pieces = [as_text(cell) for cell in cells[at : at + extra + 1]]
            cells = [
                *cells[:at],
                ", ".join(piece.strip() for piece in pieces),
                *cells[at + extra + 1 :],
            ]
            self.rows.warned.append(
                Warned(
                    self.rows.source.name, line,
                    f"{extra + self.width} cells in {self.width} columns; "
                    "the surplus was taken as part of the text",
                )
            )  # fmt: skip
        return cells[: self.width]


def _keep_named(named: Plan, guessed: Plan) -> Plan:
    kept = {
        kind: getattr(named, kind) or getattr(guessed, kind)
        for kind in ("id", "published", "source", "category", "author", "url", "place", "caption")
    }
    used = {key for keys in kept.values() for key in keys} | {*guessed.title, *guessed.body}
    meta = tuple(pair for pair in named.meta if pair[1] not in used)
    return Plan(**kept, title=guessed.title, body=guessed.body, fetched=named.fetched, meta=meta)


# CSV ---------------------------------------------------------------------------------


class _Feed:
    """Lines for csv.reader, one by one, remembering those of the current record.

    A quote that is never closed would make csv.reader swallow the rest of the file as
    one cell. The feed ends the record at :data:`RUNAWAY` bytes, and the reader is told
    so that it can begin again after the line with the stray quote.
    """

    def __init__(self, lines: Iterator[bytes]) -> None:
        self.lines = lines
        self.pending: deque[str] = deque()
        self.taken: list[str] = []
        self.size = 0
        self.line = 0
        self.ended = False

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        if self.size > RUNAWAY:
            raise StopIteration
        if self.pending:
            text = self.pending.popleft()
        else:
            try:
                raw = next(self.lines)
            except StopIteration:
                self.ended = True
                raise
            try:
                text = raw.decode("utf-8")
            except UnicodeDecodeError:
                text = decode(raw)
            if "\0" in text:
                text = text.replace("\0", "")
        self.taken.append(text)
        self.size += len(text)
        self.line += 1
        return text

    def back(self, keep: int) -> None:
        """Give back the lines of the current record but the first ``keep``."""
        self.pending.extendleft(reversed(self.taken[keep:]))
        self.line -= len(self.taken) - keep
        self.start_record()

    def start_record(self) -> None:
        self.taken = []
        self.size = 0


def csv_records(
    lines: Iterator[bytes], delimiter: str, escape: str | None = None, quote: str = '"'
) -> Iterator[tuple[int, list[str], bool]]:
    """Records of a CSV file: line they start on, cells, and whether a quote was amiss.

    >>> list(csv_records(iter([b'a,"b\\n', b'c",d\\n', b'e,"f\\n', b'g,h\\n']), ","))
    [(1, ['a', 'b\\nc', 'd'], False), (3, ['e', '"f'], True), (4, ['g', 'h'], False)]
    """
    # Process-wide, and the module's own default of 128 KiB is no limit anyone wants.
    csv.field_size_limit(sys.maxsize)
    feed = _Feed(lines)
    options: dict[str, Any] = {"delimiter": delimiter, "escapechar": escape, "quotechar": quote}
    reader = csv.reader(feed, **options)
    while True:
        start = feed.line + 1
        feed.start_record()
        try:
            cells = next(reader)
        except StopIteration:
            if feed.taken:
                cells = []
            else:
                return
        except csv.Error:
            cells = []
        taken = feed.taken
        cut = feed.size > RUNAWAY or (feed.ended and not feed.pending)
        unclosed = len(taken) > 1 and cut and _open_quote(taken, escape, quote)
        if unclosed or (taken and not cells and taken[0].strip()):
            # The quote that opened this record never closed: read its first line alone.
            first = taken[0]
            feed.back(1)
            alone = next(csv.reader([first], quoting=csv.QUOTE_NONE, delimiter=delimiter), [])
            yield start, alone, True
            reader = csv.reader(feed, **options)
            continue
        yield start, cells, False


def _open_quote(lines: list[str], escape: str | None, quote: str) -> bool:
    quotes = sum(line.count(quote) for line in lines)
    if escape:
        quotes -= sum(line.count(escape + quote) for line in lines)
    return quotes % 2 == 1


class Dialect(NamedTuple):
    """How a CSV file is written."""

    delimiter: str
    escape: str | None = None
    quote: str = '"'


#: A doubled quote inside a cell, the usual way to write one there.
_DOUBLED = re.compile(r'[^,;\t|\n"]""(?![,;\t|\r\n])')


def csv_dialect(head: str, columns: Columns, suffix: str = "") -> Dialect:
    """Delimiter, escape and quote of a CSV file, from its beginning.

    The delimiter whose first record names the most columns we know; failing that, the
    one that cuts the first records into the same number of cells.

    >>> csv_dialect('judul;isi\\n"Harga; naik";"Ya, naik"\\n', Columns.of()).delimiter
    ';'
    """
    lines = [line.encode("utf-8", "replace") for line in head.splitlines(keepends=True)[:200]]
    escape = None
    if '\\"' in head and not _DOUBLED.search(head.replace('\\"', "")):
        escape = "\\"
    best, best_score = Dialect("\t" if suffix in (".tsv", ".tab") else ",", escape), 0.0
    for delimiter in DELIMITERS:
        quote = '"'
        if '"' not in head and len(re.findall(rf"(?:^|{re.escape(delimiter)})'", head, re.M)) > 1:
            quote = "'"
        dialect = Dialect(delimiter, escape, quote)
        records = [cells for _, cells, _ in islice(csv_records(iter(lines), *dialect), SAMPLE)]
        records = [cells for cells in records[:-1] or records if cells]
        if not records or max(map(len, records)) < 2:
            continue
        known = sum(columns.knows(cell) is not None for cell in records[0])
        widths = [len(cells) for cells in records]
        usual = max(set(widths), key=lambda width: (widths.count(width), width))
        even = widths.count(usual) / len(widths) if usual > 1 else 0.0
        score = known * 10 + even * 2 + min(usual, 10) / 10
        if score > best_score:
            best, best_score = dialect, score
    return best


def sniff_csv(head: str) -> bool:
    """True if the first line names a title or text column and at least one more.

    >>> sniff_csv("no;judul;isi\\n1;a;b"), sniff_csv("Judul, nama, dan lain-lain.")
    (True, False)
    """
    columns = Columns.of()
    first = head.lstrip("\ufeff\n\r ").split("\n", 1)[0].rstrip("\r")
    if len(first) > 2000 or first[:1] in ("<", "{", "["):
        return False
    for delimiter in DELIMITERS:
        names = [columns.knows(cell.strip().strip('"')) for cell in first.split(delimiter)]
        if len(names) > 1 and sum(map(bool, names)) >= 2 and {"title", "body"} & set(names):
            return True
    return False


def read_csv(source: Source, rows: Rows) -> Iterator[Article | Skipped | Warned]:
    """One record, one article. Ids without an id column: ``path#row``."""
    head = decode(source.head)
    lines = source.lines()
    if match := re.match(r"sep=(.)\r?\n", head.lstrip("\ufeff")):
        # Excel's own way of naming the delimiter.
        dialect = Dialect(match[1])
        next(lines)
        shift = 1
    else:
        dialect = csv_dialect(head, rows.columns, source.suffix)
        shift = 0

    def records() -> Iterator[tuple[int, list[Any]]]:
        for line, cells, amiss in csv_records(lines, *dialect):
            if amiss:
                rows.warned.append(
                    Warned(source.name, line + shift, "a quote is opened and never closed")
                )
            yield line + shift, cells

    yield from Table(rows, delimited=True).read(records())


# Excel -------------------------------------------------------------------------------


def sniff_xlsx(head: str) -> bool:
    """True for a zip archive with a workbook's parts among its first names."""
    return head.startswith("PK\x03\x04") and "xl/" in head


def read_xlsx(source: Source, rows: Rows) -> Iterator[Article | Skipped | Warned]:
    """Every sheet with a title or text column; one row, one article."""
    try:
        import openpyxl
    except ImportError:
        raise MissingExtra("an Excel sheet", "xlsx") from None
    import io
    import warnings
    import zipfile

    data = io.BytesIO(source.data())
    most = source.bounds.collection // 4
    try:
        with zipfile.ZipFile(data) as archive:
            if sum(member.file_size for member in archive.infolist()) > most:
                yield Skipped(source.name, None, f"more than {megabytes(most)} when unpacked")
                return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and extensions that hold no text
            book = openpyxl.load_workbook(data, read_only=True, data_only=True)
            yield from _sheets(book, source, rows)
    except Exception as error:
        # A damaged workbook fails in openpyxl in as many ways as there are parts in it.
        reason = f"a damaged workbook: {error or type(error).__name__}"
        yield Skipped(source.name, source.row or None, reason[:200])


def _sheets(book: Any, source: Source, rows: Rows) -> Iterator[Article | Skipped | Warned]:
    read = 0
    doubts: list[Skipped] = []
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # some writers state A1:A1 and mean the sheet
        lines = (
            (n, list(cells))
            for n, cells in enumerate(sheet.iter_rows(values_only=True), start=1)
            if any(cell is not None for cell in cells)
        )
        start = read
        for item in Table(rows, kind=f"sheet {sheet.title!r}: ").read(lines, number_from=start):
            if type(item) is Skipped and item.line is None:
                doubts.append(item)
                continue
            read += type(item) is not Warned
            yield item
    if not read:
        # A workbook may hold sheets of figures beside its articles; only when nothing
        # was read do they need an explanation.
        yield from doubts or [Skipped(source.name, None, "no rows")]


# SQL ---------------------------------------------------------------------------------

_STATEMENT = re.compile(
    r"\s*(?:/\*|(?:INSERT|CREATE|DROP|SET|USE|BEGIN|START|COPY|PRAGMA|LOCK)\b)", re.IGNORECASE
)
_ROWS = re.compile(r"\b(?:INSERT\s+INTO|CREATE\s+TABLE|COPY\s+\S+\s*\()", re.IGNORECASE)
_INSERT = re.compile(
    r"INSERT\s+(?:IGNORE\s+|OR\s+\w+\s+)?INTO\s+([\w.`\"\[\]]+)\s*(\([^()]*\))?\s*VALUES\s*",
    re.IGNORECASE,
)
_CREATE = re.compile(
    r"CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?([\w.`\"\[\]]+)\s*\(", re.IGNORECASE
)
_COLUMN = re.compile(r"^\s*[`\"\[]?(\w+)[`\"\]]?\s+\w", re.MULTILINE)
_COPY = re.compile(r"^COPY\s+([\w.\"]+)\s*\(([^()]*)\)\s+FROM\s+stdin;\n", re.MULTILINE | re.I)
# Possessive, so that a string that never ends fails at once.
_VALUE = re.compile(
    r"\s*+(?:[NEX]?'((?:[^'\\]|\\.|'')*+)'|\"((?:[^\"\\]|\\.|\"\")*+)\"|([^,()'\"\s][^,()'\"]*+))"
    r"\s*+([,)])",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)|''", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "0": "", "Z": "", "b": ""}


def _unescaped(text: str) -> str:
    if "\\" in text or "''" in text:
        text = _ESCAPE.sub(lambda m: _ESCAPED.get(m[1], m[1]) if m[1] else "'", text)
    return text


def _names(text: str) -> list[str]:
    return [name.strip(' `"[]\n\r\t') for name in text.strip("()").split(",")]


def sniff_sql(head: str) -> bool:
    """True for a dump: comments and statements of SQL from the first line on.

    >>> sniff_sql("-- MySQL dump 10\\nINSERT INTO berita VALUES (1);"), sniff_sql("-- Tim Tenis")
    (True, False)
    """
    start = re.sub(r"^(?:\s*(?:--[^\n]*|/\*[^*]*\*/;?)?\n)*", "", head[:20_000])
    return _STATEMENT.match(start) is not None and _ROWS.search(head) is not None


def read_sql(source: Source, rows: Rows) -> Iterator[Article | Skipped | Warned]:
    """The rows of ``INSERT INTO … VALUES`` and ``COPY … FROM stdin`` of a dump.

    Tables without a title or text column are passed over; one note names them.
    """
    text = source.text()
    declared: dict[str, list[str]] = {}
    for match in _CREATE.finditer(text):
        end = text.find(";", match.end())
        body = text[match.end() : end if end >= 0 else len(text)]
        names = [
            name
            for name in _COLUMN.findall(body)
            if name.upper() not in ("PRIMARY", "KEY", "UNIQUE", "CONSTRAINT", "INDEX", "FOREIGN")
        ]
        declared[match[1].strip('`"[]').lower()] = names
    read, passed = 0, set[str]()
    statements: list[tuple[int, str, list[str] | None, Any]] = []
    for match in _INSERT.finditer(text):
        given = _names(match[2]) if match[2] else None
        statements.append((match.start(), match[1], given, match.end()))
    statements += [
        (match.start(), match[1], _names(match[2]), match.end() - len(text) - 1)
        for match in _COPY.finditer(text)
    ]
    done = 0
    for start, table, given, at in sorted(statements, key=lambda statement: statement[0]):
        if start < done:
            continue  # the words INSERT INTO inside an article
        heading = given or declared.get(table.strip('`"[]').lower())
        plan = rows.columns.plan(heading) if heading else None
        copied = at < 0
        if copied:
            at += len(text) + 1
        records = _copied(text, at) if copied else _inserted(text, at, source.name)
        lines: list[tuple[int, list[Any]]] = []
        line, line_at = text.count("\n", 0, at) + 1, at
        for where, cells in records:
            done = where
            if isinstance(cells, Skipped):
                yield cells._replace(line=line + text.count("\n", line_at, where))
                break
            if plan is None or plan.has_text:
                line += text.count("\n", line_at, where)
                line_at = where
                lines.append((line, cells))
        if plan is not None and not plan.has_text:
            passed.add(table.strip('`"[]'))
            continue
        for item in Table(rows, kind=f"table {table}: ").read(lines, heading, number_from=read):
            read += type(item) is not Warned
            yield item
    if not read:
        tables = f" (tables: {', '.join(sorted(passed))})" if passed else ""
        yield Skipped(
            source.name, None, f"no INSERT or COPY of a table with a title or text{tables}"
        )


def _inserted(text: str, at: int, name: str) -> Iterator[tuple[int, Any]]:
    """Rows ``(…), (…)`` from ``at``: where each starts, and its cells."""
    opening = re.compile(r"\s*+,?\s*+\(")
    while (match := opening.match(text, at)) is not None:
        start, at = match.end() - 1, match.end()
        cells: list[Any] = []
        while True:
            value = _VALUE.match(text, at)
            if value is None:
                yield start, Skipped(name, None, "a value of this INSERT is not understood")
                return
            at = value.end()
            quoted = value[1] if value[1] is not None else value[2]
            if quoted is not None:
                cells.append(_unescaped(quoted))
            else:
                bare = value[3].strip()
                cells.append(None if bare.upper() == "NULL" else bare)
            if value[4] == ")":
                break
        yield start, cells


def _copied(text: str, at: int) -> Iterator[tuple[int, Any]]:
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        line = text[at:end]
        if line == "\\.":
            return
        yield at, [None if cell == "\\N" else _unescaped(cell) for cell in line.split("\t")]
        at = end + 1
