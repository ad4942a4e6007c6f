"""Facts about what a reader sees of an article, and what is marked in it."""

from __future__ import annotations

import re
import unicodedata
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searcher.analysis import Analyzer, Word
from searcher.results import Snippet
from searcher.snippets import Highlighter, Marks, highlight, snippet


class CountingAnalyzer(Analyzer):
    """Remembers which words it was asked about."""

    asked: ClassVar[set[str]] = set()

    def word(self, raw: str) -> Word:
        self.asked.add(raw)
        return super().word(raw)


ANALYZER = CountingAnalyzer()


def words(*terms: str, **more: object) -> Marks:
    return Marks({t: (i, 2.0) for i, t in enumerate(terms)}, **more)  # type: ignore[arg-type]


def marked(found: Snippet) -> list[str]:
    return [found.text[start:end] for start, end in found.ranges]


def marks_of(text: str, marks: Marks) -> list[str]:
    return [text[start:end] for start, end in highlight(text, marks, ANALYZER)]


FILLER = "Rapat itu dihadiri para kepala dinas dan berlangsung hingga sore hari di balai kota. "


# What is marked


@pytest.mark.parametrize(
    ("text", "terms", "expected"),
    [
        ("Harga beras naik", ["beras"], ["beras"]),
        ("HARGA BERAS naik", ["harga", "beras"], ["HARGA", "BERAS"]),
        ('"Beras," katanya', ["beras"], ["Beras"]),
        ("(UMKM), usaha kecil", ["umkm"], ["UMKM"]),
        ("anak-anaknya bermain", ["anak"], ["anak-anaknya"]),
        ("kasus Covid-19 turun", ["covid"], ["Covid"]),
        ("kasus Covid-19 turun", ["covid", "19"], ["Covid-19"]),
        ("kasus Covid-19 turun", ["covid-19"], ["Covid-19"]),
        ("salat Jum’at di masjid", ["jumat"], ["Jum’at"]),
        ("konser Beyoncé batal", ["beyonce"], ["Beyoncé"]),
        ("beras\u00a0impor dan beras\u3000lokal", ["impor", "lokal"], ["impor", "lokal"]),
        ("seberas apa pun", ["beras"], []),
        ("media di kota", ["di"], ["di"]),
        ("pada 2023 ada 12023 orang", ["2023"], ["2023"]),
        ("seharga Rp1,5 triliun atau 10%", ["rupiah", "persen"], ["Rp", "%"]),
        ("sebanyak 1.500 ton", ["1500"], ["1.500"]),
        ("membuat e-KTP baru", ["ektp"], ["e-KTP"]),
        ("varian Covid-19", ["covid19"], ["Covid-19"]),
        ("R.A. Kartini", ["ra"], ["R.A"]),
        ("pada 09/03/2023", ["9/3"], ["09/03/2023"]),
        ("SerikatDonald menang", ["donald"], ["Donald"]),
        ("İstanbul dan beras", ["beras"], ["beras"]),
        ("", ["beras"], []),
    ],
)
def test_the_surface_word_is_marked(text, terms, expected):
    assert marks_of(text, words(*terms)) == expected


def test_relatives_are_marked_wherever_they_stand():
    marks = Marks({"ekspor": (0, 3.0), "mengekspor": (0, 1.5), "eksportir": (0, 1.5)})
    assert marks_of("Eksportir mengekspor kopi; ekspornya tidak", marks) == [
        "Eksportir",
        "mengekspor",
    ]


def test_prefixes_and_patterns_match_terms():
    assert marks_of("Pemerintah memerintah", Marks(prefixes=(("pemer", 0, 1.0),))) == ["Pemerintah"]
    assert marks_of("Bola, bela, baca", Marks(patterns=(("b.la", 0, 1.0),))) == ["Bola", "bela"]


def test_a_phrase_is_one_range():
    marks = words("harga", "beras", phrases=((frozenset({"harga"}), frozenset({"beras"})),))
    assert marks_of("beras: harga, beras naik", marks) == ["beras", "harga, beras"]


def test_quoted_words_alone_are_not_marked():
    phrase = (frozenset({"di"}), frozenset({"balai"}), frozenset({"kota"}))
    marks = words("di", "balai", "kota", phrases=(phrase,), only_phrases=frozenset({0, 1, 2}))
    assert marks_of("di kota itu rapat di balai kota", marks) == ["di balai kota"]


def test_function_words_are_not_marked_beside_others():
    text = "gempa di Malang di waktu sahur"
    assert marks_of(text, Marks({"gempa": (0, 5.0), "di": (1, 0.02)})) == ["gempa"]
    assert marks_of(text, Marks({"di": (0, 0.02)})) == ["di", "di"]
    phrase = (frozenset({"di"}), frozenset({"malang"}))
    marks = Marks({"di": (0, 0.02), "malang": (1, 5.0)}, phrases=(phrase,))
    assert marks_of(text, marks) == ["di Malang"]


def test_a_phrase_of_one_word_counts_once():
    body = f"Surabaya ramai. {FILLER * 5}Beras dan jagung langka. {FILLER * 5}"
    marks = words("beras", "jagung", "surabaya", phrases=((frozenset({"surabaya"}),),))
    assert marked(snippet(body, marks, ANALYZER, passages=1)) == ["Beras", "jagung"]
    quoted = words("surabaya", phrases=((frozenset({"surabaya"}),),), only_phrases=frozenset({0}))
    assert marked(snippet(body, quoted, ANALYZER)) == ["Surabaya"]


@pytest.mark.parametrize(
    "text", ["kasus Covid-19 turun", "kasus covid 19 turun", "kasus covid – 19 turun"]
)
def test_a_phrase_runs_through_compounds_and_dashes(text):
    phrase = (frozenset({"covid"}), frozenset({"19"}), frozenset({"turun"}))
    marks = Marks(phrases=(phrase,))
    assert marks_of(text, marks) == [text.removeprefix("kasus ")]


def test_a_whole_compound_counts_as_one_word_of_a_phrase():
    marks = Marks(phrases=((frozenset({"covid-19"}), frozenset({"turun"})),))
    assert marks_of("kasus Covid-19 turun", marks) == ["Covid-19 turun"]


# What is shown


def test_the_passage_is_the_one_with_more_of_the_query():
    body = f"Beras dijual. {FILLER * 5}Impor beras dari Vietnam tiba di pelabuhan. {FILLER * 5}"
    found = snippet(body, words("impor", "beras"), ANALYZER, passages=1)
    assert found.text.startswith("Impor beras dari Vietnam")
    assert marked(found) == ["Impor", "beras"]


def test_a_phrase_beats_its_scattered_words():
    body = (
        f"Harga minyak turun sedangkan beras tetap mahal. {FILLER * 5}"
        f"Kini harga beras naik. {FILLER * 5}"
    )
    marks = words("harga", "beras", phrases=((frozenset({"harga"}), frozenset({"beras"})),))
    assert "harga beras" in marked(snippet(body, marks, ANALYZER, passages=1))


def test_two_passages_when_one_would_miss_a_word():
    body = f"Pelabuhan ramai. {FILLER * 8}Gudang penuh beras. {FILLER * 8}"
    found = snippet(body, words("pelabuhan", "beras"), ANALYZER)
    assert marked(found) == ["Pelabuhan", "beras"]
    assert " … Gudang penuh" in found.text
    assert len(found.text) <= 250


def test_one_passage_when_it_has_every_word():
    body = f"Beras impor tiba. {FILLER * 8}Beras impor tiba lagi. {FILLER * 8}"
    assert "…" not in snippet(body, words("impor", "beras"), ANALYZER).text


def test_without_a_match_the_beginning_is_shown():
    found = snippet(FILLER * 10, words("gempa"), ANALYZER, width=100)
    assert found == Snippet(FILLER.strip())


def test_a_short_body_is_shown_whole_and_without_ellipsis():
    body = "Gempa mengguncang.\n\nTidak ada korban"
    assert snippet(body, words("korban"), ANALYZER) == Snippet(
        "Gempa mengguncang. Tidak ada korban", ((29, 35),)
    )


@pytest.mark.parametrize("body", ["", " ", "\n" * 1000])
def test_nothing_is_shown_of_nothing(body):
    assert snippet(body, words("beras"), ANALYZER) == Snippet("")


def test_a_passage_at_the_end_uses_the_room_before_it():
    body = f"{FILLER * 5}Beras langka."
    found = snippet(body, words("beras"), ANALYZER, width=200)
    assert found.text == f"{FILLER * 2}Beras langka."


def test_a_long_sentence_is_cut_at_words_with_ellipses():
    body = "kata " * 100 + "beras " + "lain " * 100
    found = snippet(body, words("beras"), ANALYZER, width=60)
    assert re.fullmatch(r"… (kata )+beras( lain)+ …", found.text)


def test_an_initial_does_not_end_a_sentence():
    body = f"{FILLER}Menurut R. A. Sutopo, pedagang di Pasar Baru, beras langka."
    found = snippet(body, words("beras"), ANALYZER, width=70)
    assert found.text.startswith("Menurut R. A. Sutopo")


def test_a_letter_keeps_its_marks():
    body = "a" * 9 + "e\u0301" * 40
    found = snippet(body, words("x"), ANALYZER, width=12)
    assert not unicodedata.combining(body[len(found.text.removesuffix(" …"))])


def test_a_very_long_body_is_read_until_something_matches():
    body = FILLER * 5000 + "Beras langka. " + FILLER * 50
    assert marked(snippet(body, words("beras"), ANALYZER)) == ["Beras"]


def test_only_likely_words_are_analysed():
    """The price of a page of snippets: the analyzer sees the words that may match and
    those at the edges of a sentence, never the whole text."""
    analyzer = CountingAnalyzer()
    analyzer.asked.clear()
    found = snippet(FILLER * 30 + "Harga beras naik.", words("beras", "harga"), analyzer)
    assert marked(found) == ["Harga", "beras"]
    assert len(analyzer.asked) < 8


# For any text


def squeezed(text: str) -> str:
    return " ".join(text.split())


letters = st.sampled_from(
    ["beras", "Impor", "naik.", "di", "“Beras”", "anak-anak", "Covid-19", "–"]
)
bodies = st.lists(
    st.one_of(letters, st.text("ab.- \n’é\u0301\u200d\ud83d\u3000", max_size=8)), max_size=80
).map(" ".join)
queries = st.lists(
    st.sampled_from(["beras", "impor", "naik", "di", "anak", "covid", "19", "covid-19"]),
    min_size=1, max_size=4, unique=True,
)  # fmt: skip


@given(bodies, queries, st.integers(5, 120), st.integers(1, 3), st.booleans())
def test_a_snippet_is_pieces_of_the_body_with_matches_marked(body, query, width, passages, quote):
    marks = words(*query)
    if quote:
        marks = words(*query, phrases=(tuple(frozenset({t}) for t in query),))
    analyzer = ANALYZER
    found = snippet(body, marks, analyzer, width=width, passages=passages)
    whole = squeezed(body)
    for piece in found.text.split("…"):
        assert piece.strip() in whole
    at = 0
    for start, end in found.ranges:
        assert at <= start < end <= len(found.text)
        at = end
        shown = found.text[start:end]
        terms = {t.term for raw in shown.split() for t in analyzer.word(raw).tokens}
        assert terms & set(query) or len(shown) >= width


@given(bodies, queries)
def test_marks_are_those_of_analysing_every_word(body, query):
    """The oracle: what `find` proposes misses nothing that analysis would match."""
    analyzer = ANALYZER
    expected = []
    for raw in re.finditer(r"\S+", body):
        word = analyzer.word(raw[0])
        hits = {t.term: t for t in word.tokens if t.term in query}
        if hits:
            expected.append(raw.start())
    spans = highlight(body, words(*query), analyzer)
    starts = [
        m.start()
        for m in re.finditer(r"\S+", body)
        if any(m.start() <= a < m.end() for a, _ in spans)
    ]
    assert starts == expected


@given(
    st.lists(letters, max_size=60).map(" ".join),
    st.lists(
        st.sampled_from(["beras", "impor", "naik", "di", "anak", "anak-anak", "covid-19"]),
        min_size=2, max_size=4,
    ),
)  # fmt: skip
def test_phrases_are_those_of_reading_the_whole_text(body, terms):
    """The oracle takes every word apart; the highlighter a few around the likeliest one."""
    slots = []  # of each position: term -> (start, end, positions to the next word)
    for raw in re.finditer(r"\S+", body):
        word = ANALYZER.word(raw[0])
        its = [{} for _ in range(word.width)]
        for t in word.tokens:
            step = word.width if t.kind == "whole" else 1
            its[t.position][t.term] = (raw.start() + t.start, raw.start() + t.end, step)
        slots += its

    def end_of(at, wanted):
        if at >= len(slots) or wanted[0] not in slots[at]:
            return None
        _, end, step = slots[at][wanted[0]]
        return end_of(at + step, wanted[1:]) if len(wanted) > 1 else end

    expected = {
        (slots[at][terms[0]][0], end)
        for at in range(len(slots))
        if (end := end_of(at, terms)) is not None
    }
    marks = words(*dict.fromkeys(terms), phrases=(tuple(frozenset({t}) for t in terms),))
    found = Highlighter(marks, ANALYZER).occurrences(body)
    assert {(start, end) for start, end, word, _ in found if word < 0} == expected


def test_one_highlighter_serves_a_page():
    highlighter = Highlighter(words("beras"), ANALYZER)
    assert [marked(highlighter.snippet(b)) for b in ("Beras naik", "harga beras")] == [
        ["Beras"],
        ["beras"],
    ]


def test_pages_looked_at_in_turn_do_not_share_what_they_found():
    """A page of a query that marks nothing borrows no room, so it has none to give back."""
    for _ in range(2):
        assert Highlighter(Marks(), ANALYZER).snippet("Harga beras.").ranges == ()
    texts = ["Harga beras naik.", "Banjir di Demak surut."]
    inner = Highlighter(words("demak"), ANALYZER)

    def elsewhere(place: int) -> bool:
        return bool(inner.ranges(texts[1]))

    found = Highlighter(words("beras"), ANALYZER).snippets(
        ["Tanpa kata itu. " * 3, texts[0]], elsewhere
    )
    assert [marked(its) for its in found] == [[], ["beras"]]


def test_a_title_that_matches_explains_a_body_without_a_match():
    """Only where nothing else does is every word of a body analysed."""
    highlighter = Highlighter(words("beras"), ANALYZER)
    ANALYZER.asked.clear()
    highlighter.snippets(["Petani memanen padi di sawah"], lambda place: True)
    assert "memanen" not in ANALYZER.asked
    highlighter.snippets(["Petani memanen padi di sawah"], lambda place: False)
    assert "memanen" in ANALYZER.asked
