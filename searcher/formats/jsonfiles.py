"""JSON and JSONL: one article, or many, however they are wrapped.

JSONL is read line by line; a line that is no JSON is reported and the next one read.
A JSON file is searched for what looks like articles: an object with a title or text,
in a list, under any name, keyed by id, or as columns. A list that breaks off gives the
articles before the break.
"""

from __future__ import annotations

import codecs
import json
import re
from ast import literal_eval
from collections.abc import Iterator, Mapping
from typing import Any

from searcher.article import Article
from searcher.formats.columns import Rows, squeeze
from searcher.formats.files import (
    HEAD,
    Skipped,
    Source,
    Warned,
    decode,
    one_line_end,
    wide_encoding,
    word_set,
)
from searcher.formats.tables import Table, is_heading

#: JSON nested deeper than this holds no articles.
DEPTH = 12
#: A list in JSON larger than this is read object by object instead of at once.
WHOLE = 32 << 20

Item = Article | Skipped | Warned

# Control characters inside strings are damage, not a reason to lose the article.
_strict = json.JSONDecoder().decode
_strict_raw = json.JSONDecoder().raw_decode
_loads = json.JSONDecoder(strict=False).decode
_raw_decode = json.JSONDecoder(strict=False).raw_decode


def _loaded(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return _loads(line)


# JSONL -------------------------------------------------------------------------------


def sniff_jsonl(head: str) -> bool:
    """True if the first line is an object of its own, and so is what follows, if anything.

    >>> sniff_jsonl('{"judul": "a"}\\n{"judul": "b"}\\n'), sniff_jsonl('{\\n"judul": "a"}')
    (True, False)
    """
    first, _, rest = head.lstrip("\ufeff\n\r\t ").partition("\n")
    rest = rest.lstrip()
    if not first.startswith("{") or not first.rstrip().endswith("}"):
        return False
    if rest and not rest.startswith("{"):
        return False
    try:
        return isinstance(_loaded(first), dict)
    except (ValueError, RecursionError):
        return bool(rest)  # a damaged first line before a second: still lines


def read_jsonl(source: Source, rows: Rows) -> Iterator[Item]:
    """One line, one article; ids without an id field: ``path#line``."""
    name, warned = source.name, rows.warned
    article, plan_of = rows.article, rows.plan_of
    number = source.row
    for line in source.lines():
        number += 1
        source.row = number
        try:
            row = _strict(line.decode())
        except (ValueError, RecursionError) as error:
            if not line.strip():
                continue
            try:
                row = _loads(decode(line).replace("\0", "").strip())
            except (ValueError, RecursionError):
                yield Skipped(name, number, f"no JSON: {_why(error)}")
                continue
        if type(row) is dict:
            plan = plan_of(row)
            # An object under "article" or "berita" is looked into below.
            if (plan.title or plan.body) and not any(type(row[k]) is dict for k in plan.body):
                item = article(row, plan, number)
                if warned:
                    yield from warned
                    warned.clear()
                yield item
                continue
        found = False
        for at, (inner, own) in enumerate(articles_in(row)):
            found = True
            item = article(inner, plan_of(inner), number)
            if type(item) is Article and at and item.id == f"{name}#{number}":
                object.__setattr__(item, "id", own or f"{name}#{number}.{at + 1}")
            yield from warned
            warned.clear()
            yield item
        if not found:
            what = "neither a title nor a text" if isinstance(row, dict) else "not an object"
            yield Skipped(name, number, what)


def _why(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return re.sub(r": line \d+ column (\d+) \(char \d+\)", r" at column \1", str(error))[:100]


# JSON --------------------------------------------------------------------------------


def sniff_json(head: str) -> bool:
    """True if this begins like an object or a list of values.

    >>> sniff_json('[{"a": 1}]'), sniff_json("[ANTARA] Harga naik"), sniff_json("{}")
    (True, False, True)
    """
    return re.match(r'\ufeff?\s*(?:\{\s*["}]|\[\s*[\[{"\]\d])', head) is not None


def read_json(source: Source, rows: Rows) -> Iterator[Item]:
    """The articles of a JSON file. Ids without an id field: ``path#n``, or the path
    itself if the file is one article."""
    head = source.head
    text = one_line_end(decode(head))
    _, _, rest = text.strip().partition("\n")
    # A first line longer than the head leaves only the name to go by.
    long_line = len(head) >= HEAD and not rest and source.suffix in (".jsonl", ".ndjson", ".jl")
    if long_line or (sniff_jsonl(text) and "{" in rest):
        yield from read_jsonl(source, rows)  # lines, whatever the name says
        return
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"[" and wide_encoding(head) is None and _size(source) > WHOLE:
        yield from _articles(_streamed(source), source, rows)
        return
    text = source.text().replace("\0", "").lstrip("\ufeff").strip()
    try:
        value = _loaded(text)
    except RecursionError:
        yield Skipped(source.name, None, "no JSON: nested too deeply")
        return
    except ValueError as error:
        if re.match(r"[\[{]\s*\{?\s*'", text) and len(text) <= WHOLE // 4:
            # What Python prints is nearly JSON, and often saved for it.
            try:
                value = literal_eval(text)
            except (ValueError, SyntaxError, MemoryError, RecursionError):
                pass
            else:
                yield from _articles(iter([value]), source, rows)
                return
        if text[:1] in ("[", "{"):
            yield from _articles(_salvaged(text, source.name, error), source, rows)
        else:
            yield Skipped(source.name, getattr(error, "lineno", None), f"no JSON: {_why(error)}")
        return
    yield from _articles(iter([value]), source, rows)


def _size(source: Source) -> int:
    size = source.path.stat().st_size
    return size * 8 if source.name.lower().endswith(".gz") else size


def _articles(values: Iterator[Any], source: Source, rows: Rows) -> Iterator[Item]:
    number, name = 0, source.name
    alone: Article | None = None
    told = False
    for value in values:
        if isinstance(value, Skipped | Warned):
            told = True
            yield value
            continue
        if table := _as_table(value):
            yield from Table(rows).read(table)
            number += 1
            continue
        for row, own in articles_in(value):
            number += 1
            source.row = number
            plan = rows.plan_of(row)
            item = rows.article(row, plan, number)
            if own and isinstance(item, Article) and item.id == f"{name}#{number}":
                object.__setattr__(item, "id", own)
            yield from rows.warned
            rows.warned.clear()
            if number == 1 and isinstance(value, dict) and isinstance(item, Article):
                alone = item  # held back until we know whether it is the only one
                continue
            if alone is not None:
                yield alone
                alone = None
            yield item
    if alone is not None:
        if alone.id == f"{name}#1":
            object.__setattr__(alone, "id", name)
        yield alone
    if number == 0 and not told:
        yield Skipped(name, None, "no object in it has a title or a text")


def articles_in(value: Any) -> Iterator[tuple[Mapping[str, Any], str | None]]:
    """Objects that look like articles, each with the key it stood under if that is an id.

    >>> found = articles_in({"status": "ok", "articles": [{"title": "a"}, {"title": "b"}]})
    >>> [row["title"] for row, _ in found]
    ['a', 'b']
    >>> list(articles_in({"b1": {"judul": "a"}, "b2": {"judul": "b"}}))
    [({'judul': 'a'}, 'b1'), ({'judul': 'b'}, 'b2')]
    """
    yield from _walk(value, 0, None)


#: Keys whose object *is* the article, its neighbours belonging to it.
_INSIDE = (
    "_source", "fields", "article", "artikel", "berita", "news", "attributes", "node", "item",
    "data",
)  # fmt: skip
#: Keys that are names, not ids, of what stands under them.
_NAMES = word_set(
    "data articles article artikel berita news items item results result rows records hits "
    "docs documents posts response payload content list entries entry values feed channel "
    "source sumber media author publisher meta metadata fields attributes"
)
_TITLES = word_set(
    "judul title headline judulberita judulartikel isi isiberita content konten body text "
    "teks fulltext articlebody berita artikel article news narasi paragraphs paragraf "
    "description deskripsi"
)

_TEXT = frozenset(["text", "teks", "paragraph"])
_PIECE = _TEXT | {"type", "id", "tag", "style", "order", "index"}


def _walk(
    value: Any, depth: int, key: str | None
) -> Iterator[tuple[Mapping[str, Any], str | None]]:
    if depth > DEPTH:
        return
    if isinstance(value, list):
        for item in value:
            if isinstance(item, dict | list):
                yield from _walk(item, depth + 1, None)
            elif isinstance(item, str) and len(item.split()) >= 5:
                yield {"text": item}, None
        return
    if not isinstance(value, dict):
        return
    if columns := _columnar(value):
        yield from columns
        return
    if _is_article(value):
        yield value, key
        return
    for name in _INSIDE:
        inner = value.get(name)
        if isinstance(inner, dict) and _is_article(inner):
            yield (
                {**{k: v for k, v in value.items() if not isinstance(v, dict | list)}, **inner},
                key,
            )
            return
    for name, inner in value.items():
        if isinstance(inner, dict | list):
            own = None if squeeze(name) in _NAMES else str(name)
            yield from _walk(inner, depth + 1, own)


def _is_article(value: Mapping[str, Any]) -> bool:
    """True if a known title or text field holds words, and no list beside it articles."""
    named = False
    for name, inner in value.items():
        squeezed = squeeze(name)
        if squeezed in _NAMES and isinstance(inner, list) and inner and _is_wrapped(inner[0]):
            return False  # the title of a feed, with its items beside it
        named = named or (squeezed in _TITLES and _holds_words(inner))
    return named


def _holds_words(value: Any) -> bool:
    if isinstance(value, str):
        return bool(value.strip())
    if isinstance(value, dict):
        return isinstance(value.get("rendered"), str)
    if isinstance(value, list) and value:
        # Paragraphs, plain or as {"text": …, "type": …}; further articles are no text.
        first = value[0]
        return not isinstance(first, dict) or (bool(set(first) & _TEXT) and set(first) <= _PIECE)
    return False


def _is_wrapped(value: Any) -> bool:
    if not isinstance(value, dict) or (set(value) & _TEXT and set(value) <= _PIECE):
        return False
    return any(squeeze(name) in _TITLES and _holds_words(inner) for name, inner in value.items())


def _columnar(value: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str | None]] | None:
    """Rows of ``{"title": {"0": …}, "isi": {"0": …}}`` or lists, as pandas writes them."""
    named = [name for name in value if squeeze(name) in _TITLES]
    if not named:
        return None
    first = value[named[0]]
    if isinstance(first, dict) and len(first) > 0 and all(str(k).isdigit() for k in first):
        parts = {k: v for k, v in value.items() if isinstance(v, dict)}
        keys = list(first)
        return (({n: part.get(key) for n, part in parts.items()}, None) for key in keys)
    lists = {k: v for k, v in value.items() if isinstance(v, list)}
    if isinstance(first, list) and len(lists) > 1 and len(first) > 0:
        same = {k: v for k, v in lists.items() if len(v) == len(first)}
        titles = [k for k in same if squeeze(k) in _TITLES]
        if len(titles) > 1 and all(isinstance(same[k][0], str) for k in titles):
            return (({n: part[at] for n, part in same.items()}, None) for at in range(len(first)))
    return None


def _as_table(value: Any) -> list[tuple[int, list[Any]]] | None:
    """A list of lists with a heading, or pandas' split form, as numbered rows."""
    if isinstance(value, dict) and isinstance(value.get("columns"), list):
        data = value.get("data")
        if isinstance(data, list) and data and isinstance(data[0], list):
            return list(enumerate([value["columns"], *data]))
    if (
        isinstance(value, list)
        and len(value) > 1
        and all(isinstance(row, list) for row in value[:9])
    ):
        heading = value[0]
        from searcher.formats.columns import Columns

        if all(isinstance(cell, str) for cell in heading) and is_heading(heading, Columns.of()):
            return list(enumerate(value))
    return None


# Damaged and very large files ---------------------------------------------------------

_BETWEEN = re.compile(r"[\s,]*+")


def _salvaged(text: str, name: str, error: ValueError) -> Iterator[Any]:
    """The complete objects of a list, or of objects one after another, that breaks."""
    at = _BETWEEN.match(text, 1 if text[0] == "[" else 0).end()  # type: ignore[union-attr]
    if text[0] == "{" and (inner := re.search(r'"\w+"\s*:\s*\[\s*(?=\{)', text[:10_000])):
        try:
            _raw_decode(text, 0)
        except (ValueError, RecursionError):
            at = inner.end()  # {"articles": [ … and the file ends inside the list
    bad = 0
    while at < len(text):
        if text[at] == "]":
            at = _BETWEEN.match(text, at + 1).end()  # type: ignore[union-attr]
            continue
        try:
            value, at = _raw_decode(text, at)
            yield value
        except RecursionError:
            yield Skipped(name, _line(text, at), "no JSON: nested too deeply")
            return
        except ValueError as here:
            here = _where_strictly(text, at) or here
            yield Skipped(name, getattr(here, "lineno", None), f"no JSON: {_why(here)}")
            bad += 1
            # The next object that starts a line is the next chance.
            again = re.compile(r"\n[ \t]*(?=\{)").search(text, at + 1)
            if again is None or bad > 1000:
                return
            at = again.end()
            continue
        at = _BETWEEN.match(text, at).end()  # type: ignore[union-attr]
    if not bad:
        yield Warned(name, getattr(error, "lineno", None), f"no proper JSON: {_why(error)}")


def _where_strictly(text: str, at: int) -> ValueError | None:
    """What the standard says is wrong with the value at ``at``.

    A string that is never closed runs to the next quotation mark where line ends are let
    pass, and the damage then seems to be there.
    """
    try:
        _strict_raw(text, at)
    except ValueError as error:
        return error
    except RecursionError:
        pass
    return None


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _streamed(source: Source) -> Iterator[Any]:
    """The values of a list too large to hold, one after another."""
    decoder = codecs.getincrementaldecoder("utf-8")("searcher.cp1252")
    text, at, started = "", 0, False
    chunks = source.chunks()
    ended = False
    while True:
        at = _BETWEEN.match(text, at).end()  # type: ignore[union-attr]
        if not started and at < len(text):
            at += 1 + text.startswith("\ufeff", at)
            started = True
            continue
        if at < len(text) and text[at] == "]":
            return
        try:
            if at >= len(text):
                raise ValueError("ends inside a list")
            value, end = _raw_decode(text, at)
            if end >= len(text) and not ended:
                raise ValueError("perhaps more of it")
            at = end
        except ValueError as error:
            if ended:
                yield Skipped(source.name, None, f"no JSON: {_why(error)}")
                return
            if len(text) - at > source.bounds.line:
                yield Skipped(source.name, None, "no JSON: one value without an end")
                return
            # Read on in growing steps: each failed attempt scans all of the value.
            more = []
            need = max(1, len(text) - at)
            while need > 0 and (chunk := next(chunks, None)) is not None:
                more.append(decoder.decode(chunk).replace("\0", ""))
                need -= len(chunk)
            if not more:
                ended = True
                more.append(decoder.decode(b"", True))
            text, at = one_line_end(text[at:] + "".join(more)), 0
            continue
        yield value
