"""What a reader of ``corpus/`` expects first, query by query, with the reasons beside them.

The expectations are ``golden/rankings.yaml``; a change there is a change of what users
see, and reads as one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

import searcher
from searcher import Index
from searcher.ingest import update

HERE = Path(__file__).parent
CORPUS = HERE.parent / "corpus"
RANKINGS: list[dict[str, Any]] = yaml.safe_load(
    (HERE / "golden" / "rankings.yaml").read_text("utf-8")
)["rankings"]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Index:
    """The whole collection, read and indexed as the command line does it."""
    index = searcher.create_index(tmp_path_factory.mktemp("corpus"))
    report = update(index, [CORPUS], root=CORPUS)
    assert report.ok
    assert report.added == len(index)
    return index


@pytest.mark.parametrize("golden", RANKINGS, ids=lambda golden: golden["query"])
def test_expected_articles_come_first(corpus, golden):
    """In the order expected; what follows them is free."""
    expected = [item["id"] for item in golden["expected"]]
    found = [hit.id for hit in corpus.search(golden["query"], limit=len(expected))]
    reasons = "\n".join(f"{item['id']}: {item['reason']}" for item in golden["expected"])
    assert found == expected, f"{golden['query']}\n{reasons}"


def test_nothing_is_done_again_for_an_unchanged_corpus(corpus):
    """The second run opens no file and commits nothing."""
    before = corpus.stats()["generation"]
    report = update(corpus, [CORPUS], root=CORPUS)
    assert not report.changed
    assert report.files == 0
    assert report.unchanged == len(corpus)
    assert corpus.stats()["generation"] == before
