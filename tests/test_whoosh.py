"""Every query Whoosh knows runs here, and answers as Whoosh answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest
import whoosh
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from whoosh import query as q
from whoosh.fields import DATETIME, ID, TEXT, Schema
from whoosh.filedb.filestore import RamStorage
from whoosh.query import spans
from whoosh.searching import Searcher

import searcher
from searcher import Article, Index
from searcher.analysis.whoosh import IndonesianAnalyzer
from searcher.query import compile as compiling
from searcher.query.reader import SnapshotReader, foreign

# ---- which Whoosh, and what of it ----------------------------------------------------


#: The suite also runs on Whoosh 2.7.4, whose matchers fail some of their own queries
#: (a Not around nothing, spans at the end of a list) and whose dates overflow.
faults_of_2016 = pytest.mark.skipif(
    whoosh.__version__ < (3,), reason="the oracle itself is wrong here before whoosh3"
)


def test_exactly_one_whoosh():
    """Three distributions install a package of that name; two at once overwrite each other."""
    assert set(packages_distributions()["whoosh"]) == {"whoosh3"}
    assert version("whoosh3") == "3.54.0"
    assert whoosh.__version__ == (3, 54, 0)


def kinds(kind: type[q.Query] = q.Query) -> Iterator[type[q.Query]]:
    for sub in kind.__subclasses__():
        if sub.__module__.startswith("whoosh."):
            yield sub
            yield from kinds(sub)


def test_every_kind_of_query_has_a_decision():
    """Compiled, run through Whoosh, or never a query itself; a new kind fails by its name."""
    decided = [compiling.NATIVE, compiling.VIA_WHOOSH, compiling.ABSTRACT]
    known = {kind.__name__ for kind in kinds()}
    assert known - set().union(*decided) == set(), "kinds without a decision"
    assert set().union(*decided) - known == set(), "decisions about nothing"
    assert sum(map(len, decided)) == len(set().union(*decided))


def test_what_is_native_has_a_rule():
    assert set(compiling._RULES) == compiling.NATIVE


# ---- the same articles, there and here -----------------------------------------------

#: Content words of one term each, some alike, for prefixes and misspellings.
WORDS = [
    "apel", "apung", "apulan", "batu", "batuk", "bintu", "kapal", "kapar", "lampu", "lampau",
]  # fmt: skip
DAYS = [datetime(2023, month, 9, 21, 32) for month in (1, 2, 3)]


def article(number: int, words: list[str]) -> Article:
    return Article(
        id=f"a{number}",
        title=" ".join(words[:2]).capitalize(),
        body=" ".join(words[2:]),
        published=DAYS[number % 4] if number % 4 < 3 else None,
        source=("Kabar", "Warta", None)[number % 3],
    )


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Sixty articles in our index, in three commits, some deleted; and in Whoosh's own."""
    import random

    rng = random.Random(11)
    articles = [article(n, rng.choices(WORDS, k=rng.randint(0, 9))) for n in range(60)]
    ours = searcher.create_index(tmp_path_factory.mktemp("index"))
    for start in (0, 5, 40):
        with ours.writer() as writer:
            for one in articles[start : {0: 5, 5: 40, 40: 60}[start]]:
                writer.add(one)
    with ours.writer() as writer:
        for number in (3, 20, 50):
            writer.delete(f"a{number}")
    text = TEXT(analyzer=IndonesianAnalyzer(), phrase=True)
    schema = Schema(id=ID(stored=True), text=text, title=text, source=text, published=DATETIME)
    theirs = RamStorage().create_index(schema)
    with theirs.writer() as writer:
        for number, one in enumerate(articles):
            if number not in (3, 20, 50):
                writer.add_document(
                    id=one.id,
                    text=one.text,
                    title=one.title,
                    source=one.source or "",
                    published=one.published,
                )
    return ours, theirs


def found(index: Index, query: q.Query) -> set[str]:
    results = index.search(query, limit=1000, profile="plain", snippets=False)
    assert results.total == len(results)
    return {hit.id for hit in results}


def found_through_reader(index: Index, query: q.Query) -> set[str]:
    """By Whoosh's matchers over our reader."""
    snapshot = index.view.snapshot
    return {
        segment.id(doc)
        for segment, docs in zip(snapshot.segments, foreign(snapshot, query), strict=True)
        for doc in docs
    }


def found_by_whoosh(index, query: q.Query) -> set[str]:
    """By Whoosh's matchers over its own index."""
    with index.searcher() as searching:
        return {searching.stored_fields(doc)["id"] for doc in query.docs(searching)}


fields = st.sampled_from(["text", "text", "title"])
words = st.sampled_from([*WORDS, "tiada"])
starts = st.sampled_from(["ap", "apu", "b", "kapa", "lamp", "z"])
patterns = st.sampled_from(["ap*l", "?atu*", "*pa*", "lamp?", "b?nt*", "a*u*n", "tiada?"])
dates = st.none() | st.sampled_from(DAYS)
leaves = st.one_of(
    st.builds(q.Term, fields, words),
    st.builds(q.Phrase, fields, st.lists(words, min_size=1, max_size=3), st.integers(1, 4)),
    st.builds(q.Prefix, fields, starts),
    st.builds(q.Wildcard, fields, patterns),
    st.builds(
        lambda field, word, distance, prefix: q.FuzzyTerm(field, word, 1.0, distance, prefix),
        fields,
        words,
        st.integers(1, 2),
        st.integers(0, 2),
    ),
    st.builds(q.Regex, fields, st.sampled_from(["ap.*l", "batuk?$", "(lam|ka)pu?", ".*u"])),
    st.builds(q.TermRange, fields, words, words, st.booleans(), st.booleans()),
    st.builds(q.DateRange, st.just("published"), dates, dates, st.booleans(), st.booleans()),
    st.builds(q.Every, st.sampled_from([None, "title", "text", "source"])),
    st.just(q.NullQuery),
)


def trees(nodes: st.SearchStrategy[q.Query]) -> st.SearchStrategy[q.Query]:
    several = st.lists(nodes, min_size=1, max_size=3)
    # Left out: Not beside others. Whoosh 3.54 keeps the first match of "a AND NOT b" although
    # b matches it too, when b also matches an earlier document; see the next test.
    return st.one_of(
        st.builds(q.Or, several),
        st.builds(q.DisjunctionMax, several),
        st.builds(q.And, several),
        st.builds(q.Not, nodes),
        st.builds(q.AndMaybe, nodes, nodes),
        st.builds(q.Require, nodes, nodes),
        st.builds(q.ConstantScoreQuery, nodes),
    )


def without_odd_nots(query: q.Query) -> bool:
    children = list(query.children())
    nots = [isinstance(child, q.Not) for child in children]
    if isinstance(query, q.CompoundQuery) and any(nots):
        return False
    return all(map(without_odd_nots, children))


queries = st.recursive(leaves, trees, max_leaves=5).filter(without_odd_nots)
patiently = settings(
    deadline=None, max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@faults_of_2016
@patiently
@given(query=queries)
def test_native_answers_are_whooshs(pair, query):
    """Compiled, over our reader, and over an index of Whoosh's own: the same articles."""
    ours, theirs = pair
    native = found(ours, query)
    assert native == found_through_reader(ours, query)
    assert native == found_by_whoosh(theirs, query)


@faults_of_2016
@settings(patiently, max_examples=100)
@given(query=queries, without=queries)
def test_excluding_is_subtracting(pair, query, without):
    """``a AND NOT b``, however it is written, is what a finds without what b finds."""
    ours, _ = pair
    expected = found_through_reader(ours, query) - found_through_reader(ours, without)
    assert found(ours, q.AndNot(query, without)) == expected
    assert found(ours, q.And([query, q.Not(without)])) == expected


span_leaves = st.builds(q.Term, st.just("text"), words) | st.builds(
    q.Prefix, st.just("text"), starts
)


def span_trees(nodes: st.SearchStrategy[q.Query]) -> st.SearchStrategy[q.Query]:
    several = st.lists(nodes, min_size=2, max_size=3)
    slops, ordered = st.integers(1, 4), st.booleans()
    return st.one_of(
        st.builds(spans.SpanFirst, nodes, st.integers(0, 3)),
        st.builds(spans.SpanNear, nodes, nodes, slops, ordered),
        st.builds(spans.SpanNear2, several, slops, ordered),
        st.builds(spans.SpanOr, several),
        st.builds(spans.SpanNot, nodes, nodes),
        st.builds(spans.SpanContains, nodes, nodes),
        st.builds(spans.SpanCondition, nodes, nodes),
    )


@faults_of_2016
@settings(patiently, max_examples=200)
@given(query=st.recursive(span_leaves, span_trees, max_leaves=4))
def test_spans_are_whooshs(pair, query):
    """What runs through Whoosh finds in our index what it finds in Whoosh's."""
    ours, theirs = pair
    try:
        expected = found_by_whoosh(theirs, query)
    except Exception as error:  # Whoosh's own failures on odd trees are Whoosh's
        with pytest.raises(type(error)):
            found_through_reader(ours, query)
        return
    assert found(ours, query) == expected


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        (q.Sequence([q.Term("text", "Harga"), q.Prefix("text", "ber")]), ["a1"]),
        (q.Ordered([q.Term("text", "pabrik"), q.Term("text", "pesangon")]), []),
        (spans.SpanFirst(q.Term("text", "gempa"), limit=0), ["a11"]),
        (spans.SpanBefore(q.Term("text", "kopi"), q.Term("text", "negara")), ["a2"]),
        (q.Otherwise(q.Term("text", "beras"), q.Term("text", "banjir")), ["a1", "a9"]),
        (q.Otherwise(q.Term("text", "tiada"), q.Term("text", "banjir")), ["a5"]),
        (q.ColumnQuery("source", "Warta Nusa"), ["a3", "a4", "a10"]),
        (q.ColumnQuery("published", lambda day: day and day.year == 2024), ["a6", "a10"]),
        (q.NestedParent(q.Term("category", "budaya"), q.Term("text", "umkm")), ["a3"]),
        (q.NestedChildren(q.Term("category", "budaya"), q.Term("text", "menari")), ["a4", "a5"]),
        (q.WeightingQuery(q.Term("text", "museum"), None), ["a6"]),
        (q.And([q.Term("text", "pelatihan"), spans.SpanFirst(q.Term("text", "umkm"))]), ["a4"]),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_only_whoosh_runs(news, query, ids):
    """Over both segments as over one: an answer does not depend on commits."""
    results = news.search(query, limit=20)
    assert sorted(hit.id for hit in results) == sorted(ids)
    assert results.total == len(ids)


def test_words_found_by_whoosh_are_marked(news):
    """In titles and snippets, those that exclude apart; an absent one is told."""
    near = spans.SpanNear2([q.Term("text", "Kopi"), q.Prefix("text", "take")], slop=2)
    (hit,) = news.search(spans.SpanNot(near, q.Term("text", "negara")))
    assert "<mark>Kopi</mark> dari <mark>Takengon</mark> diekspor ke tiga negara" in (
        hit.snippet.html()
    )
    results = news.search(q.Otherwise(q.Term("text", "qwxzy"), q.Term("text", "banjir")))
    assert "qwxzy is in no article" in " ".join(results.receipt)


def test_words_in_any_query_fold_as_they_do_elsewhere(news):
    """*COVID-19* and *Jum'at* mean in a span what they mean in a query text."""
    assert found(news, spans.SpanFirst(q.Term("text", "VAKSIN"))) == {"a7"}
    assert found(news, spans.SpanOr([q.Term("text", "COVID-19")])) == {"a7"}
    assert found(news, spans.SpanOr([q.Term("text", "Jum'at")])) == {"a3"}


def test_a_field_that_is_not_there_is_told(news):
    """Not an error: the receipt names what there is."""
    results = news.search(q.Term("isbn", "123"))
    assert not results.hits
    assert "no field 'isbn'; there are: text, title" in results.receipt[0]
    assert not news.search(q.Term("published", "2023")).hits


# ---- the reader ----------------------------------------------------------------------


@faults_of_2016
def test_the_reader_holds_what_whooshs_holds(pair):
    """Terms, frequencies, documents and positions, by every way a reader is asked."""
    ours, theirs = pair
    reader = SnapshotReader(ours.view.snapshot)
    with theirs.reader() as other:
        ids = {other.stored_fields(doc)["id"]: doc for doc in other.all_doc_ids()}
        assert {reader.stored_fields(doc)["id"] for doc in reader.all_doc_ids()} == set(ids)
        assert reader.doc_count() == other.doc_count()
        assert reader.doc_count_all() > reader.doc_count()
        assert reader.has_deletions()
        for field in ("text", "title", "source"):
            assert list(reader.lexicon(field)) == list(other.lexicon(field))
            assert list(reader.expand_prefix(field, "apu")) == list(
                other.expand_prefix(field, "apu")
            )
            for term in other.lexicon(field):
                assert (field, term) in reader
                mine, its = reader.postings(field, term), other.postings(field, term)
                placed = {
                    reader.stored_fields(doc)["id"]: places
                    for doc, places in mine.items_as("positions")
                }
                assert placed == {
                    other.stored_fields(doc)["id"]: list(places)
                    for doc, places in its.items_as("positions")
                }
                assert reader.frequency(field, term) >= other.frequency(field, term)
                info = reader.term_info(field, term)
                assert info.doc_frequency() == reader.doc_frequency(field, term)
                assert info.max_weight() >= 1
        assert sorted(reader.terms_within("text", "batuk", 1)) == ["batu", "batuk"]
        assert list(reader.field_terms("published")) == sorted(DAYS)
        with pytest.raises(whoosh.reading.TermNotFound):
            reader.postings("text", b"tiada")
        with pytest.raises(whoosh.reading.TermNotFound):
            reader.term_info("isbn", b"123")


def test_whooshs_own_searcher_runs_over_it(news):
    """Scores, matched terms and stored fields, as in Whoosh's documentation."""
    query = q.Or([q.Term("text", "beras"), q.Wildcard("text", "k*i")])
    with Searcher(SnapshotReader(news.view.snapshot)) as searching:
        results = searching.search(query, terms=True)
        assert {hit["id"] for hit in results} == {"a1", "a2", "a5", "a9"}
        assert results[0].score > 0
        assert ("text", b"beras") in results.matched_terms()
        document = searching.document(id="a11")
        assert document is not None
        assert document["title"] == "Gempa guncang Ambon"


def test_an_empty_index_can_be_read(tmp_path: Path):
    """No segment, no term, no failure."""
    index = searcher.create_index(tmp_path)
    reader = SnapshotReader(index.view.snapshot)
    assert list(reader.all_terms()) == []
    assert reader.field_length("text") == reader.max_field_length("text") == 0
    assert not index.search(spans.SpanFirst(q.Term("text", "x"))).hits
