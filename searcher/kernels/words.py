# cython: language_level=3, boundscheck=False, wraparound=False
# cython: cdivision=True, initializedcheck=False
"""Text to word numbers: cut at white space, every distinct word once.

Owns nothing but the table of words seen. What a word means is analysis' business.
"""

from __future__ import annotations

from array import array
from typing import Any

try:
    import cython
except ImportError:
    from searcher.kernels import pure as cython

__all__ = ["Interner"]


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def _space(
    text: cython.const[cython.uchar][::1], i: cython.Py_ssize_t, n: cython.Py_ssize_t
) -> cython.int:
    """How many bytes of white space (as ``str.split`` has it) start at ``i``: 0, 1, 2 or 3."""
    c: cython.int = text[i]
    if c > 0x20:
        if c < 0xC2:
            return 0
        d: cython.int
        e: cython.int
        if c == 0xC2:
            if i + 1 < n:
                d = text[i + 1]
                if d == 0x85 or d == 0xA0:
                    return 2
            return 0
        if i + 2 >= n:
            return 0
        if c == 0xE2:
            d = text[i + 1]
            e = text[i + 2]
            if d == 0x80:
                if 0x80 <= e <= 0x8A or e == 0xA8 or e == 0xA9 or e == 0xAF:
                    return 3
            elif d == 0x81 and e == 0x9F:
                return 3
            return 0
        if c == 0xE1 and text[i + 1] == 0x9A and text[i + 2] == 0x80:
            return 3
        if c == 0xE3 and text[i + 1] == 0x80 and text[i + 2] == 0x80:
            return 3
        return 0
    if c == 0x20 or 0x09 <= c <= 0x0D or 0x1C <= c <= 0x1F:
        return 1
    return 0


@cython.cclass
class Interner:
    """Distinct raw words, numbered from 0 in order of first appearance.

    ``words[i]`` is word ``i`` as UTF-8 bytes.

    >>> interner = Interner()
    >>> list(interner.add(b"harga beras, harga")), interner.words
    ([0, 1, 0], [b'harga', b'beras,'])
    """

    words = cython.declare(list, visibility="readonly")
    _ids: dict
    _slots: cython.uint[::1]
    _hashes: cython.uint[::1]
    _starts: cython.uint[::1]
    _arena: cython.uchar[::1]
    _used: cython.Py_ssize_t
    _count: cython.Py_ssize_t
    _mask: cython.uint

    def __init__(self) -> None:
        self.words = []
        self._ids = {}
        if cython.compiled:
            self._count = 0
            self._used = 0
            self._mask = (1 << 16) - 1
            self._slots = array("I", bytes(4 << 16))
            self._hashes = array("I", bytes(4 << 14))
            self._starts = array("I", bytes(4 << 14))
            self._arena = bytearray(1 << 18)

    def __len__(self) -> int:
        return len(self.words)

    def add(self, text: bytes) -> Any:
        """The word numbers of ``text`` in order, ``array('I')``; new words are remembered."""
        if not cython.compiled:
            ids = self._ids
            words = self.words
            out = array("I")
            for word in text.decode("utf-8", "surrogatepass").split():
                number = ids.get(word)
                if number is None:
                    number = ids[word] = len(words)
                    words.append(word.encode("utf-8", "surrogatepass"))
                out.append(number)
            return out
        return self._add(text)

    @cython.cfunc
    def _add(self, text: bytes) -> Any:
        view: cython.const[cython.uchar][::1] = text
        n: cython.Py_ssize_t = len(text)
        numbers = array("I", bytes(4 * (n // 2 + 1)))
        out: cython.uint[::1] = numbers
        m: cython.Py_ssize_t = 0
        i: cython.Py_ssize_t = 0
        j: cython.Py_ssize_t
        k: cython.Py_ssize_t
        start: cython.Py_ssize_t
        length: cython.Py_ssize_t
        s: cython.int
        h: cython.uint
        slot: cython.uint
        found: cython.uint
        while i < n:
            s = _space(view, i, n)
            if s:
                i += s
                continue
            j = i
            h = 2166136261
            while j < n:
                if (view[j] <= 0x20 or view[j] >= 0xC2) and _space(view, j, n):
                    break
                h = (h ^ view[j]) * 16777619
                j += 1
            length = j - i
            h = h ^ (h >> 15)
            slot = h & self._mask
            while True:
                found = self._slots[slot]
                if found == 0:
                    found = self._new(text[i:j], h, slot)
                    break
                if self._hashes[found - 1] == h:
                    start = self._starts[found - 1]
                    if self._starts[found] - start == length:
                        k = 0
                        while k < length and self._arena[start + k] == view[i + k]:
                            k += 1
                        if k == length:
                            break
                slot = (slot + 1) & self._mask
            out[m] = found - 1
            m += 1
            i = j
        return numbers[:m]

    @cython.cfunc
    @cython.exceptval(check=True)
    def _new(self, word: bytes, h: cython.uint, slot: cython.uint) -> cython.uint:
        """Remember ``word``; return its number plus one."""
        k: cython.Py_ssize_t
        length: cython.Py_ssize_t = len(word)
        view: cython.const[cython.uchar][::1] = word
        if self._used + length > len(self._arena):
            bigger = bytearray(max(2 * len(self._arena), self._used + length))
            bigger[: self._used] = self._arena[: self._used]
            self._arena = bigger
        if self._count + 2 > len(self._starts):
            grown = array("I", bytes(8 * len(self._starts)))
            memoryview(grown)[: self._count + 1] = self._starts[: self._count + 1]
            self._starts = grown
            grown = array("I", bytes(8 * len(self._hashes)))
            memoryview(grown)[: self._count] = self._hashes[: self._count]
            self._hashes = grown
        for k in range(length):
            self._arena[self._used + k] = view[k]
        self._starts[self._count] = self._used
        self._used += length
        self._starts[self._count + 1] = self._used
        self._hashes[self._count] = h
        self._count += 1
        self._slots[slot] = self._count
        self.words.append(word)
        if 2 * self._count > self._mask:
            self._grow()
        return self._count

    @cython.cfunc
    def _grow(self) -> object:
        i: cython.Py_ssize_t
        slot: cython.uint
        self._mask = 4 * (self._mask + 1) - 1
        self._slots = array("I", bytes(4 * (self._mask + 1)))
        for i in range(self._count):
            slot = self._hashes[i] & self._mask
            while self._slots[slot]:
                slot = (slot + 1) & self._mask
            self._slots[slot] = i + 1
        return None
