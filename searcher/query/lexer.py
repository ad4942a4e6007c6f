"""Query text → lexemes: words, phrases, ranges, field names, operators, parentheses.

One pass, linear in the length of the text, no exceptions. Whatever cannot be a lexeme is
dropped or repaired here with a notice, so that the parser sees balanced parentheses,
signs that stand before something, and no more words than it can bear. Knows nothing of
Whoosh, fields' contents or dates.

The text is not given to Whoosh's own tagger because that one reads ``C++`` as ``C`` and a
sign, says nothing of what it drops, tries every plugin at every character and does not
come back from a token of a million characters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Literal, NamedTuple

from searcher.article import FIELD_ALIASES
from searcher.query.words import (
    MAX_CHARACTERS,
    MAX_WORD_LENGTH,
    MAX_WORDS,
    OPERATORS,
    QUOTES,
    SETTINGS,
    field_name,
)

Kind = Literal[
    "word", "phrase", "range", "field", "setting", "and", "or", "not", "plus", "minus", "open",
    "close",
]  # fmt: skip

#: Parentheses inside more parentheses than this do not group.
MAX_NESTING = 30
MAX_BOOST = 1_000.0
MAX_NOTICES = 20

#: What may be called a field, and what a setting of the whole search.
NAMES: Mapping[str, tuple[Kind, str]] = {
    **{alias: ("field", name) for alias, name in FIELD_ALIASES.items()},
    **{alias: ("setting", name) for alias, name in SETTINGS.items()},
}

# Each pattern is anchored by match() and is possessive or bounded in length: no input makes
# them slow.
_SPACE = re.compile(r"\s+")
_WORD = re.compile(rf"[^\s(){QUOTES}]+")
#: White space and a word of which the first and the other letters are no syntax.
_EASY = re.compile(rf"\s*+([^\s(){QUOTES}+\-\[{{:~^][^\s(){QUOTES}:~^]*+)(?![(){QUOTES}:~^])").match
_NAME = re.compile(r"\w+:(?!//)")
#: ``buku(nya)``, ``Persija(2)``: parentheses inside a word do not group.
_INSIDE = re.compile(rf"(?:\([^\s(){QUOTES}]*+\)[^\s(){QUOTES}]*+)++")
_SIGNS = re.compile(r"[+-]+")
_RANGE = re.compile(
    r"[\[{](?P<first>[^\[\]{}]{0,60}?)\b(?:TO|SAMPAI)\b(?P<last>[^\[\]{}]{0,60}+)[\]}]"
)
_HALF_RANGE = re.compile(r"[\[{][^\[\]{}]{0,60}?\b(?:TO|SAMPAI)\b")
_NUMBER = r"\d*+(?:\.\d++)?+"
_TAIL = rf"(?:~{_NUMBER}(?:/\d++)?+|\^{_NUMBER})++"
_AFTER_CLOSE = re.compile(rf"(?P<tail>{_TAIL})?+[,.;:!?…]*+(?=\s|[){QUOTES}]|$)")
_WORD_TAIL = re.compile(rf"(?P<core>.*?)(?<![~^])(?P<tail>{_TAIL})[,.;:!?…]*+", re.DOTALL)
_TAIL_PART = re.compile(r"([~^])([\d./]*)")
_SURROGATE = re.compile("[\ud800-\udfff]")

#: What closes each quote; another kind of quote does where its own is missing.
_CLOSERS = {'"': '"', "“": "”", "”": "”", "„": "”", "«": "»", "»": "»"}
_ANY_QUOTE = re.compile(f"[{QUOTES}]")


class Lexeme(NamedTuple):
    """A piece of query text: ``typed`` at ``start``.

    ``value`` is the word, the phrase's words, the name of the field or setting, or
    ``typed`` itself. ``near`` is what stood after ``~`` ("" for nothing), None without
    one. ``glued``: a field's value or a sign's operand follows without a space.
    """

    kind: Kind
    value: str
    typed: str
    start: int
    near: str | None = None
    boost: float = 1.0
    glued: bool = False

    @property
    def end(self) -> int:
        return self.start + len(self.typed)


class Notices:
    """Receipts in the order of the text; equal ones are counted, not repeated."""

    def __init__(self) -> None:
        self._lines: dict[str, list[int]] = {}

    def add(self, position: int, line: str) -> None:
        at = self._lines.setdefault(line, [position, 0])
        at[1] += 1

    def lines(self) -> tuple[str, ...]:
        if not self._lines:
            return ()
        ordered = sorted(self._lines.items(), key=lambda item: item[1][0])
        out = [line if times == 1 else f"{line} ({times} times)" for line, (_, times) in ordered]
        if len(out) > MAX_NOTICES:
            out[MAX_NOTICES:] = [f"and {len(out) - MAX_NOTICES} more such notices"]
        return tuple(out)


def shown(text: str) -> str:
    """``text`` on one line, short enough to read in a notice.

    >>> print(shown("belum\\nditutup"))
    belum ditutup
    """
    text = " ".join(text[:200].split())
    if len(text) > 40:
        text = text[:39] + "…"
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def quoted(text: str) -> str:
    """:func:`shown`, between quotes."""
    return f'"{shown(text)}"'


class Lexer:
    """Reads one text; after :meth:`read` ``notices`` holds what was dropped and why."""

    def __init__(self, text: str, notices: Notices) -> None:
        self.notices = notices
        self.text, self.cut = self._readable(text)
        self.at = 0
        self.words = 0
        self.full = False
        self.lexemes: list[Lexeme] = []
        self.open: list[int | None] = []  # positions of unclosed "(", None: too deep, ignored
        self.depth = 0

    @cached_property
    def last_quote(self) -> dict[str, int]:
        """The last quote of each kind: a search for a closer never runs in vain twice."""
        return {quote: self.text.rfind(quote) for quote in QUOTES}

    def _readable(self, text: str) -> tuple[str, bool]:
        """Without half surrogates, cut at a word's edge to MAX_CHARACTERS."""
        cut = len(text) > MAX_CHARACTERS
        if cut:
            whole = text[MAX_CHARACTERS].isspace()
            text = text[:MAX_CHARACTERS]
            if not whole and len(pieces := text.rsplit(None, 1)) == 2:
                text = pieces[0]
        if text.isascii():
            return text, cut
        text, broken = _SURROGATE.subn("\ufffd", text)
        if broken:
            self.notices.add(0, f"replaced {broken} broken character{'s' * (broken > 1)}")
        return text, cut

    def read(self) -> list[Lexeme]:
        text, n = self.text, len(self.text)
        while self.at < n and not self.full:
            if (match := _EASY(text, self.at)) and self._easy(match[1], match.start(1)):
                continue
            char = text[self.at]
            if char.isspace():
                self.at = self._skip_space()
            elif char == "(":
                self._open()
            elif char == ")":
                self._close()
            elif char in QUOTES:
                self._phrase()
            elif char in "+-":
                self._sign()
            elif not (char in "[{" and self._range()) and not self._name():
                self._word()
        if self.full:
            self.notices.add(n, f"the query is too long: read its first {MAX_WORDS} words")
        elif self.cut:
            self.notices.add(n, f"the query is too long: read its first {n} characters")
        self._close_open()
        return self.lexemes

    def _easy(self, word: str, start: int) -> bool:
        """A word with nothing about it that :meth:`_word` would have to look at."""
        if len(word) > MAX_WORD_LENGTH or (word in OPERATORS and start == self.at):
            return False
        self.at = start
        if word in OPERATORS:
            self._add(OPERATORS[word], word, start + len(word))  # type: ignore[arg-type]
        elif self._room(1):
            self.lexemes.append(Lexeme("word", word, word, start))
            self.at = start + len(word)
        return True

    def _skip_space(self) -> int:
        match = _SPACE.match(self.text, self.at)
        return match.end() if match else self.at + 1

    def _add(
        self, kind: Kind, value: str, end: int, near: str | None = None, boost: float = 1.0
    ) -> None:
        glued = kind in ("field", "setting", "plus", "minus") and self._binds(end)
        typed = self.text[self.at : end]
        self.lexemes.append(Lexeme(kind, value, typed, self.at, near, boost, glued))
        self.at = end

    def _binds(self, at: int) -> bool:
        """Something a sign or a field can apply to starts at ``at``."""
        return at < len(self.text) and not self.text[at].isspace() and self.text[at] != ")"

    def _after_glue(self) -> bool:
        return bool(self.lexemes) and self.lexemes[-1].glued and self.lexemes[-1].end == self.at

    # Parentheses -------------------------------------------------------------------

    def _open(self) -> None:
        if self.depth >= MAX_NESTING:
            self.notices.add(self.at, f'ignored "(" inside {MAX_NESTING} others')
            self.open.append(None)
            self.at += 1
            return
        self.open.append(self.at)
        self.depth += 1
        self._add("open", "(", self.at + 1)

    def _close(self) -> None:
        start = self.at
        near, boost, end = self._tail_at(start + 1)
        if not self.open:
            self.notices.add(start, 'ignored ")": no "(" before it')
            self.at = end
            return
        if near is not None:
            self.notices.add(start, 'ignored "~" after ")": it follows a word or a phrase')
        if self.open.pop() is None:
            self.at = end
            return
        self.depth -= 1
        self._add("close", ")", end, boost=boost)

    def _close_open(self) -> None:
        for start in reversed(self.open):
            if start is not None:
                self.notices.add(start, 'unclosed "(": closed at the end')
                self.lexemes.append(Lexeme("close", ")", "", len(self.text)))

    # Phrases -----------------------------------------------------------------------

    def _phrase(self) -> None:
        start, text = self.at, self.text
        end = self._closing_quote(start)
        if end is None:
            inside, after = text[start + 1 :], len(text)
        else:
            inside, after = text[start + 1 : end], end + 1
        words = inside.split()
        if end is None:
            if words:
                what = quoted(" ".join(words))
                self.notices.add(start, f"unclosed quote: read {what} as a phrase")
            else:
                self.notices.add(start, "ignored a quote at the end: nothing follows it")
        elif not words:
            self.notices.add(start, 'ignored "": nothing between the quotes')
        near, boost, after = self._tail_at(after)
        long = [word for word in words if len(word) > MAX_WORD_LENGTH]
        if long:
            self._too_long(start, len(long))
            words = [word for word in words if len(word) <= MAX_WORD_LENGTH]
        room = MAX_WORDS - self.words
        if len(words) > room:
            words, self.full = words[:room], True
        self.words += len(words)
        if words:
            if any(_wild_in_phrase(word) for word in words):
                self.notices.add(start, "no wildcards between quotes: read them as punctuation")
            self._add("phrase", " ".join(words), after, near, boost)
        else:
            self.at = after

    def _closing_quote(self, start: int) -> int | None:
        own = _CLOSERS[self.text[start]]
        if self.last_quote[own] > start:
            return self.text.find(own, start + 1)
        match = _ANY_QUOTE.search(self.text, start + 1)
        return match.start() if match else None

    # Signs, ranges, words ----------------------------------------------------------

    def _sign(self) -> None:
        match = _SIGNS.match(self.text, self.at)
        signs = match[0] if match else self.text[self.at]
        end = self.at + len(signs)
        if not self._binds(end):
            what = "required" if signs[0] == "+" else "excluded"
            self.notices.add(
                self.at, f"ignored {quoted(signs)}: what is {what} must follow it without a space"
            )
            self.at = end
            return
        if len(signs) > 1:
            self.notices.add(self.at, f"read {quoted(signs)} as {quoted(signs[0])}")
        self._add("plus" if signs[0] == "+" else "minus", signs[0], end)

    def _range(self) -> bool:
        match = _RANGE.match(self.text, self.at)
        if match:
            if self._room(len(match[0].split())):
                self._add("range", match[0], match.end())
            return True
        if half := _HALF_RANGE.match(self.text, self.at):
            self.notices.add(
                self.at, f"unclosed {quoted(half[0][0])}: read {quoted(half[0])} as words"
            )
        return False

    def _name(self) -> bool:
        """A field or setting; other words before a colon are words."""
        match = _NAME.match(self.text, self.at)
        name = field_name(match[0]) if match else None
        if name is None or (found := NAMES.get(name.lower())) is None:
            return False
        end = self.at + len(name) + 1
        if name[0].isupper() and not self._binds(end):  # a headline: "Media: Korban Bertambah"
            why = "a field's value follows without a space"
            self.notices.add(self.at, f"read {quoted(name + ':')} as a word: {why}")
            return False
        self._add(*found, end)
        return True

    def _word(self) -> None:
        text, start = self.text, self.at
        match = _WORD.match(text, start)
        end = match.end() if match else start + 1
        word = text[start:end]
        if word in OPERATORS and not self._after_glue():
            kind: Kind = OPERATORS[word]  # type: ignore[assignment]
            self._add(kind, word, end)
            return
        if end < len(text) and text[end] == "(" and word[-1] != ":":
            inside = _INSIDE.match(text, end)
            if inside:
                end = inside.end()
                word = text[start:end]
        after = self._after_stray_quote(word, end)
        if len(word) > MAX_WORD_LENGTH:
            self._too_long(start, 1)
        elif self._room(1 + (word.count(":") if field_name(word) else 0)):
            self._add_word(word, end)
        self.at = after

    def _add_word(self, word: str, end: int) -> None:
        near, boost = None, 1.0
        if ("~" in word or "^" in word) and (match := _WORD_TAIL.fullmatch(word)):
            tail = match["tail"]
            if not match["core"].strip("~^"):
                self.notices.add(self.at, f"ignored {quoted(word)}: nothing before it")
                return
            word = match["core"]
            near, boost = self._tail(tail)
        self._add("word", word, end, near, boost)

    def _room(self, n_words: int) -> bool:
        """Count words that may become terms; the first that do not fit end the reading."""
        self.full = self.words + n_words > MAX_WORDS
        self.words += n_words
        return not self.full

    def _after_stray_quote(self, word: str, end: int) -> int:
        """Behind a quote that ends a word and opens nothing (``beras" murah``), if any."""
        text, after = self.text, end + 1
        if (
            end < len(text)
            and text[end] in QUOTES
            and word[-1] != ":"
            and (after == len(text) or text[after].isspace() or text[after] in "),.;:!?")
        ):
            self.notices.add(end, f"ignored the quote after {quoted(word)}: it closes nothing")
            return after
        return end

    def _too_long(self, position: int, how_many: int) -> None:
        for _ in range(how_many):
            self.notices.add(position, f"ignored a word of more than {MAX_WORD_LENGTH} characters")

    # ~2 and ^3 ---------------------------------------------------------------------

    def _tail_at(self, at: int) -> tuple[str | None, float, int]:
        """What follows a closing quote or parenthesis: near, boost, and where it ends."""
        match = _AFTER_CLOSE.match(self.text, at)
        if not match:
            return None, 1.0, at
        if not match["tail"]:
            return None, 1.0, match.end()
        return *self._tail(match["tail"]), match.end()

    def _tail(self, tail: str) -> tuple[str | None, float]:
        near: str | None = None
        boost = 1.0
        for sign, digits in _TAIL_PART.findall(tail):
            if sign == "~":
                near = digits
                continue
            try:
                boost = float(digits)
            except ValueError:
                self.notices.add(self.at, f"ignored {quoted('^' + digits)}: not a number")
            else:
                if boost > MAX_BOOST:
                    self.notices.add(self.at, f"read {quoted('^' + digits)} as ^{MAX_BOOST:g}")
                    boost = MAX_BOOST
        return near, boost


def _wild_in_phrase(word: str) -> bool:
    return "*" in word and any(char.isalnum() for char in word)


def lexemes(text: str, notices: Notices) -> list[Lexeme]:
    """The lexemes of ``text``, parentheses balanced.

    >>> notices = Notices()
    >>> [(lexeme.kind, lexeme.value) for lexeme in lexemes('judul:"harga beras" -impor', notices)]
    [('field', 'title'), ('phrase', 'harga beras'), ('minus', '-'), ('word', 'impor')]
    """
    return Lexer(text, notices).read()
