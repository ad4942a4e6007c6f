"""Characters as readers type them: one spelling per letter, with the way back.

Owns case-free, mark-free, one-apostrophe, one-hyphen text. Knows no words.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

# Written as one sign, read as another. An em dash joins clauses, not words, so it is not
# among the hyphens; the trade-mark signs would spell "tm" if Unicode had its way.
_SIGNS = (
    dict.fromkeys("’‘ʼʻ′`´＇", "'")
    | dict.fromkeys("‐‑‒–−﹣－", "-")
    | dict.fromkeys("“”„«»", '"')
    | dict.fromkeys("™®©℠℅—―", " ")
    | {"…": "…"}
    | {"ı": "i", "ł": "l", "đ": "d", "ø": "o", "ħ": "h", "Ł": "L", "Đ": "D", "Ø": "O"}
    | {"æ": "ae", "œ": "oe", "ß": "ss", "þ": "th", "Æ": "Ae", "Œ": "Oe"}
)


def fold_char(char: str) -> str:
    """What one character is read as: none, one or several characters, case kept.

    >>> [fold_char(c) for c in "é’–ﬁ²Ａ"]
    ['e', "'", '-', 'fi', '2', 'A']
    >>> fold_char("\\u200b"), fold_char("\\u0301"), fold_char("한")
    ('', '', '한')
    """
    if char in _SIGNS:
        return _SIGNS[char]
    if char.isascii():
        return char
    category = unicodedata.category(char)
    if category in ("Mn", "Me", "Cf"):  # accents on their own, joiners, direction marks
        return ""
    if category in ("Cs", "Co", "Cn"):  # half a character, or none: cannot be stored
        return " "
    if "\u1100" <= char <= "\ud7ff":  # Hangul stays in syllables
        return unicodedata.normalize("NFKC", char)
    plain = unicodedata.normalize("NFKD", char).replace("\u2044", "/")  # the bar of ½
    return "".join(c for c in plain if unicodedata.category(c) != "Mn")


class _Single(dict[int, str]):
    """The table of ``str.translate``, filled as characters are met.

    Holds only foldings of one character to one; the others become NUL, which tells
    :func:`fold` that it must keep track of offsets.
    """

    def __missing__(self, code: int) -> str:
        folded = fold_char(chr(code))
        self[code] = folded if len(folded) == 1 and code else "\0"
        return self[code]


_single = _Single()


def fold(raw: str) -> tuple[str, Sequence[int]]:
    """``raw`` with every character folded, case kept, and the way back.

    Returns ``(text, at)``: character ``i`` of ``text`` came from ``raw[at[i]]``, and
    ``at[len(text)]`` is ``len(raw)``.

    >>> fold("Jum’at")[0], fold("cafe\\u0301s")
    ("Jum'at", ('cafes', [0, 1, 2, 3, 5, 6]))
    """
    if raw.isascii():
        return raw.replace("`", "'"), range(len(raw) + 1)
    text = raw.translate(_single)
    if "\0" not in text:
        return text, range(len(raw) + 1)
    out: list[str] = []
    at: list[int] = []
    for i, char in enumerate(raw):
        folded = fold_char(char)
        out.append(folded)
        at += [i] * len(folded)
    at.append(len(raw))
    return "".join(out), at
