"""Results and articles → text for a terminal, JSON, or a fragment of HTML.

The only module with colour or markup, and where everything is escaped: what an article
or a file name says is shown and never obeyed. Pure functions of values; whether there
is a terminal, how wide it is and whether it has colour is for the caller to find out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from searcher.article import Article
from searcher.results import Hit, Range, Results, Snippet, mark

if TYPE_CHECKING:
    from searcher.query.explain import Contribution, Explanation
    from searcher.query.lexicon import Acronym, Known

# Control characters (C1 too: U+009B alone begins an escape sequence in some terminals),
# what reorders or hides text (Trojan Source, CVE-2021-42574), and lone surrogates, which
# no encoding can carry. All of them are unprintable to str.isprintable(), so that most
# texts are known to be safe without this pattern.
_UNSAFE = (
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)

_BOLD = "\x1b[1m"
_MARK = "\x1b[1;4m"
_DIM = "\x1b[2m"
_PLAIN = "\x1b[0m"

_ZONES: Mapping[float, str] = {7: "WIB", 8: "WITA", 9: "WIT"}

#: Width of a line of text when nothing says otherwise.
WIDTH = 80


def clean(text: str) -> str:
    """One line that no terminal acts upon, as long as the text, so that ranges still fit.

    >>> clean("judul\\x1b[31m\\nbaru")
    'judul␛[31m baru'
    """
    return text if text.isprintable() else re.sub(_UNSAFE, _visible, text)


def _visible(match: re.Match[str]) -> str:
    code = ord(match[0])
    if match[0] in "\t\n\v\f\r\x85\u2028\u2029":
        return " "
    return chr(0x2400 + code) if code < 0x20 else "\ufffd"


def when(published: datetime | None) -> str:
    """Day and time as printed, with the Indonesian name of the zone.

    >>> when(datetime.fromisoformat("2023-03-09T21:32:00+07:00"))
    '2023-03-09 21:32 WIB'
    """
    if published is None:
        return ""
    text = published.strftime("%Y-%m-%d")
    if published.hour or published.minute:
        text += published.strftime(" %H:%M")
        offset = published.utcoffset()
        if offset is not None:
            hours = offset.total_seconds() / 3600
            text += f" {_ZONES.get(hours) or published.strftime('%z')}"
    return text


# Terminal


def as_text(results: Results, *, color: bool = False, width: int | None = WIDTH) -> str:
    """The answer for a person: how the query was read, the hits, how many there are.

    ``width`` None does not wrap: one line per snippet, as other programs like it.
    """
    style = _Style(color)
    lines = [style.dim(clean(line)) for line in results.receipt]
    if lines and results.hits:
        lines.append("")
    for hit in results.hits:
        lines += _hit_lines(hit, style, width)
        lines.append("")
    for name, values in results.facets.items():
        lines.append(style.bold(clean(name)))
        widest = max((len(str(count)) for _, count in values), default=0)
        lines += [f"  {count:>{widest}}  {clean(value)}" for value, count in values]
        lines.append("")
    lines.append(style.dim(_total(results)))
    if results.suggestion:
        lines.append(f"Did you mean: {style.bold(clean(results.suggestion))}")
    return "\n".join(lines) + "\n"


def _total(results: Results) -> str:
    took = f"{results.took_ms:.1f} ms"
    if not results.hits:
        if not results.total:
            return f"no article matches ({took})"
        # Nothing on this page: either none was asked for, or the offset is past the end.
        return f"{number(results.total)} {_articles(results.total)} ({took})"
    first, last = results.hits[0].rank, results.hits[-1].rank
    shown = number(first) if first == last else f"{number(first)}-{number(last)}"
    return f"{shown} of {number(results.total)} {_articles(results.total)} ({took})"


def _articles(n: int) -> str:
    return "article" if n == 1 else "articles"


def number(n: int) -> str:
    """Thousands apart by a space, which is neither English's nor Indonesian's sign.

    >>> number(20117)
    '20 117'
    """
    return f"{n:,}".replace(",", " ")


class _Style:
    """Colour, or none."""

    def __init__(self, color: bool) -> None:
        self.color = color

    def bold(self, text: str) -> str:
        return f"{_BOLD}{text}{_PLAIN}" if self.color else text

    def dim(self, text: str) -> str:
        return f"{_DIM}{text}{_PLAIN}" if self.color and text else text

    def marked(self, text: str, ranges: Sequence[Range], base: str = "") -> str:
        """``text`` with its ranges marked, cleaned."""
        if not self.color:
            return clean(text)
        if not base:
            return mark(text, ranges, _MARK, _PLAIN, clean)
        line = base + mark(text, ranges, _PLAIN + _MARK, _PLAIN + base, clean) + _PLAIN
        return line.replace(base + _PLAIN, "")  # where a mark begins or ends the line


def _hit_lines(hit: Hit, style: _Style, width: int | None) -> list[str]:
    label = f"{hit.rank}. "
    indent = " " * len(label)
    room = None if width is None else max(20, width - len(indent))
    # Without snippets the text was not read, and a hit is known by its id.
    bare = not hit.title.text and not hit.snippet.text
    title = hit.title if hit.title.text else Snippet(hit.id if bare else hit.article.heading)
    lines = [
        (label if first else indent) + style.marked(text, ranges, _BOLD)
        for first, (text, ranges) in _numbered(_wrap(title, room))
    ]
    facts = byline(hit.article)
    if facts:
        lines.append(indent + style.dim(facts))
    if not bare:
        lines.append(indent + style.dim(address(hit.article)))
    if hit.snippet.text:
        lines += [indent + style.marked(text, ranges) for text, ranges in _wrap(hit.snippet, room)]
    return lines


def _numbered(
    lines: Iterable[tuple[str, list[Range]]],
) -> Iterable[tuple[bool, tuple[str, list[Range]]]]:
    return ((i == 0, line) for i, line in enumerate(lines))


def byline(article: Article) -> str:
    """Source, place and date on one line, those that are known.

    >>> byline(Article(id="a", source="Harian Nusa", place="Medan"))
    'Harian Nusa · Medan'
    """
    known = (article.source, article.place, when(article.published))
    return " · ".join(clean(value) for value in known if value)


def address(article: Article) -> str:
    """What `show` takes, and where the file is when that is something else."""
    if article.path and article.path != article.id:
        return f"{clean(article.id)} · {clean(article.path)}"
    return clean(article.id)


def _wrap(snippet: Snippet, width: int | None) -> list[tuple[str, list[Range]]]:
    """A text cut into lines of at most ``width`` columns, each with its own ranges."""
    text = snippet.text
    lines: list[tuple[str, list[Range]]] = []
    start = 0
    while start < len(text):
        end = len(text) if width is None else _line_end(text, start, width)
        ranges = [
            (max(a, start) - start, min(b, end) - start)
            for a, b in snippet.ranges
            if a < end and b > start
        ]
        lines.append((text[start:end], ranges))
        start = end
        while start < len(text) and text[start] == " ":
            start += 1
    return lines


def _line_end(text: str, start: int, width: int) -> int:
    """Where the line that begins at ``start`` ends: at a space, or in a word that alone
    is too long."""
    columns, space = 0, -1
    for at in range(start, len(text)):
        columns += _columns(text[at])
        if columns > width:
            return space if space > start else max(at, start + 1)
        if text[at] == " ":
            space = at
    return len(text)


def _columns(char: str) -> int:
    """How many columns a terminal gives a character: 0, 1 or 2."""
    if char < "\u0300":
        return 1
    import unicodedata

    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def article_text(
    article: Article,
    *,
    color: bool = False,
    width: int | None = WIDTH,
    marks: Callable[[str], Sequence[Range]] = lambda text: (),
) -> str:
    """One article as a newspaper prints it: title, byline, paragraphs."""
    style = _Style(color)

    def block(text: str, base: str = "") -> list[str]:
        # The analyzer sees the paragraph as it is printed, so ranges fit.
        line = " ".join(text.split())
        return [
            style.marked(part, ranges, base)
            for part, ranges in _wrap(Snippet(line, tuple(marks(line))), width)
        ]

    lines = block(article.heading or article.id, _BOLD)
    more = (byline(article), article.author, article.category, article.url, address(article))
    lines += [style.dim(clean(value)) for value in more if value]
    for paragraph in re.split(r"\n\s*\n", article.body):
        if paragraph.strip():
            lines += ["", *block(paragraph)]
    if article.caption:
        lines += ["", *(style.dim(line) for line in block(f"[{article.caption}]"))]
    return "\n".join(lines) + "\n"


def facts_text(facts: Mapping[str, object], *, indent: str = "") -> str:
    """A mapping, nested or not, as aligned lines: for `stats` and `check`.

    >>> print(facts_text({"articles": 12000, "kernels": {"compiled": True}}), end="")
    articles  12 000
    kernels
      compiled  yes
    """
    widest = max((len(clean(str(k))) for k, v in facts.items() if not _nested(v)), default=0)
    out = ""
    for key, value in facts.items():
        name = clean(str(key))
        if isinstance(value, Mapping):
            out += f"{indent}{name}\n{facts_text(value, indent=indent + '  ')}"
        elif _nested(value):
            out += f"{indent}{name}\n"
            out += "".join(f"{indent}  {_fact(item)}\n" for item in value)  # type: ignore[attr-defined]
        else:
            out += f"{indent}{name:<{widest}}  {_fact(value)}\n"
    return out


def rows_text(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows of the same keys as a table with a heading.

    >>> rows = [{"term": "beras", "articles": 12}, {"term": "di", "articles": 3400}]
    >>> print(rows_text(rows), end="")
    term   articles
    beras  12
    di     3 400
    """
    if not rows:
        return ""
    table = [list(rows[0]), *([_fact(value) for value in row.values()] for row in rows)]
    widths = [max(len(line[i]) for line in table) for i in range(len(table[0]))]
    return "".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
        + "\n"
        for line in table
    )


def _nested(value: object) -> bool:
    return isinstance(value, (Mapping, list, tuple))


def _fact(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return number(value)
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, (list, tuple)):
        return "  ".join(_fact(item) for item in value)
    return clean(str(value))


# Explanations and word knowledge


def explanation_text(told: Explanation, *, color: bool = False) -> str:
    """A score as a sum: what each word and each place adds, or why nothing does."""
    style = _Style(color)
    lines = [style.dim(clean(line)) for line in told.receipt]
    if lines:
        lines.append("")
    where = f"rank {number(told.rank)}, " if told.rank else ""
    if not told.matches:
        lines.append(style.bold(clean(told.id)) + " does not match:")
        lines += [f"  {clean(reason)}" for reason in told.reasons]
        return "\n".join(lines) + "\n"
    lines.append(f"{style.bold(clean(told.id))}: {where}score {told.score:.4f}")
    lines.append("")
    indent = " " * 10
    for line in told.words:
        name = style.bold(clean(line.label)) + _WORD_KINDS[line.kind]
        if line.field not in ("text", ""):
            name += f" as {line.field}"
        made = f"saturation {line.saturation:.3f} x weight {line.weight:.3f}"
        lines.append(f"{line.score:8.4f}  {name}: {made}")
        if line.terms:
            lines.append(indent + style.dim(_uses(line)))
        if line.articles:
            idf = f"idf {line.idf:.3f} ({_of(line.articles, told.articles)})"
            lines.append(indent + style.dim(f"weight = {idf} x {line.factor:.3g}"))
    for place in told.places:
        parts = ", ".join(f"{clean(name)} {value:.3f}" for name, value in place.parts)
        total = sum(value for _, value in place.parts)
        lines.append(
            f"{place.score:8.4f}  {style.bold(_PLACES[place.name])}: {place.weight:g} x {total:.3f}"
        )
        if parts:
            lines.append(indent + style.dim(parts))
    lines += [f"{'':->8}", f"{told.score:8.4f}"]
    if told.absent:
        lines += ["", style.dim(f"not in it: {', '.join(map(clean, told.absent))}")]
    if told.rank is None:
        lines += ["", style.dim("too far down the answer for the second stage to look at")]
    return "\n".join(lines) + "\n"


_WORD_KINDS: Mapping[str, str] = {
    "word": "",
    "phrase": " (in a row)",
    "whole": " (part of a compound)",
    "near": " (near spellings)",
    "query": " (by Whoosh)",
}
_PLACES: Mapping[str, str] = {
    "pairs": "pairs of words that stand together",
    "window": "best passage",
    "lead": "beginning of the article",
}


def _uses(line: Contribution) -> str:
    uses = ", ".join(
        f"{clean(use.term)} {use.count}×" + (f" at {use.share:.2g}" if use.share != 1 else "")
        for use in line.terms
    )
    return f"{uses} (and {line.others} more that are not in it)" if line.others else uses


def _of(part: int, whole: int) -> str:
    return f"in {number(part)} of {number(whole)} {_articles(whole)}"


def known_text(words: Iterable[Known], articles: int | None, *, color: bool = False) -> str:
    """What becomes of a text and what the index knows of each term, term by term.

    ``articles`` is how many the index has; None without one.
    """
    style = _Style(color)
    lines: list[str] = []
    for word in words:
        kind = "" if word.kind == "word" else f", {word.kind}"
        lines.append(
            f"{style.bold(clean(word.term))}  "
            + style.dim(f"position {word.position}{kind}, weight {word.weight:g}")
        )
        if articles is None:
            continue
        facts: list[tuple[str, str]] = [("articles", _of(word.articles or 0, articles))]
        if word.middle:
            said = f"{100 * word.capitals / word.middle:.0f} % of {number(word.middle)}"
            name = ": a name, which has no relatives" if word.name else ""
            facts.append(("capitals", f"{said} uses in mid-sentence{name}"))
        facts.append(("root", clean(word.root or word.term)))
        facts += [
            (label, ", ".join(values))
            for label, values in (
                ("family", [f"{clean(form)} {number(n)}" for form, n in word.family]),
                ("names", [f"{clean(form)} {number(n)}" for form, n in word.guarded]),
                ("variants", [clean(form) for form in word.variants]),
                ("long forms", _shares(word.long_forms)),
                ("short forms", _shares(word.short_forms)),
                ("nearest", [clean(form) for form, _ in word.nearest]),
            )
            if values
        ]
        lines += [f"  {label:<11}  {value}" for label, value in facts]
    return "\n".join(lines) + "\n" if lines else ""


def _shares(forms: Iterable[tuple[str, float]]) -> list[str]:
    return [f"{clean(form)} {100 * share:.0f} %" for form, share in forms]


def acronyms_text(rows: Iterable[Acronym]) -> str:
    """Short forms with their long forms, as a table; what is not used says so."""
    return rows_text(
        [
            {
                "short": row.short,
                "long": row.long,
                "articles": row.articles,
                "share": f"{100 * row.share:.0f} %",
                "": "not used" if not row.used else "ambiguous" if row.ambiguous else "",
            }
            for row in rows
        ]
    )


# JSON


def as_json(results: Results) -> str:
    """The answer as one JSON object on one line; the shape is that of the documentation."""
    return to_json(results_object(results))


def results_object(results: Results) -> dict[str, Any]:
    """The answer as JSON-ready values, every key always there."""
    return {
        "query": results.request.text,
        "receipt": list(results.receipt),
        "total": results.total,
        "took_ms": round(results.took_ms, 3),
        "suggestion": results.suggestion,
        "hits": [_hit_object(hit) for hit in results.hits],
        "facets": {
            name: [[value, count] for value, count in values]
            for name, values in results.facets.items()
        },
    }


def _hit_object(hit: Hit) -> dict[str, Any]:
    article = hit.article
    return {
        "rank": hit.rank,
        "id": article.id,
        "score": round(hit.score, 6),
        "title": hit.title.text,
        "title_highlights": [list(r) for r in hit.title.ranges],
        "snippet": hit.snippet.text,
        "snippet_highlights": [list(r) for r in hit.snippet.ranges],
        "published": article.published.isoformat() if article.published else None,
        "source": article.source,
        "place": article.place,
        "category": article.category,
        "author": article.author,
        "url": article.url,
        "path": article.path,
    }


def to_json(value: object) -> str:
    """JSON on one line with what a terminal would obey escaped as ``\\\\uXXXX``: the value
    read back is the same.

    >>> to_json({"judul": "a\\u009bb é"})
    '{"judul": "a\\\\u009bb é"}'
    """
    import json

    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if text.isprintable() else re.sub(_UNSAFE, _json_escape, text)


def _json_escape(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i] << 8 | units[i + 1]:04x}" for i in range(0, len(units), 2))


# HTML


def as_html(results: Results) -> str:
    """The answer as a fragment of HTML, without styles or scripts, all text escaped."""
    out = ['<section class="searcher">\n']
    out += [f'<p class="receipt">{_html(line)}</p>\n' for line in results.receipt]
    if results.hits:
        out.append(f'<ol class="hits" start="{results.hits[0].rank}">\n')
        out += [_hit_html(hit) for hit in results.hits]
        out.append("</ol>\n")
    for name, values in results.facets.items():
        items = "".join(
            f'<li>{_html(value)} <span class="count">{count}</span></li>' for value, count in values
        )
        out.append(f'<div class="facet"><h4>{_html(name)}</h4><ul>{items}</ul></div>\n')
    out.append(f'<p class="total">{_html(_total(results))}</p>\n')
    if results.suggestion:
        out.append(f'<p class="suggestion">Did you mean: {_html(results.suggestion)}</p>\n')
    out.append("</section>\n")
    return "".join(out)


def _hit_html(hit: Hit) -> str:
    article = hit.article
    heading = hit.title.text or article.heading or article.id
    title = mark(heading, hit.title.ranges, "<mark>", "</mark>", _html)
    if article.url and re.match(r"https?://", article.url, re.IGNORECASE):
        title = f'<a href="{_html(article.url)}" rel="nofollow noopener">{title}</a>'
    text = mark(hit.snippet.text, hit.snippet.ranges, "<mark>", "</mark>", _html)
    return (
        f'<li value="{hit.rank}" data-id="{_html(article.id)}"><h3>{title}</h3>'
        f'<p class="byline">{_html(byline(article))}</p>'
        f'<p class="snippet">{text}</p></li>\n'
    )


def _html(text: str) -> str:
    from html import escape

    return escape(clean(text), quote=True)


#: Every output format of an answer, by name.
FORMATS: Mapping[str, Callable[[Results], str]] = {
    "text": as_text,
    "json": lambda results: as_json(results) + "\n",
    "html": as_html,
}
