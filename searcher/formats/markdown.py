"""Markdown with YAML front matter, as static site generators and editors write it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from searcher.article import Article
from searcher.formats.columns import Rows
from searcher.formats.files import Skipped, Source, Warned, plain

#: Front matter longer than this is no front matter, characters.
FRONT = 65_536
#: Brackets in brackets deeper than this are no front matter; PyYAML takes the square of it.
DEEPEST = 20

_FENCE = re.compile(r"\ufeff?\s*---[ \t]*\n(.*?\n)?(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_TOML = re.compile(r"\ufeff?\s*\+\+\+[ \t]*\n(.*?\n)?\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL)


_UNCLOSED = re.compile(r"\s*---[ \t]*\n((?:\w[\w -]{0,40}:[^\n]*\n)+)")


def sniff_markdown(head: str) -> bool:
    """True if front matter with at least one ``name: value`` line opens the text.

    >>> sniff_markdown("---\\njudul: Harga naik\\n---\\nIsi"), sniff_markdown("--- Harga")
    (True, False)
    """
    match = _FENCE.match(head)
    return match is not None and re.search(r"^\w[\w -]*:", match[1] or "", re.M) is not None


def read_markdown(source: Source, rows: Rows) -> Iterator[Article | Skipped | Warned]:
    """One file, one article; the first ``#`` heading is the title if the front has none."""
    text = source.text().replace("\0", "").lstrip("\ufeff")
    front: dict[str, Any] = {}
    if (match := _FENCE.match(text)) is not None and len(match[0]) <= FRONT:
        front, doubt = front_matter(match[1] or "")
        text = text[match.end() :]
        if doubt:
            yield Warned(source.name, 1, doubt)
    elif (match := _TOML.match(text)) is not None and len(match[0]) <= FRONT:
        import tomllib

        try:
            front = tomllib.loads(match[1] or "")
            text = text[match.end() :]
        except tomllib.TOMLDecodeError as error:
            yield Warned(source.name, 1, f"front matter: {error}")
    elif (match := _UNCLOSED.match(text)) is not None:
        front, text = _lines_of(match[1]), text[match.end() :]
        yield Warned(source.name, 1, "front matter: the second --- is missing")
    captions: list[str] = []
    body = from_markdown(text, captions)
    if not any(rows.columns.knows(name) == "title" for name in front):
        heading = re.match(r"\s*#\s+(.+?)\s*#*\s*(?:\n|\Z)", text)
        underlined = re.match(r"\s*(\S.*)\n=+[ \t]*(?:\n|\Z)", text)
        if found := heading or underlined:
            front["title"] = from_markdown(found[1], [])
            body = from_markdown(text[found.end() :], captions)
    row = {**front, "body": body}
    if captions and not any(rows.columns.knows(name) == "caption" for name in front):
        row["caption"] = captions[0]
    item = rows.article(row, rows.columns.plan(list(row), list(row)), 1)
    yield from rows.warned
    rows.warned.clear()
    if isinstance(item, Skipped):
        yield Skipped(source.name, None, item.reason)
        return
    if item.id == f"{source.name}#1":
        object.__setattr__(item, "id", source.name)
    yield item


def front_matter(text: str) -> tuple[dict[str, Any], str | None]:
    """The values of YAML front matter, all as strings, and what was wrong with it.

    Strings, because YAML would make a number of ``12:30`` and False of the place
    ``No``. Aliases are refused: a few lines of them can stand for gigabytes. What is
    no YAML is read as ``name: value`` lines.

    >>> front_matter("judul: 'Harga: naik'\\ntags: [beras, pasar]\\n")
    ({'judul': 'Harga: naik', 'tags': ['beras', 'pasar']}, None)
    >>> values, doubt = front_matter("judul: Harga: naik\\ntanggal: 2023-03-09\\n")
    >>> values, doubt.split(":")[0]
    ({'judul': 'Harga: naik', 'tanggal': '2023-03-09'}, 'front matter is no YAML')
    """
    import yaml

    if _flow_depth(text) > DEEPEST:
        return _lines_of(text), "front matter is nested too deeply; read line by line"
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, yaml.BaseLoader)):
            return _lines_of(text), "front matter: aliases (*name) are not read"
        values = yaml.load(text, yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError) as error:
        why = getattr(error, "problem", None) or type(error).__name__
        return _lines_of(text), f"front matter is no YAML: {why}; read line by line"
    if isinstance(values, dict):
        return {str(name): value for name, value in values.items()}, None
    return {}, None if values in (None, "") else "front matter: no name: value lines"


def _flow_depth(text: str) -> int:
    """How deep brackets stand in brackets, those in quoted strings counted too."""
    depth = deepest = 0
    for bracket in re.findall(r"[\[\]{}]", text):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _lines_of(text: str) -> dict[str, Any]:
    found = {}
    for line in text.split("\n"):
        name, colon, value = line.partition(":")
        if colon and re.fullmatch(r"\w[\w -]{0,40}", name):
            found[name.strip()] = value.strip().strip("'\"")
    return found


_IMAGE = re.compile(r"!\[([^\]\n]{0,1000})\]\([^()\n]{0,2000}\)")
_LINK = re.compile(r"\[([^\[\]\n]{1,1000})\]\([^()\n]{0,2000}\)")
_REFERENCE = re.compile(r"\[([^\[\]\n]{1,1000})\]\[[^\[\]\n]{0,200}\]")
_DEFINITION = re.compile(r"^ {0,3}\[[^\[\]\n]{1,200}\]:[ \t]+\S+.*$", re.MULTILINE)
_STRONG = re.compile(r"(\*{1,3}|(?<!\w)_{1,3})(?=\S)([^*_\n]{1,2000})(?<=\S)\1(?!\w)")
_BLOCK = re.compile(r"^(?: {0,3}#{1,6}[ \t]+| {0,3}>[ \t]?| {0,8}[-*+][ \t]+(?=\S))", re.MULTILINE)
_RULE = re.compile(r"^ {0,3}(?:(?:[-*_] *){3,}|=+|```.*|~~~.*)$", re.MULTILINE)
_SHORTCODE = re.compile(r"\{\{[<%][^{}\n]{0,500}[%>]\}\}")


def from_markdown(text: str, captions: list[str]) -> str:
    """Markdown as running text, paragraphs kept; captions of images go to ``captions``.

    >>> captions = []
    >>> from_markdown("Harga **beras** di [Medan](x) naik.\\n\\n![Pasar](a.jpg)", captions)
    'Harga beras di Medan naik.'
    >>> captions
    ['Pasar']
    """

    def image(match: re.Match[str]) -> str:
        if match[1].strip():
            captions.append(match[1].strip())
        return ""

    text = _SHORTCODE.sub("", _IMAGE.sub(image, text))
    text = _DEFINITION.sub("", _REFERENCE.sub(r"\1", _LINK.sub(r"\1", text)))
    text = _BLOCK.sub("", _RULE.sub("", text))
    for _ in range(3):
        stripped = _STRONG.sub(r"\2", text)
        if stripped == text:
            break
        text = stripped
    text = plain(re.sub(r"\\([\\`*_{}\[\]()#+\-.!>])", r"\1", text))
    # A single line end inside a paragraph is a space in Markdown.
    paragraphs = re.split(r"\n[ \t]*\n\s*", text.strip())
    return "\n\n".join(" ".join(p.split()) for p in paragraphs if p.strip())
