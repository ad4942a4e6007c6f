"""Values of documents and terms to the columns of a segment.

What a batch in memory and a merge of segments have in common. No NumPy: a few articles are
added in less time than its import takes.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import accumulate, chain
from struct import unpack
from typing import Any

from searcher.index.layout import NO_DATE
from searcher.index.segment import KEYWORDS, id_hashes
from searcher.kernels.columns import in_bytes

#: One zstd level for all stored articles: three times as fast as 6 for 8 % more bytes.
LEVEL = 4


def term_columns(terms: Sequence[bytes]) -> dict[str, Any]:
    """``terms`` and ``term_at`` of terms given in sorted order."""
    at = array("I", accumulate(map(len, terms), initial=0))
    return {"terms": b"".join(terms), "term_at": at}


def prefixed(field: str, columns: Mapping[str, Any]) -> dict[str, Any]:
    """The columns under their names in a segment."""
    return {f"{field}.{name}": column for name, column in columns.items()}


def document_columns(
    ids: Sequence[str],
    digests: Any,
    published: Any,
    offsets: Any,
    keywords: Mapping[str, Sequence[str]],
    stored: Sequence[Any],
) -> dict[str, Any]:
    """The columns with one value a document, from values in document order."""
    encoded = [article_id.encode("utf-8", "replace") for article_id in ids]
    hashes = unpack(f"<{len(ids)}I", id_hashes(encoded))
    order = sorted(range(len(ids)), key=hashes.__getitem__)
    ages = [-moment for moment in published]
    columns: dict[str, Any] = {
        "ids": b"".join(encoded),
        "id_at": array("I", accumulate(map(len, encoded), initial=0)),
        "id_hashes": array("I", [hashes[doc] for doc in order]),
        "id_docs": array("I", order),
        "digests": array("Q", digests),
        "published": array("q", published),
        "offsets": array("h", offsets),
        # Equal moments in order, those without a date last.
        "by_date": array("I", sorted(range(len(ids)), key=ages.__getitem__)),
    }
    for field in KEYWORDS:
        columns.update(prefixed(field, keyword_columns(keywords[field])))
    columns["stored_at"] = starts(map(len, stored))
    columns["stored"] = list(stored)
    return columns


def keyword_columns(values: Sequence[str]) -> dict[str, Any]:
    """``codes``, ``values`` and ``value_at`` of one string a document; "" is number 0."""
    distinct = ["", *sorted(set(values) - {""})]
    numbers = {value: number for number, value in enumerate(distinct)}
    encoded = [value.encode("utf-8", "replace") for value in distinct]
    return {
        "codes": array(_format(len(distinct) - 1), [numbers[value] for value in values]),
        "values": b"".join(encoded),
        "value_at": array("I", accumulate(map(len, encoded), initial=0)),
    }


def starts(sizes: Iterable[int]) -> array[int]:
    """Where pieces of these sizes start, one after the other; one more than pieces.

    Four bytes each, or eight where four gigabytes are not enough.
    """
    at = array("Q", accumulate(sizes, initial=0))
    return at if at[-1] >> 32 else array("I", at)


def count_columns(name: str, counts: Any) -> dict[str, Any]:
    """A small count a term in a byte, and the large ones beside them: ``counts`` as u32."""
    small, large_at, large = in_bytes(counts)
    return {name: small, f"{name}.large_at": large_at, f"{name}.large": large}


def _format(most: int) -> str:
    """That of an array of numbers up to ``most``, in as few bytes each as hold them."""
    return "B" if most < 1 << 8 else "H" if most < 1 << 16 else "I"


def length_column(field: str, lengths: Any) -> dict[str, Any]:
    """The positions of each document in a field; those of text and title as kernels read them."""
    if field not in ("text", "title"):
        lengths = array(_format(max(lengths, default=0)), lengths)
    return {f"lengths.{field}": lengths}


def merge_acronyms(parts: Iterable[Iterable[tuple[str, str, int]]]) -> bytes:
    """Sum the counts of mined acronyms; the result is the JSON of a segment's column."""
    import json

    counts: dict[tuple[str, str], int] = {}
    for part in parts:
        for short, long, count in part:
            counts[short, long] = counts.get((short, long), 0) + count
    rows = [[short, long, count] for (short, long), count in sorted(counts.items())]
    return json.dumps(rows, ensure_ascii=False).encode()


def roots_columns(terms: Iterable[tuple[int, str]], root: Callable[[str], str]) -> dict[str, Any]:
    """The columns of a roots file: which terms have which root.

    ``terms`` are terms with their numbers, ascending; those left out are their own root.
    ``roots`` and ``root_at`` hold the roots in sorted order, the terms of root ``r`` (itself
    left out) are ``forms[form_at[r]:form_at[r + 1]]``; ``members`` are all of them,
    ascending, with the number of each one's root in ``member_roots``.
    """
    families: dict[str, list[int]] = {}
    members: dict[int, str] = {}
    for number, term in terms:
        its = root(term)
        if its != term:
            families.setdefault(its, []).append(number)
            members[number] = its
    ordered = sorted(families, key=str.encode)
    ranks = {its: rank for rank, its in enumerate(ordered)}
    encoded = term_columns([its.encode() for its in ordered])
    return {
        "members": array("I", members),
        "member_roots": array("I", [ranks[its] for its in members.values()]),
        "roots": encoded["terms"],
        "root_at": encoded["term_at"],
        "form_at": array("I", accumulate((len(families[its]) for its in ordered), initial=0)),
        "forms": array("I", chain.from_iterable(families[its] for its in ordered)),
    }


def utc(published: datetime | None) -> tuple[int, int]:
    """(seconds since 1970 UTC, minutes east) of a datetime; without a zone it is WIB.

    Six in ten Indonesians live in that zone and nearly all national desks print it.
    """
    if published is None:
        return NO_DATE, 0
    days = published.toordinal() - _EPOCH
    seconds = 86400 * days + 3600 * published.hour + 60 * published.minute + published.second
    zone = published.utcoffset()
    if zone is None:
        return seconds - _WIB, _WIB // 60
    east = zone.days * 86400 + zone.seconds
    # A zone's fraction of a second may be more than the time's.
    return seconds - east - (zone.microseconds > published.microsecond), east // 60


#: The day 1970-01-01, and WIB in seconds east of UTC.
_EPOCH, _WIB = datetime(1970, 1, 1).toordinal(), 7 * 3600
