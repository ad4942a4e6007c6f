"""What Indonesian readers type finds what Indonesian newspapers print, and nothing else.

End to end, from articles to hits: complaints about stemmers and engines, each as one fact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from tempfile import TemporaryDirectory

import pytest

import searcher
from searcher import Article, Index

#: id: (title, body), one subject each, so that an id says why it is found.
NEWS = {
    "menteri": ("Menteri baru dilantik", "Menteri yang baru dilantik berjanji bekerja cepat."),
    "kementerian": ("Anggaran kementerian turun", "Anggaran kementerian turun tahun ini."),
    "penyelidikan": ("Penyelidikan kebakaran", "Penyelidikan kebakaran gudang masih berjalan."),
    "penyidikan": ("Penyidikan suap selesai", "Penyidikan suap selesai. Berkas diserahkan."),
    "bekas": ("Bekas terminal jadi taman", "Terminal bekas itu menjadi taman kota."),
    "bekasi": ("Pasar Bekasi terbakar", "Pasar di Bekasi terbakar. Damkar Bekasi datang."),
    "berikan": ("Relawan berikan selimut", "Selimut diberikan kepada pengungsi malam itu."),
    "ikan": ("Nelayan menjual ikan", "Nelayan menjual ikan di dermaga."),
    "pemilu": ("Pemilu serentak aman", "Pemilu serentak berjalan aman sampai sore."),
    "9-maret": ("Rapat digelar Kamis", "Rapat digelar pada Kamis (9/3) pagi."),
    "covid": ("Vaksin tersedia", "Vaksin Covid-19 tersedia sejak Senin."),
    "phk": ("Buruh pabrik resah", "Ratusan buruh pabrik terancam di-PHK bulan depan."),
    "jumat": ("Salat di lapangan", "Warga salat Jum'at di lapangan."),
    "jumat-keriting": ("Pasar pagi", "Pasar pagi digelar tiap Jum’at."),
    "jumat-lurus": ("Pasar malam", "Pasar malam dibuka tiap Jumat."),
    "ra-titik": ("Museum di Jepara", "Museum R.A. Kartini di Jepara dibuka."),
    "ra": ("Pameran surat", "Surat RA Kartini dipamerkan."),
    "rp": ("Dana jembatan", "Dana jembatan Rp1,5 triliun cair."),
    "rupiah": ("Dana bendungan", "Bendungan menelan 1,5 triliun rupiah."),
    "umkm-1": ("Pelatihan", "Pelatihan usaha mikro, kecil, dan menengah (UMKM) dimulai."),
    "umkm-2": ("Pameran", "Pameran UMKM (usaha mikro, kecil, dan menengah) dibuka."),
    "umkm-3": ("Kredit", "Kredit usaha mikro, kecil, dan menengah (UMKM) cair."),
    "umkm-pendek": ("Keripik", "UMKM binaan itu menjual keripik."),
    "umkm-panjang": ("Bazar", "Bazar usaha mikro, kecil, dan menengah ramai."),
    "dimana": ("Loket pindah", "Penumpang bertanya dimana loket baru."),
    "di-mana": ("Loket lama", "Penumpang bertanya di mana loket lama."),
    "soeharto": ("Foto lama", "Foto Presiden Soeharto dipajang."),
    "suharto": ("Buku lama", "Buku tentang Presiden Suharto terbit."),
    "tidak-setuju": ("Sikap petani", "Petani tidak setuju dengan harga itu."),
    "setuju": ("Sikap pedagang", "Pedagang setuju, dan tidak ada yang mundur."),
    "anak": ("Layang-layang", "Anak-anak bermain layang-layang."),
    "undang-undang": ("Aturan baru", "Undang-undang penyiaran dibahas lagi."),
    "jogja": ("Libur panjang", "Wisatawan memadati Jogja."),
    "yogyakarta": ("Hotel penuh", "Hotel di Yogyakarta penuh."),
    "pekanbaru": ("Kabut", "Kabut menutup Pekanbaru sejak subuh."),
    "perbankan": ("Kredit tumbuh", "Sektor perbankan tumbuh."),
    "perban": ("Puskesmas", "Stok perban di puskesmas menipis."),
    "e-ktp": ("Kecamatan", "Perekaman e-KTP dibuka lagi."),
    "maruf": ("Kunjungan", "Ma’ruf Amin singgah di pesantren."),
    "u-20": ("Timnas", "Timnas U-20 menang tipis."),
    "ite": ("Gugatan", "Ia digugat dengan Pasal 27 ayat (3) UU ITE."),
    "jam": ("Konser", "Konser mulai pukul 20.15 WIB."),
    "relawan": ("Posko banjir", "Relawan membuka posko."),
    "rawan": ("Jalan licin", "Tikungan itu rawan kecelakaan."),
    "tewas": ("Longsor", "Dua penambang tewas tertimbun."),
    "menewaskan": ("Kapal karam", "Ombak menewaskan seorang nelayan."),
}


@pytest.fixture(scope="module")
def news() -> Iterator[Index]:
    with TemporaryDirectory() as directory:
        index = searcher.create_index(directory)
        with index.writer() as writer:
            for name, (title, body) in NEWS.items():
                writer.add(Article(id=name, title=title, body=body))
        yield index


@pytest.fixture
def search(news: Index) -> Callable[..., list[str]]:
    return lambda text, **options: [hit.id for hit in news.search(text, limit=99, **options)]


@pytest.fixture
def receipt(news: Index) -> Callable[[str], str]:
    return lambda text: "\n".join(news.search(text).receipt)


Search = Callable[..., list[str]]


# Roots: relatives are found, exact words first, and strangers are not


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("menteri", ["menteri", "kementerian"]),
        ("kementerian", ["kementerian", "menteri"]),
        ("tewas", ["tewas", "menewaskan"]),
        ("menewaskan", ["menewaskan", "tewas"]),
        ("bank", ["perbankan"]),
    ],
)
def test_relatives_are_found_after_the_word_itself(search: Search, query: str, found) -> None:
    assert search(query) == found


@pytest.mark.parametrize(
    ("query", "own", "stranger"),
    [
        ("penyelidikan", "penyelidikan", "penyidikan"),
        ("penyidikan", "penyidikan", "penyelidikan"),
        ("menyelidiki", "penyelidikan", "penyidikan"),
        ("bekas", "bekas", "bekasi"),
        ("Bekasi", "bekasi", "bekas"),
        ("bekasi", "bekasi", "bekas"),
        ("berikan", "berikan", "ikan"),
        ("ikan", "ikan", "berikan"),
        ("perban", "perban", "perbankan"),
        ("perbankan", "perbankan", "perban"),
        ("relawan", "relawan", "rawan"),
        ("rawan", "rawan", "relawan"),
        ("Pekanbaru", "pekanbaru", "dimana"),
    ],
)
def test_strangers_that_stemmers_confuse_are_not_found(
    search: Search, query: str, own: str, stranger: str
) -> None:
    found = search(query, options={"absent_words": False})
    assert stranger not in found
    assert own in found


def test_a_capital_inside_a_word_switches_its_relatives_off(search: Search) -> None:
    assert search("MENTERI") == ["menteri"]
    assert search("menteRI") == ["menteri"]
    assert search("Menteri") == ["menteri", "kementerian"]


def test_quotes_and_fields_are_exact(search: Search) -> None:
    assert search('"menteri"') == ["menteri"]
    assert search("judul:menteri") == ["menteri"]
    assert search('"menteri baru"') == ["menteri"]


def test_prefixes_are_of_words_as_written(search: Search) -> None:
    """`pemil*` is about letters, not roots."""
    assert search("pemil*") == ["pemilu"]
    assert set(search("penye*")) == {"penyelidikan"}


# Words with signs in them


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("9/3", {"9-maret"}),
        ("(9/3)", {"9-maret"}),
        ("Covid-19", {"covid"}),
        ("covid 19", {"covid"}),
        ('"covid-19"', {"covid"}),
        ('"covid 19"', {"covid"}),
        ("COVID19", {"covid"}),
        ("PHK", {"phk"}),
        ("phk", {"phk"}),
        ('"di-PHK"', {"phk"}),
        ("Jum'at", {"jumat", "jumat-keriting", "jumat-lurus"}),
        ("Jum’at", {"jumat", "jumat-keriting", "jumat-lurus"}),
        ("jumat", {"jumat", "jumat-keriting", "jumat-lurus"}),
        ("R.A. Kartini", {"ra", "ra-titik"}),
        ("RA Kartini", {"ra", "ra-titik"}),
        ('"RA Kartini"', {"ra", "ra-titik"}),
        ('"R.A. Kartini"', {"ra", "ra-titik"}),
        ("Rp1,5 triliun", {"rp", "rupiah"}),
        ("1,5 triliun rupiah", {"rp", "rupiah"}),
        ('"1,5 triliun"', {"rp", "rupiah"}),
        ("e-KTP", {"e-ktp"}),
        ("KTP", {"e-ktp"}),
        ("Ma'ruf Amin", {"maruf"}),
        ("maruf amin", {"maruf"}),
        ('"U-20"', {"u-20"}),
        ('"UU ITE"', {"ite"}),
        ('"ayat (3)"', {"ite"}),
        ("20.15", {"jam"}),
        ("anak", {"anak"}),
        ("anak-anak", {"anak"}),
        ('"anak-anak"', {"anak"}),
        ("layang", {"anak"}),
        ("undang-undang", {"undang-undang"}),
    ],
)
def test_signs_inside_words(search: Search, query: str, found: set[str]) -> None:
    assert set(search(query)) == found


def test_a_clitic_before_an_acronym_does_not_hide_it(search: Search) -> None:
    assert search("di-PHK")[0] == "phk"


# Two ways to say the same


@pytest.mark.parametrize("query", ["UMKM", "usaha mikro, kecil, dan menengah"])
def test_acronyms_find_their_long_forms_and_back(search: Search, receipt, query: str) -> None:
    """Three articles explain UMKM; one has it short only and one long only."""
    assert {"umkm-pendek", "umkm-panjang"} <= set(search(query))
    assert "umkm" in receipt(query).lower()
    assert "usaha mikro kecil dan menengah" in receipt(query)


def test_without_acronyms_they_do_not(search: Search) -> None:
    assert "umkm-panjang" not in search("UMKM", options={"acronyms": False})


@pytest.mark.parametrize(
    ("query", "own", "other"),
    [
        ("Soeharto", "soeharto", "suharto"),
        ("Suharto", "suharto", "soeharto"),
        ("Jogja", "jogja", "yogyakarta"),
        ("Yogyakarta", "yogyakarta", "jogja"),
    ],
)
def test_old_and_new_spellings_find_each_other_and_say_so(
    search: Search, receipt, query: str, own: str, other: str
) -> None:
    assert search(query) == [own, other]
    assert other in receipt(query)


def test_di_mana_finds_dimana(search: Search) -> None:
    assert {"dimana", "di-mana"} <= set(search("di mana loket"))
    assert {"dimana", "di-mana"} <= set(search("dimana loket"))
    assert "dimana" in search("di mana")


def test_dimana_alone_finds_di_mana(search: Search) -> None:
    assert "di-mana" in search("dimana")


# Function words


def test_negation_counts(search: Search) -> None:
    """`tidak setuju` is not `setuju`."""
    assert search("tidak setuju")[:2] == ["tidak-setuju", "setuju"]
    assert search('"tidak setuju"') == ["tidak-setuju"]


def test_function_words_alone_are_answered(search: Search) -> None:
    assert "di-mana" in search("di mana")
    assert set(search("dan yang")) >= {"menteri", "setuju", "umkm-1"}


def test_function_words_alone_are_answered_with_a_notice(receipt) -> None:
    assert receipt("dan yang di")


def test_question_words_are_ignored_and_said_so(search: Search, receipt) -> None:
    assert search("siapakah menteri baru")[0] == "menteri"
    assert "ignored" in receipt("siapakah menteri baru")


@pytest.mark.parametrize("query", ["kebakaran AND", "(kebakaran", '"kebakaran', "kebakaran -"])
def test_what_is_unfinished_is_answered_with_a_notice(search: Search, receipt, query: str) -> None:
    assert search(query)[0] == "penyelidikan"
    assert receipt(query)
