"""No bit of an index can change unnoticed, and no changed bit brings the process down."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from array import array
from pathlib import Path
from random import Random

import pytest

import searcher
from searcher import cli, open_index
from searcher.errors import IndexCorrupt, IndexMissing, IndexVersion, SearcherError
from searcher.index import check, manifest
from searcher.index import writer as writing
from searcher.index.layout import FORMAT_VERSION, ColumnFile
from searcher.index.writer import Writer
from searcher.kernels.postings import Unsound

from . import samples
from .fuzzing import ask, forge
from .model import article


@pytest.fixture(scope="module")
def directory(tmp_path_factory) -> Path:
    """An index that every test leaves as it found it."""
    where = tmp_path_factory.mktemp("index")
    samples.build(where)
    assert check.problems(where) == []
    kinds = {path.suffix.split("-")[0] for path in samples.files(where)}
    assert kinds == {".json", ".zst", ".zdict", ".seg", ".live", ".roots"}
    return where


def _flip(path: Path, bit: int) -> None:
    with open(path, "r+b") as file:
        file.seek(bit // 8)
        (byte,) = file.read(1)
        file.seek(bit // 8)
        file.write(bytes([byte ^ (1 << bit % 8)]))


def _write(path: Path, column: str, value: bytes) -> bytes:
    """Repeat a value all over a column, under right checksums; the file before."""
    whole = path.read_bytes()
    (start, size) = next(
        (at, size) for name, at, size, _ in ColumnFile(path)._toc if name == column
    )
    path.write_bytes(whole[:start] + (value * size)[:size] + whole[start + size :])
    forge(path)
    return whole


def _noticed(directory: Path, path: Path) -> bool:
    return any(damage.file == path.name for damage in check.problems(directory))


def _flip_many(directory: Path, flips: int, seed: int) -> list[str]:
    """Flip random bits one at a time, every file as often; the flips nobody noticed."""
    rng = Random(seed)
    files = samples.files(directory)
    missed = []
    for n in range(flips):
        path = files[n % len(files)]
        bit = rng.randrange(8 * path.stat().st_size)
        _flip(path, bit)
        if not _noticed(directory, path):
            missed.append(f"{path.name}: bit {bit % 8} of byte {bit // 8}")
        _flip(path, bit)
    return missed


def test_any_flipped_bit_is_reported_with_its_file(directory):
    assert _flip_many(directory, 300, 1) == []
    assert check.problems(directory) == []


@pytest.mark.slow
def test_ten_thousand_flipped_bits_are_all_reported(directory):
    assert _flip_many(directory, 10_000, 2) == []


def test_every_bit_of_frames_and_padding_is_covered(directory):
    """Heads, footers, and the zero bytes between columns, of one file of each kind."""
    for path in {p.suffix.split("-")[0]: p for p in samples.files(directory)}.values():
        size = path.stat().st_size
        rng = Random(3)
        for byte in [*range(0, 12, 3), *range(12, 60, 17), size - 24, size - 9, size - 1]:
            bit = 8 * byte + rng.randrange(8)
            _flip(path, bit)
            assert _noticed(directory, path), f"{path.name}: byte {byte}"
            _flip(path, bit)


def test_any_truncation_is_reported_with_its_file(directory):
    rng = Random(4)
    for path in samples.files(directory):
        whole = path.read_bytes()
        for length in {0, 1, len(whole) - 1, *(rng.randrange(len(whole)) for _ in range(4))}:
            path.write_bytes(whole[:length])
            assert _noticed(directory, path), f"{path.name} cut to {length}"
        path.write_bytes(whole + b"\0")
        assert _noticed(directory, path), f"{path.name} made longer"
        path.write_bytes(whole)


def test_a_missing_file_is_named(directory):
    for path in samples.files(directory):
        if path.name == manifest.NAME:
            continue
        path.rename(path.with_suffix(".away"))
        assert [str(damage) for damage in check.problems(directory)] == [
            f"{path.name}: the file is missing"
        ]
        if not path.name.startswith("catalogue"):
            with pytest.raises(IndexCorrupt, match=path.name):
                open_index(directory)
        path.with_suffix(".away").rename(path)


def test_files_that_took_each_others_place_are_noticed(directory):
    segments = [path for path in samples.files(directory) if path.suffix == ".seg"]
    first, second = segments[0].read_bytes(), segments[1].read_bytes()
    segments[0].write_bytes(second)
    assert _noticed(directory, segments[0])
    segments[0].write_bytes(first)


def test_check_names_the_file_and_fails(directory, capsys):
    path = next(path for path in samples.files(directory) if path.suffix == ".zdict")
    _flip(path, 100)
    assert cli.check({"index": str(directory), "json": False, "quiet": False}) == cli.ERROR
    assert f"{path.name}: it has changed since it was written" in capsys.readouterr().err
    _flip(path, 100)
    assert cli.check({"index": str(directory), "json": False, "quiet": False}) == cli.FOUND


def test_another_version_is_told_apart_from_damage(directory):
    """A manifest that is sound and of another format is no damage."""
    path = directory / manifest.NAME
    whole = path.read_bytes()
    _, _, body = whole.partition(b"\n")
    other = FORMAT_VERSION + 1
    path.write_bytes(manifest.sealed(body, other))
    with pytest.raises(IndexVersion, match=f"format {other}.*searcher rebuild"):
        open_index(directory)
    path.write_bytes(whole)


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{}",
        b'{"segments": 1}',
        b'{"segments": [{"name": "../../secret"}]}',
        b'{"segments": [], "dictionary": "../secret"}',
        b'{"segments": [], "dictionary": 5}',
        b'{"segments": [], "catalogue": "/etc/passwd"}',
        b'{"segments": [{"name": "segment-00000001.seg", "n_docs": 1, "bytes": 1, "live": "x"}]}',
        b"[" * 100_000,
    ],
)
def test_a_forged_manifest_is_refused(tmp_path, body):
    """With a right seal, too: an index never reads outside its directory."""
    (tmp_path / manifest.NAME).write_bytes(manifest.sealed(body))
    with pytest.raises(IndexCorrupt, match="not what this program writes"):
        open_index(tmp_path)


def _leaves(value: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    """Where something may be put in the place of what is there, a few of each list and mapping."""
    found = [path] if path else []
    inside = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list):
        inside = enumerate(value)
    for key, child in list(inside)[: None if len(path) < 3 else 2]:
        found += _leaves(child, (*path, key))
    return found


def test_values_of_other_kinds_in_a_manifest_are_refused(tmp_path):
    """Forged with a right seal: our own error, or an index that answers."""
    samples.build(tmp_path)
    path = tmp_path / manifest.NAME
    whole = path.read_bytes()
    body = json.loads(whole.partition(b"\n")[2])
    kinds = (None, -1, 2**80, 1e308, "x", "(a+)+$", [], {}, [[]], {"x": {"x": 1}})
    rng = Random(8)
    refused = answered = 0
    for where in _leaves(body):
        for new in rng.sample(kinds, 3):
            forged = json.loads(json.dumps(body))
            at = forged
            for key in where[:-1]:
                at = at[key]
            at[where[-1]] = new
            path.write_bytes(manifest.sealed(json.dumps(forged).encode()))
            try:
                index = open_index(tmp_path)
                index.search("harga beras").total  # noqa: B018
                index.search('umum "kata a" ber* kataz~1', facets=("place",)).total  # noqa: B018
                Writer(tmp_path, wait=1.0).close()
                answered += 1
            except SearcherError:
                refused += 1
    assert refused > answered > 0


@pytest.mark.parametrize("data", [b"", b"\n", b"{}", b"null\n{}", b"\xff\xfe", b"[" * 100_000])
def test_a_file_that_is_no_manifest_is_refused(tmp_path, data):
    (tmp_path / manifest.NAME).write_bytes(data)
    with pytest.raises(IndexCorrupt, match="its first line is not a seal"):
        open_index(tmp_path)


def test_no_index_is_not_a_damaged_one(tmp_path):
    with pytest.raises(IndexMissing):
        check.problems(tmp_path)


# Searching what nobody has checked --------------------------------------------------------


def _fuzz(directory: Path, trials: int, seed: int, *how: str) -> dict[str, dict[str, int]]:
    """Damage the index and search it in processes that may die."""
    root = Path(searcher.__file__).parents[1]
    arguments = [directory, str(trials), str(seed), *how]
    run = subprocess.run(
        [sys.executable, "-m", "tests.durability.fuzzing", *arguments],
        capture_output=True,
        text=True,
        cwd=root,
        env={"PYTHONPATH": str(root), "PATH": ""},
    )
    assert run.returncode == 0, run.stderr
    figures: dict[str, dict[str, int]] = json.loads(run.stdout)
    return figures


@pytest.mark.skipif(not hasattr(os, "fork"), reason="searches in forked processes")
@pytest.mark.parametrize(
    ("trials", "seed"),
    [
        pytest.param(10, 1, id="some"),
        pytest.param(
            2_000 if os.environ.get("SEARCHER_LONG") else 250, 2, id="many", marks=pytest.mark.slow
        ),
    ],
)
@pytest.mark.parametrize("how", [[], ["forged"]], ids=["damaged", "forged"])
def test_searching_a_damaged_index_never_ends_the_process(tmp_path, trials, seed, how):
    """An answer, perhaps a wrong one, or our own error; no crash, no hang, no other error.

    *Forged*: with checksums that are right for what it holds now.
    """
    samples.build(tmp_path / "index", articles=300)
    figures = _fuzz(tmp_path / "index", trials, seed, *how)
    bad = {what: where for what, where in figures.items() if what not in ("answered", "refused")}
    assert bad == {}


@pytest.mark.parametrize("field", ["text", "title"])
def test_a_word_is_in_no_more_documents_than_there_are(tmp_path, field):
    """Forged, so that no checksum tells: what a word weighs could not be said."""
    samples.build(tmp_path, articles=300)
    segment = next(path for path in samples.files(tmp_path) if path.suffix == ".seg")
    file = ColumnFile(segment)
    ends = file.columns[f"{field}.row_at"]
    _, start, size, _ = next(row for row in file._toc if row[0] == f"{field}.row_at")
    with open(segment, "r+b") as out:
        out.seek(start)
        out.write(array(ends.format, [0, *[1 << 20] * (len(ends) - 1)]).tobytes()[:size])
    forge(segment)
    lists = open_index(tmp_path).view.snapshot.segments[0].field(field)
    refused = 0
    for number in range(len(lists)):
        try:
            assert 0 <= lists.doc_freq(number) <= 300
        except Unsound:
            refused += 1
    assert refused


def test_damage_met_in_a_search_is_named(tmp_path):
    """The first thing that looks wrong makes the index be read as a whole."""
    samples.build(tmp_path, articles=300)
    segment = next(path for path in samples.files(tmp_path) if path.suffix == ".seg")
    file = ColumnFile(segment)
    _, start, size, _ = next(row for row in file._toc if row[0] == "text.list_at")
    with open(segment, "r+b") as out:
        out.seek(start)
        out.write(b"\xff" * size)
    index = open_index(tmp_path)
    with pytest.raises(IndexCorrupt, match=f"{segment.name} is damaged: column text.list_at"):
        index.search("umum")


def test_a_stored_article_that_changed_is_not_shown(tmp_path):
    samples.build(tmp_path)
    segment = next(path for path in samples.files(tmp_path) if path.suffix == ".seg")
    _, start, size, _ = next(row for row in ColumnFile(segment)._toc if row[0] == "stored")
    rng = Random(1)
    for _ in range(50):
        bit = 8 * start + rng.randrange(8 * size)
        before = {whole.id: whole for whole in open_index(tmp_path).articles()}
        _flip(segment, bit)
        index = open_index(tmp_path)
        refused = 0
        for article_id, whole in before.items():
            try:
                assert index.get(article_id) == whole
            except IndexCorrupt:
                refused += 1
        assert refused <= 1
        _flip(segment, bit)


def test_damage_is_not_merged_into_a_new_segment(tmp_path, monkeypatch):
    """A merge gives what it writes new checksums; it does not give them to damage."""
    samples.build(tmp_path)
    segment = next(path for path in samples.files(tmp_path) if path.suffix == ".seg")
    _, start, _, _ = next(row for row in ColumnFile(segment)._toc if row[0] == "text.impacts")
    _flip(segment, 8 * start)
    monkeypatch.setattr(writing, "MERGE_AT", 2)
    with pytest.raises(IndexCorrupt, match=segment.name), Writer(tmp_path) as writer:
        writer.add(article("baru", 1))
    _flip(segment, 8 * start)
    with Writer(tmp_path) as writer:
        writer.add(article("baru", 1))
    assert "baru" in open_index(tmp_path)


def test_sealed_terms_that_are_no_text_are_our_own_error(directory):
    """Order and lengths stay; every second byte of a term begins nothing in UTF-8."""
    path = next(path for path in samples.files(directory) if path.suffix == ".seg")
    whole = _write(path, "text.terms", b"h\x8f")
    try:
        with pytest.raises(IndexCorrupt, match="decode"):
            open_index(directory).search("h*")
    finally:
        path.write_bytes(whole)


@pytest.mark.parametrize("value", [b"\0", b"\1", b"\x40", b"\x7f", b"\x80", b"\xff"])
def test_a_column_of_nonsense_is_our_own_error(directory, value):
    """Every column in turn, sealed as if it had been written so: an answer or our error."""
    path = next(path for path in samples.files(directory) if path.suffix == ".seg")
    for name, *_ in ColumnFile(path)._toc:
        whole = _write(path, name, value)
        try:
            ask(directory)
        except SearcherError:
            pass
        except Exception as error:
            raise AssertionError(f"{name} full of {value!r}: {error!r}") from error
        finally:
            path.write_bytes(whole)
