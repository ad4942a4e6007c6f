"""What the writer wrote is what readers read: whole, in one state, whatever happened."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from array import array
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from hashlib import blake2b
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import searcher
from searcher import Article, Index
from searcher.analysis import Analyzer
from searcher.errors import (
    ArticleRejected,
    IndexCorrupt,
    IndexLocked,
    IndexMissing,
    IndexRules,
    IndexVersion,
)
from searcher.index import batch
from searcher.index import writer as writing
from searcher.index.acronyms import expansion
from searcher.index.batch import head_json
from searcher.index.build import utc
from searcher.index.check import problems
from searcher.index.layout import NO_DATE
from searcher.index.snapshot import Snapshot
from searcher.index.writer import MERGE_AT, Writer

WORDS = ("harga", "beras", "naik", "di", "Medan", "anak-anak", "Covid-19", "di-PHK", "Rp1,5", "—")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Where an index with no articles is."""
    with Writer(tmp_path, fresh=True):
        pass
    return tmp_path


def put(directory: Path, *articles: Article, delete: Iterable[str] = ()) -> None:
    """One commit."""
    with Writer(directory) as writer:
        for article in articles:
            writer.add(article)
        for article_id in delete:
            writer.delete(article_id)


def article(number: int, body: str = "harga beras naik") -> Article:
    return Article(id=f"a{number}", title=f"Kabar {number}", body=body)


def held(directory: Path) -> list[Article]:
    """All articles, in index order."""
    return list(Index(directory).articles())


def files(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


# ---- round trips ---------------------------------------------------------------------

# Lone surrogates are no Unicode text; they are stored as question marks.
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
zones = st.timezones() | st.none()
articles = st.builds(
    Article,
    id=anything.filter(bool),
    title=anything,
    body=st.lists(st.sampled_from(WORDS) | anything, max_size=8).map(" ".join),
    published=st.none()
    | st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=zones).map(
        lambda moment: moment.replace(tzinfo=moment.tzinfo and timezone(moment.utcoffset()))
    ),
    source=st.none() | anything.filter(bool),
    place=st.none() | anything.filter(bool),
    author=st.none() | anything.filter(bool),
    category=st.none() | st.sampled_from(["ekonomi", "olahraga"]),
    url=st.none() | anything.filter(bool),
    caption=st.none() | anything.filter(bool),
    path=st.none() | anything.filter(bool),
    meta=st.dictionaries(anything, anything, max_size=2),
)
quickly = settings(
    deadline=None,
    suppress_health_check=list(HealthCheck),
    max_examples=25,
    phases=[Phase.explicit, Phase.generate],  # to shrink would take minutes of commits
)


@given(one=articles)
def test_what_is_kept_of_an_article_is_written_as_its_definition_says(one):
    """The stored JSON is that of the standard library, the digest of all fields but path,
    and the moment that of the calendar's own arithmetic."""
    values = one.as_dict()
    values.pop("body", None)
    assert head_json(one) == json.dumps(values, ensure_ascii=False)
    fields = [
        one.id, one.title, one.body,
        one.published.isoformat() if one.published else "",
        one.source or "", one.place or "", one.author or "",
        one.category or "", one.url or "", one.caption or "",
        *(part for item in sorted(one.meta.items()) for part in item),
    ]  # fmt: skip
    hashed = blake2b("\0".join(fields).encode(), digest_size=8).digest()
    assert one.digest() == int.from_bytes(hashed, "little")
    if one.published is None:
        assert utc(None) == (NO_DATE, 0)
        return
    offset = one.published.utcoffset()
    offset = timedelta(hours=7) if offset is None else offset
    since = one.published.replace(tzinfo=None) - datetime(1970, 1, 1) - offset
    seconds = since.days * 86400 + since.seconds
    assert utc(one.published) == (seconds, int(offset.total_seconds() // 60))


@quickly
@given(
    given_articles=st.lists(articles, max_size=8, unique_by=lambda a: a.id), cut=st.integers(0, 8)
)
def test_articles_come_back_as_they_were(tmp_path_factory, given_articles, cut):
    """Every field of any article, in order, over two commits; and each is found by its id."""
    directory = tmp_path_factory.mktemp("index")
    index = searcher.create_index(directory)
    put(directory, *given_articles[:cut])
    put(directory, *given_articles[cut:])
    assert list(index.articles()) == given_articles
    assert len(index) == len(given_articles)
    for one in given_articles:
        assert index.get(one.id) == one
        assert one.id in index
    analyzer = Analyzer()
    for segment in index.view.snapshot.segments:
        for doc in segment.docs():
            its = segment.article(doc)
            moment = segment.published(doc)
            if its.published is None:
                assert moment is None
            else:
                aware = its.published
                if aware.tzinfo is None:
                    aware = aware.replace(tzinfo=timezone(timedelta(hours=7)))
                assert moment == aware.replace(microsecond=0)
            for field, text in (("text", its.text), ("title", its.title)):
                expected: dict[str, set[int]] = {}
                for token in analyzer.analyze(text):
                    expected.setdefault(token.term, set()).add(token.position)
                lists = segment.field(field)
                for term, places in expected.items():
                    number = lists.find(term.encode())
                    _, positions = lists.positions(number, array("I", [doc]))
                    assert set(positions) >= places
    assert problems(directory) == []


def test_bodies_of_any_length_and_nul_bytes(directory):
    """A megabyte of text, a NUL in it, an empty body."""
    long = "harga beras\0naik\n\n" * 60_000
    put(directory, article(1, long), article(2, ""), Article(id="a3", title="\0", body="\0\0"))
    assert [a.body for a in held(directory)] == [long, "", "\0\0"]


def test_what_cannot_be_indexed_is_refused_and_the_rest_goes_on(directory, monkeypatch):
    """Without an id, or too long: ArticleRejected, and the batch is as it was."""
    monkeypatch.setattr(batch, "MAX_POSITIONS", 400)
    with Writer(directory) as writer:
        writer.add(article(1))
        for refused in (Article(id=""), article(2, "kata " * 101), Article(id="\ud800")):
            with pytest.raises(ArticleRejected):
                writer.add(refused)
        writer.add(article(3))
    assert [a.id for a in held(directory)] == ["a1", "a3"]


# ---- updates and deletions -----------------------------------------------------------


@st.composite
def histories(draw: st.DrawFn) -> list[list[tuple[str, str | None]]]:
    """Commits of (id, new body or None to delete)."""
    change = st.tuples(
        st.sampled_from("abcdef"),
        st.none() | st.sampled_from(["harga beras", "kopi", "banjir surut"]),
    )
    return draw(st.lists(st.lists(change, max_size=8), max_size=12))


@quickly
@given(history=histories(), share=st.sampled_from([0, 1e-5, 1]))
def test_an_index_is_what_a_dict_would_be(tmp_path_factory, history, share):
    """Add, replace, delete and add again in any order, in batches of any size.

    Within a commit a batch may be written to a segment of its own at any time.
    """
    directory = tmp_path_factory.mktemp("index")
    model: dict[str, str] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing, "BATCH_SHARE", share)
        with Writer(directory, fresh=True):
            pass
        for changes in history:
            with Writer(directory) as writer:
                for article_id, body in changes:
                    if body is None:
                        assert writer.delete(article_id) == (article_id in model)
                        model.pop(article_id, None)
                    else:
                        one = Article(id=article_id, body=body)
                        writer.add(one)
                        model[article_id] = body
                        assert writer.digest(article_id) == one.digest()
                    assert (article_id in writer) == (article_id in model)
                    assert len(writer) == len(model)
    index = Index(directory)
    assert {a.id: a.body for a in index.articles()} == model
    assert len(index) == len(model)
    for body in ("harga beras", "kopi", "banjir surut"):
        found = {hit.id for hit in index.search(f'"{body}"', limit=100)}
        assert found == {article_id for article_id, its in model.items() if its == body}
        assert index.search(f'"{body}"').total == len(found)
    assert problems(directory) == []


def test_one_article_updated_a_hundred_times(directory):
    """The index holds one article and no more bytes than after ten updates."""
    put(directory, *(article(n) for n in range(20)))
    sizes = []
    for n in range(100):
        put(directory, article(5, f"versi {n} beras"))
        sizes.append(sum(path.stat().st_size for path in directory.iterdir()))
    assert max(sizes) < 1.5 * sizes[9]
    snapshot = Snapshot(directory)
    assert len(snapshot.segments) <= MERGE_AT
    assert snapshot.n_live == 20
    assert Index(directory).get("a5").body == "versi 99 beras"
    assert [hit.id for hit in Index(directory).search("versi")] == ["a5"]


def test_an_article_deleted_in_its_own_commit_was_never_there(directory):
    """Added and deleted before the commit: no document, no segment."""
    put(directory, article(1), delete=["a1"])
    assert held(directory) == []
    assert Snapshot(directory).segments == []


def test_nothing_changed_is_no_commit(directory):
    """A writer that changed nothing leaves the generation, and the files, as they were."""
    put(directory, article(1))
    before = files(directory), Snapshot(directory).manifest.generation
    with Writer(directory) as writer:
        assert not writer.commit()
        assert not writer.delete("tiada")
    assert (files(directory), Snapshot(directory).manifest.generation) == before


# ---- merges --------------------------------------------------------------------------


def test_merges_keep_order_and_answers(directory, tmp_path_factory):
    """Forty commits, many merges: articles and ranking as of one commit."""
    rng = random.Random(3)
    everything = [article(n, " ".join(rng.choices(WORDS, k=rng.randint(1, 30)))) for n in range(40)]
    for one in everything:
        put(directory, one)
    assert len(Snapshot(directory).segments) < MERGE_AT
    assert held(directory) == everything
    once = tmp_path_factory.mktemp("once")
    put(once, *everything)
    for text in ("harga", "beras medan", '"anak-anak"', "covid", "naik -beras", "rp1,5 di-phk"):
        cut, whole = (
            {hit.id: hit.score for hit in Index(where).search(text, limit=40)}
            for where in (directory, once)
        )
        assert cut == pytest.approx(whole, rel=0.06), text


def test_merging_takes_the_families_and_acronyms_along(directory):
    """What was learned from each segment is known of the merged one."""
    for n in range(MERGE_AT + 1):
        put(directory, article(n, "Pelaku usaha mikro kecil menengah (UMKM) mengekspor kopi."))
    snapshot = Snapshot(directory)
    assert snapshot.acronyms()["UMKM", "usaha mikro kecil menengah"] == MERGE_AT + 1
    assert snapshot.known("mengekspor") == (MERGE_AT + 1, 0, MERGE_AT + 1, "ekspor")
    assert snapshot.known("umkm")[1:3] == (MERGE_AT + 1, MERGE_AT + 1)


def test_dead_documents_are_merged_away(directory):
    """A segment mostly deleted is rewritten: dead words no longer count."""
    put(directory, *(article(n, f"kata{n}") for n in range(10)))
    put(directory, delete=[f"a{n}" for n in range(6)])
    snapshot = Snapshot(directory)
    assert snapshot.n_docs == snapshot.n_live == 4
    assert snapshot.doc_freq("text", "kata3") == 0


def test_scores_hardly_depend_on_how_the_corpus_was_cut(tmp_path_factory):
    """Short articles first and long ones after, in commits of every size, merged or not.

    What an article gets differs from that of a build at once by 6 % at most (the average
    length the norms refer to may lag by ``writer.DRIFT``); document frequencies are sums,
    and exact.
    """
    rng = random.Random(7)
    everything = [
        article(n, " ".join(rng.choices(WORDS, k=rng.randint(3, 30) * (1 + n // 20))))
        for n in range(120)
    ]
    queries = ("harga", "beras naik", "covid-19", "medan di-phk rp1,5")
    options = {"profile": "plain", "limit": 200, "snippets": False}

    def scores(cuts: list[int]) -> dict[tuple[str, str], float]:
        where = tmp_path_factory.mktemp("cut")
        for start, end in zip([0, *cuts], [*cuts, 120], strict=True):
            put(where, *everything[start:end])
        index = Index(where)
        return {
            (text, hit.id): hit.score for text in queries for hit in index.search(text, **options)
        }

    whole = scores([])
    worst = 0.0
    for cuts in ([1], [60], [20, 40, 60, 80, 100], list(range(10, 120, 10)), [119], [5, 6, 7, 110]):
        cut = scores(cuts)
        assert cut.keys() == whole.keys()
        worst = max(worst, *(abs(cut[at] / whole[at] - 1.0) for at in whole))
    assert worst < 0.06, worst


# ---- one state at a time -------------------------------------------------------------


def test_a_reader_keeps_its_state(directory):
    """A snapshot taken before a commit answers as before it, though its files are gone."""
    put(directory, *(article(n) for n in range(3)))
    before = Snapshot(directory)
    index = Index(directory)
    assert len(index) == 3
    with Writer(directory, fresh=True) as writer:
        writer.add(article(9, "kopi"))
        assert len(index) == 3
    assert [before.segments[0].article(doc).id for doc in before.segments[0].docs()] == [
        "a0", "a1", "a2",
    ]  # fmt: skip
    assert [a.id for a in index.articles()] == ["a9"]


def test_readers_beside_a_writer_see_whole_commits(directory):
    """Every state seen holds all articles of some commit and none of the next."""
    put(directory, *(article(n, "versi 0") for n in range(5)))
    done = threading.Event()
    seen: list[set[str]] = []

    def read() -> None:
        index = Index(directory)
        while not done.is_set():
            seen.append({a.body for a in index.articles()})

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for version in range(1, 15):
        put(directory, *(article(n, f"versi {version}") for n in range(5)))
    done.set()
    for reader in readers:
        reader.join()
    assert seen
    assert all(len(bodies) == 1 for bodies in seen)


def test_an_exception_leaves_the_old_state(directory):
    """``with writer`` commits at its end or not at all; leftovers go with the next writer."""
    put(directory, article(1))
    before = files(directory)

    class Unplugged(Exception):
        pass

    def unplugged() -> None:
        with Writer(directory) as writer:
            writer.add(article(2))
            writer.delete("a1")
            raise Unplugged

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing, "BATCH_SHARE", 0)
        with pytest.raises(Unplugged):
            unplugged()
    assert [a.id for a in held(directory)] == ["a1"]
    assert files(directory) > before
    put(directory, article(3))
    assert [a.id for a in held(directory)] == ["a1", "a3"]
    assert files(directory) == Snapshot(directory).manifest.files() | {
        "manifest.json",
        "lock",
        "pulse",
    }


def test_a_second_writer_waits_and_then_names_the_first(directory):
    """IndexLocked tells which process writes; afterwards anyone may."""
    with Writer(directory) as writer:
        writer.add(article(1))
        with pytest.raises(IndexLocked, match=f"process {os.getpid()}"):
            Writer(directory, wait=0.05)

        def later() -> None:
            put(directory, article(2))

        thread = threading.Thread(target=later)
        thread.start()
        time.sleep(0.05)
    thread.join()
    assert [a.id for a in held(directory)] == ["a1", "a2"]


def test_a_lock_ends_with_its_process(directory):
    """A writer killed while it holds the lock keeps nobody waiting."""
    code = (
        "import sys, os; from pathlib import Path; from searcher.index.writer import Writer\n"
        "writer = Writer(Path(sys.argv[1])); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(directory)], check=False)
    with Writer(directory, wait=0) as writer:
        writer.add(article(1))


# ---- other and broken indexes --------------------------------------------------------


@pytest.fixture
def full(directory: Path) -> Path:
    """An index with every kind of file: two segments, deletions, roots, dictionary, catalogue."""
    put(directory, *(article(n, " ".join(WORDS)) for n in range(5)))
    with Writer(directory) as writer:
        writer.add(article(7, "Pelaku usaha mikro (UM) mengekspor kopi."))
        writer.delete("a1")
        writer.catalogue = {"files": {"a.txt": [1, 2]}}
    return directory


def test_an_unreadable_manifest(full):
    """IndexCorrupt; a rebuild may replace it, and keeps what is there until it commits."""
    (full / "manifest.json").write_bytes(b"\xff{}\n[]")
    with pytest.raises(IndexCorrupt, match=r"manifest\.json is damaged"):
        Index(full)
    with pytest.raises(IndexCorrupt):
        Writer(full)
    before = files(full)
    writer = Writer(full, fresh=True)
    writer.close()
    assert files(full) == before
    with Writer(full, fresh=True) as writer:
        writer.add(article(1))
    assert [a.id for a in held(full)] == ["a1"]


def test_an_index_of_a_later_format(full, monkeypatch):
    """IndexVersion says what to do, and the files of the other version stay."""
    monkeypatch.setattr("searcher.index.manifest.FORMAT_VERSION", 99)
    with Writer(full, fresh=True) as writer:
        writer.add(article(1))
    later = files(full)
    monkeypatch.undo()
    with pytest.raises(IndexVersion, match="was written by index format 99"):
        Index(full)
    with pytest.raises(IndexVersion):
        Writer(full)
    assert files(full) == later


def test_no_index_there(tmp_path):
    """IndexMissing names the command that makes one."""
    for where in (tmp_path, tmp_path / "tiada", Path(__file__)):
        with pytest.raises(IndexMissing, match="searcher index"):
            Index(where)


# ---- rules ---------------------------------------------------------------------------


def test_other_roots_rewrite_only_the_roots(directory):
    """Which words belong together can change without reading an article."""
    put(directory, article(1, "Kiper tampil gemilang"), article(2, "Penjaga gawang cedera"))
    before = files(directory)
    assert Snapshot(directory).known("kiper")[3] == "kiper"
    with Writer(directory, settings={"roots": {"kiper": "gawang"}}):
        pass
    after = files(directory)
    changed = {name.split(".")[-1].split("-")[0] for name in before ^ after}
    assert changed == {"roots"}
    assert Snapshot(directory).known("kiper")[3] == "gawang"
    assert [hit.id for hit in Index(directory).search("gawang")] == ["a2", "a1"]
    with Writer(directory) as writer:
        writer.add(article(3))
    assert Snapshot(directory).known("kiper")[3] == "gawang"


def test_other_terms_need_a_rebuild(directory):
    """Rules that would cut words otherwise raise IndexRules; ``fresh`` takes them."""
    put(directory, article(1))
    edits = {"camel_names": ["WartaKita"]}
    with pytest.raises(IndexRules, match="searcher rebuild"):
        Writer(directory, settings=edits)
    assert [a.id for a in held(directory)] == ["a1"]
    with Writer(directory, settings=edits, fresh=True) as writer:
        writer.add(article(2))
    put(directory, article(3))
    assert [a.id for a in held(directory)] == ["a2", "a3"]
    with pytest.raises(IndexRules):
        Writer(directory, settings={**edits, "glue": False})


def test_stop_words_need_no_rebuild(directory):
    """Weights of words are a matter of queries: the index takes them as they are set."""
    put(directory, article(1))
    with Writer(directory, settings={"stopwords": {"add": {"beras": 0.3}}}):
        pass
    assert Snapshot(directory).analyzer.weight("beras") == 0.3


# ---- what is learned while indexing --------------------------------------------------


def test_glued_words_are_found_by_their_parts(directory):
    """*Gubernurmeresmikan* is *Gubernur meresmikan*, where both words are common."""
    body = "Gubernur meresmikan pasar. " * 60
    put(directory, article(1, body), article(2, "Kemarin Gubernurmeresmikan jembatan panjang."))
    index = Index(directory)
    assert next(iter(index.search("jembatan meresmikan"))).id == "a2"
    assert [hit.id for hit in index.search('"meresmikan jembatan"')] == ["a2"]
    assert [hit.id for hit in index.search('"kemarin gubernurmeresmikan"')] == ["a2"]


def test_no_word_is_more_than_equal_to_another(directory):
    """Dice's coefficient of words that repeat their letters is at most 1 too."""
    put(directory, article(1, "hahahahahaha hahahahah anananananas ananas hahahaxx beras"))
    for word in ("hahahahahah", "ananananas", "beraas", "ananas"):
        near = Snapshot(directory).near(word, 0.1, 60)
        assert all(0.1 <= dice <= 1.0 for _, dice, _ in near), (word, near)
    assert Snapshot(directory).near("hahahahahah", 0.35, 60)


@pytest.mark.parametrize(
    ("short", "before", "long"),
    [
        ("UMKM", "pelaku usaha mikro, kecil, dan menengah", "usaha mikro kecil dan menengah"),
        ("KPK", "juru bicara Komisi Pemberantasan Korupsi", "komisi pemberantasan korupsi"),
        ("BPBD", "Badan Penanggulangan Bencana Daerah", "badan penanggulangan bencana daerah"),
        ("Kemenkes", "menurut Kementerian Kesehatan", "kementerian kesehatan"),
        ("WIB", "pukul sepuluh pagi", None),
        ("KPK", "kata ketua", None),
    ],
)
def test_acronyms_are_explained_by_the_words_before(short, before, long):
    """First letters, in order, of words that stand right before the bracket."""
    assert expansion(short, before.split()) == long


def test_sources_are_counted_without_reading_articles(directory, monkeypatch):
    """Figures about an index come from its columns."""
    put(directory, Article(id="a1", body="x", source="Kabar", published=datetime(2023, 3, 9)))
    monkeypatch.setattr(
        "searcher.index.segment.Segment.parts", lambda *_: pytest.fail("stored text was read")
    )
    stats = Index(directory).stats()
    assert stats["articles"] == 1
    assert stats["sources"] == {"Kabar": 1}
    assert (stats["first"], stats["last"]) == ("2023-03-09", "2023-03-09")


def test_a_writer_of_several_batches_goes_on_after_a_commit(directory, monkeypatch):
    """The words of an article are numbered by the table that its batch is written with."""
    monkeypatch.setattr("searcher.index.writer.BATCH_SHARE", 1e-6)
    with Writer(directory) as writer:
        for start in (0, 10, 20):
            for i in range(start, start + 10):
                writer.add(article(i, f"harga kata{i}khas beras{i}"))
            writer.commit()
    index = Index(directory)
    for i in range(30):
        assert [hit.id for hit in index.search(f"kata{i}khas", profile="plain")] == [f"a{i}"], i
