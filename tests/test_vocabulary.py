"""Words in bulk are what the analyzer makes of each: two paths, one reading."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searcher.analysis import Analyzer
from searcher.index.words import WordTable
from searcher.kernels.words import Vocabulary

ANALYZER = Analyzer()
EXCEPTIONS = sorted(ANALYZER.exceptions)
WORDS = "beras Beras BERAS bERAS Mc a A di me ke ber nya anak lah Rp com PHK é ß"
letters = st.one_of(
    st.sampled_from(WORDS.split(" ")),
    st.sampled_from(EXCEPTIONS),
    st.sampled_from(EXCEPTIONS).map(str.title),
    st.sampled_from(["www.kompas.com", "https://x.co.id/a", "me@web.id", "R.A", "Ph.D", "St"]),
    st.from_regex(r"[A-Z]?[a-z]{1,12}", fullmatch=True),
    st.sampled_from(["x" * 63, "x" * 64, "y" * 130, "u" * 31]),
)
#: Words with halves that repeat each other, or nearly do; with a quote inside.
small = st.text("aem", max_size=3)
echoes = st.one_of(
    st.builds(
        lambda a, half, sign, b: f"{a}{half}{sign}{half}{b}",
        st.sampled_from(["", "", "ber", "di", "Ke", "papa", "MEN"]) | small,
        st.sampled_from(["lari", "papa", "Ibu", "BUKU", "me", "pun", "nya", "mengirim"]) | small,
        st.sampled_from(["-", "-", "-", "–", "/", "-me", "."]),
        st.sampled_from(["", "nya", "an", "annya", "kan", "lah", "-lari"]) | small,
    ),
    st.builds(
        lambda a, sign, b: f"{a}{sign}{b}",
        st.sampled_from(["Jum", "Ma", "o", "R", "jelasnya", "RI", "center", "anak-ma", "5"]),
        st.sampled_from(["'", "`", "’", "‘", "''"]),
        st.sampled_from(["at", "ruf", "S", "s", "Kami", "af-ma'af", "s-an", "5", "s.com"]),
    ),
)
digits = st.sampled_from(
    [
        "1",
        "19",
        "2023",
        "007",
        "1.500",
        "9/3",
        "09/03/2023",
        "01-1-2023",
        "2023-03-09",
        "50%",
        "12345678901234567890",
    ]
)
signs = st.text(".,:;?!\"'()[]{}-–—‘’“”…/&$%@#_~`\u0301\u200b«»", max_size=3)
raws = st.builds(
    lambda parts, last: "".join(a + b for a, b in parts) + last,
    st.lists(st.tuples(signs, st.one_of(letters, letters, digits, echoes)), min_size=1, max_size=3),
    signs,
)


def entries(table: WordTable, w: int) -> tuple[list[tuple[str, int]], int, int, bool]:
    """(terms with positions, width, capital, whether it ends a sentence) of raw word ``w``."""
    names = table._vocabulary.terms.words
    span = range(table.term_at[w], table.term_at[w + 1])
    tokens = [(names[table.term_of[i]].decode(), table.offsets[i]) for i in span]
    return tokens, table.widths[w], table.capital[w], bool(table.ends[w])


def by_rule(raw: str) -> tuple[list[tuple[str, int]], int, int, bool]:
    word = ANALYZER.word(raw)
    tokens = [(token.term, token.position) for token in word.tokens]
    return tokens, word.width, word.capital, word.ends_sentence


@given(given_raws=st.lists(raws, max_size=30, unique=True))
def test_words_in_bulk_are_those_of_the_analyzer(given_raws):
    """Terms, positions, width, capitals and sentence ends of any word, in shape or out."""
    table = WordTable(ANALYZER)
    numbers = table.text(" ".join(given_raws).encode())
    table.analyse()
    for raw, w in zip(" ".join(given_raws).split(), numbers, strict=True):
        assert entries(table, w) == by_rule(raw), raw


#: Other words of the same shape: letters and digits turned, case and length kept.
TURNED = [
    str.maketrans(
        string.ascii_letters + string.digits,
        low[n:] + low[:n] + low[n:].upper() + low[:n].upper() + digs[n:] + digs[:n],
    )
    for low, digs in [(string.ascii_lowercase, string.digits)]
    for n in (1, 3, 5, 8)
]


@given(
    given_raws=st.lists(raws, max_size=8, unique=True),
    numbers=st.lists(
        st.from_regex(
            r"\(?(Rp|US\$|No\.)?[0-9]{1,4}([.,:/–-][0-9]{1,4}){0,3}%?[).]*", fullmatch=True
        ),
        max_size=8,
    ),
)
def test_words_of_one_shape(given_raws, numbers):
    """What is learned of two words of a shape holds for the third, and for the echo."""
    texts = []
    for raw in [*given_raws, *numbers]:
        texts += [raw, *(raw.translate(turned) for turned in TURNED), f"{raw}-{raw}", f"({raw})."]
    table = WordTable(ANALYZER)
    text = " ".join(texts)
    words = table.text(text.encode())
    table.analyse()
    for raw, w in zip(text.split(), words, strict=True):
        assert entries(table, w) == by_rule(raw), raw


@given(given_raws=st.lists(raws, max_size=30, unique=True))
def test_common_shapes_are_those_of_the_patterns(given_raws):
    """What the regular expressions call common is left to nobody by the compiled reading."""
    compiled, plain = (Vocabulary([term.encode() for term in EXCEPTIONS]) for _ in range(2))
    for raw in " ".join(given_raws).split():
        left = []
        compiled.raws.add(raw.encode())
        compiled.analyse(
            lambda word, left=left: left.append(word) or ((), (), 0, 0, 0),
            lambda shape: None,
            lambda word: b"",
        )
        assert not (left and plain._common_by_patterns(raw)), raw


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ('"Kata,', ([("kata", 0)], 1, 1, False)),
        ("katanya.", ([("katanya", 0)], 1, 0, True)),
        ("A.", ([("a", 0)], 1, 1, False)),
        ("KPU.”", ([("kpu", 0)], 1, 2, True)),
        ('tersebut."Kami', ([("tersebut", 0), ("kami", 1)], 2, 0, False)),
        ("sosial-ekonomi", ([("sosial-ekonomi", 0), ("sosial", 0), ("ekonomi", 1)], 2, 0, False)),
        ("(2023).", ([("2023", 0)], 1, 0, True)),
    ],
)
def test_common_shapes(raw, expected):
    """What needs no rule of language."""
    table = WordTable(ANALYZER)
    (w,) = table.text(raw.encode())
    table.analyse()
    assert entries(table, w) == expected == by_rule(raw)
    assert table.n_raws == 1
