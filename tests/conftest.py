"""Twelve articles small enough to hold in the head, and the index of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

import searcher
from searcher import Article, Index

WIB = timezone(timedelta(hours=7))


def _day(text: str, hour: int = 9) -> datetime:
    return datetime.fromisoformat(text).replace(hour=hour, tzinfo=WIB)


ARTICLES = (
    Article(
        id="a1",
        title="Harga beras naik di Medan",
        body="Harga beras di Medan naik tajam sejak pekan lalu. Pedagang mengeluh.",
        published=_day("2023-03-09"),
        source="Kabar Deli",
        place="Medan",
        author="Rina Siregar",
        category="ekonomi",
    ),
    Article(
        id="a2",
        title="Petani mengekspor kopi",
        body="Kopi dari Takengon diekspor ke tiga negara. Eksportir menyebut mutu kopi baik.",
        published=_day("2023-03-12"),
        source="Kabar Deli",
        place="Takengon",
        category="ekonomi",
    ),
    Article(
        id="a3",
        title="Anak-anak desa belajar menari",
        body="Puluhan anak di desa itu belajar menari setiap Jumat sore.",
        published=_day("2022-11-04"),
        source="Warta Nusa",
        place="Denpasar",
        category="budaya",
    ),
    Article(
        id="a4",
        title="UMKM naik kelas",
        body=(
            "Pelaku usaha mikro, kecil, dan menengah (UMKM) mengikuti pelatihan. "
            "UMKM menyerap tenaga kerja."
        ),
        published=_day("2023-05-01"),
        source="Warta Nusa",
        place="Medan",
        author="Budi Santosa",
        category="ekonomi",
    ),
    Article(
        id="a5",
        title="Banjir di Bekasi surut",
        body="Banjir yang merendam Bekasi mulai surut. Warga kembali ke rumah.",
        published=_day("2021-02-21"),
        source="Kabar Deli",
        place="Bekasi",
        category="peristiwa",
    ),
    Article(
        id="a6",
        title="Bekas pabrik gula menjadi museum",
        body="Bekas pabrik gula itu dibuka sebagai museum. Harga tiket murah.",
        published=_day("2024-08-17"),
        source="Suara Pesisir",
        place="Tegal",
        category="budaya",
    ),
    Article(
        id="a7",
        title="Vaksin Covid-19 tiba",
        body="Vaksin Covid-19 tiba di Ambon, kata dinas kesehatan. Pasien covid berkurang.",
        published=_day("2021-06-30"),
        source="Suara Pesisir",
        place="Ambon",
        category="kesehatan",
    ),
    Article(
        id="a8",
        title="Karyawan di-PHK menuntut pesangon",
        body="Karyawan pabrik sepatu yang di-PHK menuntut pesangon kepada perusahaan.",
        published=_day("2022-09-14"),
        source="Suara Pesisir",
        place="Serang",
        category="ekonomi",
    ),
    Article(
        id="a9",
        title="Beras impor tiba di pelabuhan",
        body="Beras impor tiba di pelabuhan Belawan. Harga gabah petani turun.",
        published=_day("2023-03-10"),
        source="Kabar Deli",
        place="Medan",
        category="ekonomi",
    ),
    Article(
        id="a10",
        title="Timnas U-20 berlatih di Solo",
        body="Timnas U-20 berlatih di Solo. Kiper muda itu berasal dari Lombok.",
        published=_day("2024-01-05"),
        source="Warta Nusa",
        place="Solo",
        category="olahraga",
    ),
    Article(
        id="a11",
        title="Gempa guncang Ambon",
        body="Gempa mengguncang Ambon pada dini hari. Tidak ada korban jiwa.",
        published=datetime(2023, 7, 2, 4, 30, tzinfo=timezone(timedelta(hours=9))),
        source="Suara Pesisir",
        place="Ambon",
        category="peristiwa",
    ),
    Article(id="a12", title="Pantun lama", body="Berakit-rakit ke hulu, berenang ke tepian."),
)


@pytest.fixture(scope="session")
def news() -> Iterator[Index]:
    """The twelve articles, committed in two halves. Not to be written to."""
    with TemporaryDirectory() as directory:
        index = searcher.create_index(directory)
        for half in (ARTICLES[:6], ARTICLES[6:]):
            with index.writer() as writer:
                for article in half:
                    writer.add(article)
        yield index


@pytest.fixture
def search(news: Index) -> Callable[..., list[str]]:
    """The ids of an answer, best first."""
    return lambda text, **options: [hit.id for hit in news.search(text, **options)]


@pytest.fixture
def index(tmp_path: Path) -> Index:
    """An empty index to write to."""
    return searcher.create_index(tmp_path / "index")
