"""Queries of plain words, which need no parser.

Most queries are two to five words without any syntax. They are recognised here without
importing anything (Whoosh alone costs a cold start more than the whole search), and the
parser uses the same definitions, so that both ways of reading a query agree.
"""

from __future__ import annotations

#: Operators, upper case only: a lower-case ``dan`` is a word like any other.
OPERATORS = {
    "AND": "and", "DAN": "and",
    "OR": "or", "ATAU": "or",
    "NOT": "not", "BUKAN": "not",
}  # fmt: skip

#: Settings of the whole search, written like a field: ``sejak:2023 urut:terbaru``.
SETTINGS = {
    "sejak": "since", "since": "since",
    "sampai": "until", "hingga": "until", "until": "until",
    "urut": "sort", "urutkan": "sort", "sort": "sort",
}  # fmt: skip

#: A text is read up to the first limit it meets; the rest is dropped with a notice.
MAX_CHARACTERS = 20_000
MAX_WORDS = 1_000
#: Longer words are no words; nothing this long is in the index.
MAX_WORD_LENGTH = 255

#: Double quotes, straight and typographic. Single ones belong to Jum'at and Ma’ruf.
QUOTES = '"“”„«»'

#: Punctuation that may end a word: "siapa presiden Indonesia?!" has no wildcard.
CLOSING = "?!.,;:…'’"

_SYNTAX = frozenset(f"()[]{{}}*~^{QUOTES}")


def field_name(word: str) -> str | None:
    """What stands before the colon of ``judul:banjir``, if it can be a field's name.

    Times (``12:30``), scores (``3:1``) and addresses (``https://…``) have none.

    >>> field_name("judul:banjir"), field_name("12:30"), field_name("https://kompas.com")
    ('judul', None, None)
    """
    head, colon, rest = word.partition(":")
    return head if colon and head.isidentifier() and not rest.startswith("//") else None


def plain_words(text: str) -> list[str] | None:
    """The raw words of ``text``, or None where the parser has to look.

    When it is a list, parsing gives the same words OR-ed and has nothing to say about
    them. None promises nothing: a few texts without syntax are left to the parser too.

    >>> plain_words("siapa presiden Indonesia?")
    ['siapa', 'presiden', 'Indonesia?']
    >>> plain_words("harga beras -impor") is None
    True
    """
    if len(text) > MAX_CHARACTERS or not _SYNTAX.isdisjoint(text):
        return None
    words = text.split()
    if len(words) > MAX_WORDS:
        return None
    if "?" in text and any("?" in word.rstrip(CLOSING) for word in words):
        return None
    if ":" in text and any(field_name(word) for word in words):
        return None
    for word in words:
        if word in OPERATORS or word[0] in "+-" or len(word) > MAX_WORD_LENGTH:
            return None
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:  # half a surrogate pair, which the parser replaces
            return None
    return words
