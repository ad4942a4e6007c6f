"""The query language: what every text means, and that every text means something."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from whoosh import qparser
from whoosh import query as whoosh_query

from searcher.article import FIELD_ALIASES
from searcher.query import lexer, words
from searcher.query.parser import describe, parse
from searcher.query.words import plain_words

TODAY = date(2023, 3, 9)  # a Thursday
TABLE = Path(__file__).parent / "data" / "queries.txt"
REFERENCE = Path(__file__).parent.parent / "docs" / "query-language.md"


class Row(NamedTuple):
    text: str
    meaning: str
    notices: tuple[str, ...]


def rows(path: Path) -> Iterator[Row]:
    text, meaning, notices = "", "", []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("    ! "):
            notices.append(line[6:])
        elif line.startswith("    "):
            meaning = line.strip()
        elif not line.startswith("#"):
            if meaning:
                yield Row(text, meaning, tuple(notices))
            text, meaning, notices = line, "", []
    yield Row(text, meaning, tuple(notices))


def meaning(text: str) -> str:
    parsed = parse(text, today=TODAY)
    settings = (("since", parsed.since), ("until", parsed.until), ("sort", parsed.sort))
    return describe(parsed.query) + "".join(f" ; {name} {is_}" for name, is_ in settings if is_)


@pytest.mark.parametrize("row", list(rows(TABLE)), ids=lambda row: row.text)
def test_a_text_means_what_the_table_says(row: Row) -> None:
    assert meaning(row.text) == row.meaning
    assert parse(row.text, today=TODAY).notices == row.notices


def test_every_field_name_is_understood() -> None:
    for alias, field in FIELD_ALIASES.items():
        text = f"{alias}:2023"
        kind = "dates published 2023-01-01 2023-12-31" if field == "published" else None
        assert describe(parse(text).query) == f"({kind or f'term {field} 2023'})"


def test_dates_are_whole_days() -> None:
    found = parse("published:2023-03-09").query
    assert found.startdate == datetime(2023, 3, 9)
    assert found.enddate == datetime(2023, 3, 9, 23, 59, 59, 999999)


def test_nothing_asked_is_nothing_and_needs_no_notice() -> None:
    assert parse("") == parse(" \n\t\x1f ") == parse("")
    assert parse("").query is None
    assert parse("").notices == ()
    assert plain_words(" \n ") == []


# Any text is a query ------------------------------------------------------------------

FRAGMENTS = r"""
( ) " “ ” « » * ? ~ ~1 ~2 ^ ^2 + - : [ ] { } AND OR NOT DAN ATAU BUKAN TO SAMPAI judul: sumber:
published: sejak: urut: terbaru kemarin Maret 2023 2023-03 9/3 .. >= harga: harga beras Covid-19
Jum'at C++ 12:30 https://x.id/?a Indonesia? , . ! … – 🙂 \ '
"""
pieces = st.sampled_from([*FRAGMENTS.split(), *[" "] * 9, "\n", "\x1c", "\0", "\ud800"])
query_texts = st.lists(pieces, max_size=25).map("".join) | st.text(
    st.characters(exclude_categories=()), max_size=40
)


def leaves(query: whoosh_query.Query) -> int:
    return sum(map(leaves, query.children())) if list(query.children()) else 1


@given(query_texts)
@example("NOT AND x")
@example("published:>9999")
@example("judul:(sejak:")
def test_any_text_is_a_query(text: str) -> None:
    parsed = parse(text, today=TODAY)
    describe(parsed.query).encode()  # no half surrogates reach the index
    for notice in parsed.notices:
        assert notice.isprintable()
        assert len(notice) < 200


def read(text: str) -> tuple[list[lexer.Lexeme], tuple[str, ...], bool]:
    notices = lexer.Notices()
    reading = lexer.Lexer(text, notices)
    return reading.read(), notices.lines(), reading.full


@given(query_texts)
@example("+AND beras (AND) OR")
@example("beras judul:OR x:y kata~ ^2")
def test_easy_words_are_read_as_all_others(text: str) -> None:
    """The short way for words without syntax takes no other turn than the long one."""
    easy = lexer._EASY
    short = read(text)
    try:
        lexer._EASY = re.compile("(?!)").match
        assert read(text) == short
    finally:
        lexer._EASY = easy


@given(query_texts)
def test_nothing_is_dropped_in_silence(text: str) -> None:
    """An answer of nothing comes with a reason, unless nothing was asked."""
    parsed = parse(text, today=TODAY)
    assert parsed.query is not None or parsed.notices or not text.strip()


@given(query_texts)
def test_a_query_that_was_parsed_is_never_empty_inside(text: str) -> None:
    """The planner meets no empty group, no null query and nothing excluded alone."""

    def check(query: whoosh_query.Query) -> None:
        assert query is not whoosh_query.NullQuery
        if isinstance(query, (whoosh_query.And, whoosh_query.Or)):
            members = list(query.children())
            assert len(members) > 1
            assert not all(isinstance(member, whoosh_query.Not) for member in members)
            assert not isinstance(query, whoosh_query.Or) or not any(
                isinstance(member, whoosh_query.Not) for member in members
            )
        for child in query.children():
            check(child)

    query = parse(text, today=TODAY).query
    if query is not None:
        check(query)
        repr(query)
        hash(query)
        query.normalize()


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5_000 + "a" + ")" * 5_000,
        "((a) " * 5_000,
        "beras " * 10_000,
        " AND ".join(["beras"] * 10_000),
        "NOT " * 5_000 + "a",
        "a" * 1_000_000,
        "a b " * 250_000,
        '" ' * 20_001,
        "“a" * 20_000,
        "*" * 20_000,
        "[ TO " * 5_000,
        "[" + " " * 19_990 + "x",
        "judul:" * 4_000,
        "sejak: " * 4_000,
        "tanggal:1 " * 2_000,
        ("~" * 250 + "a ") * 80,
        '"a"' + "~." * 9_000,
        "a(" * 10_000,
        "a:" * 10_000,
        ("a:" * 120 + "a ") * 80,
        ("[" + "a " * 25 + "TO" + " a" * 25 + "] ") * 200,
        "\0" * 20_000,
        "\ud800" * 20_000,
        "judul:(" * 5_000 + "a",
    ],
    ids=lambda text: text[:12],
)
def test_long_and_deep_texts_are_bounded(text: str) -> None:
    parsed = parse(text, today=TODAY)
    assert len(parsed.notices) <= lexer.MAX_NOTICES + 1
    if parsed.query is not None:
        assert leaves(parsed.query) <= words.MAX_WORDS
        assert describe(parsed.query).count("(or") <= words.MAX_WORDS
        parsed.query.normalize()


def test_a_thousand_words_are_read_and_no_more() -> None:
    parsed = parse(" ".join(f"kata{n}" for n in range(1_001)))
    assert leaves(parsed.query) == 1_000
    assert parsed.notices == ("the query is too long: read its first 1000 words",)


def test_a_text_is_cut_between_words() -> None:
    parsed = parse("panjang-sekali-" * 10 + " " + "beras " + " " * 30_000 + "gula")
    assert describe(parsed.query).endswith("(term text beras))")
    assert len(parsed.notices) == 1


def test_a_broken_character_is_replaced() -> None:
    parsed = parse("harga \ud83d beras")
    assert describe(parsed.query) == "(or (term text harga) (term text �) (term text beras))"
    assert parsed.notices == ("replaced 1 broken character",)


def test_a_notice_is_one_line_however_ugly_the_text() -> None:
    parsed = parse("(" + '"belum\n\x1b[31mditutup\0' + "x" * 100)
    assert parsed.notices == (
        'unclosed "(": closed at the end',
        'unclosed quote: read "belum �[31mditutup�xxxxxxxxxxxxxxxxxxxx…" as a phrase',
    )


# Plain words need no parser -------------------------------------------------------------


nearly_plain = st.sampled_from(["harga", "beras", "12:30", "a?", "-x", "AND", "C++", "x:y", "É"])


@given(query_texts | st.lists(nearly_plain).map(" ".join))
def test_plain_words_are_what_the_parser_reads(text: str) -> None:
    plain = plain_words(text)
    if plain is None:
        return
    parsed = parse(text, today=TODAY)
    assert parsed.notices == ()
    assert (parsed.since, parsed.until, parsed.sort) == (None, None, None)
    terms = [whoosh_query.Term("text", word) for word in plain]
    if not terms:
        assert parsed.query is None
    elif len(terms) == 1:
        assert parsed.query == terms[0]
    else:
        assert parsed.query == whoosh_query.Or(terms)


@pytest.mark.parametrize(
    "text",
    [
        "harga beras",
        "siapa presiden Indonesia?",
        "Jum'at Covid-19 di-PHK R.A. Rp1,5 C++ 12:30 anak-anak",
        "dan yang di",
        "Medan – Jakarta & Aceh",
        "Ma’ruf é 🙂",
    ],
)
def test_what_people_type_needs_no_parser(text: str) -> None:
    assert plain_words(text) == text.split()


def test_plain_words_do_not_import_whoosh() -> None:
    code = "import sys, searcher.query.words; print({'whoosh', 'numpy', 'yaml'} & set(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"


# It is Whoosh's language -----------------------------------------------------------------

atoms = st.sampled_from(
    [
        "beras", "gula", "di-PHK", "9/3", "pemil*", "w?ldcard", "*akhiran", '"harga beras"',
        '"near each other"~5', "beras^2", '"harga beras"^3', "title:banjir", 'title:"banjir besar"',
        "title:pemil*", "title:banjir^2", "gula~", "gula~2", "title:(banjir OR longsor)",
    ]
)  # fmt: skip


def joined(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    # Unlike members only: Whoosh's normalize() drops the second of two equal ones.
    several = st.lists(parts, min_size=2, max_size=4, unique=True)
    operator = st.sampled_from([" ", " AND ", " OR "])
    return st.builds(lambda inner, by: f"({by.join(inner)})", several, operator)


def whoosh_reading(text: str) -> str:
    plugins = [
        qparser.FieldsPlugin, qparser.WildcardPlugin, qparser.PhrasePlugin, qparser.GroupPlugin,
        qparser.OperatorsPlugin, qparser.BoostPlugin, qparser.FuzzyTermPlugin,
    ]  # fmt: skip
    parser = qparser.QueryParser("text", None, plugins=plugins, group=qparser.OrGroup)
    return describe(parser.parse(text).normalize())


@given(st.recursive(atoms, joined, max_leaves=8))
def test_well_formed_queries_are_read_as_whoosh_reads_them(text: str) -> None:
    query = parse(text).query
    assert query is not None
    assert describe(query.normalize()) == whoosh_reading(text)


# The reference page ------------------------------------------------------------------------


def test_the_reference_page_shows_what_the_parser_does() -> None:
    """Every example of the page is read without a complaint."""
    columns = [
        line.split("|")[1]
        for line in REFERENCE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| `")
    ]
    examples = [text for column in columns for text in re.findall("`([^`]+)`", column)]
    assert len(examples) > 40
    for text in examples:
        parsed = parse(text, today=TODAY)
        assert parsed.query is not None, text
        assert parsed.notices == (), text
