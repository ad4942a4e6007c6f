"""An explanation adds up to the score, and says why an article does not match."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from conftest import ARTICLES
from hypothesis import given, settings
from hypothesis import strategies as st

from searcher import Index, render
from searcher.errors import ArticleNotFound
from searcher.query.lexicon import known

WORDS = sorted({word for article in ARTICLES for word in article.text.split()})
WORD = st.sampled_from(WORDS) | st.sampled_from(
    ["beraz", "ekspor", "mengexpor", "harga*", "title:harga", "covid", "mn?", "impor~1", "umkm^2"]
)
PIECE = (
    WORD
    | st.lists(WORD, min_size=2, max_size=3).map(lambda words: f'"{" ".join(words)}"')
    | st.lists(WORD, min_size=2, max_size=3).map(lambda words: f'"{" ".join(words)}"~4')
    | WORD.map(lambda word: f"+{word}")
    | WORD.map(lambda word: f"-{word}")
    | st.tuples(WORD, WORD).map(lambda pair: f"({pair[0]} AND {pair[1]})")
    | st.sampled_from(
        ["OR", "AND", "BUKAN", "sejak:2022", "source:kabar", "usaha mikro kecil menengah"]
    )
)
QUERY = st.lists(PIECE, min_size=1, max_size=6).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(QUERY, st.sampled_from(["default", "plain"]), st.sampled_from([0, 2, 200]))
def test_lines_add_up_to_the_score(news: Index, query: str, profile: str, stage: int) -> None:
    """Every hit of every query: words, extras and second stage sum to what ranked it."""
    options = {"second_stage": stage} if profile == "default" else {}
    hits = news.search(query, limit=50, profile=profile, options=options).hits
    for hit in hits:
        told = news.explain(query, hit.id, profile=profile, options=options)
        total = sum(line.score for line in told.words) + sum(place.score for place in told.places)
        assert abs(total - hit.score) < 1e-6
        assert abs(told.score - hit.score) < 1e-6
        assert told.matches
        assert told.reasons == ()
        for line in told.words:
            assert line.idf * line.factor == pytest.approx(line.weight)
            # Scores are whole units, and weights are rounded to 1/4096.
            assert line.score == pytest.approx(line.saturation * line.weight, abs=2e-4)
    found = {hit.id for hit in hits}
    for article in ARTICLES:
        if article.id not in found:
            told = news.explain(query, article.id, profile=profile, options=options)
            assert not told.matches
            assert told.score == 0.0
            assert told.reasons


def test_rank_is_that_of_the_answer(news: Index) -> None:
    hits = news.search("harga beras Medan").hits
    assert [news.explain("harga beras Medan", hit.id).rank for hit in hits] == [
        hit.rank for hit in hits
    ]


def test_relatives_are_told_with_share_and_frequency(news: Index) -> None:
    """`ekspor` is met by two of its relatives in the one article that has them."""
    (line,) = (line for line in news.explain("ekspor", "a2").words if line.kind == "word")
    assert {(use.term, use.share, use.count) for use in line.terms} == {
        ("diekspor", 0.5, 1),
        ("mengekspor", 0.5, 1),
    }
    assert 0 < line.saturation < 1
    assert line.articles == 2  # expected of two words in one article each


def test_words_that_the_article_lacks_are_named(news: Index) -> None:
    assert news.explain("harga kopi", "a1").absent == ("kopi",)


def test_second_stage_says_what_stands_where(news: Index) -> None:
    places = {place.name: place for place in news.explain("harga beras", "a1").places}
    assert set(places) == {"pairs", "window", "lead"}
    assert [name for name, _ in places["pairs"].parts] == ["harga beras"]
    assert [name for name, _ in places["window"].parts] == ["harga", "beras"]
    assert [name for name, _ in places["lead"].parts] == ["harga", "beras"]


@pytest.mark.parametrize(
    ("query", "article", "reason"),
    [
        ("kopi", "a1", "it does not have kopi"),
        ("gula kopi", "a1", "it has none of these: gula, kopi"),
        ("+harga +kopi", "a1", "it does not have kopi"),
        ('"beras harga"', "a1", "the words of 'beras harga' do not stand together in it"),
        ('"harga kopi"', "a1", "it does not have kopi, of the phrase 'harga kopi'"),
        ('"harga medan"~2', "a9", "it does not have medan, of the phrase 'harga medan'"),
        ("harga -medan", "a1", "it has what the query excludes: medan"),
        ("title:museum", "a1", "it does not have museum as title"),
        ("zzzz", "a1", "the query asks for what no article has"),
    ],
)
def test_why_an_article_does_not_match(news: Index, query: str, article: str, reason: str) -> None:
    told = news.explain(query, article, options={"absent_words": False, "families": False})
    assert told.reasons == (reason,)
    assert not told.words
    assert told.rank is None


def test_dates_are_a_reason(news: Index) -> None:
    told = news.explain("harga", "a1", since=date(2024, 1, 1))
    assert told.reasons == (
        "it was published on 2023-03-09, and the query asks for from 2024-01-01 to now",
    )
    (reason,) = news.explain("hulu", "a12", until=date(2024, 1, 1)).reasons
    assert reason.startswith("it has no date")


def test_an_explanation_is_a_value(news: Index) -> None:
    told = news.explain("harga beras kpoi", "a1")
    assert told == news.explain("harga beras kpoi", "a1")
    assert json.loads(json.dumps(told.as_dict()))["id"] == "a1"
    assert told.receipt


def test_a_whoosh_query_is_explained(news: Index) -> None:
    whoosh = pytest.importorskip("whoosh.query")
    query = whoosh.SpanFirst(whoosh.Term("text", "harga"), 3)
    (hit,) = news.search(query).hits
    assert news.explain(query, hit.id).score == pytest.approx(hit.score)


def test_nothing_shown_is_obeyed(news: Index) -> None:
    told = replace(news.explain("harga beras", "a1"), id="a\x1b[31m", receipt=("b\x07",))
    assert "\x1b" not in render.explanation_text(told)
    assert "\x07" not in render.explanation_text(told)
    unmet = replace(told, matches=False, reasons=("c\x9b",))
    assert "\x9b" not in render.explanation_text(unmet)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60) | QUERY)
def test_any_text_can_be_looked_up(news: Index, text: str) -> None:
    """Whatever is typed, `analyze` has an answer, as text and as JSON."""
    words = list(known(text, news.view.snapshot.analyzer, news.view.memory))
    assert all(map(str.isprintable, render.known_text(words, 12).split("\n")))
    json.dumps([word.as_dict() for word in words])


def test_no_such_article(news: Index) -> None:
    with pytest.raises(ArticleNotFound):
        news.explain("harga", "zzz")
