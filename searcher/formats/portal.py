"""What a portal's page says about its article, once the page has become text.

A scraped page is the article between share buttons, menus, links to other articles and
signatures; a body from a CSV or JSON dump has the same dirt glued into running text.
This module takes the dirt off and reads what it tells: title, date, place, source,
author, caption. What counts as dirt is data (:mod:`searcher.formats.rules`).

The rule in doubt: a sentence is worth more than clean text. What cannot be told from
the article stays in it. What was taken off is kept in :attr:`Portal.dropped`.

Knows neither files nor encodings (the readers beside it do) nor the index.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from searcher.dates import date_like, find_published, parse_date
from searcher.formats.files import tidy, unescaped
from searcher.formats.rules import HOST, NAME, Dateline, Noise, Rules, load_rules
from searcher.values import Value

__all__ = [
    "Dok",
    "Portal",
    "Rules",
    "clean_body",
    "is_header_block",
    "load_rules",
    "parse_dok",
    "parse_header_block",
    "parse_portal_text",
    "title_without_outlet",
]


class Portal(Value, kw_only=True):
    """An article as its page gives it. Absent facts are None, an absent title is ``""``.

    ``body`` has its paragraphs apart by blank lines. ``site`` is the portal's host name,
    ``source`` its name. ``date_text`` is a date that was found but could not be read, for
    the report. ``dropped`` is what was taken off, in the order it was found.
    """

    title: str = ""
    body: str = ""
    published: datetime | None = None
    source: str | None = None
    site: str | None = None
    place: str | None = None
    author: str | None = None
    category: str | None = None
    url: str | None = None
    caption: str | None = None
    article_id: str | None = None
    date_text: str | None = None
    dropped: tuple[str, ...] = ()


# Reading a body ----------------------------------------------------------------------


@dataclass(slots=True)
class _Found:
    """What the reading has told so far; the first word on each fact stays."""

    source: str | None = None
    site: str | None = None
    place: str | None = None
    author: str | None = None
    #: beside the date: the writer, or the portal without its ".com"
    beside_date: str | None = None
    published: datetime | None = None
    date_text: str | None = None
    url: str | None = None
    captions: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)

    def drop(self, text: str) -> None:
        text = text.strip()
        if text:
            self.dropped.append(text)

    def portal(self, rules: Rules, body: str, title: str = "") -> Portal:
        if self.beside_date:
            if self.site and _squeezed(self.beside_date) in _squeezed(self.site):
                self.source = self.beside_date
            else:
                self.author = self.author or self.beside_date
        return Portal(
            title=title,
            body=body,
            published=self.published,
            source=self.source or (self.site and rules.outlet(self.site)) or self.site,
            site=self.site,
            place=self.place,
            author=self.author,
            caption="\n\n".join(self.captions) or None,
            url=self.url,
            date_text=self.date_text,
            dropped=tuple(self.dropped),
        )


def _squeezed(name: str) -> str:
    return "".join(ch for ch in name.lower() if ch.isalnum())


def clean_body(body: str, rules: Rules, *, title: str = "", tidied: bool = False) -> Portal:
    """A body that came from HTML, JSON or CSV, without the page around it.

    Gives ``body``, and what the page's remains told: place, site, source, author, caption.
    With ``title``, a first line that only repeats it goes too. ``tidied`` says that the body
    has been through :func:`~searcher.formats.files.tidy` and has no entities.
    Linear in the length of the body; a clean one of 2 kB costs some tens of microseconds.

    >>> rules = load_rules()
    >>> cleaned = clean_body("MEDAN, KOMPAS.com - Harga cabai naik. (abc/def)", rules)
    >>> cleaned.body, cleaned.place, cleaned.site
    ('Harga cabai naik.', 'Medan', 'kompas.com')
    """
    found = _Found()
    text = body if tidied else _tidy(body)
    if "\n" in text[:140]:
        text = _drop_head(text, rules, found, title)
    cleaned = _clean(text, rules, found, title)
    if not cleaned and any(map(_is_prose, found.dropped)):
        # Sentences went, so we misread it: better a dirty article than none.
        return Portal(body=_paragraphs(text))
    return found.portal(rules, cleaned)


def _tidy(text: str) -> str:
    """Entities resolved, one kind of line end and of space, nothing that nobody can see."""
    return tidy(unescaped(text)).strip()


_BODY_LABEL = re.compile(r"(?:isi|isi berita|content|konten|body)\s?:", re.IGNORECASE)


def _drop_head(text: str, rules: Rules, found: _Found, title: str) -> str:
    """Take off the lines a body may begin with that are its page's head: date, portal, writer."""
    start = 0
    for _ in range(8):
        end = text.find("\n", start)
        line = text[start:end].strip() if end >= 0 else ""
        if end < 0 or len(line) > 140:
            break
        if _BODY_LABEL.fullmatch(line):
            found.drop(line)
        elif line and not _take_head_line(line, title, rules, found):
            below = text[end : end + 160].strip().partition("\n")[0]
            if not _looks_like_name(line) or _date_in_line(below) is None:
                break
            found.author = found.author or line
            found.drop(line)
        start = end + 1
    return text[start:].strip()


def _clean(text: str, rules: Rules, found: _Found, title: str = "") -> str:
    text = _strip_tail(text, rules, found)
    if "\n" in text:
        text = _drop_lines(text, rules, found, title)
    length = len(text)
    # Inline dirt first: a glued headline ends more surely with its neighbours gone.
    begins = _begins(text, rules)
    if begins or rules.anywhere:
        text = _drop_inside(text, begins, "inline", rules, found)
        if len(text) != length:
            begins = _begins(text, rules)
        text = _drop_inside(text, begins, "link", rules, found)
        if len(text) != length:
            text = _strip_tail(text.strip(), rules, found)
    text = _paragraphs(_strip_dateline(text, rules, found))
    if text[-1:] == ",":
        text = text.rstrip(" ,")  # a list of paragraphs written with its commas
    return text if any(map(str.isalnum, text)) else ""


#: How far from its end a body is searched for trailing noise, characters.
_TAIL = 500


def _strip_tail(text: str, rules: Rules, found: _Found) -> str:
    """Take signatures, notices and links off the end until none is left."""
    looked_at = len(text)
    needled = rules.needled(text[-_TAIL - 100 :])
    for _ in range(40):  # what has more than forty at its end is no article
        last = text[-1:].lower()
        may_be: Sequence[int] = rules.ending_with.get(last, ())
        if needled:
            if looked_at - len(text) > 100:
                looked_at = len(text)
                needled = rules.needled(text[-_TAIL - 100 :])
            may_be = sorted({*may_be, *needled})
        for at in may_be:
            noise = rules.noise[at]
            if last in noise.never_last:
                continue
            part = text[-noise.tail :]
            match = noise.regex.search(part)
            if match is None or match.end() != len(part) or not match[0].strip():
                continue
            if noise.captures == "author":
                found.author = found.author or _author(match[0], rules)
            found.drop(match[0])
            text = text[: len(text) - len(match[0])].rstrip()
            break
        else:
            break
    return text


_ROLES = re.compile(
    r"\b(?:laporan\s+)?(pewarta|penulis|reporter|author|wartawan|kontributor|oleh|editor|redaktur"
    r"|penyunting|penerjemah)(?:\s?/\s?\w+)?(?:\s{0,2}:\s{0,2}|\s+(?-i:(?=[A-Z])))",
    re.IGNORECASE,
)
_EDITORS = frozenset({"editor", "redaktur", "penyunting", "penerjemah"})
_SOURCE_BEHIND = re.compile(r"[|,]?\s{0,2}Sumber\s?:.{0,40}$")
_GLUED_ROLE = re.compile(
    r"(?<=[a-z.])(?=(?:Pewarta|Penulis|Reporter|Wartawan|Kontributor|Redaktur|Penyunting|Editor)\b)"
)


def _author(credit: str, rules: Rules) -> str | None:
    """The writer in a line of credits; an editor is none.

    >>> _author("Pewarta: Sari DewiEditor: Budi Hartono", load_rules())
    'Sari Dewi'
    """
    parts = _ROLES.split(_GLUED_ROLE.sub(" ", credit))
    for role, name in zip(parts[1::2], parts[2::2], strict=True):
        name = " ".join(_SOURCE_BEHIND.sub("", name).split()).strip(" ,;|()[]/*-")
        head, _, rest = name.partition(",")
        if rest and head.lower() in rules.places:
            name = rest.strip()
        if role.lower() not in _EDITORS and name:
            return name
    return None


def _drop_lines(text: str, rules: Rules, found: _Found, title: str) -> str:
    """Take whole lines off: links, buttons, signatures, captions, other blocks."""
    kept: list[str] = []
    starts = rules.starts
    in_other_block = headline_follows = prose_seen = tags_follow = False
    for raw in text.split("\n"):
        line = raw.strip()
        if not line:
            kept.append("")
            continue
        if len(line) > _LONG_LINE:
            prose_seen = True
            in_other_block = headline_follows = False
            kept.append(line)
            continue
        if in_other_block and not _is_prose(line):
            found.drop(line)
            continue
        if headline_follows:
            headline_follows = False
            if _is_headline_case(line, rules):
                found.drop(line)
                continue
        if not prose_seen and title and _same_words(line, title):
            found.drop(line)
            continue
        if tags_follow:
            tags_follow = len(line) <= 60 and line[0].islower() and not _ends_sentence(line)
            if tags_follow:
                found.drop(line)
                continue
        if starts is None or not line[0].isalpha() or line[:3].lower() in starts:
            noise = _line_noise(line, rules)
        else:
            noise = None
        if noise is not None and (noise.where == "line" or prose_seen):
            if noise.captures == "author":
                found.author = found.author or _author(line, rules)
            elif noise.name == "share-buttons":
                _drop_description(kept, title, found)
            in_other_block = noise.where == "rest"
            tags_follow = noise.name == "initials-line"
            headline_follows = line.rstrip(" :").lower().endswith("juga")
            found.drop(line)
        elif _is_caption(line, rules):
            found.captions.append(line)
        else:
            prose_seen = prose_seen or _is_prose(line)
            kept.append(line)
    return "\n".join(kept).strip()


#: A line longer than this is text, whatever it says: several paragraphs glued, mostly.
_LONG_LINE = 420

_SHARE_BUTTONS = Noise(name="share-buttons", where="line", pattern="")


def _line_noise(line: str, rules: Rules) -> Noise | None:
    """The kind of dirt a whole line is, or None."""
    for noise in rules.opened_by(line):
        if noise.regex.fullmatch(line) and (noise.where == "line" or len(line) <= 60):
            return noise
    return _SHARE_BUTTONS if _is_share_line(line, rules) else None


def _is_dirt(line: str, rules: Rules) -> bool:
    """Whether a line is noise from end to end, though it be of the kind in running text."""
    if _line_noise(line, rules) is not None:
        return True
    begins = _begins(line, rules)
    return (
        bool(begins)
        and begins[0][0] <= 1
        and not _drop_inside(line, begins, "inline", rules, _Found()).strip()
    )


def _is_share_line(line: str, rules: Rules) -> bool:
    """A row of share buttons: nothing but their words, a network among them."""
    first = line.split(None, 1)[0].strip(":|,/").lower()
    if first not in rules.share_words:
        return False
    words = re.findall(r"[a-z0-9-]+", line.lower())
    networks = sum(word in rules.share_networks for word in words)
    if all(word in rules.share_words or word.isdigit() for word in words):
        return networks >= 2 or (networks == 1 and (len(words) <= 3 or line.endswith(":")))
    # The buttons' alternative text repeats the portal's name: Facebook X Twitter X.
    return len(words) >= 6 and networks >= 3 and 3 * networks >= len(words) - 3 * networks


def _is_caption(line: str, rules: Rules) -> bool:
    for caption in rules.captions_of(line):
        match = caption.regex.search(line)
        if match is not None:
            # A paragraph of the story may end with the credit of the picture below it.
            before = line[: match.start()]
            return len(line) <= 220 or re.search(r"[a-z0-9)]\. [A-Z]", before) is None
    return False


def _drop_description(kept: list[str], title: str, found: _Found) -> None:
    """Take off the page's description, which some portals print above the buttons.

    It stands on the line right above, ends without a full stop and tells again what the
    opening of the article tells.
    """
    if not kept or not kept[-1] or _ends_sentence(kept[-1]) or len(kept[-1]) > 300:
        return
    words = {word.lower() for word in re.findall(r"\w{3,}", kept[-1])}
    opening = {word.lower() for word in re.findall(r"\w{3,}", title + " " + " ".join(kept[:-1]))}
    if len(words) >= 5 and len(words & opening) >= 0.6 * len(words):
        found.drop(kept.pop())


_SENTENCE_ENDS = (".", "!", "?", '."', '"', "”", "’", "'", ".)", ":", ";")


def _ends_sentence(line: str) -> bool:
    return line.rstrip().endswith(_SENTENCE_ENDS)


def _is_prose(line: str) -> bool:
    """A paragraph of the story, not a headline, a menu or a teaser cut short."""
    return len(line) >= 120 and _ends_sentence(line) and not line.endswith(("...", "…"))


def _same_words(line: str, title: str) -> bool:
    if abs(len(line) - len(title)) > 40:  # marks, but not that many
        return False
    return re.findall(r"\w+", line.lower()) == re.findall(r"\w+", title.lower())


def _is_headline_case(line: str, rules: Rules) -> bool:
    """Short, no full stop, and most of its words capitalised."""
    if len(line) > 180 or line.endswith("."):
        return False
    words = re.findall(r"\w[\w'’-]*", line)
    content = [word for word in words if word.lower() not in rules.small_words]
    capitals = sum(not word[0].islower() for word in content)
    return len(words) >= 3 and capitals >= 0.8 * len(content)


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """``text`` without ``spans`` (in order, apart), what is left one space or line end apart."""
    kept: list[str] = []
    at = 0
    for start, end in [*spans, (len(text), len(text))]:
        part = text[at:start]
        at = end
        if kept:
            part = part.lstrip(" ")
            if not part:
                continue
            kept[-1] = kept[-1].rstrip(" ")
            left = kept[-1][-1:]
            mark = part[0] in ".,;:!?)”" and part[:2] != ".."
            if left and left != "\n" and part[0] != "\n" and not mark:
                kept.append(" ")
        kept.append(part)
    return "".join(kept)


def _begins(text: str, rules: Rules) -> list[tuple[int, tuple[Noise, ...]]]:
    """Where inline and link noise may begin in running text, and which."""
    begins = []
    hit = rules.inside.search(text)
    while hit is not None:
        begins.append((hit.start(), rules.begun_by(hit[0])))
        hit = rules.inside.search(text, hit.start() + 1)
    return begins


def _drop_inside(
    text: str,
    begins: Sequence[tuple[int, tuple[Noise, ...]]],
    where: str,
    rules: Rules,
    found: _Found,
) -> str:
    """Take dirt out of running text, from left to right: notices, or links with their headline."""
    spans: list[tuple[int, int]] = []
    done = 0
    for at, (position, noises) in enumerate(begins):
        if position < done:
            continue
        for noise in noises:
            if noise.where != where:
                continue
            start = position - (position > done and text[position - 1] in "[(")
            match = noise.regex.match(text, start) or noise.regex.match(text, position)
            if match is not None and match[0]:
                done = match.end()
                if where == "link":
                    following = begins[at + 1 : at + 20]
                    limit = _next_of(noise, text, done, following)
                    done = _headline_end(text, match, limit, rules)
                start = match.start()
                if noise.captures == "caption":
                    start = _caption_start(text, start, done, spans[-1][1] if spans else 0)
                    if start < match.start():
                        found.captions.append(text[start:done].strip())
                spans.append((start, done))
                break
    for noise in rules.anywhere:
        if noise.where == where:
            text, spans = _without(text, spans), []
            for match in noise.regex.finditer(text):
                end = match.end()
                if where == "link":
                    after = noise.regex.search(text, end, end + 260)
                    limit = after.start() if after else len(text)
                    end = _headline_end(text, match, limit, rules)
                if match[0] and (not spans or match.start() >= spans[-1][1]):
                    spans.append((match.start(), end))
                    found.drop(text[match.start() : end])
            text, spans = _without(text, spans), []
    if not spans:
        return text
    for start, end in spans:
        found.drop(text[start:end])
    return _without(text, spans)


_SENTENCE_BREAK = re.compile(r"[.!?\"”)\n]\s?(?=[A-Z])")


def _caption_start(text: str, credit: int, end: int, left: int) -> int:
    """Where the caption begins whose credit stands at ``credit``, glued into running text.

    It is the one phrase from the last end of a sentence to the credit, if a new sentence
    follows. Else only the credit goes, as it does behind a full stop: that may be a
    sentence of the story, unless it is glued to its neighbours on both sides.
    """
    if end < len(text) and not (text[end : end + 2].strip() or "a")[0].isupper():
        return credit
    window = max(left, credit - 220)
    breaks = [match.end() for match in _SENTENCE_BREAK.finditer(text, window, credit)]
    start = breaks[-1] if breaks else window
    phrase = text[start:credit].rstrip()
    if not breaks or len(phrase) < 15 or _DIGIT_GLUED.search(phrase):
        return credit
    glued = not text[start - 1].isspace() and end < len(text) and not text[end].isspace()
    return credit if phrase[-1] in ".!?" and not glued else start


_DIGIT_GLUED = re.compile(r"[a-z][.!?]\d")


def _next_of(
    noise: Noise, text: str, end: int, begins: Sequence[tuple[int, tuple[Noise, ...]]]
) -> int:
    """Where the next dirt of this kind begins behind ``end``; the text's end if not near."""
    for position, noises in begins:
        if position >= end + 260:
            break
        if position >= end and noise in noises and noise.regex.match(text, position):
            return position
    return len(text)


class _Piece(NamedTuple):
    start: int
    end: int
    word: str
    kind: str  # "title" | "small"


_TOKEN = re.compile(r"\S+")
_GLUE = re.compile(r"(?<=[a-z0-9.!?)”\"’])(?=[A-Z“][a-z]+)|(?<=[!?])(?=[\"“][A-Z])")
_EDGES = "\"“”‘’'()[],.:;!?-–—"


def _headline_end(text: str, marker: re.Match[str], limit: int, rules: Rules) -> int:
    """Where the headline linked at ``marker`` ends; the marker's own end if unknown.

    A headline is a run of capitalised words, small ones (*di*, *yang*) between them. The
    reader follows the run to its first other word, and looks for a sure end inside it: a
    line end or the next marker, two words glued together, a double space, a full stop, an
    opening quotation mark, a word that only opens sentences (*Menurut*, *Sebelumnya*).
    Without one the run has swallowed the first words of the next sentence, and they are
    given back by :func:`_before_sentence`.
    """
    start = marker.end()
    newline = text.find("\n", start)
    stop = min(limit, start + 240, newline if newline >= 0 else len(text))
    pieces: list[_Piece] = []
    titles = 0
    sure: int | None = None
    perhaps: int | None = None
    ran_out = True
    for match in _TOKEN.finditer(text, start, stop):
        word, at = match[0], match.start()
        core = word.strip(_EDGES)
        if titles >= 3 and sure is None and _opens_anew(text, word, core, at, pieces, stop, rules):
            sure = at
        if len(pieces) >= 2 and not word[1:].islower() and (glue := _glued_at(word, core, rules)):
            return min(at + glue, sure) if sure is not None else at + glue
        if not core or not core[0].islower() or core.rpartition("-")[2][:1].isupper():
            kind = "title"  # also non-ASN
        elif core in rules.small_words:
            kind = "small"
        else:
            ran_out = False
            break
        pieces.append(_Piece(at, match.end(), word, kind))
        ends = word.rstrip('"”’)')
        if ends.endswith(("!", "?")):
            perhaps = match.end()
        elif ends.endswith(".") and len(core) > 2 and sure is None and titles >= 2:
            sure = match.end()
        titles += kind == "title"
    if ran_out:
        if stop == start + 240 or not pieces:
            return sure or marker.end()
        return stop if marker["colon"] or newline == stop or titles >= 4 else marker.end()
    if sure is not None:
        return sure
    if perhaps is not None and titles >= 3:
        return perhaps
    if not marker["colon"] or titles < 4:
        # Without a colon the link's own text was mostly lost with the link.
        return marker.end()
    return _before_sentence(text, pieces, marker, rules)


def _opens_anew(
    text: str, word: str, core: str, at: int, pieces: Sequence[_Piece], stop: int, rules: Rules
) -> bool:
    """Whether a new sentence or list item surely opens at this word of a run."""
    last = pieces[-1]
    if last.word.endswith((",", ":")) or last.kind == "small":
        return False
    if at - last.end >= 2:
        return True
    if len(word) <= 3 and not word.isalpha() and _BULLET.fullmatch(word):
        return True
    if word[0] in '"“' and _is_speech(text[at + 1 : stop], rules):
        return True
    return core[:1].isupper() and core.lower() in rules.openers


_BULLET = re.compile(r"\d{1,2}\.|[•▪●-]")


def _is_speech(quoted: str, rules: Rules) -> bool:
    """Whether a quotation is what someone said, not a title or a word in a headline."""
    end = re.search(r"[\"”]", quoted)
    words = re.findall(r"\w[\w'’-]*", quoted[: end.start()] if end else quoted[:60])
    return end is None or any(w[0].islower() and w not in rules.small_words for w in words)


def _glued_at(word: str, core: str, rules: Rules) -> int:
    """Where two words stand glued in one (``IranSumber``: 4), or 0."""
    glue = _GLUE.search(word, 1)
    while glue is not None:
        at = glue.start()
        known = core.lower() in rules.camel_words or word[:at].strip(_EDGES) in _CAMEL_STARTS
        if (
            not known
            and not (word[at - 1] == "." and at <= 3)
            and (at > 1 or word[0] not in _EDGES)
        ):
            return at
        glue = _GLUE.search(word, at + 1)
    return 0


_CAMEL_STARTS = frozenset({"Mc", "Mac", "De", "Di", "Le", "La", "i", "e"})


def _before_sentence(
    text: str, pieces: Sequence[_Piece], marker: re.Match[str], rules: Rules
) -> int:
    """Give back the opening of a sentence that a run of capitalised words has swallowed.

    A sentence can open where two capitalised words meet without a comma or colon between
    them. Of these places the reader takes, in this order: the last, if its word opens
    sentences; one from which to the run's end is a name the article uses elsewhere too,
    the longest; the nearest that gives back four words or more.
    """
    last = len(pieces)
    while last and pieces[last - 1].kind == "small":
        last -= 1
    starts = [
        at
        for at in range(2, last)
        if pieces[at].kind == pieces[at - 1].kind == "title"
        and not pieces[at - 1].word.endswith((",", ":"))
    ]
    if not starts:
        return marker.end()
    if starts[-1] == last - 1 and pieces[last - 1].word.strip(_EDGES).lower() in rules.starters:
        return pieces[last - 1].start
    # Names recur nearby; the window keeps a file of nothing but links linear.
    before, behind = max(0, marker.start() - 20_000), pieces[-1].end
    for at in starts:
        name = text[pieces[at].start : pieces[last - 1].end].strip(_EDGES)
        if 2 <= last - at <= 5 and (
            text.find(name, before, marker.start()) >= 0
            or text.find(name, behind, behind + 20_000) >= 0
        ):
            return pieces[at].start
    at = max((at for at in starts if at <= last - 4), default=starts[0])
    return pieces[at].start


def _strip_dateline(text: str, rules: Rules, found: _Found) -> str:
    """Take the dateline off the first paragraph that has one, among the first three."""
    start = 0
    for _ in range(3):
        opening = _read_dateline(text, start, rules, found)
        if opening is not None:
            before, end = opening
            return _splice_opening(text, start, before, end, found)
        newline = text.find("\n", start)
        if newline < 0:
            return text
        start = newline + 1
        while start < len(text) and text[start] in "\n ":
            start += 1
    return text


_REPORTED = re.compile(
    rf"\(?[Ll]aporan (?:[Ww]artawan|[Rr]eporter|[Kk]ontributor) [\w.]{{3,25}}"
    rf"(?: [A-Z][a-z]{{2,12}})?,? (?P<name>{NAME})\)?$"
)


def _splice_opening(text: str, start: int, before: int, end: int, found: _Found) -> str:
    """Join what stood before a dateline in mid-paragraph: a pull quote, mostly a repeat."""
    quote, rest = text[start:before].strip(), text[end:]
    reported = _REPORTED.search(quote)
    if reported is not None:
        found.author = found.author or reported["name"]
        found.drop(reported[0])
        quote = quote[: reported.start()].rstrip()
    if quote and len(quote) > 20 and quote.strip(_EDGES + " ") in rest:
        found.drop(quote)
        quote = ""
    head = text[:start] + (quote + "\n\n" if quote else "")
    return head + rest


# What every dateline has near its beginning: a mark or a host name, and never a
# sentence before it. Most paragraphs are turned away here.
_OPENING = re.compile(
    r"[,–—-]|https?:|[^\n.!?]{0,90}?(?:\s[–—-]|[–—-]\s|[–—]|\n[–—-]|ANTARA|\.[A-Za-z]{2,20}\b)|"
    r"[A-Z][A-Z ]{2,40}\.\s|[A-Z][\w ]{2,30}(?:\(\n|,\s{0,2}[A-Z][\w ]{2,30}:)"
)


def _read_dateline(
    text: str, start: int, rules: Rules, found: _Found, more: int = 2
) -> tuple[int, int] | None:
    """Read a dateline at ``start``; where it begins and ends, or None. Fills ``found``."""
    head = text[start : start + 160]
    glued = rules.glued_in(head)
    if not glued and not rules.own_datelines and _OPENING.match(head) is None:
        return None
    near = head[:100]
    for dateline in rules.datelines:
        match = dateline.regex.match(head) if dateline.needs in near else None
        if match is None and glued and dateline in glued:
            match = _search_glued(dateline, text[start : start + 500])
        if match is None:
            continue
        groups = {key: value for key, value in match.groupdict().items() if value}
        end = match.end()
        place = groups.get("place") or groups.get("known")
        if "known" in groups:
            known = _known_place(groups["known"], rules, shorten=dateline.open)
            if known is None:
                continue
            if dateline.open:
                end = match.start("known") + len(known)
            place = known
        start_of_place = match.start()
        if dateline.glued and place and place.lower() not in rules.places:
            # The last word of a pull quote stands before the place: Indonesia Jakarta.
            known = _known_ending(place, rules)
            if known is not None:
                start_of_place += len(place) - len(known)
                place = known
        rest = text[start + end :].lstrip()
        if not rest or (dateline.first and start):
            continue
        if dateline.spaced and not _may_open_after_place(match, rest, place or "", rules):
            continue
        if "name" in groups and _known_place(groups["name"], rules, shorten=False):
            continue
        found.drop(text[start + start_of_place : start + end])
        _note_dateline(groups, place, rules, found)
        end += len(text[start + end :]) - len(rest)
        if dateline.again and more:
            again = _read_dateline(text, start + end, rules, found, more - 1)
            if again is not None:
                end = again[1] - start
        return start + start_of_place, start + end
    return None


def _search_glued(dateline: Dateline, head: str) -> re.Match[str] | None:
    """A distinctive dateline right behind a sentence: ``... banjirJakarta (ANTARA) - ``."""
    for at in re.finditer(r"(?<=[a-z.!?\"”’)])\s{0,2}(?=[A-Z])", head):
        match = dateline.regex.match(head, at.end())
        if match is not None and (match.groupdict().get("place") or match.groupdict().get("known")):
            return match
    return None


def _note_dateline(
    groups: Mapping[str, str], place: str | None, rules: Rules, found: _Found
) -> None:
    outlet = groups.get("outlet")
    if outlet:
        name, site = rules.outlets.get(outlet.lower(), (None, None))
        if name is None:
            site = outlet.lower().removeprefix("www.")
        found.site = found.site or site or None
        found.source = found.source or name or rules.outlet(site)
    elif groups.get("name"):
        found.source = found.source or groups["name"]
    if groups.get("author"):
        found.author = found.author or groups["author"]
    if groups.get("date") and found.published is None:
        found.published = parse_date(groups["date"])
    if place and found.place is None:
        found.place = _place_name(place, rules)


def _known_place(text: str, rules: Rules, *, shorten: bool) -> str | None:
    """``text`` if it is a place we know; with ``shorten``, its longest beginning that is."""
    if text.lower() in rules.places:
        return text
    while shorten and " " in text:
        text = text.rpartition(" ")[0]
        if text.lower() in rules.places:
            return text
    return None


def _known_ending(text: str, rules: Rules) -> str | None:
    """The longest ending of ``text`` that is a place we know, a glued one too."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    while " " in text:
        text = text.partition(" ")[2]
        if text.lower() in rules.places:
            return text
    return None


def _may_open_after_place(match: re.Match[str], rest: str, place: str, rules: Rules) -> bool:
    """``Brebes - Warga hadir`` opens an article; ``Jakarta-Bandung``, ``Persib - Persija`` no."""
    groups = match.groupdict()
    province, name = groups.get("province"), groups.get("name")
    said = match.end("name") + 1 if name else match.end("province") if province else len(place)
    dash = match[0][said - match.start() if said > len(place) else said :]
    if not dash[:1].isspace() and "—" not in dash and not (place.isupper() and dash[-1:].isspace()):
        return False
    if rest[0].islower() or (province and province.lower() not in rules.places):
        return False
    if place.lower() not in rules.places and (
        any(word in rules.labels for word in place.lower().split())
        or (name is not None and (len(name) <= 5 or _abbreviates(name, place)))
    ):
        return False
    if place.isupper() or name:
        return True
    words = re.findall(r"[^\W\d_][\w'’]*", rest[:60])
    following = _known_place(" ".join(words[:3]), rules, shorten=True) if words else None
    return following is None or following.lower() == place.lower() or len(words) < 2


def _abbreviates(name: str, words: str) -> bool:
    """Whether ``name`` is made of letters of ``words``: ``KPU``, *Komisi Pemilihan Umum*."""
    letters = iter(words.lower())
    return name[0].lower() == words[0].lower() and all(ch in letters for ch in name.lower())


_SHORT_PLACES = frozenset(
    {"dki", "ntb", "ntt", "diy", "di", "ikn", "bsd", "oku", "oki", "pali", "dc", "as", "id"}
)
_SMALL_PLACE_WORDS = frozenset({"de", "del", "of", "al", "la", "the", "dan"})


def _place_name(text: str, rules: Rules) -> str:
    """A place as one writes it: ``MEDAN`` is Medan, ``DKI JAKARTA`` DKI Jakarta.

    >>> _place_name("TERMAS DE RIO HONDO", load_rules())
    'Termas de Rio Hondo'
    """
    text = " ".join(text.split())
    if text.lower() in rules.places:
        return rules.places[text.lower()]
    if text != text.upper():
        return text
    words = []
    for word in text.lower().split():
        if word in _SHORT_PLACES:
            words.append(word.upper())
        elif word in _SMALL_PLACE_WORDS and words:
            words.append(word)
        else:
            words.append("-".join(part.capitalize() for part in word.split("-")))
    return " ".join(words)


_JOINS = re.compile(r"[ \t]*\n[ \t]*(?:\n[ \t]*)+")


def _paragraphs(text: str) -> str:
    """Paragraphs apart by blank lines; a paragraph a scraper broke in two is joined.

    A line goes on when it does not end a sentence and the next begins with a small letter
    or a mark that cannot begin one.
    """
    while "  " in text:
        text = text.replace("  ", " ")
    if "\n" not in text:
        return text.strip()
    lines = [stripped for line in text.split("\n") if (stripped := line.strip())]
    paragraphs: list[str] = []
    running = False
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        before = paragraphs[-1] if paragraphs else "."
        running = _goes_on(before, line, running) or _is_link_text(before, line, following)
        if running:
            glue = "" if line[0] in ",.;:)!?" or before[-1] == "(" else " "
            paragraphs[-1] = f"{before}{glue}{line}"
        else:
            paragraphs.append(line)
    # A line of nothing but marks is a rule or a list's lost bullet.
    return "\n\n".join(p for p in paragraphs if p[0].isalnum() or any(map(str.isalnum, p)))


def _goes_on(line: str, following: str, running: bool) -> bool:
    """Whether ``following`` continues the sentence of ``line``, itself joined if ``running``."""
    if line[-1] == "(":
        return True
    if line[-1] in '.!?:;"”’':
        return False
    if following[0] in ",.;)!?" and (len(following) > 1 or following == ")"):
        return True
    return (
        following[0].islower() and (running or len(line) > 25) and not _LIST_ITEM.match(following)
    )


def _is_link_text(before: str, line: str, following: str) -> bool:
    """Whether a line is a few linked words of a sentence that goes on before and behind it.

    >>> _is_link_text("Ia berlatih di", "Stadion Batakan", ", Balikpapan, sejak Senin.")
    True
    """
    return (
        len(line) <= 60
        and before[-1].isalnum()
        and line[-1].isalnum()
        and len(following) > 1
        and (following[0] in ",.;)(" or following[0].islower())
        and ":" not in line
        and not _LIST_ITEM.match(line)
        and not _LIST_ITEM.match(following)
    )


_LIST_ITEM = re.compile(r"(?:\w{1,2}[.)]|[-–•*])\s")


# Reading a page ----------------------------------------------------------------------


def parse_portal_text(text: str, *, rules: Rules) -> Portal:
    """A page scraped to text: title, head lines, paragraphs, and what follows them.

    The title is the first line if it is one: short, no full stop, no dateline, not broken
    off in mid-sentence, with text below. Else the article has none (``""``): a lead is
    never taken for a title.
    """
    lines = _tidy(text).split("\n")
    return _read_page(lines, rules, title=None)


def _read_page(lines: Sequence[str], rules: Rules, *, title: str | None) -> Portal:
    found = _Found()
    queue = [line.strip() for line in lines]
    position = 0
    if title is None:
        while position < len(queue) and (not queue[position] or _is_dirt(queue[position], rules)):
            found.drop(queue[position])
            position += 1
        title, position = _take_title(queue, position, rules, found)
    title = _strip_suffix(title, rules, found, bar=True)
    deck, position = _read_head(queue, position, title, rules, found)
    text = "\n".join(queue[position:]).strip()
    body = _clean(text, rules, found, title)
    for line in reversed(deck):
        if line.strip(_EDGES + " ") in body or _mostly_in(line, body):
            found.drop(line)
        else:
            body = f"{line}\n\n{body}".strip()
    if not body and any(map(_is_prose, found.dropped)):
        body = _paragraphs(text)
    return found.portal(rules, body, title)


def _mostly_in(line: str, body: str) -> bool:
    """Whether a deck only says again what one of the first paragraphs says."""
    words = {word.lower() for word in re.findall(r"\w{3,}", line)}
    return any(
        len(words & {word.lower() for word in re.findall(r"\w{3,}", paragraph)}) >= 0.9 * len(words)
        for paragraph in body.split("\n\n")[:12]
    )


def _take_title(
    queue: Sequence[str], position: int, rules: Rules, found: _Found
) -> tuple[str, int]:
    """The first line, if it is a title, and where the rest begins."""
    while position < len(queue):
        line = queue[position]
        if not line or _take_head_line(line, "", rules, found):
            position += 1
            continue
        break
    if position >= len(queue):
        return "", position
    line = queue[position]
    if (address := _ADDRESS_BEHIND.search(line)) is not None:
        found.url = address[0].strip()
        line = line[: address.start()]
    below = next((other for other in queue[position + 1 :] if other), "")
    if not below or not _is_title(line, rules):
        return "", position
    adjacent = queue[position + 1] if position + 1 < len(queue) else ""
    if adjacent and adjacent[0].islower() and line[-1] not in "!?:":
        return "", position  # a paragraph wrapped at a fixed width
    return line, position + 1


#: The page's address on the line of its title.
_ADDRESS_BEHIND = re.compile(r"\s{1,3}https?://\S{4,500}$")


def _is_title(line: str, rules: Rules) -> bool:
    if len(line) > 200 or len(line.split()) > 30 or not any(ch.isalpha() for ch in line):
        return False
    if line.endswith((",", ";", "-", "–", "—")) or (
        line.endswith(".") and not line.endswith(("...", " Tbk."))
    ):
        return False
    return _read_dateline(line + " \nX", 0, rules, _Found()) is None


_SUFFIX = re.compile(r"\s{1,3}[|–—-]\s{1,3}(?P<suffix>[^|–—]{2,40}?)\s{0,2}$")
_SECTIONS = frozenset(
    {"news", "berita", "nasional", "ekonomi", "bisnis", "olahraga", "bola", "sport", "hukum"}
    | {"politik", "regional", "daerah", "internasional", "dunia", "global", "tekno", "teknologi"}
    | {"hiburan", "lifestyle", "otomotif"}
)


def title_without_outlet(title: str, rules: Rules) -> tuple[str, str | None]:
    """A title that came in a field of its own without the portal's name, and that name.

    >>> rules = load_rules()
    >>> title_without_outlet("Harga Cabai Naik | tempo.co", rules)
    ('Harga Cabai Naik', 'Tempo.co')
    >>> title_without_outlet("Timnas U-20 - Irak 2-1", rules)
    ('Timnas U-20 - Irak 2-1', None)
    """
    for mark in ("|", " -", " –", " —"):
        if mark in title:
            found = _Found()
            return _strip_suffix(title, rules, found, bar=False), found.source
    return title, None


def _strip_suffix(title: str, rules: Rules, found: _Found, *, bar: bool) -> str:
    """Take the portal's name or section off a title: ``Judul - JPNN.com Sumut``.

    With ``bar``, a few words behind a bar are a portal's name even if we do not know it.
    """
    for _ in range(3):
        match = _SUFFIX.search(title)
        if match is None or match.start() < 10:
            return title.strip()
        suffix = match["suffix"].strip()
        lower = suffix.lower()
        outlet = _outlet_in(suffix, rules)
        if bar and outlet is None and match[0].strip().startswith("|") and len(suffix.split()) <= 3:
            outlet = (suffix, None)  # what follows a bar is the portal or a section
        if outlet is None and lower not in _SECTIONS and not re.match(r"halaman \w+$", lower):
            return title.strip()
        if outlet is not None:
            found.source = found.source or outlet[0]
            found.site = found.site or outlet[1]
        found.drop(match[0])
        title = title[: match.start()]
    return title.strip()


def _outlet_in(text: str, rules: Rules) -> tuple[str, str | None] | None:
    """A portal named by a short text: (name, host name), or None if it names none."""
    text = text.strip(" ,-–—|")
    known = rules.outlets.get(text.lower())
    if known is not None:
        return known
    if len(text) > 40 or len(text.split()) > 5:
        return None
    host = re.search(HOST, text)
    if host is not None and not re.search(r"\.$|,|\s[–—-]\s", text):
        text = " ".join(word for word in text.split() if word.lower() not in _SECTIONS)
        if host[0] == text:
            name = rules.outlet(text)
            return name or text, text.lower()
        return text, None
    return None


def _read_head(
    queue: Sequence[str], position: int, title: str, rules: Rules, found: _Found
) -> tuple[list[str], int]:
    """Read the lines between title and story; the deck among them, and where the story begins.

    A line of prose with the date still below it is the deck.
    """
    deck: list[str] = []
    while position < len(queue):
        line = queue[position]
        if not line or _take_head_line(line, title, rules, found):
            position += 1
            continue
        nearby = [other for other in queue[position + 1 : position + 5] if other][:2]
        date_below = next(
            (at for at, other in enumerate(nearby) if _date_in_line(other) is not None), None
        )
        if date_below is None or len(line) > 400:
            break
        if _looks_like_name(line) and not _known_place(line, rules, shorten=False):
            found.author = found.author or line
        elif date_below == 0 and found.published is None:
            deck.append(line)
        else:
            break
        position += 1
    return deck, position


def _looks_like_name(line: str) -> bool:
    words = line.split()
    return (
        2 <= len(words) <= 5
        and len(line) <= 50
        and all(word[0].isupper() and word.strip(".,").isalpha() for word in words)
    )


def _take_head_line(line: str, title: str, rules: Rules, found: _Found) -> bool:
    """Read one line above the story, if it is no story. True when it is done with."""
    lower = line.lower()
    if title and _same_words(line, title):
        found.drop(line)
        return True
    if title and len(line) > len(title) and lower.startswith(title.lower()):
        suffix = re.fullmatch(r"\s{0,3}[|–—-]\s{0,3}(.{2,40})", line[len(title) :])
        if suffix is not None:
            name, site = _outlet_in(suffix[1], rules) or (suffix[1].strip(), None)
            if len(name.split()) <= 5:
                found.source = name
                found.site = found.site or site
            found.drop(line)
            return True
    if len(line) <= 140:
        spans = date_like(line)
        if spans:
            rest = _date_in_line(line)
            if rest is not None:
                published = find_published(line)
                if published is not None:
                    found.published = found.published or published.when
                else:
                    found.date_text = found.date_text or line
                _read_date_rest(rest, rules, found)
                found.drop(line)
                return True
    if len(line) <= 40:
        outlet = _outlet_in(line, rules)
        if outlet is not None:
            found.source = found.source or outlet[0]
            found.site = found.site or outlet[1]
            found.drop(line)
            return True
    if len(line) <= _LONG_LINE:
        noise = _line_noise(line, rules)
        if noise is not None and noise.where == "line":
            if noise.captures == "author":
                found.author = found.author or _author(line, rules)
            found.drop(line)
            return True
        if _is_caption(line, rules):
            found.captions.append(line)
            return True
    return False


_DATE_LABELS = re.compile(
    r"\b(?:di)?(?:terbit(?:kan)?|publikasi(?:kan)?|tayang(?:kan)?|perbarui|update|posting|tulis)\b"
    r"|\b(?:published|posted|updated|last|pada|on|at|tanggal|tgl|waktu|oleh|by|tim|penulis|reporter)\b"
    r"|\b(?:senin|selasa|rabu|kamis|jum[’']?at|sabtu|minggu|wib|wita|wit|baca|menit|kali|views?)\b",
    re.IGNORECASE,
)


def _date_in_line(line: str) -> str | None:
    """What a line says besides its date, if the line is there for its date; else None.

    >>> _date_in_line("Kompas.com - 09/03/2023, 21:32 WIB")
    'Kompas.com -'
    >>> _date_in_line("Gempa terjadi di Cianjur pada 21 November 2022 dan merusak rumah") is None
    True
    """
    if len(line) > 140 or (line.endswith(".") and len(line.split()) > 8):
        return None
    spans = date_like(line)
    if not spans:
        return None
    rest, at = [], 0
    for start, end in spans:
        rest.append(line[at:start])
        at = end
    rest.append(line[at:])
    left = " ".join(
        _DATE_LABELS.sub(" ", re.sub(r"(?<=WI[BT])(?=Di)", " ", " ".join(rest))).split()
    )
    words = re.findall(r"[^\W\d_]+", left)
    if len(words) > 6 or any(word[0].islower() and len(word) > 6 for word in words):
        return None
    return left


def _read_date_rest(rest: str, rules: Rules, found: _Found) -> None:
    """Read what stands beside a date: a portal, a place, the writer."""
    for part in re.split(r"\s[|•·–—-]\s|[|•·]|\s-|,\s", f" {rest} "):
        part = part.strip(" ,-–—:;()/")
        if not part:
            continue
        outlet = _outlet_in(part, rules)
        if outlet is not None:
            found.source = found.source or outlet[0]
            found.site = found.site or outlet[1]
        elif _known_place(part, rules, shorten=False):
            found.place = found.place or _place_name(part, rules)
        elif _looks_like_name(part):
            found.beside_date = found.beside_date or part


# Header blocks and marked collections ---------------------------------------------------

#: What files call a fact, in lower case -> the fact of :class:`Portal`.
FIELD_NAMES: Mapping[str, str] = {
    spelling: name
    for name, spellings in {
        "title": "judul|judul berita|title|headline|hl|judul artikel",
        "body": "isi|isi berita|isi artikel|content|konten|body|teks|text|berita|artikel",
        "published": "tanggal|tgl|date|waktu|published|published at|tanggal terbit|terbit|"
        "dipublikasikan|diterbitkan|tanggal publikasi|publish date|date_time|datetime",
        "source": "sumber|source|media|portal|situs|outlet|surat kabar|koran",
        "author": "penulis|author|reporter|wartawan|pewarta|oleh|by|byline",
        "category": "kategori|category|rubrik|kanal|section|topik|jenis",
        "url": "url|link|tautan|alamat",
        "place": "tempat|lokasi|place|location|kota|dateline",
        "caption": "caption|keterangan foto|foto",
        "article_id": "id|no|nomor|docno|docid|doc_id|nodok",
    }.items()
    for spelling in spellings.split("|")
}  # fmt: skip

_HEADER_LINE = re.compile(
    r"[\[<*#\s]{0,4}(?P<key>[A-Za-z][A-Za-z_ ]{1,20}?)[\]>*\s]{0,4}[:=]\s?\*{0,2}(?P<value>.*)"
)


def _header(line: str) -> tuple[str, str] | None:
    """The fact and value of a header line, or None.

    >>> _header("Judul : Panen raya")
    ('title', 'Panen raya')
    >>> _header("Ia berkata: panen raya") is None
    True
    """
    match = _HEADER_LINE.fullmatch(line.strip())
    if match is None:
        return None
    name = FIELD_NAMES.get(match["key"].strip().lower())
    return None if name is None else (name, match["value"].strip())


def is_header_block(head: str) -> bool:
    """True if a text opens with header lines, so that :func:`parse_header_block` reads it.

    One line is not enough unless it names the title or the body: a page may begin with
    ``Foto: …``.

    >>> is_header_block("Judul: Panen raya\\nIsi: Padi dipanen."), is_header_block("Foto: Humas")
    (True, False)
    """
    names: list[str] = []
    for line in head.lstrip("\ufeff").splitlines():
        if not line.strip():
            if names:
                break
            continue
        header = _header(line)
        if header is None:
            break
        names.append(header[0])
    return "title" in names or "body" in names or len(set(names)) >= 3


def parse_header_block(text: str, rules: Rules) -> Portal | None:
    """A text with ``Judul: … Tanggal: … Isi: …`` above or around its body, or None.

    Keys in any order and many spellings (:data:`FIELD_NAMES`), values over several lines;
    without an ``Isi:`` the body begins at the first blank line, or the first line that is
    no header. Below the body only facts not yet told are read.

    >>> portal = parse_header_block("Judul: Panen raya\\nTanggal: 9/3/2023\\nIsi:\\nPadi dipanen.",
    ...                             load_rules())
    >>> portal.title, str(portal.published), portal.body
    ('Panen raya', '2023-03-09 00:00:00', 'Padi dipanen.')
    """
    lines = _tidy(text).split("\n")
    if not is_header_block("\n".join(lines[:40])):
        return None
    first = next(at for at, line in enumerate(lines) if line.strip())
    facts: dict[str, list[str]] = {}
    body: list[str] = []
    current: str | None = None
    for line in lines[first:]:
        header = _header(line)
        if current == "body" and header is not None:
            name, value = header
            if name in facts or name == "body" or len(value) > 120 or not _says_something(value):
                header = None
        if header is not None and (header[0] not in facts or current is None):
            current, value = header
            facts.setdefault(current, [])
            (body if current == "body" else facts[current]).append(value)
        elif current == "body":
            body.append(line)
        elif not line.strip():
            if "body" not in facts and facts.get("title") and any(facts["title"]):
                current = "body"  # the blank line under the header
        elif current is not None and (current == "title" or not any(facts[current])):
            facts[current].append(line.strip())
        else:
            current = "body"
            body.append(line)
    values = {name: " ".join(" ".join(parts).split()) for name, parts in facts.items()}
    values.pop("body", None)
    return _with_facts(values, body, rules)


def _says_something(value: str) -> bool:
    return sum(ch.isalpha() for ch in value) >= 4 or any(ch.isdigit() for ch in value)


def _with_facts(values: Mapping[str, str], body: Sequence[str], rules: Rules) -> Portal:
    """A page whose head is known: ``values`` told by the file go before what is read."""
    page = _read_page(body, rules, title=values.get("title", ""))
    known: dict[str, Any] = {
        name: value
        for name, value in values.items()
        if value and name not in ("title", "published")
    }
    date_text = values.get("published") or None
    published = parse_date(date_text) if date_text else None
    source = known.get("source")
    site = page.site
    if source:
        outlet = _outlet_in(source, rules)
        if outlet is not None:
            known["source"], site = outlet[0], outlet[1] or site
    return Portal(
        title=page.title,
        body=page.body,
        published=published or page.published,
        source=known.get("source") or page.source,
        site=site,
        place=known.get("place") or page.place,
        author=known.get("author") or page.author,
        category=known.get("category"),
        url=known.get("url"),
        caption=known.get("caption") or page.caption,
        article_id=known.get("article_id"),
        date_text=date_text if date_text and published is None else page.date_text,
        dropped=page.dropped,
    )


class Dok(NamedTuple):
    """One document of a marked collection; ``line`` counts from 1, ``problem`` is reported."""

    line: int
    portal: Portal
    problem: str | None = None


_DOK_OPEN = re.compile(r"<(DOK|DOC|DOKUMEN|DOCUMENT)\b[^<>\n]{0,80}>", re.IGNORECASE)
_DOK_CLOSE = re.compile(r"</(?:DOK|DOC|DOKUMEN|DOCUMENT)\s{0,3}>", re.IGNORECASE)
_DOK_FIELD = re.compile(r"<(?P<tag>[A-Za-z_]{2,20})\s{0,3}>")
_DOK_TAG = re.compile(r"</?[A-Za-z_]{1,20}\s{0,3}>")


def parse_dok(text: str, rules: Rules) -> Iterator[Dok]:
    """The documents of a collection marked ``<DOK> … </DOK>`` (or TREC's ``<DOC>``), in order.

    Fields go by the names of :data:`FIELD_NAMES` in any order and case. A document that is
    not closed ends where the next one opens, and says so.

    >>> collection = "<DOK><NO>7</NO><JUDUL>Panen</JUDUL><TEKS>Padi.</TEKS></DOK>"
    >>> [dok] = parse_dok(collection, load_rules())
    >>> dok.line, dok.portal.article_id, dok.portal.title, dok.portal.body
    (1, '7', 'Panen', 'Padi.')
    """
    line, counted = 1, 0
    opening = _DOK_OPEN.search(text)
    while opening is not None:
        following = _DOK_OPEN.search(text, opening.end())
        limit = following.start() if following else len(text)
        closing = _DOK_CLOSE.search(text, opening.end(), limit)
        line += text.count("\n", counted, opening.start())
        counted = opening.start()
        inside = text[opening.end() : closing.start() if closing else limit]
        portal = _read_dok(inside, rules)
        problem = None if closing else f"<{opening[1]}> is not closed"
        if not portal.body and not portal.title:
            problem = "no title and no text"
        yield Dok(line, portal, problem)
        opening = following


def _read_dok(inside: str, rules: Rules) -> Portal:
    values: dict[str, str] = {}
    body: list[str] = []
    position = 0
    while True:
        match = _DOK_FIELD.search(inside, position)
        if match is None:
            break
        name = FIELD_NAMES.get(match["tag"].lower())
        if name is None:
            position = match.end()
            continue
        close = inside.lower().find(f"</{match['tag'].lower()}", match.end())
        following = _DOK_FIELD.search(inside, match.end()) if close < 0 else None
        end = close if close >= 0 else (following.start() if following else len(inside))
        value = inside[match.end() : end]
        if name == "body":
            body.extend(_DOK_TAG.sub("\n", _tidy(value)).split("\n"))
        else:
            values.setdefault(name, " ".join(_tidy(_DOK_TAG.sub(" ", value)).split()))
        position = end
    return _with_facts(values, body, rules)
