"""What files of newsrooms and scrapers give, format by format, and what damage costs."""

from __future__ import annotations

import gzip
import json
import re
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searcher.article import Article
from searcher.errors import ConfigError
from searcher.formats import FORMATS, Bounds, Reader, Skipped, Warned, read_file
from searcher.formats.columns import NAMES, Columns, date_in_url, moment
from searcher.formats.files import Source, decode, mend_mojibake, plain, tidy
from searcher.formats.portal import FIELD_NAMES

SAMPLES = Path(__file__).with_name("data") / "formats"
READER = Reader()

#: Sample → its format and, per article, what must be read of it.
EXPECTED: dict[str, tuple[str, list[dict[str, object]]]] = {
    "portal.txt": ("text", [{
        "id": "portal.txt", "title": "Petani Garam Rembang Panen Lebih Awal Berkat Kemarau Panjang",
        "published": "2023-09-12T09:15:00+07:00", "place": "Rembang",
    }]),
    "header.txt": ("header", [{
        "id": "header.txt", "author": "Rina Oktaviani", "source": "Warta Priangan",
        "published": "2022-08-05T00:00:00", "category": "Wisata",
    }]),
    "collection.dok": ("dok", [
        {"id": "WP-001", "title": "Kopi Puntang Tembus Pasar Korea",
         "published": "2021-03-14T00:00:00"},
        {"id": "WP-002", "title": "Jembatan Gantung Cimanuk Selesai Diperbaiki"},
    ]),
    "trec.dok": ("dok", [{"id": "T-7", "title": "Bandara Perintis Nabire Tambah Rute"}]),
    "article.md": ("markdown", [{
        "id": "article.md", "title": "Nelayan Kupang: Cuaca Buruk, Kapal Ditambatkan",
        "published": "2023-01-17T06:30:00+08:00", "author": "Yohana Lede, Markus Tallo",
        "place": "Kupang", "caption": "Kapal nelayan bersandar di Tenau",
        "body": "Puluhan kapal ditambatkan di Pelabuhan Tenau sejak Minggu.\n\n"
                "\"Gelombang empat meter,\" kata seorang nelayan.",
        "meta": {"site": "poscendana.example", "tags": "nelayan, cuaca"},
    }]),
    "heading.md": ("markdown", [{
        "title": "Perpustakaan Keliling Sambangi Lereng Merapi",
        "body": "Dua mobil pustaka membawa seribu buku ke tujuh sekolah.",
    }]),
    "page.html": ("html", [{
        "id": "page.html", "title": "Pabrik Sagu Sorong Serap 120 Pekerja Lokal",
        "published": "2024-05-21T10:05:00+09:00", "author": "Martha Kambu", "source": "Kabar Raja",
        "category": "Ekonomi", "place": "Sorong",
        "url": "https://www.kabarraja.example/ekonomi/pabrik-sagu-sorong",
        "caption": "Pekerja menjemur pati sagu di halaman pabrik.",
    }]),
    "old-page.html": ("html", [{
        "title": "Harga Cabai Turun di Lima Pasar", "published": "2013-11-08T07:40:00+07:00",
    }]),
    "feed.xml": ("feed", [
        {"id": "feed.xml#1", "title": "Lomba Dayung Teluk Youtefa Diikuti 18 Kampung",
         "published": "2022-08-17T08:00:00+09:00",
         "body": "Perahu terpanjang memuat dua puluh pendayung.\n\n"
                 "Juara tahun lalu kembali turun."},
        {"id": "raja-2", "title": "Museum Noken Dibuka"},
    ]),
    "one.json": ("json", [{
        "id": "one.json", "author": "Lalu Irfan", "source": "Suara Tambora",
        "published": "2021-06-03T08:00:00+08:00",
        "body": "Sawah tadah hujan kini panen dua kali.\n\n"
                "Petani membayar iuran air secara sukarela.",
    }]),
    "list.json": ("json", [
        {"id": "11", "title": "Kereta Tambahan untuk Libur Sekolah",
         "published": "2022-07-02T00:00:00"},
        {"id": "abc", "title": "Stasiun Tua Ambarawa Direnovasi"},
    ]),
    "wrapped.json": ("json", [
        {"id": "wrapped.json#1", "meta": {"description": "Ringkas."}},
        {"id": "wrapped.json#2", "title": "Sasirangan Masuk Sekolah"},
    ]),
    "by-id.json": ("json", [{"id": "brt-1"}, {"id": "brt-2", "title": "Taman Kota Dibuka"}]),
    "wordpress.json": ("json", [{
        "id": "501", "title": "Panen Raya – Desa Sumber", "published": "2020-02-29T10:00:00",
        "body": "Padi dipanen serentak.\n\nWarga makan bersama.",
    }]),
    "elastic.json": ("json", [{"id": "e-9", "title": "Listrik Masuk Pulau Kecil"}]),
    "columns.json": ("json", [
        {"id": "columns.json#1", "title": "Angkot Listrik Diuji"},
        {"id": "columns.json#2", "body": "Pelatihan berlangsung dua hari."},
    ]),
    "lines.jsonl": ("jsonl", [
        {"id": "q-1", "body": "Gunung Kelud terletak di perbatasan tiga kabupaten di Jawa Timur."},
        {"id": "q-2", "title": "Danau Kelimutu"},
        {"id": "q-3", "body": "Tanpa judul pun terbaca."},
    ]),
    "lines.jsonl.gz": ("jsonl", [{"id": "g1", "title": "Terkompresi"}]),
    "semicolon.csv": ("csv", [
        {"id": "1", "title": "Harga Gula; Naik Lagi", "published": "2023-03-09T00:00:00",
         "body": "Harga gula naik.\n\nPedagang \"kaget\" juga.", "source": "Warta Pasar"},
        {"id": "2", "category": "Daerah"},
    ]),
    "bare.csv": ("csv", [
        {"id": "bare.csv#1", "title": "Petani Rumput Laut Panen Dua Kali",
         "url": "https://kabarraja.example/a"},
        {"id": "bare.csv#2", "title": "Kapal Cepat Tambah Jadwal"},
    ]),
    "tabs.tsv": ("csv", [{"id": "t1", "author": "Andi Baso", "published": "2019-11-06T00:00:00"}]),
    "commas.csv": ("csv", [
        {"id": "commas.csv#1", "body": "Harga minyak naik"},
        {"id": "commas.csv#2", "category": "Ekonomi",
         "body": "Menurut data, harga minyak naik, lalu turun"},
    ]),
    "sheet.xlsx": ("xlsx", [
        {"id": "1", "title": "Desa Wisata Raih Penghargaan", "published": "2022-10-04T09:30:00"},
        {"id": "2", "title": "Batik Tulis Diekspor", "published": "2022-10-05T00:00:00"},
    ]),
    "dump.sql": ("sql", [
        {"id": "1", "title": "Jum'at Bersih di Kampung Nelayan", "published": "2019-03-01T00:00:00",
         "body": "Warga memungut sampah; lalu makan bersama.\n\n\"Segar,\" kata seorang ibu."},
        {"id": "2", "body": "Anak-anak bercerita 'tanpa naskah'."},
    ]),
    "copy.sql": ("sql", [
        {"id": "31", "body": "Kapal itu singgah\n\ndi enam pulau."},
        {"id": "32", "title": "Dokter Muda Bertugas"},
    ]),
    "ruled.doc": ("ruled", [
        {"id": "ruled.doc#1", "title": "Rumah Adat Dipugar",
         "published": "2018-02-03T10:00:00+07:00"},
        {"id": "ruled.doc#2", "url": "https://kabarraja.example/2018/02/04/dua"},
    ]),
}  # fmt: skip


def read(path: Path, name: str | None = None) -> list[Article | Skipped | Warned]:
    return list(READER.read(path, name or path.name))


def articles(path: Path) -> list[Article]:
    return [item for item in read(path) if isinstance(item, Article)]


def reasons(path: Path) -> list[tuple[int | None, str]]:
    return [(item.line, item.reason) for item in read(path) if isinstance(item, Skipped)]


# Every format ------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.iterdir()))
def test_sample_is_read_as_its_format(name):
    """Each sample is told by its content and gives the articles written in it."""
    form, expected = EXPECTED[name]
    source = Source(SAMPLES / name, name)
    assert READER.format_of(source).name == form
    found = articles(SAMPLES / name)
    assert len(found) == len(expected)
    for article, facts in zip(found, expected, strict=True):
        values = article.as_dict()
        assert {key: values.get(key) for key in facts} == facts
        assert article.path == name
    assert reasons(SAMPLES / name) == []


def test_every_format_has_a_sample():
    assert {form.name for form in FORMATS} == {form for form, _ in EXPECTED.values()}


@pytest.mark.parametrize("name", sorted(EXPECTED.keys() - {"lines.jsonl.gz"}))
def test_a_gzipped_sample_reads_the_same(name, tmp_path):
    """Compression is looked through, whatever the format."""
    data = (SAMPLES / name).read_bytes()
    packed = tmp_path / f"{name}.gz"
    packed.write_bytes(gzip.compress(data))
    plain_copy = tmp_path / name
    plain_copy.write_bytes(data)
    first = [(a.title, a.body, a.published) for a in articles(plain_copy)]
    second = [(a.title, a.body, a.published) for a in articles(packed)]
    assert first == second != []


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_windows_line_ends_change_nothing(name, tmp_path):
    if name.endswith((".xlsx", ".gz")):
        pytest.skip("not text")
    data = (SAMPLES / name).read_bytes().replace(b"\r\n", b"\n")
    changed = tmp_path / name
    changed.write_bytes(data.replace(b"\n", b"\r\n"))
    first = [(a.id, a.title, a.body, a.published) for a in articles(SAMPLES / name)]
    assert [(a.id, a.title, a.body, a.published) for a in articles(changed)] == first


def test_the_page_gives_its_article_only():
    """Menus, links to other articles and the footer are not part of the body."""
    body = articles(SAMPLES / "page.html")[0].body
    assert body.startswith("Pabrik pengolahan sagu")
    assert not any(noise in body for noise in ("Beranda", "Baca juga", "Hak cipta", "SORONG"))


def test_content_outweighs_a_misleading_name(tmp_path):
    """A page saved as .txt, JSON lines saved as .json, a feed saved as .html."""
    for sample, name in (("page.html", "a.txt"), ("lines.jsonl", "b.json"), ("feed.xml", "c.html")):
        copy = tmp_path / name
        copy.write_bytes((SAMPLES / sample).read_bytes())
        assert [a.title for a in articles(copy)] == [a.title for a in articles(SAMPLES / sample)]


# Columns -----------------------------------------------------------------------------


@pytest.mark.parametrize("row", [
    {"Judul_Berita": "Judul", "Isi Berita": "Isi."},
    {"headline": "Judul", "articleBody": "Isi."},
    {"TITLE": "Judul", "FullText": "Isi."},
    {"judul": None, "title": "Judul", "content": "", "text": "Isi."},
    {"link_judul": "https://a.example", "judul artikel asli": "Judul", "isi_bersih": "Isi."},
    {"title": {"rendered": "Judul"}, "content": {"rendered": "<p>Isi.</p>"}},
])  # fmt: skip
def test_columns_are_known_by_many_names(row, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(row))
    assert [(a.title, a.body) for a in articles(path)] == [("Judul", "Isi.")]


def test_own_column_names_come_first(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("judul,kepala,isi\nSalah,Benar,Teks.\n")
    found = list(read_file(path, settings={"columns": {"title": ["Kepala"]}}))
    assert found[0].title == "Benar"
    with pytest.raises(ConfigError, match="no field 'judul'"):
        Reader({"columns": {"judul": ["x"]}})


def test_unknown_columns_are_kept_aside_bounded(tmp_path):
    path = tmp_path / "a.jsonl"
    row = {"isi": "Teks.", "sentimen": "positif", "catatan": "kata " * 1000, "kosong": None}
    path.write_text(json.dumps(row))
    meta = articles(path)[0].meta
    assert meta["sentimen"] == "positif"
    assert len(meta["catatan"]) <= 510
    assert "kosong" not in meta


def test_a_bad_date_costs_the_date_not_the_article(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("judul,isi,tanggal\nSatu,Teks.,32/01/2024\nDua,Teks.,\n")
    found = read(path)
    assert found[0] == Warned("a.csv", 2, '"32/01/2024" is not a date; kept without one')
    assert [a.published for a in found if isinstance(a, Article)] == [None, None]


def test_placeholders_are_nothing(tmp_path):
    path = tmp_path / "a.jsonl"
    row = {"judul": "Judul", "isi": "nan", "penulis": "Penulis tidak ditemukan", "tanggal": "None"}
    path.write_text(json.dumps(row))
    (found,) = read(path)
    assert (found.body, found.author, found.published) == ("", None, None)


def test_the_address_gives_a_missing_date():
    assert str(date_in_url("https://a.example/read/2023/03/09/1730/x")) == "2023-03-09 00:00:00"
    assert date_in_url("https://a.example/read/2023/13/09/x") is None
    assert date_in_url("https://a.example/d-7189578/x") is None


def test_numbers_are_moments_too():
    assert moment(1678372320).isoformat() == "2023-03-09T14:32:00+00:00"
    assert moment(1678372320000) == moment(1678372320)
    assert moment("21+January+2019").isoformat() == "2019-01-21T00:00:00"
    assert moment("46 kali") is None


def test_paragraphs_survive_markup_in_a_cell(tmp_path):
    path = tmp_path / "a.jsonl"
    row = {
        "judul": "A &amp;amp; B",
        "isi": "<p>Satu &quot;dua&quot;.</p><script>x</script><p>3 &lt; 4</p>",
    }
    path.write_text(json.dumps(row))
    (found,) = read(path)
    assert (found.title, found.body) == ("A & B", 'Satu "dua".\n\n3 < 4')


# Damage ------------------------------------------------------------------------------


def test_one_bad_line_never_stops_a_file(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(
        b'{"id": 1, "isi": "Satu."}\n{"id": 2, "isi": "Du\n\n[1, 2]\n{"a": 1}\n'
        b'{"id": 3, "isi": "Ti\tga\x00."}\n' + b"[" * 100_000 + b"\n"
        b'{"id": 4, "isi": "\\ud800 empat \\ud83d\\ude00"}'
    )
    found = read(path)
    assert [(a.id, a.body) for a in found if isinstance(a, Article)] == [
        ("1", "Satu."),
        ("3", "Ti ga."),
        ("4", "empat 😀"),
    ]
    assert [item.line for item in found if isinstance(item, Skipped)] == [2, 4, 5, 7]


def test_a_list_that_breaks_off_gives_what_came_before(tmp_path):
    rows = [{"judul": f"Judul {n}", "isi": f"Isi {n}."} for n in range(5)]
    path = tmp_path / "a.json"
    path.write_text(json.dumps(rows, indent=1)[:-30])
    assert [a.title for a in articles(path)] == [f"Judul {n}" for n in range(4)]
    ((line, reason),) = reasons(path)
    assert line == 19
    assert reason.startswith("no JSON")


def test_a_wrapped_list_that_breaks_off_gives_what_came_before(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"articles": [{"isi": "Satu."}, {"isi": "Dua."}, {"isi": "Ti')
    assert [a.body for a in articles(path)] == ["Satu.", "Dua."]


@pytest.mark.parametrize(("name", "text"), [
    ("commas.json", '[{"judul": "A", "isi": "Satu."}, {"judul": "B", "isi": "Dua."},]'),
    ("python.json", "[{'judul': 'A', 'isi': 'Satu.'}, {'judul': 'B', 'isi': 'Dua.'}]"),
    ("joined.json", '{"judul": "A", "isi": "Satu."}{"judul": "B", "isi": "Dua."}'),
    ("commas.jsonl", '{"judul": "A", "isi": "Satu."},\n{"judul": "B", "isi": "Dua."},\n'),
    ("deep.json", '{"data": {"posts": [{"node": {"title": "A", "content": "Satu."}}, '
                  '{"node": {"title": "B", "content": "Dua."}}]}}'),
    ("feed.json", '{"title": "Feed", "items": [{"title": "A", "content_html": "<p>Satu.</p>"}, '
                  '{"title": "B", "content_html": "Dua."}]}'),
    ("split.json", '{"columns": ["judul", "isi"], "data": [["A", "Satu."], ["B", "Dua."]]}'),
    ("slash.csv", 'judul,isi\nA,"Satu."\nB,"Dua."\n'),
    ("cr.csv", "judul,isi\rA,Satu.\rB,Dua.\r"),
    ("single.csv", "judul;isi;x\n'A';'Satu.';1\n'B';'Dua.';2\n"),
    ("sep.csv", "sep=;\njudul;isi\nA;Satu.\nB;Dua.\n"),
    ("pipe.txt", "judul|isi|tanggal\nA|Satu.|2020-01-01\nB|Dua.|2020-01-02\n"),
])  # fmt: skip
def test_shapes_that_are_nearly_right_are_read(name, text, tmp_path):
    path = tmp_path / name
    path.write_text(text, newline="")
    assert [(a.title, a.body) for a in articles(path)] == [("A", "Satu."), ("B", "Dua.")]


def test_a_large_list_is_read_object_by_object(tmp_path, monkeypatch):
    """As much as fits is decoded at a time; the outcome is that of reading it whole."""
    from searcher.formats import files, jsonfiles

    rows = [{"id": n, "isi": f"Isi {n}, bukan “{n + 1}”."} for n in range(200)]
    path = tmp_path / "a.json"
    path.write_text(json.dumps(rows, ensure_ascii=False, indent=1))
    whole = read(path)
    monkeypatch.setattr(jsonfiles, "WHOLE", 100)
    monkeypatch.setattr(files, "CHUNK", 97)
    assert read(path) == whole
    path.write_text(path.read_text()[:5000])
    cut = read(path)
    assert cut[:-1] == whole[: len(cut) - 1]
    assert isinstance(cut[-1], Skipped)


def test_a_quote_never_closed_costs_one_row(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        'id,judul,isi\n1,Satu,"Isi."\n2,Dua,"Isi yang lupa ditutup\n3,Tiga,Isi.\n4,E,F\n'
    )
    found = read(path)
    assert [a.id for a in found if isinstance(a, Article)] == ["1", "2", "3", "4"]
    assert Warned("a.csv", 3, "a quote is opened and never closed") in found


def test_a_runaway_quote_does_not_swallow_a_large_file(tmp_path, monkeypatch):
    from searcher.formats import tables

    monkeypatch.setattr(tables, "RUNAWAY", 500)
    lines = ["id,isi", '0,"lupa'] + [f"{n},Isi {n}." for n in range(1, 300)] + ['300,"Ya, tutup."']
    path = tmp_path / "a.csv"
    path.write_text("\n".join(lines))
    assert [a.id for a in articles(path)] == [str(n) for n in range(301)]


def test_a_sheet_cell_may_be_huge(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('id,isi\n1,"' + "kata " * 100_000 + '"\n')
    assert len(articles(path)[0].body) == 499_999


def test_encodings(tmp_path):
    text = "judul,isi\nKafé,“Kutipan” – ya\n"
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"):
        path = tmp_path / f"{encoding}.csv"
        path.write_bytes(text.encode(encoding))
        assert [(a.title, a.body) for a in articles(path)] == [("Kafé", "“Kutipan” – ya")], encoding


def test_mixed_damage_is_read_byte_by_byte():
    assert decode("“ya” ".encode() + b"\x93tidak\x94") == "“ya” “tidak”"
    assert mend_mojibake("harga â€œnaikâ€\x9d") == "harga “naik”"
    assert tidy("Sura\u00adbaya\u200b \u0007e\u0301") == "Surabaya é"


@pytest.mark.parametrize(("data", "reason"), [
    (b"", "empty"),
    (b"\n \r\n", "nothing but white space"),
    (b"%PDF-1.7 \x00", "a PDF document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "an old binary Office file"),
    (bytes(range(256)) * 40, "binary, not text"),
    (b"\x1f\x8b\x08\x00truncated", "the compressed file"),
    (b"PK\x03\x04nonsense", "a zip archive"),
])  # fmt: skip
def test_what_is_no_text_is_skipped_with_the_reason(data, reason, tmp_path):
    for name in ("a.txt", "a.json", "a.csv", "a.html"):
        path = tmp_path / name
        path.write_bytes(data)
        (item,) = read(path)
        assert isinstance(item, Skipped)
        assert item.reason.startswith(reason)


def test_a_broken_workbook_is_skipped(tmp_path):
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<no")
    (item,) = read(path)
    assert isinstance(item, Skipped)
    path.write_bytes((SAMPLES / "sheet.xlsx").read_bytes()[:2000])
    (item,) = read(path)
    assert isinstance(item, Skipped)


def test_a_truncated_gzip_keeps_what_came_before(tmp_path):
    text = " ".join(str(n * n) for n in range(2000))
    lines = "".join(json.dumps({"id": n, "isi": f"{n} {text}"}) + "\n" for n in range(300))
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(lines.encode())[:-2000])
    found = read(path)
    assert sum(isinstance(item, Article) for item in found) > 100
    assert "ends too early" in found[-1].reason


def test_bounds_hold_against_bombs(tmp_path):
    """A few kilobytes that unpack to far more are read to the bound and no further."""
    bomb = tmp_path / "a.jsonl.gz"
    bomb.write_bytes(gzip.compress(b" " * 40_000_000))
    reader = Reader({"bounds": {"collection": 4 << 20, "whole": 2 << 20, "line": 1 << 20}})
    (item,) = reader.read(bomb, "a.jsonl.gz")
    assert isinstance(item, Skipped)
    line = json.dumps({"isi": "kata " * 20_000}).encode() + b"\n"
    bomb.write_bytes(gzip.compress(line * 100))
    *_, last = reader.read(bomb, "a.jsonl.gz")
    assert last == Skipped("a.jsonl.gz", last.line, "the rest, beyond 4 MB of rows, is unread")
    large = tmp_path / "a.txt"
    large.write_bytes(b"kata " * 600_000)
    (item,) = reader.read(large, "a.txt")
    assert item.reason == "more than 2 MB in one piece"


def test_yaml_aliases_do_not_explode(tmp_path):
    path = tmp_path / "a.md"
    path.write_text("---\njudul: A\na: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n---\nIsi.\n")
    warned, article = read(path)
    assert "aliases" in warned.reason
    assert (article.title, article.body) == ("A", "Isi.")


def test_front_matter_that_is_no_yaml_is_read_line_by_line(tmp_path):
    path = tmp_path / "a.md"
    path.write_text("---\njudul: Harga: naik\ntanggal: 2023-03-09\n---\nIsi.\n")
    warned, article = read(path)
    assert "no YAML" in warned.reason
    assert (article.title, str(article.published)) == ("Harga: naik", "2023-03-09 00:00:00")


def test_a_front_page_is_no_article(tmp_path):
    path = tmp_path / "a.html"
    items = "".join(f"<li><a href='/{n}'>Berita nomor {n} hari ini</a></li>" for n in range(60))
    path.write_text(f"<!DOCTYPE html><html><body><ul>{items}</ul></body></html>")
    (item,) = read(path)
    assert isinstance(item, Skipped)


def test_an_extra_not_installed_is_named(monkeypatch):
    import builtins

    real = builtins.__import__

    def missing(name, *args, **kwargs):
        if name.split(".")[0] in ("trafilatura", "openpyxl"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", missing)
    for name, extra in (("page.html", "html"), ("sheet.xlsx", "xlsx")):
        (item,) = read(SAMPLES / name)
        assert f"pip install 'searcher[{extra}]'" in item.reason
        assert READER.failed


def test_unreadable_is_skipped_with_the_systems_words(tmp_path):
    (item,) = read(tmp_path / "nowhere.txt")
    assert item == Skipped("nowhere.txt", None, "No such file or directory")


# Anything at all ---------------------------------------------------------------------

_SUFFIXES = sorted({suffix for form in FORMATS for suffix in form.suffixes} | {"", ".xyz", ".gz"})


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=400), suffix=st.sampled_from(_SUFFIXES))
def test_no_bytes_are_too_strange(data, suffix, tmp_path_factory):
    """Whatever the bytes, the reader yields articles, skips or warnings, and never raises."""
    path = tmp_path_factory.getbasetemp() / f"strange{suffix}"
    path.write_bytes(data)
    for item in read(path):
        assert isinstance(item, Article | Skipped | Warned)
        if isinstance(item, Article):
            json.dumps(item.as_dict()).encode()
            assert item.title or item.body
            assert "\n" not in item.id
        elif isinstance(item, Skipped):
            assert not item.reason.startswith("could not be read"), item


@settings(max_examples=200, deadline=None)
@given(name=st.sampled_from(sorted(EXPECTED)), data=st.data())
def test_no_damage_to_a_sample_is_too_strange(name, data, tmp_path_factory):
    """Samples cut short, with bytes changed or a piece doubled, are read or skipped."""
    sample = bytearray((SAMPLES / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, max(0, len(sample) - 1)))
        if data.draw(st.booleans()):
            sample[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=5))
        else:
            del sample[at + data.draw(st.integers(0, 200)) :]
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(bytes(sample))
    for item in read(path):
        if isinstance(item, Article):
            json.dumps(item.as_dict()).encode()
        elif isinstance(item, Skipped) and not name.endswith(".xlsx"):
            assert not item.reason.startswith("could not be read"), item


@given(
    rows=st.lists(
        st.tuples(st.text(max_size=20), st.text(max_size=60)).map(
            lambda pair: (pair[0].strip(), "beras " + pair[1])
        ),
        min_size=1,
        max_size=6,
    ),
    delimiter=st.sampled_from(",;\t"),
)
def test_csv_round_trip(rows, delimiter, tmp_path_factory):
    """What csv.writer quotes, the reader returns, line breaks and delimiters within."""
    import csv

    path = tmp_path_factory.getbasetemp() / "round.csv"
    with path.open("w", newline="", encoding="utf-8", errors="replace") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(["kode", "judul", "isi"])
        for number, (title, body) in enumerate(rows):
            writer.writerow([number, title.replace("\r", ""), body.replace("\r", "")])
    assert [a.meta.get("kode") for a in articles(path)] == [str(n) for n in range(len(rows))]


@given(st.text())
def test_tidy_is_idempotent_and_encodable(text):
    once = tidy(text)
    once.encode()
    assert tidy(once) == once
    assert not any(ch in once for ch in "\x00\r\u00ad\u200b")


@given(st.text(alphabet="<>/pbr &;ltamg#x0\n\"'", max_size=80))
def test_plain_never_fails_on_markup(text):
    assert "<br>" not in plain(text)


def test_column_names_are_unambiguous():
    """No alias belongs to two fields: the first listed would silently win."""
    seen: dict[str, str] = {}
    for kind, names in NAMES.items():
        for name in names:
            assert seen.setdefault(name, kind) == kind, name
            assert Columns.of().knows(name) == kind


def test_bounds_have_sensible_defaults():
    bounds = Bounds()
    assert bounds.line <= bounds.whole <= bounds.collection == 2 << 30


# Outlets of one's own -----------------------------------------------------------------


def test_an_outlet_of_the_settings_has_one_name_however_it_is_spelt(tmp_path):
    """The site, the name and another spelling, in a column, a dateline, an address, a header."""
    outlet = {"name": "Suluh Timur", "site": "suluhtimur.example", "also": ["Suluh"]}
    reader = Reader({"outlets": [outlet]})
    (tmp_path / "a.csv").write_text(
        "judul,isi,sumber,url\n"
        "Satu,Isi satu.,SuluhTimur.example,\n"
        "Dua,Isi dua.,SULUH,\n"
        "Tiga,Isi tiga.,,https://ambon.suluhtimur.example/3\n"
        '"Empat","AMBON, Suluh Timur - Isi empat.",,\n'
    )
    (tmp_path / "b.txt").write_text("Judul: Lima\nSumber: suluhtimur.example\nIsi: Isi lima.\n")
    (tmp_path / "c.txt").write_text("Enam Kapal Sandar di Ambon\nSuluhTimur.example\n\nIsi enam.\n")
    found = [
        item
        for path in sorted(tmp_path.iterdir())
        for item in reader.read(path, path.name)
        if isinstance(item, Article)
    ]
    assert [(a.source, a.body) for a in found] == [
        ("Suluh Timur", f"Isi {number}.")
        for number in ("satu", "dua", "tiga", "empat", "lima", "enam")
    ]


@pytest.mark.parametrize(
    "entry", ["Suluh", {"site": "a.example"}, {"name": 3}, {"name": "A", "siet": "a.example"}]
)
def test_an_outlet_that_is_none_is_refused(entry):
    with pytest.raises(ConfigError, match="outlets"):
        Reader({"outlets": [entry]})


# The document ---------------------------------------------------------------------------


def rows_under(heading: str) -> dict[str, str]:
    """The table below a heading of the document: first cell → the row."""
    document = Path(__file__).parent.parent.joinpath("docs", "formats.md").read_text("utf-8")
    section = document.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| `(\w+)` (\|.*)$", section, re.MULTILINE))


def test_every_format_is_documented_with_its_suffixes():
    rows = rows_under("Formats")
    assert list(rows) == [form.name for form in FORMATS]
    for form in FORMATS:
        assert re.findall(r"`(\.\w+)`", rows[form.name].split("|")[1]) == list(form.suffixes)


def test_every_column_name_is_documented_in_its_order():
    rows = rows_under("Names of columns")
    assert {kind: tuple(row.split("|")[2].strip().split(", ")) for kind, row in rows.items()} == {
        **NAMES
    }


def test_every_name_of_a_header_is_documented():
    documented = {
        name: kind
        for kind, row in rows_under("Names in a header block").items()
        for name in row.split("|")[1].strip().split(", ")
    }
    assert documented == {n: k.removeprefix("article_") for n, k in FIELD_NAMES.items()}
