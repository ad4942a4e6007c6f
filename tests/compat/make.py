"""Keep an index of the present format: run once at each release that changes the format.

``python -m tests.compat.make`` writes ``tests/compat/v<format>/``: the index, and what it
answered. An index that was kept is never made again; later versions must open it, or say in
one line what to do.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

from searcher import Article, open_index
from searcher.index.layout import FORMAT_VERSION
from searcher.index.writer import Writer

WIB = timezone(timedelta(hours=7))

#: Two segments, a deletion, every field, and words of every shape.
ARTICLES = (
    Article(
        id="k1",
        title="Harga garam naik di Madura",
        body="Harga garam di Madura naik. Petani garam senang, kata pedagang.",
        published=datetime(2023, 3, 9, 21, 32, tzinfo=WIB),
        source="Kabar Selat",
        place="Sumenep",
        author="Sari Wahyuni",
        category="ekonomi",
        url="https://kabarselat.example/garam",
        caption="Petani garam memanen di tambak.",
        path="2023/garam.txt",
        meta={"site": "kabarselat.example"},
    ),
    Article(
        id="k2",
        title="Anak-anak belajar berenang",
        body="Puluhan anak belajar berenang pada Jum'at pagi; vaksin Covid-19 sudah lengkap.",
        published=datetime(2022, 11, 4, 9, 0, tzinfo=timezone(timedelta(hours=9))),
        source="Warta Teluk",
        place="Ambon",
    ),
    Article(id="k3", body="Usaha mikro, kecil, dan menengah (UMKM) meminjam Rp1,5 triliun."),
)
_DELETED = Article(id="k4", title="Dicabut", body="Garam ini sudah dicabut redaksi.")

QUERIES = (
    "garam", "harga garam", '"petani garam"', "anak", "covid", "ber*", "place:ambon",
    "garam NOT petani", "published:2022", "umkm", "dicabut",
)  # fmt: skip


def keep(folder: Path) -> Path:
    """Write ``v<format>/`` into a folder; returns it. Refuses to replace one."""
    kept = folder / f"v{FORMAT_VERSION}"
    kept.mkdir()
    with Writer(kept / "index", fresh=True) as writer:
        writer.add(_DELETED)
        writer.add(ARTICLES[0])
    with Writer(kept / "index") as writer:
        writer.delete(_DELETED.id)
        for article in ARTICLES[1:]:
            writer.add(article)
    index = open_index(kept / "index")
    answers = {query: [hit.id for hit in index.search(query, profile="plain")] for query in QUERIES}
    text = json.dumps(answers, ensure_ascii=False, indent=1)
    (kept / "answers.json").write_text(text + "\n", encoding="utf-8")
    return kept


if __name__ == "__main__":
    sys.stdout.write(f"{keep(Path(__file__).parent)}\n")
