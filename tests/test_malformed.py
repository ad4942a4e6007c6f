"""No input, however broken or hostile, makes a reader raise, hang or swell.

Whatever a file holds, only articles, skips and warnings come out of it, and a skip says
why. The bombs are small on disk; the bounds that stop them are set low here.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import resource
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from searcher.article import Article
from searcher.formats import FORMATS, Reader, Skipped, Warned

SAMPLES = Path(__file__).with_name("data") / "formats"
NAMES = sorted(path.name for path in SAMPLES.iterdir())
TEXTS = [name for name in NAMES if not name.endswith((".gz", ".xlsx"))]
SUFFIXES = sorted({suffix for form in FORMATS for suffix in form.suffixes})
READER = Reader()
#: One megabyte of anything, in bytes.
SMALL = Reader({"bounds": {"whole": 1 << 20, "collection": 4 << 20, "line": 1 << 20}})


def read(path, reader=READER):
    """What the reader gives, each item looked at for what no item may be."""
    items = list(reader.read(path, path.name))
    for item in items:
        assert type(item) in (Article, Skipped, Warned)
        if isinstance(item, Article):
            json.dumps(item.as_dict()).encode()
            assert item.title or item.body
            assert "\n" not in item.id
            assert "\n" not in item.title
            assert not any(ch in item.text for ch in "\0\r\ufeff\u200b")
        else:
            assert item.reason
            assert not item.reason.startswith("could not be read"), item
            assert len(str(item)) < 1000
    assert items, "a file must be accounted for"
    return items


def written(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


# Damage to good files --------------------------------------------------------------------


@st.composite
def damaged(draw, names=NAMES, wounds=4):
    """A sample's name and its bytes after a few accidents."""
    name = draw(st.sampled_from(names))
    data = bytearray((SAMPLES / name).read_bytes())
    for _ in range(draw(st.integers(1, wounds))):
        at = draw(st.integers(0, len(data)))
        match draw(st.sampled_from(["cut", "flip", "nul", "insert", "double", "behead"])):
            case "cut":
                del data[at:]
            case "flip" if at < len(data):
                data[at] ^= 1 << draw(st.integers(0, 7))
            case "nul":
                data[at:at] = b"\0" * draw(st.integers(1, 3))
            case "insert":
                data[at:at] = draw(st.sampled_from(HOSTILE))
            case "double":
                data[at:at] = data[: draw(st.integers(0, 300))]
            case "behead":
                del data[:at]
    return name, bytes(data)


HOSTILE = [
    b'"', b"'", b"\\", b"\r", b"\x1a", b"\xff\xfe", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"<",
    b"&#0;", b"&#x110000;", b"]]>", b"-->", b"{", b"}", b"[[", b"\n---\n", b"<DOK>", b"</DOK>",
    b"*a", b"&a", b"\xe2\x80\xae", b"\n\n\n", b"NaN", b"1e999", b"-1e999", b"9" * 400,
    b"\\ud800", b"'); DROP", b"99/99/9999", b"0000-00-00", b"<![CDATA[", b"<script>",
    b"<!ENTITY a 'b'>", b"\x85", b"\x0c",
]  # fmt: skip


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("data", [b"\xff\xfe", b"\xfe\xff\0 \0\n", "\u00a0\n\u2003\n".encode()])
def test_a_file_of_nothing_is_said_to_be_one(suffix, data, tmp_path):
    items = read(written(tmp_path, f"a{suffix}", data))
    assert items
    assert all(isinstance(item, Skipped) for item in items)


@settings(max_examples=150, deadline=None)
@given(damaged())
def test_damage_costs_no_more_than_what_it_hit(tmp_path_factory, case):
    name, data = case
    read(written(tmp_path_factory.getbasetemp(), name, data))


@settings(max_examples=60, deadline=None)
@given(damaged(TEXTS), st.sampled_from(SUFFIXES))
def test_damaged_files_under_a_wrong_name(tmp_path_factory, case, suffix):
    _, data = case
    read(written(tmp_path_factory.getbasetemp(), f"salah{suffix}", data))


@settings(max_examples=40, deadline=None)
@given(damaged(TEXTS), st.integers(0, 60), st.integers(-1, 400))
def test_damaged_and_then_packed_and_damaged_again(tmp_path_factory, case, flip, cut):
    name, data = case
    packed = bytearray(gzip.compress(data, mtime=0))
    packed[flip % len(packed)] ^= 8
    read(written(tmp_path_factory.getbasetemp(), f"{name}.gz", bytes(packed[:cut])))


@pytest.mark.slow
@settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck))
@given(damaged(wounds=12))
def test_much_damage(tmp_path_factory, case):
    name, data = case
    read(written(tmp_path_factory.getbasetemp(), name, data))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32", "cp1252", "utf-8-sig"])
@pytest.mark.parametrize("name", TEXTS)
def test_another_encoding_is_still_read(name, encoding, tmp_path):
    text = (SAMPLES / name).read_bytes().decode("utf-8-sig", "replace")
    items = read(written(tmp_path, name, text.encode(encoding, "replace")))
    if encoding != "utf-16-be":  # told by its NUL bytes, if the text is long and plain enough
        assert any(isinstance(item, Article) for item in items)


@pytest.mark.parametrize("encoding", ["shift_jis", "utf-7", "koi8-r", "cp037"])
@pytest.mark.parametrize("name", TEXTS)
def test_an_encoding_nobody_expects_raises_nothing(name, encoding, tmp_path):
    text = (SAMPLES / name).read_bytes().decode("utf-8-sig", "replace")
    read(written(tmp_path, name, text.encode(encoding, "replace")))


# Bombs -----------------------------------------------------------------------------------

DEEP = 10_000


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", "[" * DEEP + "]" * DEEP),
        ("a.json", '{"a":' * DEEP + "1" + "}" * DEEP),
        ("a.json", '[{"judul": "Satu", "isi": ' + "[" * DEEP + "]" * DEEP + "}]"),
        ("a.json", "[" * DEEP),
        ("a.json", "{'a':" * DEEP + "1" + "}" * DEEP),
        ("a.jsonl", '{"judul": ' + "[" * DEEP + "]" * DEEP + '}\n{"judul": "Dua"}\n'),
        ("a.html", "<div>" * DEEP + "teks" + "</div>" * DEEP),
        (
            "a.html",
            "<html><script type='application/ld+json'>" + "[" * DEEP + "</script><p>Teks pendek.",
        ),
        ("a.md", "---\njudul: " + "[" * DEEP + "]" * DEEP + "\n---\nIsi berita.\n"),
        ("a.md", "---\n" + "\n".join(" " * n + "a:" for n in range(2000)) + "\n---\nIsi berita.\n"),
        ("a.md", "> " * DEEP + "Isi berita."),
        ("a.xml", "<rss>" + "<item>" * DEEP + "</item>" * DEEP + "</rss>"),
        ("a.dok", "<DOK>" * DEEP),
        ("a.sql", "INSERT INTO t VALUES " + "(" * DEEP + ")" * DEEP),
        ("a.txt", "(" * DEEP + "berita" + ")" * DEEP),
    ],
    ids=lambda value: value[:24],
)
def test_deep_nesting_is_no_stack_overflow(name, text, tmp_path):
    items = read(written(tmp_path, name, text))
    if name == "a.jsonl":
        assert [item.title for item in items if isinstance(item, Article)] == ["Dua"]


def test_a_billion_laughs_are_not_laughed(tmp_path):
    """Aliases in front matter and entities in a feed would stand for gigabytes."""
    lines = ["a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    front = "\n".join(["---", "judul: Tawa", *lines, "---", "Isi berita.", ""])
    article, warning = sorted(
        read(written(tmp_path, "a.md", front)), key=lambda item: type(item).__name__
    )
    assert (article.title, article.body) == ("Tawa", "Isi berita.")
    assert "aliases" in warning.reason
    entities = "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12))
    feed = f"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a0 'ha'>{entities}]><rss><item>"
    feed += "<title>Tawa</title><description>&a11; isi berita.</description></item></rss>"
    for item in read(written(tmp_path, "a.xml", feed)):
        assert not isinstance(item, Article) or len(item.body) < 100
    tagged = "---\njudul: !!python/object/apply:os.system ['exit 3']\n---\nIsi berita.\n"
    items = read(written(tmp_path, "b.md", tagged))
    assert any(isinstance(item, Article) and item.body == "Isi berita." for item in items)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_gzip_bomb_is_read_to_the_bound_and_no_further(suffix, tmp_path):
    """Forty kilobytes that unpack to forty megabytes, against a bound of one and four."""
    path = written(tmp_path, f"bom{suffix}.gz", gzip.compress(b"Berita hari ini. " * 2_500_000, 1))
    tracemalloc.start()
    try:
        items = list(SMALL.read(path, path.name))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert any(isinstance(item, Skipped) and "more than" in item.reason for item in items)
    assert peak < 24 << 20


def test_a_workbook_that_unpacks_to_gigabytes_is_not_unpacked(tmp_path):
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as sheet,
    ):
        for _ in range(8):
            sheet.write(b"<row></row>" * 100_000)
    (item,) = read(written(tmp_path, "bom.xlsx", packed.getvalue()), SMALL)
    assert "when unpacked" in item.reason


def test_a_workbook_that_lies_about_its_sizes_is_skipped(tmp_path):
    """The directory of the archive says less than its members unpack to."""
    data = bytearray((SAMPLES / "sheet.xlsx").read_bytes())
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        data[at + 24 : at + 28] = (10).to_bytes(4, "little")
        at = data.find(b"PK\x01\x02", at + 4)
    read(written(tmp_path, "bohong.xlsx", bytes(data)))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", 'judul,isi\nSatu,"{}"\nDua,Isi dua.\n'),
        ("a.csv", 'judul,isi\nSatu,"{}\nDua,Isi dua.\n'),
        ("a.csv", "judul,isi\nSatu,{}\nDua,Isi dua.\n"),
        ("a.jsonl", '{{"judul": "Satu", "isi": "{}"}}\n{{"judul": "Dua"}}\n'),
        ("a.txt", "{}"),
    ],
    ids=["quoted", "unclosed", "bare", "line", "text"],
)
@pytest.mark.parametrize("size", [2, pytest.param(50, marks=pytest.mark.slow)], ids="{} MB".format)
def test_one_huge_field_costs_its_size(name, text, size, tmp_path):
    """A cell, a line, a text of megabytes is read, and those beside it."""
    prose = "Petani di lereng gunung memanen kentang lebih awal tahun ini. "
    field = prose * (size * (1 << 20) // len(prose))
    items = read(written(tmp_path, name, text.format(field)))
    articles = [item for item in items if isinstance(item, Article)]
    assert max(len(article.body) for article in articles) > len(field) * 0.9
    if name != "a.txt":
        assert any(article.title == "Dua" for article in articles)


#: What a pattern open to backtracking, or a loop over all that follows, would choke on.
REPEATED = [
    "Baca juga: ", "Baca juga: Harga Naik ", "(", "(Foto: x) ", "Foto: Antara/", "&amp;", "<",
    "A ", "- ", "\n", "x\n", "a \n", '"', "“", "Jakarta (ANTARA) - ", "Kompas.com - ",
    "KOMPAS.COM, ", "JAKARTA. ", "1. ", "a.,", "Editor: Sari ", "Editor: Sari\n", "(abc/def) ",
    "ADVERTISEMENT ", "[Gambas:Video] ", "Judul: x\n", "Isi:\n", "<DOK>", "---\n", "# x\n",
    "**a", "[a](b)", "![", "`", "{", "[[", '{"a":', "a,", "a;b\n", "\t", "\0", "\u2028",
    "e\u0301", "â€œ", "2023-03-09 ", "9/3/2023 ", "Kamis (9/3) ", "12:30 WIB ", "http://a.id/ ",
    "a@b.c ", "('a','b'),", "<item><title>x</title></item>", "<script>", "Simak Video ",
    "Lihat video 'x", "Copyright ", "Sumber: ", "Dapatkan update berita ", "Cek ",
    "Diperbarui 1 Jan 2020, ", "Laporan Reporter Abc, Sari ", "Selengkapnya ", "''",
]  # fmt: skip


def test_no_repetition_makes_the_readers_slow(tmp_path):
    """Each of sixty texts of 40 kB takes well under its share of a minute of CPU.

    The allowance is for a loaded machine: together they take about ten seconds, while one
    quadratic pattern among them would take minutes.
    """
    limit = resource.getrusage(resource.RUSAGE_SELF).ru_utime + 90
    for piece in REPEATED:
        for name in ("a.txt", "a.csv"):
            read(written(tmp_path, name, f"judul,isi\nSatu,{piece * (20_000 // len(piece))}\n"))
            assert resource.getrusage(resource.RUSAGE_SELF).ru_utime < limit, piece


@pytest.mark.slow
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_no_repetition_makes_any_reader_slow(suffix, tmp_path):
    limit = resource.getrusage(resource.RUSAGE_SELF).ru_utime + 300
    for piece in REPEATED:
        read(written(tmp_path, f"a{suffix}", piece * (50_000 // len(piece))))
        assert resource.getrusage(resource.RUSAGE_SELF).ru_utime < limit, piece


# Files that are none, and names that are strange ---------------------------------------------


def test_what_is_no_regular_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipa.txt")
    (tmp_path / "map.txt").mkdir()
    (tmp_path / "lingkar.txt").symlink_to(tmp_path / "lingkar.txt")
    for name, reason in (
        ("pipa.txt", "not a regular file"),
        ("map.txt", "directory"),
        ("lingkar.txt", "symbolic link"),
        ("hilang.txt", "No such file"),
    ):
        (item,) = read(tmp_path / name)
        assert reason in item.reason


def test_a_file_that_may_not_be_read_is_skipped(tmp_path, monkeypatch):
    path = written(tmp_path, "a.txt", "Isi berita.")

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    reader = Reader()
    monkeypatch.setattr(type(path), "open", refuse)
    (item,) = read(path, reader)
    assert item.reason == "Permission denied"
    assert reader.failed


@pytest.mark.parametrize(
    "name",
    [
        "a\nb.txt",
        "a\x1b[31mmerah.txt",
        "a\tb.csv",
        'a"b.json',
        "-rf.md",
        "a\u202eb.txt",
        "é\ud800.txt",
    ],
    ids=ascii,
)
def test_a_strange_name_is_no_line_break_in_an_id(name, tmp_path):
    try:
        path = written(tmp_path, name, "Judul: Satu\nIsi: Isi satu.\n")
    except (OSError, UnicodeError):
        pytest.skip("the file system refuses the name")
    assert any(isinstance(item, Article) for item in read(path))
