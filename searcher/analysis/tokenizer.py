"""The rules: one raw word, free of white space, becomes placed terms.

A raw word is cut into *units*: runs of letters or digits, money and percent signs. A
joiner between two units, if it binds, makes them a *compound*, kept whole and in parts
because readers type either. Whatever else stands between units separates words.

Every rule is a pure function of one raw word, so that each distinct word of a corpus is
analysed once. Patterns see at most ``LONGEST`` characters; what is longer is only cut
into units, in one pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from searcher.analysis.folding import fold

Kind = Literal["word", "whole", "part"]

#: Terms are cut here: nobody types more, and a scrap of binary must not swell the index.
TERM_LENGTH = 64
#: Raw words longer than this (addresses with a query string, base64) have no compounds.
LONGEST = 256
#: A compound of more units is a path or a table, not something one types whole.
MOST_UNITS = 8


class Token(NamedTuple):
    """One term at one position of a raw word.

    ``position`` counts from 0 within the word; ``start`` and ``end`` are offsets into it.
    ``kind`` is "word" for a term alone at its position, "whole" for a term that says
    all its compound says (of several, each is a spelling of it), and "part" for a piece.
    Reading the parts position by position, any of those that share one, says the same
    as a whole.
    """

    term: str
    position: int
    start: int
    end: int
    kind: Kind


class Word(NamedTuple):
    """A raw word, analysed.

    ``width`` is how many positions it takes, 0 for punctuation alone. ``capital`` is 0
    for lower case or no letters, 1 for an initial capital, 2 for a capital inside (KPU,
    iPhone, di-PHK). ``ends_sentence`` is whether a sentence may end behind it.
    """

    raw: str
    tokens: tuple[Token, ...]
    width: int
    capital: int
    ends_sentence: bool


class _Unit(NamedTuple):
    """A run of letters or digits: ``text`` as folded (case kept), ``term`` as indexed."""

    text: str
    term: str
    start: int
    end: int


class _Run(NamedTuple):
    """Units that belong together; ``joiners[i]`` stands between units i and i + 1."""

    units: list[_Unit]
    joiners: list[str]


# Letters in one case pattern between signs: nine tenths of all words in running text.
# An accent of its own behind the last letter is part of it: such a word goes the long way.
_plain = re.compile(r"\W*([A-Z]?[a-z]+|[A-Z]+)(?![\u0300-\u036f])(\W*)").fullmatch
# Two such words that lost the space between them: a tenth of all *distinct* raw words.
_two_plain = re.compile(
    r"\W*([A-Z]?[a-z]+|[A-Z]+)([.,:;?!\"“”()\[\]]+)([A-Z]?[a-z]+|[A-Z]+)(\W*)"
).fullmatch
_hyphened = re.compile(r"\W*([A-Z]?[a-z]+|[A-Z]+)-([A-Z]?[a-z]+|[A-Z]+)(\W*)").fullmatch
_letters = re.compile(r"\W*([A-Za-z]+)(?![\u0300-\u036f])(\W*)").fullmatch
_number = re.compile(
    r"[^\w$€£]*([Rr]p)?([0-9]+(?:[.,:/-][0-9]+){0,6})(%?)(?![\u0300-\u036f])([^\w%]*)"
).fullmatch
_decimal = re.compile(r"[0-9]+(?:[.,:][0-9]+)*").finditer
_digits = re.compile(r"[0-9]+").finditer
_ascii: Any = re.compile(r"[a-z0-9]*").match
_unit = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[$€£](?=[0-9])|(?<=[0-9])%").finditer
_letters_digits = re.compile(r"([^\W\d_]+)([0-9]+)").fullmatch
_digits_letters = re.compile(r"([0-9]+)([^\W\d_]{2,})").fullmatch
_english_ordinal = re.compile(r"[0-9]+(?:st|nd|rd|th)").fullmatch
_short_plural = re.compile(r"([a-z]{3,})2(?:nya)?").fullmatch
# Two words that lost their space show by a capital inside: "SerikatDonald", "detikINET",
# "CNNIndonesia". Two letters before it are asked for, so not iPhone, PPh or McDonald.
_glue = re.compile(
    r"(?<=[a-z]{2})(?=[A-Z][a-z])|(?<=[a-z]{2})(?=[A-Z]{2})|(?<=[A-Z]{2})(?=[A-Z][a-z]{4})"
)
_thousands = re.compile(r"([0-9]{1,3}(?:\.[0-9]{3})+)(?:,([0-9]+))?").fullmatch
_english_thousands = re.compile(r"[0-9]{1,3}(?:,[0-9]{3}){2,}").fullmatch
_decimal_point = re.compile(r"[0-9]+\.[0-9]").fullmatch
_clock = re.compile(r"(?:[01]?[0-9]|2[0-4]):[0-5][0-9]").fullmatch
_date = re.compile(
    r"(0?[1-9]|[12][0-9]|3[01])(?:/(0?[1-9]|1[0-2])(?:/([0-9]{4}))?|-(0?[1-9]|1[0-2])-([0-9]{4}))"
).fullmatch
_iso_date = re.compile(r"([0-9]{4})-(0?[1-9]|1[0-2])-(0?[1-9]|[12][0-9]|3[01])").fullmatch

#: Letters that the patterns and rules below name.
_NAMED = frozenset(("st", "nd", "rd", "th", "ph", "sp", "http", "https", "www"))
_TIGHT = frozenset(".,:")  # joiners inside a number; the others join numbers and words
_CLOSERS = "\"'“”’»)]}\u200b\u200e\u200f\u2060\ufe0e\ufe0f"
_ENDS = frozenset("?!…‼")


class Rules:
    """The rules with the word lists of ``settings`` (see ``settings.token_settings``)."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._names = frozenset(settings["camel_names"])
        self._free = frozenset(settings["free_prefixes"])
        self._bound_prefixes = frozenset(settings["bound_prefixes"])
        self._bound_suffixes = frozenset(settings["bound_suffixes"])
        self._echoes = ("", *sorted(settings["reduplication_suffixes"], key=len))
        self._money = frozenset(settings["money"])
        self._abbreviations = frozenset(settings["abbreviations"])
        self._degrees = frozenset(settings["degrees"])
        self._aliases: dict[str, list[str]] = dict(settings["aliases"])
        self._domains = frozenset(settings["domains"])
        tops = "|".join(map(re.escape, settings["domains"]))
        self._address = re.compile(
            r"(?:https?://)?(?P<user>[\w.+-]+@)?(?:www\.)?(?P<host>(?:[\w-]+\.)+"
            rf"(?P<top>{tops}))(?!\w|\.\w)(?:[/?#][\w./?=&%#~+,:;@!-]*)?",
            re.IGNORECASE,
        ).finditer
        self._has_domain = re.compile(rf"\.(?:{tops})(?!\w)", re.IGNORECASE).search
        self._not_plain = self._bound_prefixes | self._bound_suffixes | frozenset(self._aliases)
        # Words that are several terms although nothing in their shape shows it.
        self._special: dict[str, tuple[tuple[Token, ...], int]] = {}
        for side, places in settings["joined"].items():
            for place in places:
                whole, cut = side + place, len(side)
                self._special[whole] = (
                    (
                        Token(whole, 0, 0, len(whole), "whole"),
                        Token(side, 0, 0, cut, "part"),
                        Token(place, 1, cut, len(whole), "part"),
                    ),
                    2,
                )
        for term, others in self._aliases.items():
            if term.isalpha():
                self._special[term] = (
                    tuple(Token(name, 0, 0, len(term), "whole") for name in (term, *others)),
                    1,
                )

    @cached_property
    def exceptions(self) -> frozenset[str]:
        """All words, in lower case, that any rule names.

        Without any of them, ``kata``, ``"Kata,``, ``kata."Lalu``, ``kata-lain`` and ``2023,``
        are the terms one sees, and nothing here needs to be asked about them. All other
        words the rules treat alike if they have the same shape (see
        ``kernels.words.Vocabulary``): a rule that looks at more of a word than its first
        five small letters, or at a word by name, must have that word here. Of two
        halves with a hyphen, a shape keeps what the second repeats of the first, and its rest.
        """
        return (
            _NAMED
            | self._names
            | self._free
            | self._not_plain
            | self._special.keys()
            | self._abbreviations
            | self._degrees
            | self._domains
            | self._money
        )

    @cached_property
    def endings(self) -> frozenset[str]:
        """The ASCII letters and digits, maybe none, that domains begin with.

        A word without a full stop before one of them, and before nothing else of their
        kind, has no address in it. Then it is cut where more than one sign stands between
        letters or digits, or one that never binds, and each part read by itself.
        """
        return frozenset(_ascii(domain.lower())[0] for domain in self._domains)

    def analyse(self, raw: str) -> Word:
        """``raw``, which holds no white space, as placed terms."""
        plain = _plain(raw)
        if plain is None:
            return self._analyse_common(raw) or self._analyse_any(raw)
        start, end = plain.span(1)
        text = plain[1]
        term = text.lower()
        capital = 0 if term == text else _capital(text)
        ends = len(raw) > end and self._ends(raw[end:], text)
        if term in self._special:
            tokens, width = self._special[term]
            if start:
                tokens = tuple(t._replace(start=t.start + start, end=t.end + start) for t in tokens)
            return Word(raw, tokens, width, capital, ends)
        # Half a microsecond less than naming the class, half a million times a build.
        token = _new(Token, (term[:TERM_LENGTH], 0, start, end, "word"))
        return _new(Word, (raw, (token,), 1, capital, ends))  # type: ignore[no-any-return]

    # -- short ways for common shapes, each the same as the long way ----------------

    def _analyse_common(self, raw: str) -> Word | None:
        if (two := _two_plain(raw)) and self._are_apart(two[1], two[2], two[3]):
            return self._analyse_two(two)
        if found := _hyphened(raw):
            return self._analyse_hyphened(found)
        if (found := _number(raw)) and len(raw) <= TERM_LENGTH:
            return self._analyse_number(found)
        if (found := _letters(raw)) and len(raw) <= TERM_LENGTH:
            return self._analyse_letters(found)
        return None

    def _are_apart(self, first: str, gap: str, second: str) -> bool:
        """Whether a full stop is one: not that of ``koran.com``, ``M.Si`` or ``Sp.OT``."""
        return gap != "." or not (len(first) < 3 or second.lower() in self._domains)

    def _analyse_two(self, two: re.Match[str]) -> Word:
        """``jelasnya.Baca``, ``tersebut."Kami``: two words and nothing between them binds."""
        tokens: list[Token] = []
        position = 0
        for group in (1, 3):
            start, end = two.span(group)
            term = two[group].lower()
            if term in self._special:
                special, width = self._special[term]
                tokens += (
                    Token(t, position + at, start + s, start + e, kind)
                    for t, at, s, e, kind in special
                )
                position += width
            else:
                term = term[:TERM_LENGTH]
                tokens.append(_new(Token, (term, position, start, end, "word")))
                position += 1
        tail, second = two[4], two[3]
        first, last = _capital(two[1]), _capital(second)
        ends = tail != "" and self._ends(tail, second)
        return Word(two[0], tuple(tokens), position, 2 if last == 2 else first, ends)

    def _analyse_hyphened(self, found: re.Match[str]) -> Word | None:
        """``ekonomi-sosial``, if neither half makes it anything but two words."""
        left, right, tail = found.group(1, 2, 3)
        first, second = left.lower(), right.lower()
        if (
            len(first) < 2
            or len(second) < 2
            or len(first) + len(second) >= TERM_LENGTH
            or first in self._not_plain
            or second in self._not_plain
            or second[:2] in first
            or second[:2] == "me"
        ):
            return None
        start, middle = found.span(1)
        end = found.end(2)
        tokens = (
            _new(Token, (f"{first}-{second}", 0, start, end, "whole")),
            _new(Token, (first, 0, start, middle, "part")),
            _new(Token, (second, 1, middle + 1, end, "part")),
        )
        capital, last = _capital(left), _capital(right)
        ends = tail != "" and self._ends(tail, right)
        word = (found[0], tokens, 2, 2 if last == 2 else capital, ends)
        return _new(Word, word)  # type: ignore[no-any-return]

    def _analyse_number(self, found: re.Match[str]) -> Word:
        """``1.500.000``, ``9/3/2023``, ``08.00-11.00``, ``Rp1,5``, ``50%`` and plain digits."""
        money, digits, percent, tail = found.groups()
        first = found.start(2)
        start, end = first - len(money or ""), found.end(3)
        ends = tail != "" and self._ends(tail, percent or digits)
        if start == first and digits.isdigit() and not percent:
            tokens = (_new(Token, (digits, 0, start, end, "word")),)
            return _new(Word, (found[0], tokens, 1, 0, ends))  # type: ignore[no-any-return]
        out = [Token(found[0][start:end].lower(), 0, start, end, "whole")]
        position = 0
        if money:
            names = ["rp", *self._aliases.get("rp", ())]
            out += [Token(name, 0, start, first, "part") for name in names]
            position = 1
        elif not percent:
            out += [Token(other, 0, start, end, "whole") for other in _spellings(digits)]
            if day := _day_of_date(digits):
                out.append(Token(day, 0, start, end, "part"))
        for group in _decimal(digits):
            if not group[0].isdigit() and group.end() - group.start() < end - start:
                span = first + group.start(), first + group.end()
                terms = (group[0], *_spellings(group[0]))
                out += [Token(term, position, *span, "part") for term in terms]
            for piece in _digits(digits, *group.span()):
                span = first + piece.start(), first + piece.end()
                out.append(_new(Token, (piece[0], position, *span, "part")))
                position += 1
        if percent:
            names = self._aliases.get("%", [])
            out += [Token(name, position, end - 1, end, "part") for name in names]
            position += 1
        capital = 1 if money == "Rp" else 0
        return Word(found[0], tuple(out), position, capital, ends)

    def _analyse_letters(self, found: re.Match[str]) -> Word:
        """``SerikatDonald``, ``iPhone``: capitals inside, nothing else."""
        text, tail = found.groups()
        out = _Placed(self._aliases)
        self._place_single(_Unit(text, text.lower(), *found.span(1)), out)
        ends = tail != "" and self._ends(tail, text)
        return Word(found[0], tuple(out.tokens), out.position, _capital(text), ends)

    def _ends(self, tail: str, before: str) -> bool:
        """Whether a sentence may end in ``tail``, the signs behind the text ``before``."""
        last = tail.rstrip(_CLOSERS)[-1:]
        if last != ".":
            return last in _ENDS
        return not (
            tail[0] == "."
            and ((len(before) == 1 and before.isalpha()) or before.lower() in self._abbreviations)
        )

    def _analyse_any(self, raw: str) -> Word:
        text, at = fold(raw)
        out = _Placed(self._aliases)
        units: list[_Unit] = []
        if len(text) > LONGEST:
            units += _units(text, 0, len(text))
            for unit in units:
                out.word(unit)
        else:
            done = 0
            # An address is found before its full stops and dashes are looked at.
            for address in self._addresses(text):
                for run in self._runs(text, done, address.start()):
                    self._place(run, out)
                    units += run.units
                units += self._place_address(address, out)
                done = address.end()
            for run in self._runs(text, done, len(text)):
                self._place(run, out)
                units += run.units
        last, end = (units[-1].text, units[-1].end) if units else ("", 0)
        ends = len(text) > end and self._ends(text[end:], last)
        if ends and "." in last:  # the full stop of "R.A."
            ends = text[end] != "."
        capital = 0
        if not text.islower():
            capitals = [_capital(u.text) for u in units if not u.text[0].isdigit()]
            capital = 2 if 2 in capitals else capitals[0] if capitals else 0
        tokens = tuple(out.tokens)
        if not isinstance(at, range):
            tokens = tuple(
                t._replace(start=at[t.start], end=_with_accents(raw, at[t.end - 1] + 1))
                for t in tokens
            )
        return _new(Word, (raw, tokens, out.position, capital, ends))  # type: ignore[no-any-return]

    # -- from text to runs of units -------------------------------------------------

    def _addresses(self, text: str) -> Iterable[re.Match[str]]:
        # Asking for the ending first: few words have one, and it is quickly seen.
        if "." not in text or not self._has_domain(text):
            return
        for address in self._address(text):
            top = address["top"]
            if top.islower() or top.isupper():  # not "Senin.Info", where a sentence begins
                yield address

    def _runs(self, text: str, start: int, end: int) -> list[_Run]:
        """Units, each joined to the one before if what stands between binds them."""
        runs: list[_Run] = []
        before: _Unit | None = None
        for found in _units(text, start, end):
            plain = found.text.isalpha() or found.text.isdigit()
            for unit in (found,) if plain else self._split(found):
                gap = text[before.end : unit.start] if before else " "
                if before and gap == "." and self._is_abbreviation(before.text, unit.text):
                    unit = _Unit(
                        f"{before.text}.{unit.text}",
                        before.term + unit.term,
                        before.start,
                        unit.end,
                    )
                    runs[-1].units[-1] = unit
                elif before and len(gap) < 2 and _binds(gap, before.text, unit.text):
                    runs[-1].units.append(unit)
                    runs[-1].joiners.append(gap)
                else:
                    runs.append(_Run([unit], []))
                before = unit
        return runs

    def _split(self, unit: _Unit) -> Iterable[_Unit]:
        """Take a number from the letters written to it: Rp1, Covid19, 16GB."""
        text = unit.text
        cut = 0
        if text[-1].isdigit() and (match := _letters_digits(text)):
            # Not "anak2": a plural, see _place_single. Not "G20" or "VR46": names.
            if (len(match[1]) > 2 or match[1].lower() in self._money) and not _short_plural(text):
                cut = match.end(1)
        elif text[0].isdigit() and (match := _digits_letters(text)):
            cut = 0 if _english_ordinal(text.lower()) else match.end(1)
        if not cut:
            return (unit,)
        middle = unit.start + cut
        return (
            _Unit(text[:cut], unit.term[:cut], unit.start, middle),
            _Unit(text[cut:], unit.term[cut:], middle, unit.end),
        )

    def _is_abbreviation(self, left: str, right: str) -> bool:
        """``R.A``, ``a.n``, ``M.Si``, ``Ph.D``: letters that one full stop makes one word."""
        if not (left[-1].isalpha() and right.isalpha()):
            return False
        letter = len(left) == 1 or left[-2] == "."
        if len(right) == 1:
            return letter or left in ("Ph", "Sp")
        return (letter or left in ("Sp",)) and (
            left[0].isupper() and right[0].isupper() and right.lower() in self._degrees
        )

    # -- from runs to tokens --------------------------------------------------------

    def _place(self, run: _Run, out: _Placed) -> None:
        units, joiners = run
        first = units[0]
        if len(units) == 1:
            self._place_single(first, out)
            return
        if len(units) > MOST_UNITS:
            for unit in units:
                out.word(unit)
            return
        whole = _written(run)
        text = whole.text
        if joiners.count("-") == len(joiners) and self._is_reduplication(units):
            out.add(whole, "whole")
            for unit in units:
                out.add(unit, "part")
            out.position += 1
            return
        if joiners[0] == "-" and first.term in self._bound_prefixes:
            run = _Run(units[1:], joiners[1:])
        if len(run.units) > 1 and run.joiners[-1] == "-":
            last = run.units[-1]
            if last.term in self._bound_suffixes and last.text.islower():
                run = _Run(run.units[:-1], run.joiners[:-1])
        out.add(whole, "whole")
        if text[0].isdigit():
            for other in _spellings(text):
                out.add(whole._replace(term=other), "whole")
            if day := _day_of_date(text):
                out.add(whole._replace(term=day), "part")
        if len(units) == 2 and joiners[0] == "-" and self._is_one_word(*units):
            out.add(whole._replace(term=whole.term.replace("-", "")), "whole")
        if _TIGHT.isdisjoint(run.joiners):
            for unit in run.units:
                out.part(unit)
            return
        for number in _numbers(run):
            if 1 < len(number.units) < len(units):
                written = _written(number)
                for term in (written.term, *_spellings(written.text)):
                    out.add(written._replace(term=term), "part")
            for unit in number.units:
                out.part(unit)

    def _place_single(self, unit: _Unit, out: _Placed) -> None:
        text, term = unit.text, unit.term
        if term in self._special:
            tokens, width = self._special[term]
            for token in tokens:
                out.tokens.append(
                    token._replace(
                        position=out.position + token.position,
                        start=unit.start + token.start,
                        end=unit.start + token.end,
                    )
                )
            out.position += width
        elif text.isalpha():
            inside = text[1:]
            if inside.islower() or text.isupper() or term in self._names or not _glue.search(text):
                out.word(unit)
                return
            # Whole at the first position and again at the last: the name we do not list
            # ("LavAni") is then next to both its neighbours, and so are the two words.
            out.add(unit, "whole")
            cuts = [0, *(m.start() for m in _glue.finditer(text)), len(text)]
            for start, end in pairwise(cuts):
                if start and end == len(text):
                    out.add(unit, "whole")
                piece = text[start:end]
                out.part(_Unit(piece, piece.lower(), unit.start + start, unit.start + end))
        elif plural := _short_plural(text):
            out.add(unit, "whole")
            out.add(unit._replace(term=plural[1]), "part")
            out.position += 1
        elif text.endswith(("'s", "'S")):
            out.add(unit, "whole")
            out.add(unit._replace(term=unit.term[:-1]), "part")
            out.position += 1
        else:
            out.word(unit)

    def _place_address(self, address: re.Match[str], out: _Placed) -> list[_Unit]:
        """An address: its host whole, an e-mail address whole too, and all parts."""
        text = address.string
        host = _folded(text, *address.span("host"))
        kind: Kind = "whole"
        units: list[_Unit] = []
        if address["user"]:
            mail = _folded(text, address.start("user"), host.end)
            out.add(mail, "whole")
            kind = "part"
            for unit in _units(text, address.start("user"), host.start):
                out.part(unit)
                units.append(unit)
        out.add(host, kind)
        for unit in _units(text, host.start, host.end):
            out.part(unit)
            units.append(unit)
        for unit in _units(text, host.end, address.end()):
            out.word(unit)
            units.append(unit)
        return units

    def _is_reduplication(self, units: Sequence[_Unit]) -> bool:
        """``anak-anak``, ``buku-bukunya``, ``berlari-lari``, ``tolong-menolong``."""
        first, second = units[0].term, units[1].term
        if not (first.isalpha() and second.isalpha() and len(first) > 1):
            return False
        if len(units) > 2:
            return all(unit.term == first for unit in units)
        if second.startswith("me") and len(first) > 3 and second.endswith(first[1:]):
            return True
        if second[:2] not in first:  # most compounds are seen through here
            return False
        for echo in self._echoes:
            base = second.removesuffix(echo) if echo else second
            if (echo == "" or base != second) and len(base) > 1 and first.endswith(base):
                return True
        return False

    def _is_one_word(self, left: _Unit, right: _Unit) -> bool:
        """Whether the hyphen may also be left out: U-20, Covid-19, e-KTP, 7-Eleven."""
        if left.term in self._free:
            return False
        letters = left.text.isalpha(), right.text.isalpha()
        digits = left.text.isdigit(), right.text.isdigit()
        if all(letters):
            return len(left.text) == 1 or len(right.text) == 1
        return (letters[0] and digits[1]) or (digits[0] and letters[1])


class _Placed:
    """Tokens in the making, and the position of the next one."""

    def __init__(self, aliases: Mapping[str, Sequence[str]]) -> None:
        self.tokens: list[Token] = []
        self.position = 0
        self._aliases = aliases

    def add(self, unit: _Unit, kind: Kind) -> None:
        """``unit`` at the present position, unless its term is there or too long to type."""
        if kind == "whole" and len(unit.term) > TERM_LENGTH:
            return
        term = unit.term[:TERM_LENGTH]
        for token in reversed(self.tokens):
            if token.position != self.position:
                break
            if token.term == term:
                return
        self.tokens.append(_new(Token, (term, self.position, unit.start, unit.end, kind)))

    def word(self, unit: _Unit) -> None:
        """``unit`` as a word of its own, alone at its position."""
        term = unit.term[:TERM_LENGTH]
        self.tokens.append(_new(Token, (term, self.position, unit.start, unit.end, "word")))
        self.position += 1

    def part(self, unit: _Unit) -> None:
        """``unit`` as a piece of a compound, with its other names; a sign has only those."""
        if unit.term[0].isalnum():
            self.add(unit, "part")
        for alias in self._aliases.get(unit.term, ()):
            self.add(unit._replace(term=alias), "part")
        self.position += 1


_new: Any = tuple.__new__


def _folded(text: str, start: int, end: int) -> _Unit:
    piece = text[start:end]
    term = piece.casefold()
    if "'" in term:
        term = term.replace("'", "")
    return _new(_Unit, (piece, term, start, end))  # type: ignore[no-any-return]


def _units(text: str, start: int, end: int) -> list[_Unit]:
    units = []
    for match in _unit(text, start, end):
        first, last = match.span()
        piece = match[0]
        if "'" not in piece:
            units.append(_new(_Unit, (piece, piece.casefold(), first, last)))
        elif len(piece) > 8 and (cut := _quote_inside(piece)):
            middle = first + cut
            units += [_folded(text, first, middle), _folded(text, middle + 1, last)]
        else:
            units.append(_folded(text, first, last))
    return units


def _quote_inside(text: str) -> int:
    """Where a quotation begins inside ``jelasnya'Kami``, or 0."""
    cut = text.find("'")
    return cut if cut > 3 and text[cut - 1].islower() and text[cut + 1 : cut + 2].isupper() else 0


def _written(run: _Run) -> _Unit:
    """The run as one unit, joiners included."""
    units, joiners = run
    text, term = units[0].text, units[0].term
    for joiner, unit in zip(joiners, units[1:], strict=True):
        text += joiner + unit.text
        term += joiner + unit.term
    return _Unit(text, term, units[0].start, units[-1].end)


def _binds(gap: str, left: str, right: str) -> bool:
    """Whether what stands between two units makes them one compound."""
    if gap in ("-", "", "/", "_"):
        return True
    if gap in (".", ",", ":", "+"):
        return left.isdigit() and right.isdigit()
    return gap == "&" and len(left) < 4 and len(right) < 4 and left.isupper() and right.isupper()


def _numbers(run: _Run) -> list[_Run]:
    """The run cut at its loose joiners: ``Rp1,5-2`` is ``Rp``, ``1,5`` and ``2``."""
    runs = [_Run([run.units[0]], [])]
    for joiner, unit in zip(run.joiners, run.units[1:], strict=True):
        if joiner in _TIGHT:
            runs[-1].units.append(unit)
            runs[-1].joiners.append(joiner)
        else:
            runs.append(_Run([unit], []))
    return runs


def _spellings(text: str) -> list[str]:
    """Other ways the same number, time or date is written.

    >>> _spellings("1.500.000"), _spellings("1.500.000,00"), _spellings("7.754,98")
    (['1500000'], ['1500000'], ['7754,98'])
    >>> _spellings("3.5"), _spellings("20:15"), _spellings("09/03/2023")
    (['3,5'], ['20.15'], ['9/3/2023'])
    >>> _spellings("2023-03-09"), _spellings("20.15"), _spellings("9/3")
    (['9/3/2023'], [], [])
    """
    if match := _thousands(text):
        whole, rest = match[1].replace(".", ""), match[2]
        return [whole if rest is None or not rest.strip("0") else f"{whole},{rest}"]
    if _english_thousands(text):
        return [text.replace(",", "")]
    if _decimal_point(text):
        return [text.replace(".", ",")]
    if _clock(text):
        return [text.replace(":", ".")]
    if match := _iso_date(text):
        return [f"{int(match[3])}/{int(match[2])}/{match[1]}"]
    if match := _date(text):
        year = match[3] or match[5]
        day = f"{int(match[1])}/{int(match[2] or match[4])}"
        date = f"{day}/{year}" if year else day
        return [] if date == text else [date]
    return []


def _day_of_date(text: str) -> str:
    """``9/3`` of ``9/3/2023``, which is also found by it; empty for other texts."""
    match = _date(text)
    if match is None or not (match[3] or match[5]):
        return ""
    return f"{int(match[1])}/{int(match[2] or match[4])}"


def _with_accents(raw: str, end: int) -> int:
    while end < len(raw) and "\u0300" <= raw[end] <= "\u036f":
        end += 1
    return end


def _capital(text: str) -> int:
    """0 for lower case, 1 for an initial capital, 2 for a capital further inside."""
    if text.islower() or text.upper() == text.lower():
        return 0
    return 2 if text[1:].lower() != text[1:] else 1
