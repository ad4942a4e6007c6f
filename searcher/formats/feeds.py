"""RSS and Atom feeds, also those saved under another name: one entry, one article."""

from __future__ import annotations

import re
from collections.abc import Iterator

from searcher.article import Article
from searcher.formats.columns import Rows
from searcher.formats.files import Skipped, Source, Warned

# Entries are cut out by pattern, not by an XML parser: a feed that breaks off still
# gives what came before, and no entity of a hostile one is ever expanded.
_ENTRY = re.compile(r"<(item|entry)\b[^<>]*>(.*?)</\1\s*>", re.DOTALL | re.IGNORECASE)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_LINK = re.compile(r"<link\b[^<>]*\bhref=[\"']([^\"'<>]+)", re.IGNORECASE)

#: The elements of an entry that count, best first, and the columns they are read as.
_ELEMENTS = {
    "id": ("guid", "id"),
    "title": ("title",),
    "body": ("content:encoded", "content", "description", "summary"),
    "published": ("pubDate", "published", "dc:date", "updated", "issued"),
    "author": ("dc:creator", "author", "creator"),
    "category": ("category",),
    "url": ("link",),
}


def sniff_feed(head: str) -> bool:
    """True if an ``rss``, ``feed`` or ``rdf:RDF`` element opens the text.

    >>> sniff_feed('<?xml version="1.0"?>\\n<rss version="2.0"><channel>'), sniff_feed("<html>")
    (True, False)
    """
    start = head.lstrip("\ufeff \t\r\n")[:3000]
    start = re.sub(r"^(?:<\?[^<>]*\?>\s*|<!--.*?-->\s*)*", "", start, flags=re.DOTALL)
    return re.match(r"<(?:rss|feed|rdf:RDF)\b", start, re.IGNORECASE) is not None


def read_feed(source: Source, rows: Rows) -> Iterator[Article | Skipped | Warned]:
    """Ids are the entries' ``guid`` or ``id``, else ``path#n``."""
    text = source.text()
    number = 0
    for number, entry in enumerate(_ENTRY.finditer(text), start=1):
        source.row = number
        row = {
            name: value
            for name, elements in _ELEMENTS.items()
            if (value := _first(entry[2], elements))
        }
        if "url" not in row and (link := _LINK.search(entry[2])) is not None:
            row["url"] = link[1]
        line = text.count("\n", 0, entry.start()) + 1
        item = rows.article(row, rows.plan_of(row), line, number)
        yield from rows.warned
        rows.warned.clear()
        yield item
    if number == 0:
        yield Skipped(source.name, None, "a feed without entries")


def _first(entry: str, elements: tuple[str, ...]) -> str:
    for element in elements:
        match = re.search(
            rf"<{element}\b[^<>]*(?<!/)>(.*?)</{element}\s*>", entry, re.DOTALL | re.I
        )
        if match is None:
            continue
        if element == "author" and (name := re.search(r"<name>(.*?)</name>", match[1], re.DOTALL)):
            match = name
        if value := _CDATA.sub(lambda part: part[1], match[1]).strip():
            return value
    return ""
