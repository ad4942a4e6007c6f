"""Indexes of every released format, and of other rules, open or say what to do."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from searcher import cli, open_index
from searcher.errors import IndexRules, IndexVersion
from searcher.index import check, manifest
from searcher.index.writer import Writer
from tests.compat.make import ARTICLES, QUERIES

COMPAT = Path(__file__).parents[1] / "compat"
KEPT = sorted(path for path in COMPAT.glob("v*") if path.is_dir())


@pytest.mark.parametrize("kept", KEPT, ids=lambda path: path.name)
def test_an_index_of_an_old_format_opens_or_says_what_to_do(kept, tmp_path):
    directory = tmp_path / "index"
    shutil.copytree(kept / "index", directory)
    try:
        index = open_index(directory)
    except IndexVersion as error:
        assert "searcher rebuild" in str(error)  # noqa: PT017
        return
    assert check.problems(directory) == []
    assert sorted(index.articles(), key=lambda a: a.id) == sorted(ARTICLES, key=lambda a: a.id)
    answers = json.loads((kept / "answers.json").read_text(encoding="utf-8"))
    for query in QUERIES:
        assert [hit.id for hit in index.search(query, profile="plain")] == answers[query], query
    # It is not only read: the next commit goes into it, too.
    try:
        with Writer(directory) as writer:
            writer.delete(ARTICLES[0].id)
    except IndexRules as error:
        assert "searcher rebuild" in str(error)  # noqa: PT017
    else:
        assert len(open_index(directory)) == len(ARTICLES) - 1


def test_the_script_that_keeps_an_index_works(tmp_path):
    """What is kept at a release is made by ``python -m tests.compat.make``."""
    from tests.compat.make import keep

    kept = keep(tmp_path)
    assert kept.name == f"v{manifest.FORMAT_VERSION}"
    test_an_index_of_an_old_format_opens_or_says_what_to_do(kept, tmp_path)


def test_other_rules_are_told_at_the_command_line(tmp_path, monkeypatch, capsys):
    """Other words need a rebuild, and one line says so; meanwhile the old rules answer."""
    monkeypatch.chdir(tmp_path)
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "a.txt").write_text("Judul: Satu\nTanggal: 2023-03-09\nIsi:\nharga beras naik")
    values = {"quiet": False, "json": False, "config": None, "index": None, "prune": False}
    assert cli.index([], values) == cli.FOUND
    (tmp_path / "searcher.yaml").write_text("analysis:\n  camel_names: [WaKaBa]\n")
    (corpus / "b.txt").write_text("Judul: Dua\nTanggal: 2023-03-09\nIsi:\nharga gabah turun")
    capsys.readouterr()
    assert cli.guard(lambda: cli.index([], values)) == cli.ERROR
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(
        "was made with other analysis rules than are set now. Rebuild it with: searcher rebuild"
    )
    assert [hit.id for hit in open_index("index_data").search("beras")] == ["a.txt"]
    assert cli.guard(lambda: cli.index([], values, rebuild=True)) == cli.FOUND
    assert len(open_index("index_data")) == 2


def test_rules_of_which_words_go_together_need_no_rebuild(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.txt").write_text("Judul: Satu\nIsi:\nharga beras naik")
    values = {"quiet": True, "json": False, "config": None, "index": None, "prune": False}
    assert cli.index([], values) == cli.FOUND
    (tmp_path / "searcher.yaml").write_text("analysis:\n  protect: [beras]\n")
    assert cli.guard(lambda: cli.index([], values)) == cli.FOUND
