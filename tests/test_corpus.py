"""Facts about the article collection every newcomer sees, and about the damaged files.

``corpus/`` must read without a single complaint; ``tests/data/broken/`` must be
complained about exactly as its ``EXPECTED.yaml`` says.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from searcher.article import Article
from searcher.formats import read_file

HERE = Path(__file__).parent
CORPUS = HERE.parent / "corpus"
BROKEN = HERE / "data" / "broken"
DOCUMENT = HERE.parent / "docs" / "corpus.md"
RANKINGS = HERE / "golden" / "rankings.yaml"

#: Groups of articles that share sentences on purpose: a wire story and its copies.
COPIES = (
    {
        "portal/saujana-gunung-bawah-laut-banda.txt",
        "portal/suluhtimur-gunung-bawah-laut.txt",
        "2022/gunung-bawah-laut-laut-banda.html",
        "koleksi/daerah-2023-2024.jsonl#1",
    },
)

EXPECTED: Mapping[str, Any] = yaml.safe_load((BROKEN / "EXPECTED.yaml").read_text("utf-8"))


def corpus_files() -> Iterator[tuple[Path, str]]:
    for path in sorted(CORPUS.rglob("*")):
        if path.is_file():
            yield path, path.relative_to(CORPUS).as_posix()


@pytest.fixture(scope="module")
def read() -> list[Any]:
    return [item for path, name in corpus_files() for item in read_file(path, name)]


@pytest.fixture(scope="module")
def articles(read: list[Any]) -> list[Article]:
    return [item for item in read if isinstance(item, Article)]


def test_corpus_reads_without_a_complaint(read: list[Any]) -> None:
    assert [str(item) for item in read if not isinstance(item, Article)] == []


def test_there_are_at_least_120_articles_each_with_its_own_id(articles: list[Article]) -> None:
    assert len(articles) >= 120
    assert [i for i, n in Counter(a.id for a in articles).items() if n > 1] == []


def test_every_article_has_a_title_a_date_and_a_body(articles: list[Article]) -> None:
    assert [a.id for a in articles if not a.title or a.published is None] == []
    assert [a.id for a in articles if len(a.body.split()) < 80] == []


def test_every_format_is_represented(articles: list[Article]) -> None:
    """By suffix; a header block and a portal page are both ``.txt``, in different folders."""
    names = [a.path or a.id for a in articles]
    suffixes = Counter("".join(Path(name).suffixes[-2:]) for name in names)
    kinds = (".txt", ".md", ".html", ".json", ".jsonl", ".csv", ".tsv", ".xlsx", ".dok")
    for suffix in (*kinds, ".jsonl.gz", ".txt.gz"):
        assert suffixes[suffix] >= 2, suffix
    portal = sum(name.startswith("portal/") for name in names)
    header = suffixes[".txt"] - portal
    assert portal >= 15
    assert header >= 12
    assert max(suffixes.values()) < len(articles) / 3


def test_the_articles_span_years_sources_places_and_sections(articles: list[Article]) -> None:
    assert {a.published.year for a in articles if a.published} == set(range(2019, 2027))
    assert len({a.source for a in articles if a.source}) >= 8
    assert len({a.place for a in articles if a.place}) >= 30
    sections = {a.category.lower() for a in articles if a.category}
    assert sections >= {
        "nasional", "daerah", "ekonomi", "olahraga", "hukum", "teknologi", "pendidikan",
        "kesehatan", "lingkungan", "budaya", "internasional",
    }  # fmt: skip


def test_a_dozen_articles_are_long(articles: list[Article]) -> None:
    assert sum(len(a.body.split()) >= 270 for a in articles) >= 10


def test_no_text_occurs_twice_but_in_the_declared_copies(articles: list[Article]) -> None:
    """No two articles share two sentences of eight words or more."""
    owners: dict[str, set[str]] = {}
    for article in articles:
        for sentence in re.split(r"(?<=[.!?])\s+|\n+", article.body):
            if len(sentence.split()) >= 8:
                owners.setdefault(" ".join(sentence.split()), set()).add(article.id)
    shared: Counter[frozenset[str]] = Counter()
    for ids in owners.values():
        shared.update(map(frozenset, combinations(sorted(ids), 2)))
    twins = {pair for pair, sentences in shared.items() if sentences >= 2}
    assert {pair for pair in twins if not any(pair <= group for group in COPIES)} == set()
    for group in COPIES:
        assert {frozenset(pair) for pair in combinations(group, 2)} <= twins


def test_the_wire_story_names_its_agency(articles: list[Article]) -> None:
    """A copy carries the credit in its file, whether or not a reader keeps it."""
    ids = {a.id for a in articles}
    for group in COPIES:
        assert group <= ids
        for article_id in group:
            text = (CORPUS / article_id.partition("#")[0]).read_text("utf-8")
            assert "saujana" in text.lower()


@pytest.mark.parametrize(
    "noise",
    ["Baca juga", "ADVERTISEMENT", "SCROLL TO CONTINUE", "TERPOPULER", "PERIODE", "Gambas",
     "Silakan baca", "Maaf, saat ini data", "Terpopuler", "Hak cipta"],
)  # fmt: skip
def test_the_furniture_of_portals_is_no_text(articles: list[Article], noise: str) -> None:
    assert any(noise in path.read_text("utf-8", "replace") for path, _ in corpus_files())
    assert [a.id for a in articles if noise in a.text] == []


def test_golden_rankings_name_articles_of_the_corpus(articles: list[Article]) -> None:
    ids = {a.id for a in articles}
    for golden in yaml.safe_load(RANKINGS.read_text("utf-8"))["rankings"]:
        assert 1 <= len(golden["expected"]) <= 3, golden["query"]
        for rank in golden["expected"]:
            assert rank["id"] in ids, golden["query"]
            assert rank["reason"]


def test_the_map_of_the_collection_names_what_is_there(articles: list[Article]) -> None:
    """Every id and path in ``docs/corpus.md`` exists, and its counts add up."""
    text = DOCUMENT.read_text("utf-8")
    ids = {a.id for a in articles}
    like_an_id = re.compile(r"(?:portal|20\d\d|koleksi)/[\w./#-]+\.\w+(?:#\d+)?|(?:dt|srt)-\d+")
    for quoted in re.findall(r"`([^`\s]+)`", text):
        if like_an_id.fullmatch(quoted) or re.fullmatch(r"(?:DOK|EKO|HO)-\d+", quoted):
            assert quoted in ids or (CORPUS / quoted).is_file(), quoted
    counts = re.findall(r"^\| `[^|]+\|[^|]+\| (\d+) \|", text, re.MULTILINE)
    assert sum(map(int, counts)) == len(articles)
    assert f"\n{len(articles)} articles" in text


def test_every_broken_file_has_an_expectation_and_the_reverse() -> None:
    files = {path.name for path in BROKEN.iterdir()} - {"EXPECTED.yaml"}
    assert files == set(EXPECTED["files"])


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.xfail(reason=want["open"])] if "open" in want else [])
        for name, want in EXPECTED["files"].items()
    ],
)
def test_a_broken_file_is_read_as_far_as_it_goes_and_reported(name: str) -> None:
    want = EXPECTED["files"][name]
    items = list(read_file(BROKEN / name, name, {"bounds": EXPECTED["bounds"]}))
    articles = [item for item in items if isinstance(item, Article)]
    reports = [item for item in items if not isinstance(item, Article)]

    if isinstance(want["articles"], dict):
        assert len(articles) >= want["articles"]["at_least"]
    else:
        assert [a.id for a in articles] == want["articles"]
    if "titles" in want:
        assert [a.title for a in articles] == want["titles"]
    if "contains" in want:
        assert any(want["contains"] in a.text for a in articles)
    if "absent" in want:
        assert not any(want["absent"] in a.text for a in articles)

    for expected in want["reports"]:
        assert any(
            type(report).__name__.lower() == expected["kind"]
            and re.search(expected["reason"], report.reason)
            and ("line" not in expected or report.line == expected["line"])
            for report in reports
        ), reports
    assert len(reports) <= max(len(want["reports"]), 1) + 1
