"""HTML pages as portals serve and browsers save them.

What a page states about itself (JSON-LD, OpenGraph, ``meta``, then what it shows) gives
title, author, date, site, section and address; the main text is found by trafilatura,
part of the extra ``html`` and imported at the first page. What trafilatura leaves of
the portal's noise is :func:`searcher.formats.portal.clean_body`'s to remove.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from searcher.article import Article
from searcher.dates import find_published
from searcher.errors import MissingExtra
from searcher.formats.columns import (
    META_LENGTH,
    Rows,
    date_in_url,
    host,
    joined,
    listed,
    moment,
    one_line,
)
from searcher.formats.files import (
    HEAD,
    Skipped,
    Source,
    Warned,
    decode,
    megabytes,
    mend_mojibake,
    one_line_end,
    plain,
    strip_tags,
    tidy,
    word_set,
)
from searcher.formats.portal import clean_body

#: Types of schema.org that are articles.
_ARTICLE_TYPE = re.compile(r"Article|Posting|Report$|^Review$")
#: Shorter than this, characters, a page's main text is no article.
SHORTEST = 100
#: A page longer than this, bytes, is none; its tree would take twenty times as much.
LARGEST = 16 << 20

_META: Mapping[str, tuple[str, ...]] = {
    "title": (
        "og:title", "twitter:title", "title", "dc.title", "headline",
    ),
    "published": (
        "article:published_time", "datepublished", "dtk:publishdate", "publishdate",
        "publish_date", "content_publisheddate", "pubdate", "date", "dc.date.issued",
        "dc.date", "dcterms.created", "og:published_time", "article:published",
        "cxenseparse:recs:publishtime", "datecreated", "parsely-pub-date", "sailthru.date",
    ),
    "author": (
        "dtk:author", "content_author", "author", "article:author", "dc.creator",
        "parsely-author", "byl",
    ),
    "source": (
        "og:site_name", "application-name", "dc.publisher", "publisher",
    ),
    "category": (
        "article:section", "articlesection", "dtk:kanal", "content_category", "dtk:namakanal",
        "section", "category", "parsely-section",
    ),
    "url": (
        "og:url", "twitter:url", "dc.identifier",
    ),
    "tags": (
        "keywords", "news_keywords", "article:tag", "dtk:keywords", "content_tag",
    ),
    "place": (
        "content_location", "dateline",
    ),
    "kind": (
        "og:type",
    ),
}  # fmt: skip

_OPENING = re.compile(
    r"<(?:!doctype html|html|head|body|article|div|p|h1|meta|title|main|section)\b"
)
_SENTENCE = re.compile(r"[.!?\"”]")
_BLOCKS = word_set("p div br li td tr h1 h2 h3 h4 blockquote")
_UNSHOWN = word_set("script style noscript form iframe nav aside button")
_HOST = re.compile(r"(?:\w+ )?[\w-]+\.(?:com|net|org|id|co|co\.id)(?: \w+)?")
_DATE_LIKE = re.compile(r"date|time|tanggal|tgl|waktu|publish|jdw|info", re.IGNORECASE)
_CAPTION_LIKE = re.compile(
    r"caption|keterangan|photo-?(?:desc|text|info)|pic_artikel|image-?(?:desc|text)", re.I
)


def sniff_html(head: str) -> bool:
    """True if markup of a page opens the text.

    >>> sniff_html("\\n<!DOCTYPE html><html>"), sniff_html("<DOK>"), sniff_html("harga < 5")
    (True, False, False)
    """
    start = head.lstrip("\ufeff \t\r\n")[:2000].lower()
    if start.startswith("<?xml"):
        start = start[start.find(">") + 1 :].lstrip()
    while start.startswith("<!--") and (end := start.find("-->")) > 0:
        start = start[end + 3 :].lstrip()
    return _OPENING.match(start) is not None


@dataclass(slots=True)
class Page:
    """What a page says about itself, before any text is looked for."""

    title: str = ""
    published: datetime | None = None
    bad_date: str | None = None
    source: str | None = None
    author: str | None = None
    category: str | None = None
    url: str | None = None
    place: str | None = None
    caption: str | None = None
    kind: str | None = None
    website: bool = False
    body: str = ""
    tags: str | None = None
    names: set[str] = field(default_factory=set)
    #: What stands behind the title in its longer spellings: often the outlet.
    behind: list[str] = field(default_factory=list)

    @property
    def is_index(self) -> bool:
        """True for a front page or a list of articles, by its address or its own word."""
        if self.kind:
            return False
        if self.url is not None:
            path = urlsplit(self.url).path.rstrip("/").lower()
            if not path or re.search(r"/(?:indeks?|index(?:\.\w+)?|home)(?:/[\w-]{1,12})?$", path):
                return True
        return self.website and self.published is None


def read_html(source: Source, rows: Rows) -> Iterator[Article | Skipped | Warned]:
    """One page, one article; Skipped if it has no main text. Raises MissingExtra."""
    try:
        import lxml.html  # type: ignore[import-untyped]
        import trafilatura
    except ImportError:
        raise MissingExtra("an HTML page", "html") from None
    if len(data := source.data()) > LARGEST:
        yield Skipped(source.name, None, f"a page of more than {megabytes(LARGEST)}")
        return
    text = tidy(one_line_end(decode(data)))
    text = re.sub(r"^\s*<\?xml[^<>]*\?>", "", text)
    try:
        tree = lxml.html.document_fromstring(text, parser=lxml.html.HTMLParser(encoding=None))
    except (lxml.etree.ParserError, ValueError) as error:
        yield Skipped(source.name, None, f"no HTML: {error}")
        return
    page = describe(tree)
    if page.is_index:
        yield Skipped(source.name, None, "a front page or list of articles, no article")
        return
    body = trafilatura.extract(
        tree, url=page.url, include_comments=False, include_tables=False, with_metadata=False,
        output_format="txt",
    ) or ""  # fmt: skip
    body = _paragraphs(body)
    if len(page.body) > 2 * len(body) or (len(body) < SHORTEST < len(page.body)):
        body = page.body
    if prose_share(body) < 0.5:
        # The page's menus and lists of other articles outweigh its own text.
        other = _paragraphs(densest_text(tree))
        if prose_share(other) > prose_share(body):
            body = other
    if len(body) < SHORTEST and "<html" not in text[:HEAD].lower():
        body = max(body, _paragraphs(strip_tags(text)), key=len)  # a piece of a page
    elif len(body) < SHORTEST and not (page.kind and body):
        yield Skipped(source.name, None, "the page has no main text")
        return
    elif prose_share(body) < 0.2 and not page.kind:
        yield Skipped(source.name, None, "a page of links, no article")
        return
    body, date = _without_date(body)
    cleaned = clean_body(body, rows.rules, title=page.title)
    published = page.published or date or cleaned.published or date_in_url(page.url)
    if published is None and page.bad_date:
        reason = f'"{page.bad_date[:60]}" is not a date; kept without one'
        yield Warned(source.name, None, reason)
    if not page.title and not cleaned.body:
        yield Skipped(source.name, None, "no title, and no text but the page's furniture")
        return
    site = host(page.url) or cleaned.site
    stated = rows.outlet(page.source) if page.source else None
    meta = {"site": site} if site else {}
    if page.tags:
        meta["tags"] = page.tags[:META_LENGTH]
    yield Article(
        id=source.name,
        title=page.title,
        body=cleaned.body,
        published=published,
        source=stated or rows.rules.outlet(site) or cleaned.source or _outlet(page, rows) or site,
        place=page.place or cleaned.place,
        author=page.author or cleaned.author,
        category=page.category,
        url=page.url,
        caption=page.caption or cleaned.caption,
        path=source.name,
        meta=meta,
    )


def _outlet(page: Page, rows: Rows) -> str | None:
    for rest in page.behind:
        known = rows.rules.outlets.get(rest.strip(" -–—|»:").lower())
        if known is not None:
            return known[0]
    return None


def _paragraphs(text: str) -> str:
    lines = (line.strip() for line in mend_mojibake(tidy(plain(text))).split("\n"))
    return "\n\n".join(line for line in lines if line)


def prose_share(text: str) -> float:
    """How much of a text is sentences rather than menu entries and headlines, 0 to 1.

    >>> prose_share("BERITA\\n\\nPOLITIK\\n\\nBISNIS")
    0.0
    """
    lines = text.split("\n")
    prose = sum(len(line) for line in lines if len(line) >= 80 and _SENTENCE.search(line))
    return prose / max(1, len(text))


def densest_text(tree: Any) -> str:
    """The text of the element that holds most text outside links, as Readability does.

    A paragraph counts for its parent, and half for its grandparent; text that stands in
    an element itself, between line breaks, counts for it.
    """
    scores: dict[Any, float] = {}
    for node in tree.iter("p", "div", "td", "article", "section"):
        own = float(len((node.text or "").strip()))
        own += sum(len((child.tail or "").strip()) for child in node)
        if own < 40:
            continue
        if node.tag != "p":
            scores[node] = scores.get(node, 0) + own
        elif (parent := node.getparent()) is not None:
            scores[parent] = scores.get(parent, 0) + own
            if (above := parent.getparent()) is not None:
                scores[above] = scores.get(above, 0) + own / 2
    if not scores:
        return ""
    best = max(scores, key=lambda node: scores[node])
    pieces: list[str] = []

    def collect(node: Any, depth: int) -> None:
        if not isinstance(node.tag, str) or node.tag in _UNSHOWN or depth > 100:
            return
        block = node.tag in _BLOCKS
        if block:
            pieces.append("\n")
        pieces.append(_one_space(node.text))
        for child in node:
            collect(child, depth + 1)
            pieces.append(_one_space(child.tail))
        if block:
            pieces.append("\n")

    collect(best, 0)
    return "".join(pieces)


def _one_space(text: str | None) -> str:
    return re.sub(r"\s+", " ", text) if text else ""


def _without_date(body: str) -> tuple[str, datetime | None]:
    """A body without the line of its date that many pages print first, and that date.

    What little stands above the line (a menu, the headline) goes with it.
    """
    lines = body.split("\n\n")
    for at, line in enumerate(lines[:6]):
        if len(line) >= SHORTEST:
            break
        if len(line) <= 60 and at + 1 < len(lines) and (found := moment(line)) is not None:
            return "\n\n".join(lines[at + 1 :]), found
    span = find_published(lines[0][:100])
    return body, span.when if span is not None and span.start <= 12 else None


def describe(tree: Any) -> Page:
    """The page's own description: JSON-LD before ``meta`` before what it shows."""
    page = Page()
    stated = _linked_data(tree)
    metas = _metas(tree)

    def meta(kind: str) -> list[str]:
        return [value for name in _META[kind] if (value := one_line(metas.get(name, "")))]

    page.kind = _type_of(stated)
    page.website = "website" in meta("kind")
    sites = [one_line(listed(stated.get("publisher"))), *meta("source")]
    page.source = next((site.lstrip("@") for site in sites if site and "://" not in site), None)
    page.names = {site.casefold() for site in sites if site}
    url = one_line(joined(stated.get("url") or stated.get("mainEntityOfPage") or ""))
    addresses = [*_attributes(tree, "//link[@rel='canonical']/@href"), *meta("url"), url]
    page.url = next((each for each in addresses if each.startswith("http")), None)
    if page.url and (name := host(page.url)):
        page.names |= {name, name.removesuffix(".com"), f"www.{name}"}

    shown = _texts(tree, "//h1")
    titles = [one_line(joined(stated.get("headline", ""))), *meta("title")]
    titles += [*_texts(tree, "//*[@itemprop='headline']"), *shown, *_texts(tree, "//title")]
    page.title = next(filter(None, (without_site(title, page.names) for title in titles)), "")
    page.behind = [rest for each in titles if (rest := each.removeprefix(page.title)) != each]

    authors = [listed(stated.get("author") or stated.get("creator")), *meta("author")]
    authors += _texts(tree, "//*[@itemprop='author' or @rel='author']")
    page.author = next(filter(None, (_person(each, page.names) for each in authors)), None)
    category = [listed(stated.get("articleSection")), *meta("category")]
    named = (one_line(each) for each in category)
    page.category = next(
        (
            each
            for each in named
            if each and "://" not in each and not _HOST.fullmatch(each.lower())
        ),
        None,
    )
    place = one_line(joined(stated.get("contentLocation") or stated.get("dateline") or ""))
    page.place = place or next(iter(meta("place")), None)
    page.tags = one_line(listed(stated.get("keywords"))) or next(iter(meta("tags")), None)
    page.published = _published(tree, stated, meta("published"), page)
    captions = _texts(tree, "//figcaption") + [
        text
        for node in tree.xpath("//*[@class or @id]")
        if _CAPTION_LIKE.search(f"{node.get('class')} {node.get('id')}")
        and (text := _text_of(node))
    ]
    page.caption = next((each for each in captions if 10 < len(each) < 600), None)
    body = plain(joined(stated.get("articleBody") or ""))
    page.body = re.sub(r"\n+", "\n\n", mend_mojibake(tidy(body)).strip())
    return page


def _linked_data(tree: Any) -> Mapping[str, Any]:
    """The object of JSON-LD that is an article, or an empty one."""
    for script in tree.xpath("//script[contains(@type, 'ld+json')]"):
        text = (script.text or "").strip().removeprefix("<![CDATA[").removesuffix("]]>")
        try:
            value = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            try:  # a comma too many is the usual damage
                value = json.loads(re.sub(r",(\s*[}\]])", r"\1", text), strict=False)
            except (ValueError, RecursionError):
                continue
        found = _article_object(value, 0)
        if found is not None:
            return found
    return {}


def _article_object(value: Any, depth: int) -> Mapping[str, Any] | None:
    if depth > 5:
        return None
    if isinstance(value, list):
        inner = value[:100]
    elif isinstance(value, dict):
        if _type_of(value):
            return value
        inner = [value.get("@graph"), value.get("mainEntity"), value.get("mainEntityOfPage")]
    else:
        return None
    found = (_article_object(each, depth + 1) for each in inner)
    return next((each for each in found if each is not None), None)


def _type_of(value: Mapping[str, Any]) -> str | None:
    types = value.get("@type")
    for name in types if isinstance(types, list) else [types]:
        if isinstance(name, str) and _ARTICLE_TYPE.search(name):
            return name
    return None


def _metas(tree: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in tree.iter("meta"):
        name = node.get("property") or node.get("name") or node.get("itemprop")
        content = node.get("content")
        if name and content and content.strip():
            found.setdefault(name.strip().lower(), content)
    return found


def _attributes(tree: Any, path: str) -> list[str]:
    return [str(value).strip() for value in tree.xpath(path)]


def _text_of(node: Any) -> str:
    return one_line(" ".join(node.itertext(*_SHOWN)))


#: Elements whose text a reader sees; itertext() would also give scripts.
_SHOWN = sorted(
    word_set(
        "a abbr b big br cite code dd div dl dt em figcaption figure font h1 h2 h3 header i "
        "li p section small span strong sub sup td time title u ul"
    )
)


def _texts(tree: Any, path: str) -> list[str]:
    return [text for node in tree.xpath(path) if (text := _text_of(node))]


def without_site(title: str, names: set[str]) -> str:
    """A title without the portal's name behind it.

    >>> without_site("Harga beras naik - Kabar.example", {"kabar.example"})
    'Harga beras naik'
    >>> without_site("Timnas U-20 - Irak 2-1", set())
    'Timnas U-20 - Irak 2-1'
    """
    for _ in range(3):
        for separator in (" | ", " - ", " – ", " — ", " » ", " : "):
            head, found, tail = title.rpartition(separator)
            low = tail.strip().casefold()
            if found and len(head) >= 8 and (low in names or _HOST.fullmatch(low)):
                title = head.strip()
                break
        else:
            break
    head, colon, tail = title.partition(": ")
    if colon and len(tail) >= 8 and (head.casefold() in names or _HOST.fullmatch(head.casefold())):
        title = tail.strip()
    return title


def _person(text: str, names: set[str]) -> str | None:
    """A byline as a name; None for addresses and for the portal's own name."""
    name = one_line(text)
    name = re.sub(r"^(?:oleh|by|penulis|reporter|author)\s*:?\s+", "", name, flags=re.IGNORECASE)
    if not name or "://" in name or len(name) > 200 or name.casefold() in names:
        return None
    if re.fullmatch(r"@\w+|.*\b(?:cyber media|web ?developer|redaksi)\b.*", name, re.IGNORECASE):
        return None
    if re.fullmatch(r"[\w .-]*\.(?:com|co\.id|id|net)", name, re.IGNORECASE):
        return None
    return name


def _published(
    tree: Any, stated: Mapping[str, Any], metas: list[str], page: Page
) -> datetime | None:
    values = [joined(stated.get(name) or "") for name in ("datePublished", "dateCreated")]
    values += metas
    values += _attributes(tree, "//*[@itemprop='datePublished']/@datetime")
    values += _attributes(tree, "//time[@pubdate or not(ancestor::aside)]/@datetime")[:1]
    for value in values:
        if not value:
            continue
        if (found := moment(value)) is not None:
            return found
        page.bad_date = page.bad_date or value
    return _shown_date(tree, date_in_url(page.url))


def _shown_date(tree: Any, day: datetime | None) -> datetime | None:
    """The date an old portal only shows, in an element named for it.

    Of several the one on the day the address names, else the one nearest to the title.
    """
    found: list[tuple[int, datetime]] = []
    title = 0
    for at, node in enumerate(tree.iter()):
        if node.tag == "h1":
            title = title or at
        elif _DATE_LIKE.search(f"{node.get('class')} {node.get('id')}"):
            text = _text_of(node)
            if 6 <= len(text) <= 150 and (span := find_published(text)) is not None:
                found.append((at, span.when))
    if day is not None:
        found = [pair for pair in found if pair[1].date() == day.date()]
        exact = [pair for pair in found if pair[1].time() != day.time()]
        found = exact or found
    return min(found, key=lambda pair: abs(pair[0] - title))[1] if found else day
