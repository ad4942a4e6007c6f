"""Corpora of any size that behave like news: recombined articles, and invented ones.

    python -m benchmarks.scale CORPUS.jsonl 300000 > scaled.jsonl

The real articles come first, in their order; then recombined ones. What decides an
engine's cost must grow as it does in an archive:

* *Lengths and dates* are those of a real article (the host), the date shifted by up to
  two months.
* *Words occur together*: sentences come, in short runs, from articles printed around the
  same time as the host, so phrases repeat and rare words meet their usual company.
* *The vocabulary goes on growing*, by Heaps' law. Recombining alone adds no word, so some
  names are replaced throughout an article by coined ones, new or coined before, spelt by
  a letter model of the corpus' own names.

The same corpus and size give the same file, and a smaller size is a prefix of a larger.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

from benchmarks.articles import Row, read_jsonl

_SENTENCE_END = re.compile(r"(?<=[.!?]) +(?=[A-Z\"“])")
_WORD = re.compile(r"[^\W\d_]+")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{3,}\b")

#: Exponent of Heaps' law, distinct words = K · articles ** HEAPS; 0.4 fits 37,000 real
#: articles with about 170,000 distinct words and published curves of news wires.
HEAPS = 0.4


class _Names:
    """Spells names like those it was shown, none twice: a letter model of order three."""

    def __init__(self, names: Sequence[str], known: set[str]) -> None:
        self._known = known  # lower-case words not to coin again
        self._next: dict[str, list[str]] = {}
        for name in names:
            padded = f"^^^{name.lower()}$"
            for i in range(3, len(padded)):
                self._next.setdefault(padded[i - 3 : i], []).append(padded[i])

    def coin(self, rng: random.Random) -> str:
        name = "^^^"
        while not name.endswith("$") and len(name) < 18:
            name += rng.choice(self._next[name[-3:]])
        word = name[3:].rstrip("$")
        while word in self._known or len(word) < 4:
            word += rng.choice(("ri", "na", "to", "ya", "wan", "sa", "di", "man", "lu", "ko"))
        self._known.add(word)
        return word.capitalize()


def _shift(day: int, rng: random.Random) -> int:
    if not day:
        return 0
    try:
        moved = date(day // 10000, day // 100 % 100, day % 100) + timedelta(rng.randint(-60, 60))
    except (ValueError, OverflowError):
        return day
    return int(moved.strftime("%Y%m%d"))


def recombined(base: Sequence[Row], seed: int = 1) -> Iterator[Row]:
    """Endless further articles made of ``base``."""
    rng = random.Random(f"recombined {seed}")
    order = sorted(range(len(base)), key=lambda i: (base[i].date, i))
    place = {i: at for at, i in enumerate(order)}
    sentences = [_SENTENCE_END.split(row.body) for row in base]
    names = [name for row in base for name in islice(_NAME.findall(row.body), 40)]
    vocabulary = {word for row in base for word in _WORD.findall(row.body.lower())}
    growth = len(vocabulary) * HEAPS / len(base)  # new words an article, at the start
    spell = _Names(names or ["Sukamaju", "Tirtasari", "Wanareja"], vocabulary)
    coined: list[str] = []

    number = len(base)
    while True:
        number += 1
        host = rng.randrange(len(base))
        near = [order[(place[host] + rng.randint(-40, 40)) % len(base)] for _ in range(5)]
        wanted, body, size = len(base[host].body), [], 0
        while size < wanted:
            pieces = sentences[rng.choice(near)]
            start = rng.randrange(len(pieces))
            for piece in pieces[start : start + rng.randint(1, 4)]:
                if size < wanted:
                    body.append(piece)
                    size += len(piece) + 1
        text = " ".join(body)[: wanted + 1].rpartition(" ")[0]  # whole words only

        new = growth * (number / len(base)) ** (HEAPS - 1)
        inside = _NAME.findall(text)
        # About as many coined words are met again as are new, as half of all words are.
        for _ in range(int(2 * new + rng.random()) if inside else 0):
            if not coined or rng.random() < 0.5:
                word = spell.coin(rng)
                coined.append(word)
            else:
                word = rng.choice(coined)
            # Inside longer words too: a suffixed name is that name.
            text = text.replace(rng.choice(inside), word)
        yield Row(f"r{number}", _shift(base[host].date, rng), base[rng.choice(near)].title, text)


def scaled(base: Sequence[Row], size: int) -> Iterator[Row]:
    """``size`` articles: real ones first, recombined ones after them."""
    yield from base[:size]
    if size > len(base):
        yield from islice(recombined(base), size - len(base))


_WORDS = """
yang dan di dengan untuk pada dari dalam ini itu akan tidak telah juga oleh sebagai pemerintah
warga daerah kota kabupaten provinsi harga pasar beras petani panen musim hujan banjir jalan
jembatan sekolah guru siswa rumah sakit dokter pasien kesehatan program bantuan dana anggaran
pembangunan proyek perusahaan pekerja upah ekspor impor pelabuhan kapal nelayan ikan laut pantai
gunung hutan api kebakaran gempa bumi korban polisi penyidik kasus hakim pengadilan putusan
jaksa terdakwa pemilu partai calon kepala desa wali bupati gubernur menteri rapat sidang dewan
peraturan undang kebijakan ekonomi pertumbuhan inflasi bunga kredit bank nasabah usaha mikro
kecil menengah pedagang pembeli toko barang produksi pabrik listrik air energi minyak tambang
batu bara nikel lingkungan sampah sungai pencemaran udara kendaraan kereta bus penumpang bandara
penerbangan tiket wisata hotel budaya tari musik film pemain tim pelatih pertandingan gol juara
liga stadion penonton menang kalah skor babak final mengatakan menjelaskan menambahkan meningkat
menurun dibuka ditutup dimulai selesai besar baru lama banyak sedikit penting cepat tinggi
rendah tahun bulan hari pekan pagi malam
"""


def invented(size: int, seed: int = 1) -> list[Row]:
    """Small articles of common words in a Zipf-like order: enough to try an engine with.

    >>> [row.id for row in invented(2)]
    ['v1', 'v2']
    """
    rng = random.Random(f"invented {seed}")
    names = ["Sukamaju", "Tirtasari", "Wanareja", "Banyuasri", "Karangjati", "Randuagung"]
    common = _WORDS.split()
    spell = _Names(names, set(common))
    words = rng.sample(common, len(common)) + [spell.coin(rng) for _ in range(400)]
    weights = [1 / (rank + 4) for rank in range(len(words))]
    rows = []
    for number in range(1, size + 1):
        lines = []
        for _ in range(rng.randint(4, 12)):
            line = rng.choices(words, weights, k=rng.randint(6, 18))
            lines.append(line[0].capitalize() + " " + " ".join(line[1:]) + ".")
        title = " ".join(rng.choices(words, weights, k=rng.randint(4, 8))).capitalize()
        day = date(2020, 1, 1) + timedelta(rng.randrange(1800))
        rows.append(Row(f"v{number}", int(day.strftime("%Y%m%d")), title, " ".join(lines)))
    return rows


def main() -> None:
    path, size = Path(sys.argv[1]), int(sys.argv[2])
    for row in scaled(list(read_jsonl(path)), size):
        day = f"{row.date // 10000:04}-{row.date // 100 % 100:02}-{row.date % 100:02}"
        record = {
            "id": row.id,
            "title": row.title,
            "body": row.body,
            "date": day if row.date else None,
        }
        print(json.dumps(record, ensure_ascii=False))


if __name__ == "__main__":
    main()
