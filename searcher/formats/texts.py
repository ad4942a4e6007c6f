"""Plain text: one article scraped from a portal, one with a header block, or many marked up.

Only decides which of these a text is and makes articles of what
:mod:`searcher.formats.portal` finds in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from searcher.article import Article
from searcher.formats.columns import Rows, host, one_line
from searcher.formats.files import Skipped, Source, Warned, mend_mojibake, plain, tidy
from searcher.formats.portal import (
    Portal,
    load_rules,
    parse_dok,
    parse_header_block,
    parse_portal_text,
)

Item = Article | Skipped | Warned

_DOK = re.compile(
    r"\ufeff?\s*(?:<\?xml[^<>]*>\s*)?(?:<(?!DO[KC]\b)\w+>\s*)?<DO[KC]\b", re.IGNORECASE
)
#: A line of ruling between the articles of one file.
_RULE = re.compile(r"^[ \t]*(?:_{10,}|={10,}|-{10,}|\*{10,}|#{10,})[ \t]*$", re.MULTILINE)
_ADDRESS = re.compile(r"\s*https?://\S+[ \t]*(?:\n|\Z)")


def sniff_dok(head: str) -> bool:
    """True if the text opens with a ``<DOK>`` or ``<DOC>`` element.

    >>> sniff_dok("\\n<DOK>\\n<NO>1</NO>"), sniff_dok("<!doctype html>")
    (True, False)
    """
    return _DOK.match(head) is not None


def sniff_header(head: str) -> bool:
    """True if the text opens with a block of ``Judul: …`` lines.

    >>> sniff_header("Judul: Panen raya\\nIsi:\\nPadi dipanen."), sniff_header("Panen raya")
    (True, False)
    """
    start = head.lstrip("\ufeff \t\r\n")[:4000]
    first = start.partition("\n")[0]
    if ":" not in first and "=" not in first:
        return False
    return parse_header_block(start, load_rules()) is not None


def sniff_ruled(head: str) -> bool:
    """True if ruled lines part articles that each begin with their address.

    >>> sniff_ruled("https://a.example/1\\nJudul\\nIsi\\n__________\\nhttps://a.example/2\\n")
    True
    """
    return _ADDRESS.match(head) is not None and any(
        _ADDRESS.match(head, match.end()) for match in _RULE.finditer(head)
    )


def sniff_text(head: str) -> bool:
    """Never sure: any text is one, and taken as one where nothing else fits."""
    return False


def read_portal(source: Source, rows: Rows) -> Iterator[Item]:
    """One file, one article."""
    yield from _one(_text(source), source.name, None, rows)


def read_header(source: Source, rows: Rows) -> Iterator[Item]:
    """One file, one article; a text that only seemed to have a header is read without."""
    text = _text(source)
    found = parse_header_block(text, rows.rules)
    if found is None:
        yield from _one(text, source.name, None, rows)
        return
    yield from _article(found, source.name, found.article_id or source.name, None)


def read_ruled(source: Source, rows: Rows) -> Iterator[Item]:
    """Articles parted by ruled lines, each below its address: ``path#1``, ``path#2`` …"""
    text = _text(source)
    number = 0
    ends = [match.span() for match in _RULE.finditer(text)]
    starts = [0, *(end for _, end in ends)]
    for start, end in zip(starts, [*(at for at, _ in ends), len(text)], strict=True):
        piece = text[start:end]
        if not piece.strip():
            continue
        number += 1
        source.row = number
        line = text.count("\n", 0, start) + 1
        url = None
        if (match := _ADDRESS.match(piece)) is not None:
            url, piece = match[0].strip(), piece[match.end() :]
        for item in _one(piece, source.name, f"{source.name}#{number}", rows, line):
            if url and isinstance(item, Article) and not item.url:
                object.__setattr__(item, "url", url)
                if (site := host(url)) is not None:
                    object.__setattr__(item, "meta", {"site": site, **item.meta})
            yield item


def read_dok(source: Source, rows: Rows) -> Iterator[Item]:
    """A collection of ``<DOK>`` or ``<DOC>`` elements; ids from ``<NO>``, else ``path#n``."""
    number = 0
    for number, document in enumerate(parse_dok(_text(source), rows.rules), start=1):
        source.row = number
        found = document.portal
        if not found.title and not found.body:
            yield Skipped(source.name, document.line, document.problem or "no title and no text")
            continue
        if document.problem:
            yield Warned(source.name, document.line, document.problem)
        own = found.article_id or f"{source.name}#{number}"
        yield from _article(found, source.name, own, document.line)
    if number == 0:
        yield Skipped(source.name, None, "no <DOK> or <DOC> in it")


def _text(source: Source) -> str:
    return mend_mojibake(tidy(source.text()))


def _one(
    text: str, name: str, own: str | None, rows: Rows, line: int | None = None
) -> Iterator[Item]:
    found = parse_portal_text(plain(text), rules=rows.rules)
    yield from _article(found, name, own or name, line)


def _article(found: Portal, name: str, own: str, line: int | None) -> Iterator[Item]:
    title = one_line(found.title)
    if not title and not any(ch.isalnum() for ch in found.body):
        yield Skipped(name, line, "no text in it")
        return
    if found.published is None and found.date_text:
        reason = f'"{found.date_text[:60]}" is not a date; kept without one'
        yield Warned(name, line, reason)
    yield Article(
        id=" ".join(own.split()),
        title=title,
        body=found.body,
        published=found.published,
        source=found.source,
        place=found.place,
        author=found.author,
        category=found.category,
        url=found.url,
        caption=found.caption,
        path=name,
        meta={"site": found.site} if found.site else {},
    )
