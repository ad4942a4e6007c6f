"""Query text → Whoosh query objects, and a receipt of what was dropped.

Owns the grammar; the lexemes come from :mod:`searcher.query.lexer`, the days from
:mod:`searcher.dates`. Words stay as typed (``Covid-19``, ``di-PHK``, ``Rp1,5``): analysis
is the planner's business, so that one analyzer serves index and query.

::

    search  = item*                      a space is OR; fields of FILTERS narrow instead
    item    = both ((OR | ATAU) both)*
    both    = one ((AND | DAN) one)*
    one     = (NOT | BUKAN | + | - | field:)* thing
    thing   = word | phrase | range | "(" search ")"

It is Whoosh's query language (a property test holds that both parsers read well-formed
queries alike) with four differences: ``-word`` and ``a NOT b`` exclude, fields that are
facts about an article narrow the answer, dates are Indonesian, and nothing is dropped
without a notice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import NamedTuple

from whoosh.query import (
    And,
    AndMaybe,
    DateRange,
    Every,
    FuzzyTerm,
    Not,
    Or,
    Phrase,
    Prefix,
    Query,
    Require,
    Term,
    Wildcard,
)

from searcher.dates import Days, day_range
from searcher.query.lexer import Lexeme, Notices, lexemes, quoted, shown
from searcher.query.words import CLOSING, QUOTES, field_name
from searcher.results import Sort

#: Facts about an article. They narrow an answer and never score; values of one field are
#: alternatives (``sumber:Antara sumber:Tempo``), different fields must all hold.
FILTERS = frozenset(("source", "place", "author", "category", "published"))

SORTS: dict[str, Sort] = {
    "terbaru": "newest", "newest": "newest",
    "terlama": "oldest", "oldest": "oldest",
    "relevansi": "relevance", "relevance": "relevance",
}  # fmt: skip

MAX_EDITS = 2
MAX_SLOP = 1_000

#: The longest date is "1 Maret 2023 sampai 7 April 2023".
MAX_DATE_WORDS = 7

_ONE_DATE = re.compile(r"\d{4}([-/.]\d{1,2}){1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}")
_COMPARED = re.compile(r"(>=|<=|>|<)(.+)", re.DOTALL)
_BETWEEN = re.compile(r"[\[{](?P<first>.*?)\b(?:TO|SAMPAI)\b(?P<last>.*)[\]}]", re.DOTALL)

# "[" would open a character class in Whoosh; as "?" it still matches what was typed.
_NO_CLASS = str.maketrans("[]", "??")


@dataclass(frozen=True)
class Parsed:
    """What a query text means. ``query`` is None when nothing is left to search for.

    ``since`` and ``until`` are inclusive days, from ``sejak:`` and ``sampai:``; ``sort``
    is what ``urut:`` asked for. With one of these and no words the query is every article.
    ``notices``: one line for each thing dropped or repaired, in the order of the text.
    """

    query: Query | None
    notices: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    sort: Sort | None = None


class Clause(NamedTuple):
    """A query and its part in the list it stands in: required 1, optional 0, excluded -1.

    ``fields`` are all the fields it reads; a clause of FILTERS alone narrows.
    """

    query: Query
    sign: int
    fields: frozenset[str]

    @property
    def narrows(self) -> bool:
        return bool(self.fields) and self.fields <= FILTERS


def parse(text: str, *, today: date | None = None) -> Parsed:
    """Read any text whatsoever as a query. Raises nothing; time is linear in the text.

    ``today`` is the day ``kemarin`` and ``pekan lalu`` are counted from.

    >>> parsed = parse('"harga beras" -impor sejak:2023-03')
    >>> print(describe(parsed.query), parsed.since)
    (and (phrase text "harga beras") (not (term text impor))) 2023-03-01
    >>> parse("harga AND").notices
    ('ignored "AND" at the end: nothing follows it',)
    """
    notices = Notices()
    parser = _Parser(text, lexemes(text, notices), notices, today or date.today())
    found = parser.search("text")
    query = found.query if found else None
    if query is None and (parser.since or parser.until or parser.sort):
        query = Every()
    if parser.since and parser.until and parser.since > parser.until:
        line = f"nothing can match: since {parser.since} is after until {parser.until}"
        notices.add(len(text), line)
    return Parsed(query, notices.lines(), parser.since, parser.until, parser.sort)


class _Parser:
    """Recursive descent over the lexemes; the lexer bounds how deep they nest."""

    def __init__(self, text: str, found: list[Lexeme], notices: Notices, today: date) -> None:
        self.text = text
        self.lexemes = found
        self.at = 0
        self.notices = notices
        self.today = today
        self.since: date | None = None
        self.until: date | None = None
        self.sort: Sort | None = None

    # Grammar -----------------------------------------------------------------------

    def peek(self) -> Lexeme | None:
        return self.lexemes[self.at] if self.at < len(self.lexemes) else None

    def take(self) -> Lexeme:
        self.at += 1
        return self.lexemes[self.at - 1]

    def search(self, field: str) -> Clause | None:
        """Items up to the closing parenthesis or the end."""
        clauses = []
        while (lexeme := self.peek()) and lexeme.kind != "close":
            if lexeme.kind in ("and", "or"):  # only at the start: item() takes the others
                before = self.lexemes[self.at - 1].typed if self.at else ""
                where = f"after {quoted(before)}" if before else "at the start"
                self.ignore(lexeme, f" {where}: nothing precedes it")
                self.at += 1
            elif clause := self.item(field):
                clauses.append(clause)
        return as_listed(clauses)

    def item(self, field: str) -> Clause | None:
        first = self.both(field)
        if not self.operator("or"):
            return first
        clauses = [first, self.both(field)]
        while self.operator("or"):
            clauses.append(self.both(field))
        found = [clause for clause in clauses if clause]
        if len(found) < 2:
            return found[0] if found else None
        affirmed = [c.query if c.sign >= 0 else conjunction(excluded=[c.query]) for c in found]
        return Clause(any_of(affirmed), 0, all_fields(found))

    def both(self, field: str) -> Clause | None:
        first = self.one(field)
        if not self.operator("and"):
            return first
        clauses = [first, self.one(field)]
        while self.operator("and"):
            clauses.append(self.one(field))
        found = [clause for clause in clauses if clause]
        if len(found) < 2:
            return found[0] if found else None
        query = conjunction(
            required=[c.query for c in found if c.sign >= 0 and not c.narrows],
            filters=[c.query for c in found if c.sign >= 0 and c.narrows],
            excluded=[c.query for c in found if c.sign < 0],
        )
        return Clause(query, 0, all_fields(found))

    def operator(self, kind: str) -> bool:
        """Take an operator of this kind if an operand follows it."""
        lexeme = self.peek()
        if lexeme is None or lexeme.kind != kind:
            return False
        self.at += 1
        while (following := self.peek()) and following.kind in ("and", "or"):
            self.ignore(following, f" after {quoted(lexeme.typed)}")
            self.at += 1
        return not self.ends(lexeme)

    def ends(self, lexeme: Lexeme) -> bool:
        """True, with a notice, where ``lexeme`` needs something to follow and nothing does."""
        following = self.peek()
        if following is None or not following.typed:  # the end, or a "(" closed there
            self.ignore(lexeme, " at the end: nothing follows it")
        elif following.kind in ("close", "and", "or"):
            self.ignore(lexeme, f" before {quoted(following.typed)}: nothing follows it")
        else:
            return False
        return True

    def one(self, field: str) -> Clause | None:
        """Signs, NOT and a field's name, then what they apply to."""
        sign, named = 0, None
        while True:
            lexeme = self.take()
            if lexeme.kind in ("not", "minus"):
                sign = 1 if sign < 0 else -1
            elif lexeme.kind == "plus":
                sign = sign or 1
            elif lexeme.kind in ("field", "setting"):
                if named:
                    self.ignore(named, ": another field follows it")
                field, named = lexeme.value, lexeme
            else:
                break
            if self.ends(lexeme):
                return None
            if named is lexeme and not lexeme.glued and (value := self.peek()):
                spaced = quoted(f"{lexeme.typed} {value.typed}")
                joined = f"{lexeme.typed}{shown(value.typed)}"
                self.notices.add(lexeme.start, f"read {spaced} as {joined}")
        if named and named.kind == "setting":
            self.setting(named, lexeme, applies=not sign)
            return None
        thing = self.thing(lexeme, field, named)
        return thing._replace(sign=sign) if thing and sign else thing

    def thing(self, lexeme: Lexeme, field: str, named: Lexeme | None) -> Clause | None:
        if lexeme.kind == "open":
            return self.group(lexeme, field)
        if lexeme.kind == "range":
            return self.range(lexeme, field, named)
        if field == "published":
            days = self.days(lexeme, named or lexeme)
            return published(days) if days else None
        if lexeme.kind == "phrase":
            words, slop = lexeme.value.split(), self.slop(lexeme)
            queries: list[Query] = [Phrase(field, words, slop=slop, boost=lexeme.boost)]
        else:
            queries = self.words(lexeme, field)
        return Clause(any_of(queries), 0, _alone(field)) if queries else None

    def group(self, opened: Lexeme, field: str) -> Clause | None:
        first = self.at
        found = self.search(field)
        if self.at == first:
            self.notices.add(opened.start, 'ignored "()": nothing inside it')
        closed = self.take()
        return found and found._replace(query=boosted(found.query, closed.boost))

    # Words -------------------------------------------------------------------------

    def words(self, lexeme: Lexeme, field: str) -> list[Query]:
        """One query of a word; several where it was ``unknown:field``."""
        word = lexeme.value
        if ":" not in word:
            query = self.word(word, lexeme, field)
            return [] if query is None else [query]
        name = field_name(word)
        pieces = [piece for piece in word.split(":") if piece] if name else [word]
        if len(pieces) == 1:
            pieces = [word]
            if name and self.text[lexeme.end : lexeme.end + 1] in (*QUOTES, "("):
                self.notices.add(lexeme.start, f"no field {quoted(name)}: read it as a word")
        elif name:
            line = f"no field {quoted(name)}: read the words {shown(' '.join(pieces))}"
            self.notices.add(lexeme.start, line)
        found = [self.word(piece, lexeme._replace(near=None, boost=1.0), field)
                 for piece in pieces[:-1]]  # fmt: skip
        found.append(self.word(pieces[-1], lexeme, field))
        return [query for query in found if query is not None]

    def word(self, word: str, lexeme: Lexeme, field: str) -> Query | None:
        """A term, prefix, wildcard or near spelling."""
        pattern = word.rstrip(CLOSING)
        if ("*" in pattern or "?" in pattern) and "://" not in pattern:
            if lexeme.near is not None:
                self.ignore_near(lexeme, "a word with wildcards has no near spellings")
            return self.wildcard(pattern, lexeme, field)
        edits, same = (0, 0) if lexeme.near is None else self.edits(word, lexeme, lexeme.near)
        if not edits:
            return Term(field, word, boost=lexeme.boost)
        return FuzzyTerm(field, word, boost=lexeme.boost, maxdist=edits, prefixlength=same)

    def wildcard(self, typed: str, lexeme: Lexeme, field: str) -> Query | None:
        pattern = re.sub(r"\*+", "*", typed.lstrip(".,;:!'’").translate(_NO_CLASS))
        if not any(char.isalnum() for char in pattern):
            line = f"ignored {quoted(typed)}: it would match every word"
            self.notices.add(lexeme.start, line)
            return None
        if pattern[-1] == "*" and "*" not in pattern[:-1] and "?" not in pattern:
            return Prefix(field, pattern[:-1], boost=lexeme.boost)
        return Wildcard(field, pattern, boost=lexeme.boost)

    def edits(self, word: str, lexeme: Lexeme, near: str) -> tuple[int, int]:
        """How many letters may differ, and how many first letters must not."""
        if not any(char.isalpha() for char in word):
            self.ignore_near(lexeme, "numbers have no near spellings")
            return 0, 0
        digits, _, same = near.partition("/")
        if "." in digits:
            self.notices.add(lexeme.start, f"read {quoted('~' + near)} as ~1")
            return 1, 0
        edits = int(digits[:9] or 1)
        if edits > MAX_EDITS:
            line = f"read {quoted('~' + near)} as ~{MAX_EDITS}: at most {MAX_EDITS} letters differ"
            self.notices.add(lexeme.start, line)
        return min(edits, MAX_EDITS), min(int(same[:9] or 0), len(word))

    def slop(self, lexeme: Lexeme) -> int:
        """Whoosh's: the largest step from one word's position to the next; 1 is a phrase."""
        if lexeme.near is None:
            return 1
        if not lexeme.near.isdecimal():
            self.ignore_near(lexeme, "a whole number of words must follow it")
            return 1
        slop = int(lexeme.near[:9])
        if slop > MAX_SLOP:
            self.notices.add(lexeme.start, f"read {quoted('~' + lexeme.near)} as ~{MAX_SLOP}")
        return max(1, min(slop, MAX_SLOP))

    # Dates and settings ------------------------------------------------------------

    def days(self, lexeme: Lexeme, named: Lexeme) -> Days | None:
        """The days a value means; takes the words after it that belong to the date."""
        value = lexeme.value
        if lexeme.near is not None or lexeme.boost != 1.0:
            line = f"read {quoted(lexeme.typed)} as {shown(value)}: a date has neither ~ nor ^"
            self.notices.add(lexeme.start, line)
        days = None
        if lexeme.kind == "word" and not _ONE_DATE.fullmatch(value):
            days = self.longest_date(lexeme)
        days = days or self.meant(value) or self.meant(value.rstrip(CLOSING + "*"))
        if days is None:
            typed = self.text[named.start : lexeme.end]
            self.notices.add(named.start, f"ignored {quoted(typed)}: not a date")
        return days

    def longest_date(self, lexeme: Lexeme) -> Days | None:
        """``tanggal:1 Maret 2023``: as many words as still make one date."""
        words = [lexeme.value]
        for following in self.lexemes[self.at : self.at + MAX_DATE_WORDS - 1]:
            if following.kind != "word" or following.typed != following.value:
                break
            words.append(following.value)
        for n in range(len(words), 1, -1):
            joined = " ".join(words[:n])
            days = self.meant(joined)
            if days is not None:
                self.at += n - 1
                self.notices.add(lexeme.start, f"read {quoted(joined)} as one date")
                return days
        return None

    def meant(self, value: str) -> Days | None:
        """Days of ``>=2023``, ``2023-01..2023-03`` or any text :func:`day_range` reads."""
        if not (match := _COMPARED.fullmatch(value)):
            first, dots, last = value.partition("..")
            return self.between(first, last) if dots else day_range(value, self.today)
        days = day_range(match[2], self.today)
        if days is None or None in days:
            return None
        return {
            ">=": (days[0], None),
            ">": (shifted(days[1], 1), None),
            "<=": (None, days[1]),
            "<": (None, shifted(days[0], -1)),
        }[match[1]]

    def between(self, first: str, last: str) -> Days | None:
        """From the first day of ``first`` to the last of ``last``; "" or "*" is open."""
        first, last = (end.strip(f" \t\r\n*{QUOTES}") for end in (first, last))
        start = day_range(first, self.today) if first else (None, None)
        end = day_range(last, self.today) if last else (None, None)
        if start is None or end is None or not (first or last):
            return None
        return start[0], end[1]

    def range(self, lexeme: Lexeme, field: str, named: Lexeme | None) -> Clause | None:
        """``[2023-01 TO 2023-03]``, alone or after ``published:``; braces leave out an end."""
        typed = quoted(self.text[(named or lexeme).start : lexeme.end])
        if named and field != "published":
            self.notices.add(named.start, f"ignored {typed}: only dates have ranges")
            return None
        match = _BETWEEN.fullmatch(lexeme.value)
        assert match is not None  # the lexer's own pattern is stricter
        days = self.between(match["first"], match["last"])
        if days is None:
            words = " ".join(match.groups()).split()
            if named or not words:
                self.notices.add(lexeme.start, f"ignored {typed}: these are no dates")
                return None
            self.notices.add(lexeme.start, f"read {typed} as words: these are no dates")
            return Clause(any_of([Term("text", word) for word in words]), 0, frozenset(("text",)))
        start, end = days
        if lexeme.value[0] == "{" and start:
            start = shifted((self.between(match["first"], match["first"]) or days)[1], 1)
        if lexeme.value[-1] == "}" and end:
            end = shifted((self.between(match["last"], match["last"]) or days)[0], -1)
        if start and end and start > end:
            start, end = self.between(match["last"], match["first"]) or (end, start)
            self.notices.add(lexeme.start, f"read {typed} as {start} to {end}")
        return published((start, end))

    def setting(self, name: Lexeme, lexeme: Lexeme, applies: bool) -> None:
        """``sejak:``, ``sampai:`` or ``urut:`` with its value."""
        if lexeme.kind not in ("word", "phrase"):
            self.ignore(name, ": a group or range cannot follow it")
            self.at -= 1  # what follows is read on its own
            return
        typed = quoted(self.text[name.start : lexeme.end])
        if not applies:
            self.notices.add(name.start, f"ignored {typed}: it can be neither + nor -")
        elif name.value == "sort":
            sort = SORTS.get(lexeme.value.lower().rstrip(CLOSING))
            if sort is None:
                self.notices.add(name.start, f"ignored {typed}: sort is terbaru or terlama")
            self.sort = sort or self.sort
        elif days := self.days(lexeme, name):
            first, last = days
            if name.value == "since" and (first := first or last):
                self.since = max(self.since or first, first)
            elif name.value == "until" and (last := last or first):
                self.until = min(self.until or last, last)

    # Receipts ----------------------------------------------------------------------

    def ignore(self, lexeme: Lexeme, why: str) -> None:
        self.notices.add(lexeme.start, f"ignored {quoted(lexeme.typed)}{why}")

    def ignore_near(self, lexeme: Lexeme, why: str) -> None:
        self.notices.add(lexeme.start, f"ignored {quoted(f'~{lexeme.near}')}: {why}")


# Combining ---------------------------------------------------------------------------


def as_listed(clauses: Sequence[Clause]) -> Clause | None:
    """What stands side by side: words OR-ed, signs obeyed, filters applied."""
    if not clauses:
        return None
    if len(clauses) == 1 and clauses[0].sign == 0:
        return clauses[0]
    filters: dict[object, list[Query]] = {}
    for number, clause in enumerate(clauses):
        if clause.narrows and clause.sign >= 0:
            # "from" and "up to" meet in the middle; two closed stretches are alternatives.
            alone = clause.sign > 0 or is_half_open(clause.query)
            filters.setdefault(number if alone else clause.fields, []).append(clause.query)
    query = conjunction(
        required=[c.query for c in clauses if c.sign > 0 and not c.narrows],
        optional=[c.query for c in clauses if c.sign == 0 and not c.narrows],
        filters=[any_of(queries) for queries in filters.values()],
        excluded=[c.query for c in clauses if c.sign < 0],
    )
    return Clause(query, 0, all_fields(clauses))


def conjunction(
    *,
    required: Sequence[Query] = (),
    optional: Sequence[Query] = (),
    filters: Sequence[Query] = (),
    excluded: Sequence[Query] = (),
) -> Query:
    """One query of the four kinds of clauses, of which one at least is not empty."""
    base = all_of(required) if required else None
    if optional:
        choice = any_of(optional)
        base = choice if base is None else AndMaybe(base, choice)
    if filters:
        narrow = all_of(filters)
        base = narrow if base is None else Require(base, narrow)
    if excluded:
        return all_of([Every() if base is None else base, *(Not(query) for query in excluded)])
    return base


def any_of(queries: Sequence[Query]) -> Query:
    if len(queries) == 1 and type(queries[0]) is not Or:
        return queries[0]
    found = flat(Or, queries)
    return found[0] if len(found) == 1 else Or(found)


def all_of(queries: Sequence[Query]) -> Query:
    """And, where "everything" is left out as soon as something narrower is asked for."""
    if len(queries) == 1 and type(queries[0]) is not And:
        return queries[0]
    found = flat(And, queries)
    everything = [query for query in found if isinstance(query, Every)]
    if everything and len(found) > 1:
        found = [query for query in found if not isinstance(query, Every)]
        if all(isinstance(query, Not) for query in found):
            found = everything[:1] + found
    return found[0] if len(found) == 1 else And(found)


def flat(kind: type[Query], queries: Iterable[Query]) -> list[Query]:
    """``queries`` with the members of unboosted inner groups of the same kind in place."""
    found: list[Query] = []
    for query in queries:
        same = type(query) is kind and query.boost == 1.0
        found.extend(query.subqueries if same else (query,))
    return found


@cache
def _alone(field: str) -> frozenset[str]:
    return frozenset((field,))


def all_fields(clauses: Sequence[Clause]) -> frozenset[str]:
    fields = clauses[0].fields
    for clause in clauses:
        if clause.fields != fields:
            fields |= clause.fields
    return fields


def boosted(query: Query, boost: float) -> Query:
    """A copy of ``query`` whose scores count ``boost`` times as much.

    Not Whoosh's ``with_boost``, which forgets the boosts inside AndMaybe and Require.
    """
    if boost == 1.0 or isinstance(query, (Not, Every, DateRange)):
        return query
    if isinstance(query, AndMaybe):
        return AndMaybe(boosted(query.a, boost), boosted(query.b, boost))
    if isinstance(query, Require):
        return Require(boosted(query.a, boost), query.b)
    return query.with_boost(query.boost * boost)


def published(days: Days) -> Clause:
    """Articles published on these days, the last one included to its end."""
    first, last = days
    start = datetime.combine(first, time.min) if first else None
    end = datetime.combine(last, time.max) if last else None
    return Clause(DateRange("published", start, end), 0, frozenset(("published",)))


def is_half_open(query: Query) -> bool:
    return isinstance(query, DateRange) and (query.startdate is None or query.enddate is None)


def shifted(day: date | None, days: int) -> date | None:
    """``day`` moved by ``days``; days before the year 1 or after 9999 are not needed."""
    return None if day is None else day + timedelta(days=days)


# Printing ----------------------------------------------------------------------------


def describe(query: Query | None) -> str:
    """A query as an s-expression, for tests, ``analyze`` and ``--explain``.

    >>> print(describe(parse("+beras pemil* jokwi~1^2").query))
    (andmaybe (term text beras) (or (prefix text pemil) (fuzzy text jokwi ~1 ^2)))
    """
    if query is None:
        return "(nothing)"
    boost = getattr(query, "boost", 1.0)
    parts = [*_parts(query), *([f"^{boost:g}"] if boost != 1.0 else [])]
    return f"({' '.join(parts)})"


def _parts(query: Query) -> list[str]:
    match query:
        case Phrase():
            words = json.dumps(" ".join(query.words), ensure_ascii=False)
            return ["phrase", query.fieldname, words, *([f"~{query.slop}"] * (query.slop != 1))]
        case FuzzyTerm():
            same = f"/{query.prefixlength}" if query.prefixlength else ""
            return ["fuzzy", query.fieldname, _atom(query.text), f"~{query.maxdist}{same}"]
        case Term() | Prefix() | Wildcard():
            return [type(query).__name__.lower(), query.fieldname, _atom(query.text)]
        case DateRange():
            ends = (query.startdate, query.enddate)
            return ["dates", query.fieldname, *(str(end.date()) if end else "*" for end in ends)]
        case Every():
            return ["every", *([query.fieldname] if query.fieldname else [])]
        case Not():
            return ["not", describe(query.query)]
    children = [describe(child) for child in query.children()]
    return [type(query).__name__.lower(), *children] if children else [repr(query)]


def _atom(text: str) -> str:
    return text if re.fullmatch(r'[^\s()"]+', text) else json.dumps(text, ensure_ascii=False)
