"""What a newspaper published, and the fields it can be searched by.

An article is a plain value. It knows nothing of the file it came from (except its
path, as a label) and nothing of the index that will hold it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from searcher.values import Value, field


class Article(Value, kw_only=True):
    """One article as a newspaper published it.

    ``id`` is the file's own (an ``id`` or ``docid`` column) or the path within the
    corpus, with ``#row`` for one article of a collection. ``body`` keeps its paragraph
    breaks as blank lines. ``published`` is aware when the source gave a zone (WIB,
    WITA, WIT or an offset), naive when it did not. ``caption`` is the text under the
    photograph, kept apart from the body. ``meta`` is what else the file gave, as
    strings; ``meta["site"]`` is the host name of the portal where known.

    >>> Article(id="a1", title="Ekspor naik", body="Ekspor naik.").text
    'Ekspor naik\\n\\nEkspor naik.'
    """

    id: str
    title: str = ""
    body: str = ""
    published: datetime | None = None
    source: str | None = None
    place: str | None = None
    author: str | None = None
    category: str | None = None
    url: str | None = None
    caption: str | None = None
    path: str | None = None
    meta: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """What the default search reads: title, then body."""
        return f"{self.title}\n\n{self.body}" if self.title else self.body

    @property
    def heading(self) -> str:
        """The title, or what to show in its place: the first dozen words of the body.

        >>> Article(id="a", body="Hujan deras mengguyur Kota Medan sejak Kamis malam.").heading
        'Hujan deras mengguyur Kota Medan sejak Kamis malam.'
        """
        if self.title:
            return self.title
        words = self.body[:400].split()
        return " ".join(words[:12]) + (" …" if len(words) > 12 else "")

    def as_dict(self) -> dict[str, Any]:
        """The article as JSON-ready values, empty ones left out, in field order."""
        cls = type(self)
        out = {
            name: value for name, value in zip(cls._fields, cls._tuple(self), strict=True) if value
        }
        if self.published:
            out["published"] = self.published.isoformat()
        if self.meta:
            out["meta"] = dict(self.meta)
        return out

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Article:
        """The inverse of :meth:`as_dict`."""
        known = dict(values)
        if known.get("published"):
            known["published"] = datetime.fromisoformat(known["published"])
        return cls(**known)

    def digest(self, body: bytes | None = None) -> int:
        """A 64-bit hash of everything but ``path``: equal articles need no update.

        ``body`` is the body in UTF-8 where the caller has it already.

        >>> a = Article(id="a", body="x", path="one")
        >>> a.digest() == Article(id="a", body="x", path="two").digest()
        True
        """
        from _blake2 import blake2b  # hashlib's, without OpenSSL, which takes 3 ms

        if body is None:
            body = self.body.encode("utf-8", "replace")
        published = self.published.isoformat() if self.published else ""
        before = f"{self.id}\0{self.title}\0"
        behind = (
            f"\0{published}\0{self.source or ''}\0{self.place or ''}\0{self.author or ''}"
            f"\0{self.category or ''}\0{self.url or ''}\0{self.caption or ''}"
        )
        if self.meta:
            for item in sorted(self.meta.items()):
                for part in item:
                    behind += f"\0{part or ''}"
        hashed = blake2b(before.encode("utf-8", "replace"), digest_size=8)
        hashed.update(body)
        hashed.update(behind.encode("utf-8", "replace"))
        return int.from_bytes(hashed.digest(), "little")


#: The searchable fields. ``text`` is title and body as one positional text, the field
#: of an unqualified word; the others answer ``field:word``.
FIELDS: tuple[str, ...] = ("text", "title", "source", "place", "author", "category")

#: What a query may call a field or the publication date, Indonesian and English.
FIELD_ALIASES: Mapping[str, str] = {
    "text": "text", "teks": "text", "isi": "text", "body": "text",
    "title": "title", "judul": "title",
    "source": "source", "sumber": "source", "media": "source",
    "place": "place", "tempat": "place", "lokasi": "place", "kota": "place",
    "author": "author", "penulis": "author", "wartawan": "author",
    "category": "category", "kategori": "category", "rubrik": "category",
    "published": "published", "tanggal": "published", "tgl": "published",
    "terbit": "published", "date": "published",
}  # fmt: skip
