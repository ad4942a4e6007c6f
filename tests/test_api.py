"""``import searcher``: what the library promises to programs."""

from __future__ import annotations

import threading
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import searcher
from searcher import Article, Hit, Index, Results, SearcherError, Snippet
from searcher.errors import ArticleNotFound, ConfigError
from searcher.index.segment import Segment

# ---- searching -----------------------------------------------------------------------


def test_an_answer_tells_what_was_asked_and_found(news):
    """Hits best first with rank, score, article, title and snippet; how many in all."""
    results = news.search("beras", limit=1)
    assert isinstance(results, Results)
    assert len(results) == 1
    assert results.total == 2
    (hit,) = results
    assert isinstance(hit, Hit)
    assert (hit.rank, hit.id) == (1, hit.article.id)
    assert hit.score > 0
    assert hit.article == news.get(hit.id)
    assert isinstance(hit.snippet, Snippet)
    assert "<mark>" in hit.snippet.html()
    assert [hit.title.text[a:b].lower() for a, b in hit.title.ranges] == ["beras"]
    assert results.request.text == "beras"
    assert results.took_ms >= 0


def test_pages_follow_each_other(news):
    """Ranks count over all pages, and pages together are the whole answer."""
    whole = [(hit.rank, hit.id) for hit in news.search("di harga kopi anak", limit=100)]
    pages = [
        (hit.rank, hit.id)
        for offset in range(0, len(whole) + 3, 2)
        for hit in news.search("di harga kopi anak", limit=2, offset=offset)
    ]
    assert pages == whole
    assert [rank for rank, _ in whole] == list(range(1, len(whole) + 1))


def test_no_hits_asked_for_is_counting(news):
    """``limit=0`` gives the total and the facets alone."""
    results = news.search("beras", limit=0, facets=["source"])
    assert list(results) == []
    assert results.total == 2
    assert results.facets["source"] == (("Kabar Deli", 2),)


def test_sorted_by_date(search):
    """Newest or oldest first among the matches, articles without a date last."""
    assert search("beras kopi hulu", sort="newest") == ["a2", "a9", "a1", "a12"]
    assert search("beras kopi hulu", sort="oldest") == ["a1", "a9", "a2", "a12"]
    assert search("beras kopi hulu", sort="newest", limit=1, offset=1) == ["a9"]


@pytest.mark.parametrize("since", [date(2023, 3, 10), "2023-03-10", "10 Maret 2023"])
def test_days_are_included_on_both_sides(search, since):
    """As dates or as a reader writes them; an article without a date is of no day."""
    assert search("beras", since=since) == ["a9"]
    assert search("beras", until=since, limit=5) == search("beras")
    assert search("beras", since=since, until=since) == ["a9"]
    assert search("pantun", until=since) == []


def test_months_and_years_are_days_from_first_to_last(search):
    assert set(search("beras kopi gempa", since="2023-03", until="2023-03")) == {"a1", "a2", "a9"}
    assert set(search("beras kopi gempa", since="2023")) == {"a1", "a2", "a9", "a11"}
    assert search("beras", until="2022") == []


def test_a_day_nobody_can_read_is_refused_by_name(news):
    with pytest.raises(ConfigError, match="kapan-kapan"):
        news.search("beras", since="kapan-kapan")


def test_days_are_those_of_the_newspaper(search):
    """4.30 in Ambon is the evening before in Greenwich; the article is of its own day."""
    assert search("gempa", since=date(2023, 7, 2), until=date(2023, 7, 2)) == ["a11"]
    assert search("gempa", until=date(2023, 7, 1)) == []


def test_facets_count_the_whole_answer(news):
    """Most first; months and years in order; nothing for articles that have no value."""
    results = news.search("beras kopi banjir hulu", limit=1, facets=searcher_facets())
    assert results.total == 5
    assert results.facets["source"] == (("Kabar Deli", 4),)
    assert results.facets["place"] == (("Medan", 2), ("Bekasi", 1), ("Takengon", 1))
    assert results.facets["author"] == (("Rina Siregar", 1),)
    assert results.facets["category"] == (("ekonomi", 3), ("peristiwa", 1))
    assert results.facets["month"] == (("2021-02", 1), ("2023-03", 3))
    assert results.facets["year"] == (("2021", 1), ("2023", 3))


def searcher_facets() -> tuple[str, ...]:
    return ("source", "place", "author", "category", "month", "year")


def test_profiles_and_options(search):
    """``plain`` is words as they stand; single settings can be switched for one query."""
    assert set(search("ekspor")) == {"a2"}
    assert search("ekspor", profile="plain") == []
    assert search("ekspor", options={"families": False, "absent_words": False}) == []


def test_relatives_of_no_weight_do_not_match(news):
    """``family_weight: 0`` finds, and counts, what ``families: false`` does."""
    for text in ("diekspor", "mengguncang"):
        by_weight, by_switch = (
            news.search(text, options=options)
            for options in ({"family_weight": 0.0}, {"families": False})
        )
        assert [hit.id for hit in by_weight] == [hit.id for hit in by_switch]
        assert by_weight.total == by_switch.total == len(by_weight)


@pytest.mark.parametrize(
    "wrong",
    [
        {"sort": "terbaik"},
        {"profile": "gaya"},
        {"options": {"family": True}},
        {"options": {"families": 1}},
        {"facets": ["warna"]},
    ],
)
def test_what_does_not_exist_is_refused_with_what_does(news, wrong):
    with pytest.raises(ConfigError, match=r"there are|takes a"):
        news.search("beras", **wrong)


def test_negative_pages_are_a_mistake(news):
    for wrong in ({"limit": -1}, {"offset": -1}):
        with pytest.raises(ValueError, match="not negative"):
            news.search("beras", **wrong)


def test_without_snippets_no_text_is_read(news, monkeypatch):
    """Ids, scores and columns; the stored articles stay where they are."""
    monkeypatch.setattr(Segment, "parts", lambda *_: pytest.fail("stored text was read"))
    results = news.search("beras", snippets=False, facets=["source"])
    assert {hit.id for hit in results} == {"a1", "a9"}
    hit = results.hits[0]
    assert hit.article.source == "Kabar Deli"
    assert hit.article.published is not None
    assert hit.article.body == hit.snippet.text == ""
    assert results.total == 2


def test_scores_are_the_same_with_and_without_snippets(news):
    shown, bare = (
        [(hit.id, hit.score) for hit in news.search("harga beras", snippets=snippets)]
        for snippets in (True, False)
    )
    assert shown == bare


def test_a_word_no_article_has_finds_nothing(news):
    """Alone or beside an exclusion or a source; the receipt says so."""
    for text in ("qwxzy", "qwxzy -beras", "qwxzy -tiadaada", 'qwxzy sumber:"Kabar Deli"'):
        results = news.search(text)
        assert results.total == len(results) == 0, text
        assert "qwxzy is in no article" in " ".join(results.receipt)
    assert {hit.id for hit in news.search("qwxzy beras")} == {"a1", "a9"}


def test_nothing_is_silent(news):
    """A query without a word says that it has none."""
    for text in ("", "   ", "()", "…", "-", '""'):
        results = news.search(text)
        assert not results.hits
        assert results.receipt, repr(text)


PIECES = [
    "beras", "medan", "siapa", "yang", "Covid-19", "9/3", "di-PHK", "AND", "OR", "NOT", "DAN",
    "ATAU", "BUKAN", "(", ")", '"', "-", "+", "judul:", "sumber:", "terbit:", "sejak:", "urut:",
    "ber*", "*as", "b?ras", "beras~1", "~5", "^2", "^0", "[2023", "TO", "2024]", "*:*", "qwxzy",
]  # fmt: skip


@settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
@given(
    text=st.text(
        st.sampled_from('abikmnru "()[]~^*?:+-/\\&|!.,0123789{}\u200b\n\0') | st.characters()
    )
    | st.lists(st.sampled_from(PIECES)).map(" ".join)
)
def test_any_text_is_a_query(news, text):
    """No exception, hits in order, a total that fits, ranges inside the texts."""
    results = news.search(text, limit=5)
    assert len(results) <= results.total <= len(news)
    assert len(results) == min(5, results.total)
    scores = [hit.score for hit in results]
    if results.request.sort == "relevance":
        assert scores == sorted(scores, reverse=True)
    for hit in results:
        for shown in (hit.title, hit.snippet):
            ends = [end for pair in shown.ranges for end in pair]
            assert ends == sorted(ends)
            assert all(0 <= end <= len(shown.text) for end in ends)


# ---- articles ------------------------------------------------------------------------


def test_articles_by_id_and_all_in_order(news):
    assert news.get("a7").title == "Vaksin Covid-19 tiba"
    assert [article.id for article in news.articles()] == [f"a{n}" for n in range(1, 13)]
    assert len(news) == 12
    assert "a7" in news
    assert "a77" not in news
    with pytest.raises(ArticleNotFound, match="a77"):
        news.get("a77")
    assert issubclass(ArticleNotFound, SearcherError)


def test_articles_are_values():
    """Equal when they say the same; they cannot be changed."""
    one = Article(id="a1", title="Beras", published=datetime(2023, 3, 9, 21, 32))
    assert one == Article(id="a1", title="Beras", published=datetime(2023, 3, 9, 21, 32))
    with pytest.raises(AttributeError):
        one.title = "Kopi"  # type: ignore[misc]


# ---- writing -------------------------------------------------------------------------


def test_an_index_sees_each_commit_at_once(index):
    """The same object answers from the newest state; results given keep theirs."""
    assert list(index.search("beras")) == []
    with index.writer() as writer:
        writer.add(Article(id="a1", body="harga beras"))
        assert len(index) == 0
    before = index.search("beras")
    assert [hit.id for hit in before] == ["a1"]
    with index.writer() as writer:
        writer.add(Article(id="a2", body="beras"))
        writer.delete("a1")
    assert [hit.id for hit in index.search("beras")] == ["a2"]
    assert before.total == 1
    assert before.hits[0].article.body == "harga beras"


def test_an_index_opened_twice_is_one(index):
    """Another opening of the directory sees what this one commits."""
    other = searcher.open_index(index.directory)
    with index.writer() as writer:
        writer.add(Article(id="a1", body="harga beras"))
    assert [hit.id for hit in other.search("beras")] == ["a1"]
    assert len(searcher.create_index(index.directory)) == 1


def test_equal_scores_keep_the_order_of_the_index(index):
    """Page after page, across commits."""
    for start in (0, 30):
        with index.writer() as writer:
            for n in range(start, start + 30):
                writer.add(Article(id=f"a{n}", body="harga beras"))
    for limit in (1, 7, 60):
        found = [hit.id for hit in index.search("beras", limit=limit, snippets=False)]
        assert found == [f"a{n}" for n in range(limit)]


# ---- threads -------------------------------------------------------------------------


def test_four_threads_agree(news):
    """One index searched by four at once gives each what it gives one alone."""
    texts = ["beras", "harga kopi", '"anak desa"', "ber*", "vaksin -beras", "umkm", "kota:Medan"]
    fresh = Index(news.directory)
    expected = {text: [(hit.id, hit.score) for hit in news.search(text)] for text in texts}
    wrong: list[object] = []

    def ask(shift: int) -> None:
        try:
            for n in range(60):
                text = texts[(n + shift) % len(texts)]
                results = fresh.search(text, facets=["source"])
                if [(hit.id, hit.score) for hit in results] != expected[text]:
                    wrong.append(text)
                results.total  # noqa: B018
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=ask, args=(shift,)) for shift in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


# ---- the face of the package ---------------------------------------------------------


def test_every_name_promised_is_there():
    assert sorted(searcher.__all__) == searcher.__all__
    for name in searcher.__all__:
        assert getattr(searcher, name).__module__.startswith("searcher")
    with pytest.raises(AttributeError):
        searcher.tiada  # noqa: B018


def test_a_moment_without_a_zone_is_western_indonesian_time(index):
    """WIB, where six in ten Indonesians live; the article keeps what it said."""
    with index.writer() as writer:
        writer.add(Article(id="a1", body="beras", published=datetime(2023, 3, 9, 0, 30)))
    (hit,) = index.search("beras", snippets=False)
    wib = timezone(timedelta(hours=7))
    assert hit.article.published == datetime(2023, 3, 9, 0, 30, tzinfo=wib)
    assert index.get("a1").published == datetime(2023, 3, 9, 0, 30)
    assert len(index.search("beras", since=date(2023, 3, 9))) == 1
