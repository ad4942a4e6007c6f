"""Short forms are found where an article explains them, and only there."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searcher.index.acronyms import (
    Miner,
    _piece,
    _plain_piece,
    expansion,
    explanation,
    spells,
)


def mined(*texts: str) -> dict[tuple[str, str], int]:
    """What is mined from articles of these texts."""
    raw: dict[str, int] = {}
    numbers, doc_at = array("I"), array("Q", [0])
    for text in texts:
        numbers.extend(raw.setdefault(word, len(raw)) for word in text.split())
        doc_at.append(len(numbers))
    words = [word.encode() for word in raw]
    miner = Miner(words.__getitem__)
    miner.meet(w for w, word in enumerate(words) if word[:1] in b"([")
    found = miner.mine(numbers, doc_at)
    assert miner.mine(numbers, doc_at) == found, "what is remembered changes nothing"
    return {(short, long): count for short, long, count in found}


@pytest.mark.parametrize(
    ("short", "before", "long"),
    [
        ("UMKM", "bagi usaha mikro, kecil, dan menengah", "usaha mikro kecil dan menengah"),
        ("PHK", "gelombang pemutusan hubungan kerja", "pemutusan hubungan kerja"),
        ("OJK", "kata pejabat Otoritas Jasa Keuangan", "otoritas jasa keuangan"),
        ("BPJS", "Badan Penyelenggara Jaminan Sosial", "badan penyelenggara jaminan sosial"),
        ("PBB", "sidang Perserikatan Bangsa-Bangsa", "perserikatan bangsa-bangsa"),
        ("KUHP", "Kitab Undang-Undang Hukum Pidana", "kitab undang-undang hukum pidana"),
        ("RUU", "Rancangan Undang-Undang", "rancangan undang-undang"),
        ("PDIP", "kader PDI Perjuangan", "pdi perjuangan"),
        ("KBRI", "staf Kedutaan Besar RI", "kedutaan besar ri"),
        ("SPBU", "stasiun pengisian bahan bakar umum", "stasiun pengisian bahan bakar umum"),
        ("K3", "keselamatan dan kesehatan kerja", "keselamatan dan kesehatan kerja"),
        ("PPh", "tarif pajak penghasilan", "pajak penghasilan"),
        ("SDGs", "sustainable development goals", "sustainable development goals"),
        ("Kemenkes", "menurut Kementerian Kesehatan", "kementerian kesehatan"),
        ("Kemenhub", "juru bicara Kementerian Perhubungan", "kementerian perhubungan"),
        ("Mendagri", "Menteri Dalam Negeri", "menteri dalam negeri"),
        ("Bawaslu", "anggota Badan Pengawas Pemilu", "badan pengawas pemilu"),
        ("Polri", "Kepolisian Negara Republik Indonesia", "kepolisian negara republik indonesia"),
        ("Danantara", "Daya Anagata Nusantara", "daya anagata nusantara"),
        ("Satgas", "Kepala Satuan Tugas", "satuan tugas"),
        ("SATGAS", "KEPALA SATUAN TUGAS", "satuan tugas"),
        ("Pilkada", "jelang Pemilihan Kepala Daerah", "pemilihan kepala daerah"),
        ("karhutla", "mencegah kebakaran hutan dan lahan", "kebakaran hutan dan lahan"),
        ("pinjol", "korban pinjaman online", "pinjaman online"),
    ],
)
def test_long_form_before_the_bracket(short: str, before: str, long: str) -> None:
    """The long form is what spells the short one, without the words that lead up to it."""
    assert expansion(short, before.split()) == long


@pytest.mark.parametrize(
    ("short", "before"),
    [
        ("WIB", "pada pukul sepuluh pagi"),
        ("Persero", "PT Kereta Cepat"),
        ("pelaku", "kata saksi itu"),
        ("KPK", "kantor pusat. Kata"),  # a sentence ends within
        ("DPR", "dua pejabat"),
        ("KPU", "KPU dan Pemilihan Umum"),
    ],
)
def test_no_long_form(short: str, before: str) -> None:
    assert expansion(short, before.split()) is None


def test_long_form_inside_the_bracket() -> None:
    """ "UMKM (usaha mikro, kecil, dan menengah)" says the same the other way round."""
    after = ["(usaha", "mikro,", "kecil,", "dan", "menengah)", "di", "desa"]
    assert explanation("UMKM", after) == "usaha mikro kecil dan menengah"
    assert explanation("UMKM", ["(usaha", "kecil)", "di", "desa"]) is None
    assert explanation("UMKM", ["(usaha", "mikro", "kecil"]) is None


def test_articles_are_counted_not_mentions() -> None:
    """A wire story that explains itself twice is one witness."""
    once = "Otoritas Jasa Keuangan (OJK) menegur bank. Otoritas Jasa Keuangan (OJK) diam."
    other = "OJK (Otoritas Jasa Keuangan) mencatat."
    assert mined(once, other) == {("OJK", "otoritas jasa keuangan"): 2}


def test_both_directions_and_titles_meet() -> None:
    text = "Daya Anagata Nusantara (Danantara) berdiri PHK (pemutusan hubungan kerja), katanya"
    assert set(mined(text)) == {
        ("Danantara", "daya anagata nusantara"),
        ("PHK", "pemutusan hubungan kerja"),
    }


def test_no_long_form_reaches_into_the_article_before() -> None:
    assert mined("soal otoritas jasa keuangan", "(OJK) menegur") == {}


def test_ambiguity_is_kept() -> None:
    found = mined(
        "gugatan ke Mahkamah Konstitusi (MK) ditolak", "ahli Manajemen Konstruksi (MK) hadir"
    )
    assert sorted(long for _, long in found) == ["mahkamah konstitusi", "manajemen konstruksi"]


#: Of letters that spell none of the small words, which need no letter.
WORD = st.from_regex(r"[bdgklmnpru][bdgklmnpru-]{0,8}", fullmatch=True)


@given(st.lists(WORD, min_size=2, max_size=8))
def test_first_letters_always_spell(words: list[str]) -> None:
    assert spells("".join(word[0] for word in words).upper(), words)


@given(st.lists(st.sampled_from(["(KPK)", "(", ")", "[a", "Kata", "(Kata", "b)", "–", "(2024)"])))
def test_any_text_is_mined_without_complaint(words: list[str]) -> None:
    mined(" ".join(words), " ".join(reversed(words)))


_PARTS = [
    "kata",
    "KPU",
    "dan",
    "Tbk",
    "persero",
    "online",
    "a",
    "(",
    ")",
    ".",
    ",",
    "-",
    "_",
    "–",
    "é",
]


@given(st.lists(st.sampled_from(_PARTS), min_size=1, max_size=5).map("".join) | st.text(min_size=1))
def test_a_plain_word_is_what_any_word_is(word: str) -> None:
    """The short way to what the kernel must know of a word, and the long one."""
    if word.encode("utf-8", "replace").decode() != word:
        return
    plain = _plain_piece(word.encode())
    assert plain in (None, _piece(word))
    assert plain is not None or not (word.isascii() and word.isalpha())
