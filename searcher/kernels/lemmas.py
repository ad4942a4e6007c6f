# cython: language_level=3, boundscheck=False, wraparound=False
# cython: cdivision=True, initializedcheck=False
"""The list of words and their lemmas, unpacked as ``simplemma`` packs it.

Of what a process needs that adds a few articles this is the most. ``simplemma`` unpacks it
too, but that and sifting its words take three times as long.
"""

from __future__ import annotations

try:
    import cython
except ImportError:
    from searcher.kernels import pure as cython

__all__ = ["unpack"]

_START = b"SMFC1\0"


def unpack(data: bytes) -> dict | None:
    """The pairs that are nothing but lower-case letters; None if it is packed otherwise.

    Behind a mark and the number of pairs, seven bits a byte, the lowest first, there is
    for each: how many bytes of the word before it shares, how many follow, those; how many it
    loses to be its lemma, how many follow, those. In place of what it loses, 255 says that
    its lemma stands there whole, and 254 alone that it is the lemma of the word before.

    >>> unpack(_START + b"\\3" b"\\0\\5beras\\0\\0" b"\\5\\3nya\\xfe" b"\\0\\2di\\xff\\4dari")
    {'beras': 'beras', 'berasnya': 'beras', 'di': 'dari'}
    >>> unpack(_START + b"\\1" b"\\0\\5caf\\xc3\\xa9\\0\\0")
    {'café': 'café'}
    >>> unpack(_START + b"\\1" b"\\0\\2PT\\0\\0"), unpack(_START + b"\\1" b"\\0\\2di")
    ({}, None)
    """
    pairs: dict = {}
    text: cython.const[cython.uchar][::1] = data + b"\0\0\0"  # to be read beyond the end
    end: cython.Py_ssize_t = len(data)
    at: cython.Py_ssize_t = len(_START)
    expected: cython.ulonglong = 0
    count: cython.ulonglong = 0
    size: cython.Py_ssize_t
    shift: cython.int = 0
    loses: cython.Py_ssize_t
    # A character a byte: nearly all words are ASCII.
    bytewise: str = data.decode("latin-1")
    word: str = ""
    lemma: str = ""
    if not data.startswith(_START):
        return None
    while at < end and shift < 56:
        expected |= cython.cast(cython.ulonglong, text[at] & 127) << shift
        shift += 7
        at += 1
        if text[at - 1] < 128:
            break
    while at < end:
        size = text[at + 1]
        # A longer word would have its size in two bytes, and be none.
        if text[at] > len(word) or text[at] >= 128 or size >= 128 or at + 3 + size > end:
            return None
        word = word[: text[at]] + bytewise[at + 2 : at + 2 + size]
        at += 2 + size
        loses = text[at]
        at += 1
        if loses != 254:
            size = text[at]
            at += 1
            if size >= 128 or at + size > end or (loses != 255 and loses > len(word)):
                return None
            if loses == 255:
                lemma = bytewise[at : at + size]
            elif loses or size:
                lemma = word[: len(word) - loses] + bytewise[at : at + size]
            else:
                lemma = word
            at += size
        count += 1
        if word.isascii() and lemma.isascii():
            if _is_lower(word) and (lemma is word or _is_lower(lemma)):
                pairs[word] = lemma
        else:
            spelt = word.encode("latin-1").decode("utf-8", "replace")
            of = lemma.encode("latin-1").decode("utf-8", "replace")
            if spelt.isalpha() and spelt.islower() and of.isalpha() and of.islower():
                pairs[spelt] = of
    return pairs if count == expected else None


@cython.cfunc
@cython.inline
def _is_lower(word: str) -> cython.bint:
    """``isalpha`` and ``islower`` of ASCII."""
    for letter in word:
        if not "a" <= letter <= "z":
            return False
    return len(word) > 0
