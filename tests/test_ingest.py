"""What an index holds after files come, change and go, and what the report says of it."""

from __future__ import annotations

import copy
import gzip
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searcher.article import Article
from searcher.errors import ArticleRejected
from searcher.formats import Skipped
from searcher.ingest import Report, _Ids, _Known, update


class Shelf:
    """An index and its writer in memory: what is committed, and what waits."""

    def __init__(self) -> None:
        self.articles: dict[str, Article] = {}
        self.stored: Any = None
        self.commits = 0
        self.calls = 0

    @contextmanager
    def writer(self) -> Iterator[Shelf]:
        self.pending = dict(self.articles)
        self.catalogue = copy.deepcopy(self.stored)
        yield self

    def add(self, article: Article) -> None:
        self.calls += 1
        if "tolak" in article.title:
            raise ArticleRejected("refused")
        self.pending[article.id] = article

    def delete(self, article_id: str) -> bool:
        return self.pending.pop(article_id, None) is not None

    def digest(self, article_id: str) -> int | None:
        article = self.pending.get(article_id)
        return article.digest() if article is not None else None

    def commit(self) -> None:
        self.articles = dict(self.pending)
        self.stored = json.loads(json.dumps(self.catalogue))
        self.commits += 1

    def texts(self) -> dict[str, str]:
        return {each: article.body for each, article in self.articles.items()}


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    return folder


def age(path: Path, seconds: float = 100) -> None:
    """Make a file as old as files usually are when they are indexed."""
    info = path.stat()
    os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns - int(seconds * 1e9) + 1))


def write(corpus: Path, name: str, text: str | bytes) -> Path:
    path = corpus / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def lines(*rows: dict[str, object]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.added, report.updated, report.unchanged, report.removed


# Following a corpus ------------------------------------------------------------------


def test_a_folder_is_read_and_reported(shelf, corpus):
    write(corpus, "b/satu.txt", "Judul Satu\n\nIsi berita satu yang cukup panjang.\n")
    write(corpus, "a.jsonl", lines({"id": "x", "isi": "Isi x."}, {"isi": "Isi dua."}))
    report = update(shelf, [corpus])
    assert sorted(shelf.articles) == ["a.jsonl#2", "b/satu.txt", "x"]
    assert counts(report) == (3, 0, 0, 0)
    assert (report.articles, report.files, report.ok) == (3, 2, True)
    assert next(report.lines()).startswith("3 articles read, 3 added, 0 updated")


def test_an_unchanged_corpus_costs_one_look_at_each_file(shelf, corpus, monkeypatch):
    for n in range(5):
        age(write(corpus, f"{n}.txt", f"Judul {n}\n\nIsi berita nomor {n}.\n"))
    update(shelf, [corpus])
    monkeypatch.setattr("searcher.ingest._content", lambda *_: pytest.fail("opened"))
    report = update(shelf, [corpus])
    assert counts(report) == (0, 0, 5, 0)
    assert (shelf.commits, report.files, report.files_unchanged) == (1, 0, 5)
    assert not report.changed


def test_a_touched_file_is_not_read_again(shelf, corpus):
    path = write(corpus, "a.txt", "Judul\n\nIsi berita.\n")
    update(shelf, [corpus])
    os.utime(path, (1, 1))
    report = update(shelf, [corpus])
    assert (counts(report), shelf.commits, report.articles) == ((0, 0, 1, 0), 1, 0)


def test_a_change_within_the_clocks_tick_is_seen(shelf, corpus):
    """Same size, same time, other content: the file was too young to be trusted."""
    path = write(corpus, "a.txt", "Judul\n\nIsi satu.\n")
    update(shelf, [corpus])
    info = path.stat()
    path.write_text("Judul\n\nIsi dua .\n")
    os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))
    update(shelf, [corpus])
    assert shelf.texts() == {"a.txt": "Isi dua ."}


def test_appended_rows_are_all_that_is_added(shelf, corpus):
    rows = [{"id": n, "isi": f"Isi {n}."} for n in range(300)]
    path = write(corpus, "a.jsonl", lines(*rows))
    update(shelf, [corpus])
    shelf.calls = 0
    with path.open("a") as file:
        file.write(lines(*({"id": n, "isi": f"Isi {n}."} for n in range(300, 400))))
    report = update(shelf, [corpus])
    assert counts(report) == (100, 0, 300, 0)
    assert shelf.calls == report.articles == 100


def test_what_is_appended_is_numbered_on_and_minds_the_rows_before(shelf, corpus):
    """Lines count on, a bad line stays told, and an id already in the file is repeated."""
    path = write(corpus, "a.jsonl", lines({"isi": "Satu."}, {"id": "x", "isi": "X."}) + "{\n")
    update(shelf, [corpus])
    with path.open("a") as file:
        file.write(lines({"id": "x", "isi": "X."}, {"id": "x", "isi": "Y."}, {"isi": "Enam."}))
    report = update(shelf, [corpus])
    assert [s.line for s in report.skipped] == [3]
    assert (report.articles, report.duplicates) == (3, 1)
    assert shelf.texts() == {"a.jsonl#1": "Satu.", "x": "X.", "x#5": "Y.", "a.jsonl#6": "Enam."}


def test_a_changed_file_replaces_its_articles(shelf, corpus):
    write(corpus, "a.csv", "id,isi\n1,Satu.\n2,Dua.\n3,Tiga.\n")
    update(shelf, [corpus])
    write(corpus, "a.csv", "id,isi\n1,Satu.\n3,Tiga sekali.\n4,Empat.\n")
    report = update(shelf, [corpus])
    assert counts(report) == (1, 1, 1, 1)
    assert shelf.texts() == {"1": "Satu.", "3": "Tiga sekali.", "4": "Empat."}


def test_a_vanished_file_stays_until_pruned(shelf, corpus):
    path = write(corpus, "a.txt", "Judul\n\nIsi berita.\n")
    write(corpus, "b.txt", "Judul\n\nIsi lain.\n")
    update(shelf, [corpus])
    path.unlink()
    report = update(shelf, [corpus])
    assert report.missing == ("a.txt",)
    assert sorted(shelf.articles) == ["a.txt", "b.txt"]
    assert any("--prune" in line for line in report.lines())
    report = update(shelf, [corpus], prune=True)
    assert counts(report) == (0, 0, 1, 1)
    assert list(shelf.articles) == ["b.txt"]


def test_pruning_a_part_leaves_the_rest(shelf, corpus):
    """A run over one folder says nothing about files elsewhere."""
    write(corpus, "a/1.txt", "Judul\n\nIsi a.\n")
    write(corpus, "b/1.txt", "Judul\n\nIsi b.\n")
    update(shelf, [corpus])
    shutil.rmtree(corpus / "a")
    report = update(shelf, [corpus / "b"], root=corpus, prune=True)
    assert counts(report) == (0, 0, 1, 0)
    assert sorted(shelf.articles) == ["a/1.txt", "b/1.txt"]


def test_a_folder_that_is_not_there_prunes_nothing(shelf, corpus):
    """An archive on a disk that is not mounted is not an empty archive."""
    write(corpus, "arsip/1.txt", "Judul\n\nIsi.\n")
    update(shelf, [corpus / "arsip"], root=corpus)
    (corpus / "arsip").rename(corpus.parent / "away")
    report = update(shelf, [corpus / "arsip"], root=corpus, prune=True)
    assert report.skipped == (Skipped("arsip", None, "no such file or folder"),)
    assert list(shelf.articles) == ["arsip/1.txt"]


def test_other_settings_read_everything_again(shelf, corpus):
    age(write(corpus, "a.csv", "kepala,isi\nSatu,Isi.\n"))
    update(shelf, [corpus])
    report = update(shelf, [corpus], settings={"columns": {"title": ["kepala"]}})
    assert counts(report) == (0, 1, 0, 0)
    assert shelf.articles["a.csv#1"].title == "Satu"


# Ids ---------------------------------------------------------------------------------


def test_the_first_file_keeps_an_id_and_nothing_is_lost(shelf, corpus):
    write(corpus, "a.csv", "id,isi\n1,Satu di a.\n")
    write(corpus, "b.csv", "id,isi\n1,Satu di b.\n2,Dua di b.\n")
    report = update(shelf, [corpus])
    assert shelf.texts() == {"1": "Satu di a.", "b.csv#1": "Satu di b.", "2": "Dua di b."}
    (warning,) = report.warnings
    assert (warning.path, warning.reason) == (
        "b.csv",
        "the id '1' is already in a.csv; this article is called b.csv#1",
    )


def test_a_file_that_comes_first_takes_its_id(shelf, corpus):
    """As if both had been there from the start."""
    write(corpus, "b.csv", "id,isi\n1,Satu di b.\n")
    update(shelf, [corpus])
    write(corpus, "a.csv", "id,isi\n1,Satu di a.\n")
    update(shelf, [corpus])
    assert shelf.texts() == {"1": "Satu di a.", "b.csv#1": "Satu di b."}
    write(corpus, "a.csv", "id,isi\n7,Tujuh di a.\n")
    update(shelf, [corpus])
    assert shelf.texts() == {"7": "Tujuh di a.", "1": "Satu di b."}


def test_a_file_renamed_keeps_its_ids(shelf, corpus):
    path = write(corpus, "a.csv", "id,isi\n1,Satu.\n")
    update(shelf, [corpus])
    path.rename(corpus / "z.csv")
    update(shelf, [corpus])
    assert shelf.articles["1"].path == "z.csv"
    assert list(shelf.articles) == ["1"]


def test_the_same_id_twice_in_a_file(shelf, corpus):
    """A row repeated word for word counts once; another text gets ``id#row``."""
    row = {"id": "x", "isi": "Satu."}
    write(corpus, "a.jsonl", lines(row, row, {"id": "x", "isi": "Lain."}))
    report = update(shelf, [corpus])
    assert shelf.texts() == {"x": "Satu.", "x#3": "Lain."}
    assert report.duplicates == 1
    assert report.warnings[0].reason.startswith("the id 'x' is in this file before")


def test_an_id_taken_from_a_file_outside_the_run(shelf, corpus):
    """The other file is read again though only one was named; its text is not lost."""
    write(corpus, "b/b.csv", "id,isi\n1,Satu di b.\n")
    update(shelf, [corpus])
    write(corpus, "a/a.csv", "id,isi\n1,Satu di a.\n")
    update(shelf, [corpus / "a"], root=corpus)
    assert shelf.texts() == {"1": "Satu di a.", "b/b.csv#1": "Satu di b."}


# What is not read ---------------------------------------------------------------------


def test_bad_files_are_reported_again_while_they_stay_bad(shelf, corpus):
    age(write(corpus, "a.bin", bytes(range(256)) * 10))
    age(write(corpus, "b.jsonl", '{"isi": "Ya."}\n{"isi": "Ti\n'))
    for _ in range(2):
        report = update(shelf, [corpus])
        assert [(s.path, s.line) for s in report.skipped] == [("a.bin", None), ("b.jsonl", 2)]
        assert not report.ok
    assert shelf.commits == 1


def test_hidden_and_other_files_are_passed_over(shelf, corpus):
    for name in (".git/x.txt", ".a.txt", "__pycache__/x.txt", "README.md", "foto.jpg", "a.txt~"):
        write(corpus, name, "Judul\n\nIsi berita.\n")
    report = update(shelf, [corpus])
    assert (shelf.articles, report.ok, report.ignored) == ({}, True, 3)


def test_links_are_not_followed(shelf, corpus, tmp_path):
    write(corpus, "a/1.txt", "Judul\n\nIsi.\n")
    (tmp_path / "luar.txt").write_text("Judul\n\nLuar.\n")
    (corpus / "a" / "putaran").symlink_to(corpus)
    (corpus / "kembar.txt").symlink_to(corpus / "a" / "1.txt")
    (corpus / "keluar.txt").symlink_to(tmp_path / "luar.txt")
    (corpus / "buntu").symlink_to(corpus / "tidak-ada")
    (corpus / "diri").symlink_to(corpus / "diri")
    report = update(shelf, [corpus])
    assert list(shelf.articles) == ["a/1.txt"]
    assert [s.path for s in report.skipped] == ["buntu", "diri", "keluar.txt"]
    assert report.ignored == 2


def test_a_pipe_is_not_opened(shelf, corpus):
    os.mkfifo(corpus / "pipa.txt")
    report = update(shelf, [corpus])
    assert report.skipped == (Skipped("pipa.txt", None, "not a regular file"),)


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_an_unreadable_folder_keeps_its_articles(shelf, corpus):
    write(corpus, "a/1.txt", "Judul\n\nIsi.\n")
    update(shelf, [corpus])
    (corpus / "a").chmod(0)
    report = update(shelf, [corpus], prune=True)
    (corpus / "a").chmod(0o700)
    assert (report.ok, list(shelf.articles)) == (False, ["a/1.txt"])


def test_an_unreadable_file_keeps_its_articles_and_is_tried_again(shelf, corpus, monkeypatch):
    from searcher import ingest

    path = write(corpus, "a.txt", "Judul\n\nIsi.\n")
    update(shelf, [corpus])
    path.write_text("Judul\n\nIsi baru.\n")
    with monkeypatch.context() as patch:
        patch.setattr(ingest, "_content", lambda *_: (_ for _ in ()).throw(OSError(5, "EIO")))
        report = update(shelf, [corpus], prune=True)
    assert report.skipped == (Skipped("a.txt", None, "EIO"),)
    assert shelf.texts() == {"a.txt": "Isi."}
    update(shelf, [corpus])
    assert shelf.texts() == {"a.txt": "Isi baru."}


def test_what_the_index_refuses_is_skipped(shelf, corpus):
    write(corpus, "a.jsonl", lines({"judul": "tolak", "isi": "A."}, {"judul": "ya", "isi": "B."}))
    report = update(shelf, [corpus])
    assert report.skipped == (Skipped("a.jsonl", 1, "refused"),)
    assert list(shelf.articles) == ["a.jsonl#2"]


def test_names_that_are_no_text_are_spelt_out(shelf, corpus):
    name = os.fsencode(corpus) + b"/caf\xe9\n.txt"
    with open(name, "w") as file:
        file.write("Judul\n\nIsi.\n")
    update(shelf, [corpus])
    assert list(shelf.articles) == ["caf\\xe9\\n.txt"]


def test_many_skips_are_told_together():
    skipped = tuple(Skipped("a.csv", n, "neither a title nor a text") for n in range(2, 52))
    told = list(Report(skipped=skipped, skipped_count=50).lines())
    assert told[:2] == [
        "skipped: a.csv:2: neither a title nor a text",
        "skipped: a.csv: and 49 more like it",
    ]


# Commits -----------------------------------------------------------------------------


def test_a_long_build_commits_as_it_goes_and_resumes(shelf, corpus):
    rows = [{"isi": f"Isi {n}."} for n in range(1000)]
    write(corpus, "a.jsonl", lines(*rows))
    write(corpus, "b.jsonl", lines(*rows))

    class Cut(Exception):
        pass

    def cut(article: Article) -> None:
        if article.id == "b.jsonl#700":
            raise Cut
        type(shelf).add(shelf, article)

    shelf.add = cut  # type: ignore[method-assign]
    with pytest.raises(Cut):
        update(shelf, [corpus], commit_every=300)
    del shelf.add  # type: ignore[method-assign]
    assert 1500 <= len(shelf.articles) < 1700
    report = update(shelf, [corpus], commit_every=300)
    assert len(shelf.articles) == 2000
    assert report.files == 1
    assert report.added < 500


def test_a_file_half_indexed_and_then_changed_leaves_nothing_behind(shelf, corpus):
    write(corpus, "a.jsonl", lines(*({"id": n, "isi": f"Isi {n}."} for n in range(1000))))
    real = shelf.add

    def cut(article: Article) -> None:
        if article.id == "900":
            raise KeyboardInterrupt
        real(article)

    shelf.add = cut  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        update(shelf, [corpus], commit_every=200)
    shelf.add = real  # type: ignore[method-assign]
    write(corpus, "a.jsonl", lines({"id": 5, "isi": "Isi 5."}, {"id": "baru", "isi": "Baru."}))
    update(shelf, [corpus])
    assert shelf.texts() == {"5": "Isi 5.", "baru": "Baru."}


def test_progress_is_told_with_bytes(shelf, corpus):
    path = write(
        corpus, "a.jsonl.gz", gzip.compress(lines(*({"isi": "x"} for _ in range(500))).encode())
    )
    seen: list[tuple[int, int, int, int]] = []
    update(shelf, [corpus], progress=lambda *numbers: seen.append(numbers))
    size = path.stat().st_size
    assert seen[-1] == (500, 1, size, size)
    assert all(done <= total for _, _, done, total in seen)


# Any history -------------------------------------------------------------------------

_NAMES = ["a.jsonl", "b.jsonl", "c.jsonl", "b/d.jsonl", "e.txt"]
_ROWS = st.lists(
    st.tuples(st.sampled_from(["1", "2", "3", None, "b.jsonl#1", "a.jsonl#2"]), st.integers(0, 2)),
    max_size=4,
)
_EDITS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.sampled_from(_NAMES), _ROWS),
        st.tuples(st.just("append"), st.sampled_from(_NAMES), _ROWS),
        st.tuples(st.just("delete"), st.sampled_from(_NAMES), st.none()),
        st.tuples(st.just("rename"), st.sampled_from(_NAMES), st.sampled_from(_NAMES)),
        st.tuples(st.just("update"), st.none(), st.sampled_from([1, 2, 10**6])),
        st.tuples(st.just("part"), st.sampled_from(_NAMES), st.none()),
    ),
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(edits=_EDITS)
def test_any_history_ends_where_a_fresh_build_does(edits, tmp_path_factory):
    """Whatever was written, removed, renamed and indexed in whatever order, the index
    ends up holding the articles, ids and paths a build from nothing gives."""
    corpus = tmp_path_factory.mktemp("corpus")
    shelf = Shelf()
    for kind, name, what in [*edits, ("update", None, 10**6)]:
        path = corpus / name if name else None
        if kind == "write":
            path.parent.mkdir(exist_ok=True)
            rows = [{"id": own, "isi": f"Isi {text}."} for own, text in what]
            path.write_text("Isi saja.\n" if path.suffix == ".txt" else lines(*rows))
        elif kind == "append" and path.exists():
            with path.open("a") as file:
                file.write(lines(*({"id": own, "isi": f"Isi {text}."} for own, text in what)))
        elif kind == "delete":
            path.unlink(missing_ok=True)
        elif kind == "rename" and path.exists():
            (corpus / what).parent.mkdir(exist_ok=True)
            path.rename(corpus / what)
        elif kind == "update":
            update(shelf, [corpus], prune=True, commit_every=what)
        elif kind == "part" and path.exists():
            update(shelf, [path], root=corpus)
    fresh = Shelf()
    update(fresh, [corpus])
    assert shelf.articles == fresh.articles
    update(shelf, [corpus], prune=True)
    assert shelf.articles == fresh.articles


@given(st.lists(st.sampled_from([*(f"a#{n}" for n in range(12)), "x", "a#01", "a#x"])), st.data())
def test_ids_are_a_set(added, data):
    """Runs of rows or not, ids behave as a set and survive packing."""
    ids, model = _Ids("a"), set()
    for each in added:
        ids.add(each)
        model.add(each)
        if data.draw(st.booleans()):
            gone = data.draw(st.sampled_from(added))
            ids.discard(gone)
            model.discard(gone)
    assert (set(ids), len(ids)) == (model, len(model))
    assert all((each in ids) == (each in model) for each in {*added, "a#5"})
    again = _Ids.unpack("a", json.loads(json.dumps(ids.pack())))
    assert set(again) == model


def test_a_file_of_a_million_rows_is_a_few_bytes_of_catalogue():
    known = _Known(1, 1, "h", _Ids("a.csv"), _Ids("a.csv"))
    known.ids.runs = [1, 1_000_000]
    packed = known.pack("a.csv")
    assert len(json.dumps(packed)) < 60
    assert len(_Known.unpack("a.csv", packed).ids) == 1_000_000


def test_the_real_index_follows_too(corpus, tmp_path):
    """The same through the writer of the index on disk."""
    from searcher.backends.embedded import open_index
    from searcher.index.writer import Writer

    class Target:
        def writer(self) -> Writer:
            return Writer(tmp_path / "index")

    path = write(corpus, "a.jsonl", lines({"id": "x", "isi": "Harga beras naik."}, {"isi": "Dua."}))
    age(path)
    assert counts(update(Target(), [corpus])) == (2, 0, 0, 0)
    assert counts(update(Target(), [corpus])) == (0, 0, 2, 0)
    path.write_text(lines({"id": "x", "isi": "Harga beras turun."}))
    assert counts(update(Target(), [corpus])) == (0, 1, 0, 1)
    index = open_index(tmp_path / "index")
    assert [article.body for article in index.articles()] == ["Harga beras turun."]
