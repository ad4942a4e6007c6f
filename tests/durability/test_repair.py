"""What a damaged index can be made of again, and that it says what it cannot."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from random import Random

import pytest

from searcher import Article, cli, open_index
from searcher.index import check, manifest
from searcher.index import writer as writing
from searcher.index.layout import ColumnFile
from searcher.index.writer import Writer

from . import samples

N = 24


@pytest.fixture
def shop(tmp_path, monkeypatch) -> Path:
    """A corpus of 24 articles, indexed in two segments; one more that no file gave, and a
    file that was pruned."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(writing, "DRIFT", 1e9)  # so few articles are soon rewritten as one
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for n in range(N):
        _write(corpus, n)
    (corpus / "hapus.txt").write_text("Judul: Hapus\nTanggal: 2023-03-09\nIsi:\nakan dihapus")
    assert cli.index([], _values()) == cli.FOUND
    (corpus / "hapus.txt").unlink()
    _write(corpus, 0, "baru")
    assert cli.index([], _values(prune=True)) == cli.FOUND
    with Writer(tmp_path / "index_data") as writer:
        writer.add(Article(id="tamu", body="umum tanpa berkas"))
    assert len(open_index("index_data")) == N + 1
    return tmp_path


def _write(corpus: Path, n: int, word: str = "lama") -> None:
    rows = f"Judul: Kabar {n}\nTanggal: 2023-03-09\nIsi:\numum nomor{n} {word}"
    (corpus / f"b{n:02d}.txt").write_text(rows)


def _values(**more: object) -> dict[str, object]:
    return {"quiet": True, "json": False, "config": None, "index": None, **more}


def _repair(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, object], str]:
    capsys.readouterr()
    status = cli.guard(lambda: cli.check(_values(json=True, repair=True)))
    out, err = capsys.readouterr()
    return status, json.loads(out) if out else {}, err


def _files(kind: str) -> list[Path]:
    return [path for path in samples.files(Path("index_data")) if kind in path.name]


def _spoil(path: Path, column: str | None = None, seed: int = 1) -> None:
    """Change a tenth of a file's bytes, or of one column's."""
    data = bytearray(path.read_bytes())
    start, size = 0, len(data)
    if column is not None:
        start, size = next(row[1:3] for row in ColumnFile(path)._toc if row[0] == column)
    rng = Random(seed)
    for _ in range(max(1, size // 10)):
        data[start + rng.randrange(size)] ^= 1 << rng.randrange(8)
    path.write_bytes(data)


def _is_whole(articles: int = N + 1) -> None:
    assert check.problems(Path("index_data")) == []
    index = open_index("index_data")
    assert len(index) == index.search("umum").total == articles
    assert index.search("nomor0 AND baru").total >= 1
    assert index.search("nomor0 AND lama", profile="plain").total < N
    assert "hapus.txt" not in index


def test_a_sound_index_is_left_alone(shop, capsys):
    before = {path: path.read_bytes() for path in samples.files(Path("index_data"))}
    status, facts, _ = _repair(capsys)
    assert status == cli.FOUND
    assert facts["problems"] == []
    assert before == {path: path.read_bytes() for path in samples.files(Path("index_data"))}


def test_word_families_are_computed_again(shop, capsys):
    for path in _files(".roots"):
        _spoil(path)
    status, facts, _ = _repair(capsys)
    assert (status, facts["saved"], facts["lost"]) == (cli.FOUND, 0, [])
    _is_whole()


def test_articles_are_kept_where_only_postings_are_damaged(shop, capsys):
    """Without the corpus, too."""
    shutil.rmtree(shop / "corpus")
    for path in _files(".seg"):
        _spoil(path, "text.sparse")
    status, facts, _ = _repair(capsys)
    assert (status, facts["saved"], facts["lost"]) == (cli.FOUND, N + 1, [])
    _is_whole()


def test_what_cannot_be_read_comes_from_the_corpus(shop, capsys):
    for path in _files(".seg"):
        _spoil(path, "stored")
    status, facts, err = _repair(capsys)
    assert status == cli.ERROR
    assert facts["lost"] == ["tamu"], "it was in no file"
    assert "lost: tamu was in no file of the corpus" in err
    assert facts["restored"] > 0
    _is_whole(N)


def test_a_segment_that_is_gone_comes_from_the_corpus(shop, capsys):
    _files(".seg")[0].unlink()
    status, facts, _ = _repair(capsys)
    assert status == cli.FOUND
    assert facts["restored"] == N - 1
    _is_whole()


def test_deleted_articles_stay_deleted_though_nobody_knows_which(shop, capsys):
    """The list of the living is damaged: the catalogue knows what the files gave."""
    (path,) = _files(".live")
    _spoil(path)
    status, facts, _ = _repair(capsys)
    assert (status, facts["lost"]) == (cli.FOUND, [])
    _is_whole()


def test_a_catalogue_is_made_again(shop, capsys):
    (path,) = _files("catalogue")
    _spoil(path)
    status, _, _ = _repair(capsys)
    assert status == cli.FOUND
    _is_whole()
    assert manifest.load(Path("index_data")).catalogue is not None


@pytest.mark.parametrize("kind", ["manifest.json", ".zdict"])
def test_what_all_else_depends_on_is_built_anew(shop, capsys, kind):
    (path,) = _files(kind)
    _spoil(path)
    status, facts, err = _repair(capsys)
    assert "articles that never were in the corpus are gone" in err
    if kind == ".zdict":
        assert facts["lost"] == ["tamu"]
        assert status == cli.ERROR
    _is_whole(N)


@pytest.mark.parametrize("kind", ["manifest.json", ".zdict"])
def test_nothing_is_thrown_away_where_there_is_no_corpus(shop, capsys, kind):
    shutil.rmtree(shop / "corpus")
    (path,) = _files(kind)
    _spoil(path)
    before = {each.name: each.read_bytes() for each in Path("index_data").iterdir()}
    status, facts, err = _repair(capsys)
    assert (status, facts) == (cli.ERROR, {})
    assert "no corpus" in err
    assert "nothing was changed" in err
    assert before == {each.name: each.read_bytes() for each in Path("index_data").iterdir()}


@pytest.mark.parametrize("seed", range(6))
def test_any_damage_is_repaired_with_the_corpus(shop, capsys, seed):
    """Two files at random; whatever it was, the corpus is whole again after."""
    rng = Random(seed)
    for path in rng.sample(samples.files(Path("index_data")), 2):
        _spoil(path, seed=seed)
    _repair(capsys)
    index = open_index("index_data")
    _is_whole(N + ("tamu" in index))
