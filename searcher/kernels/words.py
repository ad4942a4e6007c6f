# cython: language_level=3, boundscheck=False, wraparound=False
# cython: cdivision=True, initializedcheck=False
"""Text to word numbers, and words of the common shapes to terms: every distinct word once.

What a word means is analysis' business. This module knows only how to do quickly what
analysis does with words that are nothing but ASCII letters or digits between signs, which
most are; all others, and all that analysis names as exceptions, are left to it.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable

try:
    import cython
except ImportError:
    from searcher.kernels import pure as cython

if cython.compiled:
    from cython.cimports.libc.stdlib import free, malloc, realloc
    from cython.cimports.libc.string import memcmp, memcpy, memset
    from cython.cimports.searcher.kernels.processor import prefetch

__all__ = ["Interner", "Vocabulary", "count_breaks"]

#: Terms of the common shapes are shorter than this.
LONGEST = 64


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def _space(
    text: cython.pointer[cython.const[cython.uchar]], i: cython.Py_ssize_t, n: cython.Py_ssize_t
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


def count_breaks(text: bytes) -> int:
    """How many spaces and line ends there are in a text in UTF-8.

    >>> count_breaks(b"harga  beras\\n\\ttetap")
    3
    """
    if not cython.compiled:
        return text.count(b" ") + text.count(b"\n")
    n: cython.Py_ssize_t = len(text)
    view: cython.const[cython.uchar][::1] = text if n else b"-"
    i: cython.Py_ssize_t
    found: cython.Py_ssize_t = 0
    for i in range(n):
        found += (view[i] == 0x20) | (view[i] == 0x0A)
    return found


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def _mixed(h: cython.ulonglong, part: cython.ulonglong) -> cython.ulonglong:
    """A hash with eight more bytes in it."""
    # Odd, and its halves look random: the golden ratio's digits, put together below 2^31.
    k: cython.ulonglong = 0x1E3779B9
    h = (h ^ part) * ((k << 32) | 0x7F4A7C15)
    return h ^ (h >> 29)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def _first(
    word: cython.pointer[cython.const[cython.uchar]], n: cython.Py_ssize_t
) -> cython.ulonglong:
    """The first eight bytes of a word, the first one lowest; zero bytes behind."""
    part: cython.ulonglong = 0
    half: cython.uint = 0
    if cython.compiled and n > 0:
        # Some bytes are read twice: that is quicker than one by one.
        if n >= 8:
            memcpy(cython.address(part), word, 8)
        elif n >= 4:
            memcpy(cython.address(half), word + n - 4, 4)
            part = half
            memcpy(cython.address(half), word, 4)
            part = (part << (8 * (n - 4))) | half
        else:
            part = (
                cython.cast(cython.ulonglong, word[0])
                | (cython.cast(cython.ulonglong, word[n >> 1]) << (8 * (n >> 1)))
                | (cython.cast(cython.ulonglong, word[n - 1]) << (8 * (n - 1)))
            )
    return part


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def _last(
    word: cython.pointer[cython.const[cython.uchar]],
    n: cython.Py_ssize_t,
    first: cython.ulonglong,
) -> cython.ulonglong:
    """The last eight bytes of a word; of a shorter one its ``first``."""
    part: cython.ulonglong = first
    if cython.compiled and n > 8:
        memcpy(cython.address(part), word + n - 8, 8)
    return part


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def _hash(
    word: cython.pointer[cython.const[cython.uchar]],
    n: cython.Py_ssize_t,
    first: cython.ulonglong,
    last: cython.ulonglong,
) -> cython.uint:
    """32 bits of a word whose first and last bytes are known."""
    h: cython.ulonglong = _mixed(cython.cast(cython.ulonglong, n) << 32, first)
    part: cython.ulonglong = 0
    i: cython.Py_ssize_t = 8
    if cython.compiled and n > 8:
        while i < n - 8:
            memcpy(cython.address(part), word + i, 8)
            h = _mixed(h, part)
            i += 8
        h = _mixed(h, last)
    return cython.cast(cython.uint, h >> 32)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def _entry(h: cython.uint, n: cython.Py_ssize_t, number: cython.Py_ssize_t) -> cython.ulonglong:
    """A slot: 24 bits of hash, the length (255 if it is that or more), the number + 1."""
    tag: cython.uint = (h >> 8 << 8) | cython.cast(cython.uint, n if n < 255 else 255)
    return (cython.cast(cython.ulonglong, tag) << 32) | (number + 1)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def _end_of_word(
    text: cython.pointer[cython.const[cython.uchar]], i: cython.Py_ssize_t, n: cython.Py_ssize_t
) -> cython.Py_ssize_t:
    """Where the word that begins at ``i`` ends, eight bytes at a time where it is ASCII."""
    if cython.compiled:
        # In all bytes: 0x01, 0x21 and 0x80.
        ones: cython.ulonglong = 0x01010101
        ones |= ones << 32
        blanks: cython.ulonglong = ones * 0x21
        highs: cython.ulonglong = ones << 7
        part: cython.ulonglong = 0
        i += 1
        while i < n:
            if i + 8 <= n:
                memcpy(cython.address(part), text + i, 8)
                # The lowest bit that is left is right: of a byte below 0x21 or above 0x7F.
                part = ((part - blanks) | part) & highs
                if part == 0:
                    i += 8
                    continue
                # Bytes up to that one, counted by adding up a one of each.
                part = ((((part & (0 - part)) - 1) & ones) * ones) >> 56
                i += cython.cast(cython.Py_ssize_t, part) - 1
            if (text[i] <= 0x20 or text[i] >= 0xC2) and _space(text, i, n):
                return i
            i += 1
    return n


@cython.final
@cython.cclass
class Interner:
    """Distinct byte strings, numbered from 0 in order of first appearance.

    >>> interner = Interner()
    >>> list(interner.add(b"harga beras, harga")), interner.words
    ([0, 1, 0], [b'harga', b'beras,'])
    """

    # Compiled, a hash table over one run of bytes. A slot (see `_entry`) and the first and
    # last eight bytes of its word tell most words from all others without reading the word.
    _slots: cython.pointer[cython.ulonglong]
    _mask: cython.uint
    _edges: cython.pointer[cython.ulonglong]
    _starts: cython.pointer[cython.ulonglong]
    _room: cython.Py_ssize_t
    _arena: cython.pointer[cython.uchar]
    _arena_room: cython.Py_ssize_t
    _count: cython.Py_ssize_t
    _chunk_starts: cython.Py_ssize_t[128]
    _chunk_lengths: cython.Py_ssize_t[128]
    _chunk_hashes: cython.uint[128]
    _chunk_edges: cython.ulonglong[256]
    _out: object  # room for the numbers of a text
    _ids: dict
    _list: list

    def __cinit__(self) -> None:
        if cython.compiled:
            self._mask = (1 << 12) - 1
            self._room = 1 << 11
            self._arena_room = 1 << 15
            self._slots = cython.cast(cython.pointer[cython.ulonglong], malloc(8 << 12))
            self._edges = cython.cast(cython.pointer[cython.ulonglong], malloc(16 * self._room))
            self._starts = cython.cast(
                cython.pointer[cython.ulonglong], malloc(8 * (self._room + 1))
            )
            self._arena = cython.cast(cython.pointer[cython.uchar], malloc(self._arena_room))
            if not self._slots or not self._edges or not self._starts or not self._arena:
                raise MemoryError
            memset(self._slots, 0, 8 << 12)
            self._starts[0] = 0
            self._count = 0

    def __init__(self) -> None:
        self._out = array("I")
        if not cython.compiled:
            self._ids = {}
            self._list = []

    def __dealloc__(self) -> None:
        if cython.compiled:
            free(self._slots)
            free(self._edges)
            free(self._starts)
            free(self._arena)

    def __len__(self) -> int:
        return self._count if cython.compiled else len(self._list)

    @property
    def words(self) -> list:
        """All of them, as bytes, by number; a new list."""
        if not cython.compiled:
            return list(self._list)
        i: cython.Py_ssize_t  # noqa: F842  # types the comprehension's
        return [self.word(i) for i in range(self._count)]

    def word(self, number: cython.Py_ssize_t) -> bytes:
        """The bytes of that number."""
        if cython.compiled:
            return cython.cast(cython.p_char, self._arena)[
                self._starts[number] : self._starts[number + 1]
            ]
        return self._list[number]

    def starting(self, letters: bytes, since: cython.Py_ssize_t) -> list:
        """The numbers, from ``since`` on, of the words whose first byte is in ``letters``.

        >>> interner = Interner()
        >>> interner.starting(b"([", len(interner.add(b"harga (beras)")) - 1)
        [1]
        """
        if not cython.compiled:
            return [w for w in range(since, len(self._list)) if self._list[w][0] in letters]
        found = []
        wanted: cython.const[cython.uchar][::1] = letters
        w: cython.Py_ssize_t
        i: cython.Py_ssize_t
        for w in range(since, self._count):
            for i in range(len(wanted)):
                if self._arena[self._starts[w]] == wanted[i]:
                    found.append(w)  # noqa: PERF401  # a comprehension has no C loop
        return found

    def find(self, word: bytes) -> int:
        """The number of ``word``, -1 if it has none."""
        if not cython.compiled:
            return self._ids.get(word, -1)
        view: cython.const[cython.uchar][::1] = word if len(word) else b"\0"
        return self._known(cython.address(view[0]), len(word))

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    @cython.nogil
    def _known(
        self, word: cython.pointer[cython.const[cython.uchar]], n: cython.Py_ssize_t
    ) -> cython.Py_ssize_t:
        """Compiled: the number of a word, -1 if it has none."""
        if cython.compiled:
            first: cython.ulonglong = _first(word, n)
            last: cython.ulonglong = _last(word, n, first)
            return self._seek(word, n, first, last, _hash(word, n, first, last))
        return -1

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    @cython.nogil
    def _seek(
        self,
        word: cython.pointer[cython.const[cython.uchar]],
        n: cython.Py_ssize_t,
        first: cython.ulonglong,
        last: cython.ulonglong,
        h: cython.uint,
    ) -> cython.Py_ssize_t:
        """Compiled: the number of a word with these edges and this hash, -1 if it has none."""
        if cython.compiled:
            slot: cython.uint = h & self._mask
            tag: cython.uint = cython.cast(cython.uint, _entry(h, n, 0) >> 32)
            entry: cython.ulonglong
            number: cython.Py_ssize_t
            start: cython.Py_ssize_t
            while True:
                entry = self._slots[slot]
                if entry == 0:
                    return -1
                if entry >> 32 == tag:
                    number = cython.cast(cython.Py_ssize_t, cython.cast(cython.uint, entry)) - 1
                    if self._edges[2 * number] == first and self._edges[2 * number + 1] == last:
                        if n <= 16:
                            return number
                        start = self._starts[number]
                        if (
                            cython.cast(cython.Py_ssize_t, self._starts[number + 1]) - start == n
                            and memcmp(self._arena + start + 8, word + 8, n - 16) == 0
                        ):
                            return number
                slot = (slot + 1) & self._mask
        return -1

    def in_order(self, numbers: array) -> tuple:
        """Words by number, each given once, in the order of their bytes.

        Returns ``(order, text, at)``: ``numbers`` sorted, the words one after the other, and
        where each starts, one more than words (``array('I')``).

        >>> interner = Interner()
        >>> order, text, at = interner.in_order(interner.add(b"harga beras"))
        >>> list(order), bytes(text), list(at)
        ([1, 0], b'berasharga', [0, 5, 10])
        """
        n: cython.Py_ssize_t = len(numbers)
        if not cython.compiled:
            order = array("I", sorted(numbers, key=self._list.__getitem__))
            at = array("I", [0])
            for w in order:
                at.append(at[len(at) - 1] + len(self._list[w]))
            return order, bytearray(b"".join([self._list[w] for w in order])), at
        order = array("I", numbers)
        starts = array("I", bytes(4 * (n + 1)))
        into: cython.uint[::1] = starts
        given: cython.uint[::1] = order
        i: cython.Py_ssize_t
        total: cython.Py_ssize_t = 0
        length: cython.Py_ssize_t
        if n:
            # The beginnings beside the numbers, and room to merge them: most comparisons
            # then read no word.
            keys = array("Q", bytes(16 * n))
            places = array("I", bytes(8 * n))
            heads: cython.ulonglong[::1] = keys
            words: cython.uint[::1] = places
            with cython.nogil:
                for i in range(n):
                    words[i] = given[i]
                    heads[i] = self._head(given[i])
                i = self._sort(cython.address(heads[0]), cython.address(words[0]), n)
                for length in range(n):
                    given[length] = words[i + length]
        for i in range(n):
            total += cython.cast(
                cython.Py_ssize_t, self._starts[given[i] + 1] - self._starts[given[i]]
            )
        if total > 0xFFFFFFFF:
            raise OverflowError("the terms of a segment's field may take four gigabytes")
        text = bytearray(total)
        out: cython.uchar[::1] = text if total else bytearray(1)
        total = 0
        with cython.nogil:
            for i in range(n):
                length = cython.cast(
                    cython.Py_ssize_t, self._starts[given[i] + 1] - self._starts[given[i]]
                )
                memcpy(cython.address(out[0]) + total, self._arena + self._starts[given[i]], length)
                total += length
                into[i + 1] = total
        return order, text, starts

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    @cython.nogil
    def _head(self, w: cython.uint) -> cython.ulonglong:
        """The first eight bytes of a word, the first one highest; zero bytes behind."""
        head: cython.ulonglong = 0
        if cython.compiled:
            i: cython.Py_ssize_t
            n: cython.Py_ssize_t = cython.cast(
                cython.Py_ssize_t, self._starts[w + 1] - self._starts[w]
            )
            p: cython.pointer[cython.const[cython.uchar]] = self._arena + self._starts[w]
            for i in range(8):
                head = (head << 8) | (p[i] if i < n else 0)
        return head

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    @cython.nogil
    def _before(self, v: cython.uint, w: cython.uint) -> cython.bint:
        """Whether a word is not behind another, by their bytes."""
        if cython.compiled:
            m: cython.Py_ssize_t = cython.cast(
                cython.Py_ssize_t, self._starts[v + 1] - self._starts[v]
            )
            n: cython.Py_ssize_t = cython.cast(
                cython.Py_ssize_t, self._starts[w + 1] - self._starts[w]
            )
            order: cython.int = memcmp(
                self._arena + self._starts[v], self._arena + self._starts[w], m if m < n else n
            )
            return order < 0 or (order == 0 and m <= n)
        return False

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _sort(
        self,
        heads: cython.pointer[cython.ulonglong],
        words: cython.pointer[cython.uint],
        n: cython.Py_ssize_t,
    ) -> cython.Py_ssize_t:
        """Sort ``n`` words and their heads by merging; both have room for twice as many.

        Returns where the sorted ones begin: 0 or ``n``.
        """
        if cython.compiled:
            source: cython.Py_ssize_t = 0
            target: cython.Py_ssize_t = n
            width: cython.Py_ssize_t = 1
            start: cython.Py_ssize_t
            i: cython.Py_ssize_t
            j: cython.Py_ssize_t
            k: cython.Py_ssize_t
            middle: cython.Py_ssize_t
            end: cython.Py_ssize_t
            left: cython.bint
            while width < n:
                start = 0
                while start < n:
                    middle = start + width if start + width < n else n
                    end = middle + width if middle + width < n else n
                    i = source + start
                    j = source + middle
                    middle += source
                    end += source
                    k = target + start
                    while i < middle or j < end:
                        if i == middle:
                            left = False
                        elif j == end:
                            left = True
                        elif heads[i] == heads[j]:
                            left = self._before(words[i], words[j])
                        else:
                            left = heads[i] < heads[j]
                        if left:
                            heads[k] = heads[i]
                            words[k] = words[i]
                            i += 1
                        else:
                            heads[k] = heads[j]
                            words[k] = words[j]
                            j += 1
                        k += 1
                    start += 2 * width
                source, target = target, source
                width *= 2
            return source
        return 0

    def joined(
        self,
        frequency: object,
        rare: cython.Py_ssize_t,
        long: cython.Py_ssize_t,
        part: cython.Py_ssize_t,
        frequent: cython.Py_ssize_t,
    ) -> list:
        """The numbers of the words that may be two written together.

        ``frequency`` (``array('I')``) has a value a word. Such a word is ``long`` bytes or
        more, has a frequency of 1 to ``rare``, and can be cut into two words of ``part``
        bytes or more, each with a frequency of at least ``frequent``.

        >>> interner = Interner()
        >>> _ = interner.add(b"katamu ibunda katamuibunda")
        >>> interner.joined(array("I", [9, 9, 1]), 2, 9, 4, 6)
        [2]
        """
        counts: cython.const[cython.uint][::1] = frequency
        found = array("I", bytes(4 * len(counts)))
        out: cython.uint[::1] = found
        n: cython.Py_ssize_t = 0
        w: cython.Py_ssize_t
        size: cython.Py_ssize_t
        cut: cython.Py_ssize_t
        start: cython.Py_ssize_t
        if not cython.compiled:
            parts = {self._list[w] for w in range(len(counts)) if counts[w] >= frequent}
            return [
                w
                for w, word in enumerate(self._list[: len(counts)])
                if 1 <= counts[w] <= rare
                and len(word) >= long
                and any(
                    word[:cut] in parts and word[cut:] in parts
                    for cut in range(part, len(word) - part + 1)
                )
            ]
        # Few words are frequent: a table of these stays in the processor's caches.
        often: Interner = Interner()
        with cython.nogil:
            for w in range(len(counts)):
                if counts[w] >= frequent:
                    start = self._starts[w]
                    size = cython.cast(cython.Py_ssize_t, self._starts[w + 1]) - start
                    if often._number(self._arena + start, size) < 0:
                        n = -1
                        break
            for w in range(len(counts) if n == 0 else 0):
                if counts[w] == 0 or counts[w] > rare:
                    continue
                start = self._starts[w]
                size = cython.cast(cython.Py_ssize_t, self._starts[w + 1]) - start
                if size < long:
                    continue
                for cut in range(part, size - part + 1):
                    if (
                        often._known(self._arena + start, cut) >= 0
                        and often._known(self._arena + start + cut, size - cut) >= 0
                    ):
                        out[n] = w
                        n += 1
                        break
        if n < 0:
            raise MemoryError
        return list(found[:n])

    def number(self, word: bytes) -> int:
        """The number of ``word``, a new one if it is new."""
        if not cython.compiled:
            number = self._ids.get(word)
            if number is None:
                number = self._ids[word] = len(self._list)
                self._list.append(word)
            return number
        view: cython.const[cython.uchar][::1] = word if len(word) else b"\0"
        found: cython.Py_ssize_t = self._number(cython.address(view[0]), len(word))
        if found < 0:
            raise MemoryError
        return found

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _number(
        self, word: cython.pointer[cython.const[cython.uchar]], n: cython.Py_ssize_t
    ) -> cython.Py_ssize_t:
        """Compiled: the number of a word, -1 without memory."""
        if cython.compiled:
            first: cython.ulonglong = _first(word, n)
            last: cython.ulonglong = _last(word, n, first)
            return self._find(word, n, first, last, _hash(word, n, first, last))
        return -1

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    @cython.nogil
    def _find(
        self,
        word: cython.pointer[cython.const[cython.uchar]],
        n: cython.Py_ssize_t,
        first: cython.ulonglong,
        last: cython.ulonglong,
        h: cython.uint,
    ) -> cython.Py_ssize_t:
        """Compiled: the number of a word with these edges and this hash, a new one if it is
        new, -1 without memory."""
        if cython.compiled:
            number: cython.Py_ssize_t = self._seek(word, n, first, last, h)
            if number >= 0:
                return number
            return self._append(word, n, first, last, h)
        return -1

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _append(
        self,
        word: cython.pointer[cython.const[cython.uchar]],
        n: cython.Py_ssize_t,
        first: cython.ulonglong,
        last: cython.ulonglong,
        h: cython.uint,
    ) -> cython.Py_ssize_t:
        """Compiled: the number of a word that is new, -1 without memory."""
        if cython.compiled:
            start: cython.Py_ssize_t
            number: cython.Py_ssize_t
            if not self._make_room(n):
                return -1
            number = self._count
            start = self._starts[number]
            memcpy(self._arena + start, word, n)
            self._starts[number + 1] = start + n
            self._edges[2 * number] = first
            self._edges[2 * number + 1] = last
            self._count = number + 1
            self._enter(self._slots, self._mask, h, n, number)
            return number
        return -1

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    @cython.nogil
    def _enter(
        self,
        slots: cython.pointer[cython.ulonglong],
        mask: cython.uint,
        h: cython.uint,
        n: cython.Py_ssize_t,
        number: cython.Py_ssize_t,
    ) -> cython.int:
        """Compiled: put a word of ``n`` bytes into the first free slot."""
        if cython.compiled:
            slot: cython.uint = h & mask
            while slots[slot]:
                slot = (slot + 1) & mask
            slots[slot] = _entry(h, n, number)
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _make_room(self, n: cython.Py_ssize_t) -> cython.bint:
        """Room for one more word of ``n`` bytes; False without memory."""
        if cython.compiled:
            room: cython.Py_ssize_t
            more: cython.p_void
            slots: cython.pointer[cython.ulonglong]
            mask: cython.uint
            h: cython.uint
            i: cython.Py_ssize_t
            size: cython.Py_ssize_t
            if self._count == self._room:
                room = 2 * self._room
                more = realloc(self._starts, 8 * (room + 1))
                if not more:
                    return False
                self._starts = cython.cast(cython.pointer[cython.ulonglong], more)
                more = realloc(self._edges, 16 * room)
                if not more:
                    return False
                self._edges = cython.cast(cython.pointer[cython.ulonglong], more)
                self._room = room
            room = self._arena_room
            while cython.cast(cython.Py_ssize_t, self._starts[self._count]) + n > room:
                room *= 2
            if room > self._arena_room:
                more = realloc(self._arena, room)
                if not more:
                    return False
                self._arena = cython.cast(cython.pointer[cython.uchar], more)
                self._arena_room = room
            if 2 * (self._count + 1) > self._mask:
                mask = 4 * (self._mask + 1) - 1
                slots = cython.cast(
                    cython.pointer[cython.ulonglong],
                    malloc(8 * (cython.cast(cython.Py_ssize_t, mask) + 1)),
                )
                if not slots:
                    return False
                memset(slots, 0, 8 * (cython.cast(cython.Py_ssize_t, mask) + 1))
                for i in range(self._count):
                    size = cython.cast(cython.Py_ssize_t, self._starts[i + 1] - self._starts[i])
                    h = _hash(
                        self._arena + self._starts[i],
                        size,
                        self._edges[2 * i],
                        self._edges[2 * i + 1],
                    )
                    self._enter(slots, mask, h, size, i)
                free(self._slots)
                self._slots = slots
                self._mask = mask
            return True
        return False

    def add(self, text: bytes) -> array:
        """The word numbers of ``text`` in order, ``array('I')``; new words are remembered."""
        if not cython.compiled:
            words = text.decode("utf-8", "surrogatepass").split()
            return array("I", [self.number(w.encode("utf-8", "surrogatepass")) for w in words])
        n: cython.Py_ssize_t = len(text)
        if len(self._out) < n // 2 + 1:
            self._out = array("I", bytes(4 * (n + 1)))
        numbers = self._out
        out: cython.uint[::1] = numbers
        view: cython.const[cython.uchar][::1] = text if n else b"\0"
        m: cython.Py_ssize_t
        with cython.nogil:
            m = self._add(cython.address(view[0]), n, cython.address(out[0]))
        if m < 0:
            raise MemoryError
        return numbers[:m]

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _add(
        self,
        text: cython.pointer[cython.const[cython.uchar]],
        n: cython.Py_ssize_t,
        out: cython.pointer[cython.uint],
    ) -> cython.Py_ssize_t:
        """Number the words of a text, 128 at a time; how many there are, -1 without memory.

        The table outgrows the processor's caches, and a look-up is two reads that each wait
        for the one before: so all the first are asked for, then all the second, then done.
        """
        m: cython.Py_ssize_t = 0
        if cython.compiled:
            i: cython.Py_ssize_t = 0
            j: cython.Py_ssize_t
            k: cython.Py_ssize_t
            size: cython.Py_ssize_t
            count: cython.Py_ssize_t
            number: cython.Py_ssize_t
            first: cython.ulonglong
            last: cython.ulonglong
            s: cython.int
            while i < n:
                count = 0
                while i < n and count < 128:
                    s = _space(text, i, n)
                    if s:
                        i += s
                        continue
                    j = _end_of_word(text, i, n)
                    size = j - i
                    if size < 8 and i + 8 <= n:
                        first = _first(text + i, 8)
                        first &= (cython.cast(cython.ulonglong, 1) << (8 * size)) - 1
                    else:
                        first = _first(text + i, size)
                    last = _last(text + i, size, first)
                    self._chunk_starts[count] = i
                    self._chunk_lengths[count] = size
                    self._chunk_edges[2 * count] = first
                    self._chunk_edges[2 * count + 1] = last
                    self._chunk_hashes[count] = _hash(text + i, size, first, last)
                    prefetch(self._slots + (self._chunk_hashes[count] & self._mask))
                    count += 1
                    i = j
                for k in range(count):
                    # Of an empty slot some address that is not read.
                    number = cython.cast(
                        cython.uint, self._slots[self._chunk_hashes[k] & self._mask]
                    )
                    prefetch(self._edges + 2 * number - 2)
                for k in range(count):
                    number = self._find(
                        text + self._chunk_starts[k],
                        self._chunk_lengths[k],
                        self._chunk_edges[2 * k],
                        self._chunk_edges[2 * k + 1],
                        self._chunk_hashes[k],
                    )
                    if number < 0:
                        return -1
                    out[m] = number
                    m += 1
        return m


#: The common shapes, as regular expressions: what the compiled code reads byte by byte. Not
#: compiled before they are needed: 2 ms of each process that reads a word.
_SIGNS = "[!\"#&'()*+,./:;<=>?@\\[\\\\\\]^`{|}~$% –—‘’‚‛“”„‟…-]*"
_LETTERS = "([A-Z]?[a-z]+|[A-Z]+)"
_PLAIN = f"{_SIGNS}{_LETTERS}({_SIGNS})"
_HYPHENED = f"{_SIGNS}{_LETTERS}(-){_LETTERS}({_SIGNS})"
_DIGITS = f"{_SIGNS.replace('$', '')}([0-9]+)({_SIGNS.replace('%', '')})"
_CLOSERS = "\"'“”’)]}"


@cython.final
@cython.cclass
class Vocabulary:
    """Raw words, terms, and which stands for which.

    ``raws`` and ``terms`` are the :class:`Interner` of each. Raw word ``w`` stands for the
    terms ``term_of[term_at[w]:term_at[w + 1]]`` at ``offsets`` from its first position,
    takes ``widths[w]`` positions, and has a byte in ``capital`` (0, 1, 2: lower case, an
    initial capital, capitals inside) and ``ends`` (1: a sentence ends with it). These are
    ``array('I')`` and bytearrays, brought up to date by :meth:`analyse`.

    ``exceptions`` are terms that a word of a common shape must not hold; such words are
    left to analysis like those of other shapes.

    All others are cut into *pieces* where signs stand that bind nothing; ``endings`` are
    what an address may end with behind a full stop, and a word with one of them is not
    cut. Each piece has a common shape, or is of a rarer one, and these are analysed once
    a shape. The *shape* of a piece is the piece without the signs around it, its letters
    and digits replaced by others of their kind wherever analysis cannot tell them apart:
    ``(Kompas.com).`` and ``Liputan.com`` are both ``Qqqqqq.com``, "com" being an exception.
    """

    raws = cython.declare(Interner, visibility="readonly")
    terms = cython.declare(Interner, visibility="readonly")
    term_at = cython.declare(object, visibility="readonly")
    term_of = cython.declare(object, visibility="readonly")
    offsets = cython.declare(object, visibility="readonly")
    widths = cython.declare(object, visibility="readonly")
    capital = cython.declare(object, visibility="readonly")
    ends = cython.declare(object, visibility="readonly")
    _exceptions: Interner
    _endings: Interner
    _known: set
    _shapes: Interner
    _templates: list
    _terms: cython.uint[3]
    _places: cython.uint[3]
    _n: cython.int
    _found: cython.uint[::1]  # the terms of the raw words that are being analysed
    _found_at: cython.uint[::1]  # and their offsets
    _n_found: cython.Py_ssize_t
    _width: cython.int
    _capital: cython.int
    _ends: cython.int
    _lower: cython.uchar[160]
    _key: cython.uchar[160]
    _at: cython.uchar[160]
    _scratch: cython.uchar[160]
    _tail: cython.Py_ssize_t

    def __init__(self, exceptions: Iterable[bytes], endings: Iterable[bytes] = ()) -> None:
        self.raws = Interner()
        self.terms = Interner()
        self.term_at = array("I", [0])
        self.term_of = array("I")
        self.offsets = array("I")
        self.widths = array("I")
        self.capital = bytearray()
        self.ends = bytearray()
        self._known = set(exceptions)
        self._exceptions = Interner()
        for word in self._known:
            self._exceptions.number(word)
        self._endings = Interner()
        for word in endings:
            self._endings.number(word)
        self._shapes = Interner()
        self._templates = []
        if not cython.compiled:
            self._terms, self._places = [0] * 3, [0] * 3

    def learn_from(self, other: Vocabulary) -> None:
        """Take over what another vocabulary, of the same exceptions, knows of shapes."""
        self._shapes, self._templates = other._shapes, other._templates

    def analyse(self, rest: Callable, template: Callable, folded: Callable) -> None:
        """Bring the arrays up to date with ``raws``, each new raw word once.

        ``rest(raw)`` gives for the bytes of a raw word ``(terms, offsets, width, capital,
        ends)``: bytes and integers. ``folded(raw)`` gives another word (bytes, maybe with
        spaces, or none) that ``rest`` would say the same of. ``template(shape)`` gives for
        the bytes of a shape what all pieces of that shape have in common, or None where
        they have too little: ``(parts, width, capital, stops, stops_after)``. A part is
        ``(start, end, old, new, bare, offset, named)``: a term is ``shape[start:end]`` in
        lower case, the byte ``old`` replaced by ``new`` (0: left out), zeros that begin a
        number left out if ``bare``, and stands at ``offset``; ``named`` tells that this term
        is an exception, and known as such. Or it is ``(term, offset)``, the same in all.
        ``capital`` is -1 if there is nothing that could have one. ``stops`` tells whether a
        full stop right behind such a word ends a sentence, ``stops_after`` whether a question
        mark behind that full stop does.
        """
        known: cython.Py_ssize_t = len(self.widths)
        n: cython.Py_ssize_t = len(self.raws) - known
        starts = array("I", bytes(4 * n))
        taken = array("I", bytes(4 * n))
        capital, ends = bytearray(n), bytearray(n)
        if n == 0:
            return
        at: cython.uint[::1] = starts
        widths: cython.uint[::1] = taken
        capitals: cython.uchar[::1] = capital
        closes: cython.uchar[::1] = ends
        self._found = array("I", bytes(4 * (2 * n + 64)))
        self._found_at = array("I", bytes(4 * (2 * n + 64)))
        self._n_found = 0
        before: cython.Py_ssize_t = len(self.term_of)
        number = self.terms.number
        i: cython.Py_ssize_t
        for i in range(n):
            if not self._read(known + i, template, folded):
                raw = self.raws.word(known + i)
                its_terms, its_offsets, self._width, self._capital, self._ends = rest(raw)
                for term, offset in zip(its_terms, its_offsets):  # noqa: B905  # slow, compiled
                    self._put(number(term), offset)
            widths[i] = self._width
            capitals[i] = self._capital
            closes[i] = self._ends
            at[i] = before + self._n_found
        # All at the end: an exception leaves everything as it was.
        self.term_of.extend(array("I", self._found[: self._n_found]))
        self.offsets.extend(array("I", self._found_at[: self._n_found]))
        self.term_at.extend(starts)
        self.widths.extend(taken)
        self.capital += capital
        self.ends += ends

    @cython.cfunc
    @cython.inline
    def _put(self, term: cython.uint, place: cython.uint) -> cython.int:
        """One more term of the present raw word."""
        n: cython.Py_ssize_t = self._n_found
        if n == len(self._found):
            more = bytes(4 * n)
            self._found = array("I", bytes(self._found) + more)
            self._found_at = array("I", bytes(self._found_at) + more)
        self._found[n] = term
        self._found_at[n] = place
        self._n_found = n + 1
        return 0

    @cython.cfunc
    def _read(self, w: cython.Py_ssize_t, template: Callable, folded: Callable) -> cython.bint:
        """Whether the shapes of its pieces say what raw word ``w`` is; then it is added."""
        if not cython.compiled:
            return self._common_by_patterns(self.raws.word(w).decode("utf-8", "surrogatepass"))
        start: cython.Py_ssize_t = self.raws._starts[w]
        n: cython.Py_ssize_t = cython.cast(cython.Py_ssize_t, self.raws._starts[w + 1]) - start
        p: cython.pointer[cython.const[cython.uchar]] = self.raws._arena + start
        i: cython.Py_ssize_t = 0
        if n > 2 * LONGEST:
            return False
        if self._pieces(p, n, template):
            return True
        while i < n and p[i] < 0x80:
            i += 1
        if i == n:
            return False
        other: bytes = folded(self.raws.word(w))
        n = len(other)
        p = cython.cast(
            cython.pointer[cython.const[cython.uchar]], cython.cast(cython.p_char, other)
        )
        return 0 < n <= 2 * LONGEST and self._pieces(p, n, template)

    @cython.cfunc
    def _pieces(
        self,
        p: cython.pointer[cython.const[cython.uchar]],
        n: cython.Py_ssize_t,
        template: Callable,
    ) -> cython.bint:
        """Whether the pieces of a word say what it is; then it is added."""
        if cython.compiled:
            before: cython.Py_ssize_t = self._n_found
            start: cython.Py_ssize_t = 0
            i: cython.Py_ssize_t = 0
            end: cython.Py_ssize_t = 0
            capital: cython.int = -1
            c: cython.int
            self._width = 0
            if not self._plain(p, n):
                while i < n and not _is_letter(p[i]) and not _is_digit(p[i]):
                    i += 1
                if i < n and self._has_address(p, n):
                    # These signs may be part of one: "-kompas.com", "+me@web.id".
                    c = p[i - 1] if i else 0
                    if c == 0x2B or c == 0x2D or c == 0x2E or c == 0x93 or _has(p, n, 0x5F):
                        return False
                else:
                    while i < n:
                        end = i
                        while end < n and (_is_letter(p[end]) or _is_digit(p[end])):
                            end += 1
                        i = self._gap(p, end, n)
                        if i < 0:
                            i = -i
                        elif i < n:
                            if not self._plain(p + start, end - start) and not self._shaped(
                                p + start, end - start, template
                            ):
                                self._n_found = before
                                return False
                            if self._capital == 2 or capital < 0:
                                capital = self._capital
                            start = i
                if (start and _closes_somehow(p + end, n - end)) or (
                    not (start and self._plain(p + start, n - start))
                    and not self._shaped(p + start, n - start, template)
                ):
                    self._n_found = before
                    return False
            if capital == 2 or (capital >= 0 and self._capital != 2):
                self._capital = capital
            if self._capital < 0:
                self._capital = 0
            return True
        return False

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _has_address(
        self, p: cython.pointer[cython.const[cython.uchar]], n: cython.Py_ssize_t
    ) -> cython.bint:
        """Whether a full stop stands before what may end an address."""
        if cython.compiled:
            i: cython.Py_ssize_t = 0
            m: cython.Py_ssize_t
            while i < n:
                if p[i] == 0x2E:
                    m = 0
                    while i + 1 < n and (_is_letter(p[i + 1]) or _is_digit(p[i + 1])):
                        i += 1
                        self._scratch[m] = p[i] | 0x20
                        m += 1
                    if self._endings._known(self._scratch, m) >= 0:
                        return True
                i += 1
        return False

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _gap(
        self,
        p: cython.pointer[cython.const[cython.uchar]],
        i: cython.Py_ssize_t,
        n: cython.Py_ssize_t,
    ) -> cython.Py_ssize_t:
        """Where the signs end that stand at ``i`` behind a letter or digit.

        Less than zero, that place with a minus, if they may bind what stands around them.
        """
        if cython.compiled:
            c: cython.int = p[i] if i < n else 0
            j: cython.Py_ssize_t = i
            k: cython.Py_ssize_t
            s: cython.int
            signs: cython.Py_ssize_t = 0
            money: cython.bint = False
            while j < n and not _is_letter(p[j]) and not _is_digit(p[j]):
                s = _mark(p, j, n)
                if s == 0:
                    return -n  # what else stands there may be part of a word
                money = money or p[j] == 0x24 or p[j] == 0x25
                signs += 1
                j += s
            if j == n:
                return j
            if money:
                return -j
            if signs > 1:
                return j
            # - / _ & ' ` and their like
            if (
                c == 0x2D
                or c == 0x2F
                or c == 0x5F
                or c == 0x26
                or c == 0x27
                or c == 0x60
                or (c == 0xE2 and (p[i + 2] == 0x93 or p[i + 2] == 0x98 or p[i + 2] == 0x99))
            ):
                return -j
            # . , : +
            if c == 0x2E or c == 0x2C or c == 0x3A or c == 0x2B:
                if _is_digit(p[i - 1]) and _is_digit(p[j]):
                    return -j
                if c == 0x2E and _is_letter(p[i - 1]) and _is_letter(p[j]):
                    k = i
                    while k > 0 and _is_letter(p[k - 1]):
                        k -= 1
                    # "R.A", "Ph.D"
                    if i - k < 3:
                        return -j
            return j
        return i

    @cython.cfunc
    def _plain(
        self, p: cython.pointer[cython.const[cython.uchar]], n: cython.Py_ssize_t
    ) -> cython.bint:
        """Whether a piece has a common shape; then it is added."""
        if cython.compiled:
            k: cython.int
            width: cython.int = 1
            found: cython.int = self._shape(p, n)
            if found < 0:
                raise MemoryError
            if found:
                for k in range(self._n):
                    self._put(self._terms[k], self._width + self._places[k])
                    if self._places[k]:
                        width = 2
                self._width += width
            return found
        return False

    @cython.cfunc
    def _shaped(
        self,
        p: cython.pointer[cython.const[cython.uchar]],
        n: cython.Py_ssize_t,
        template: Callable,
    ) -> cython.bint:
        """Whether the template of its shape says what a piece is; then it is added."""
        if cython.compiled:
            size: cython.Py_ssize_t
            shape: cython.Py_ssize_t
            i: cython.Py_ssize_t
            m: cython.Py_ssize_t
            number: cython.Py_ssize_t
            c: cython.int
            old: cython.int
            new: cython.int
            bare: cython.bint
            zero: cython.bint
            named: cython.bint
            if n > LONGEST:
                return False
            size = self._read_shape(p, n)
            if size <= 0:
                return False
            if _closes_somehow(p + self._tail, n - self._tail):
                return False
            shape = self._shapes._number(self._key, size)
            if shape < 0:
                raise MemoryError
            if shape == len(self._templates):
                self._templates.append(None)
                self._templates[shape] = template(self._shapes.word(shape))
            found = self._templates[shape]
            if found is None:
                return False
            parts, width, capital, stops, stops_after = found
            before: cython.Py_ssize_t = self._n_found
            for part in parts:
                if len(part) == 2:
                    self._put(self.terms.number(part[0]), self._width + part[1])
                    continue
                first, last, old, new, bare, place, named = part
                m = 0
                zero = bare
                for i in range(self._at[first], self._at[last]):
                    c = self._lower[i]
                    if (
                        zero
                        and c == 0x30
                        and i + 1 < self._at[last]
                        and _is_digit(self._lower[i + 1])
                    ):
                        continue
                    zero = bare and not _is_digit(c)
                    if c == old:
                        c = new
                    if c:
                        self._scratch[m] = c
                        m += 1
                if not named and self._names(self._scratch, m):
                    self._n_found = before
                    return False
                number = self.terms._number(self._scratch, m)
                if number < 0:
                    raise MemoryError
                self._put(number, self._width + place)
            self._width += width
            self._capital = capital
            self._ends = _ends(p, self._tail, n, not stops)
            if not stops_after and self._tail < n and p[self._tail] == 0x2E:
                self._ends = False
            return True
        return False

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _read_shape(
        self, p: cython.pointer[cython.const[cython.uchar]], n: cython.Py_ssize_t
    ) -> cython.Py_ssize_t:
        """Put the shape of a word into ``_key``; returns its length, or -1 if it has none.

        ``_lower`` is then the word without the signs around it, in lower case, ``_at`` where
        in it each byte of the shape is from, and ``_tail`` where in the raw word the signs
        behind it begin. Letters become others, each run of them its own and never more than
        four lower-case ones behind a capital, five behind none; but exceptions stay as they
        are. Digits become 0, or where they may be a date, a time or a fraction
        (:func:`_of_its_size`), others that are as good a day, month, hour and minute. What a
        half of a word repeats of the half before it ("lari" of "berlari-larinya") is made of
        the same letter in both, and the rest of the second is kept as it is.
        """
        if cython.compiled:
            i: cython.Py_ssize_t = 0
            j: cython.Py_ssize_t
            k: cython.Py_ssize_t = 0  # bytes of the shape
            m: cython.Py_ssize_t = 0  # bytes of the word
            end_k: cython.Py_ssize_t = 0
            end_m: cython.Py_ssize_t = 0
            a: cython.Py_ssize_t
            before: cython.Py_ssize_t = -1  # the last run of letters, in the word
            before_end: cython.Py_ssize_t = 0
            before_i: cython.Py_ssize_t = 0
            before_k: cython.Py_ssize_t = 0
            before_own: cython.int = 0  # what its letters have become; 0 if not all the same
            repeated: cython.Py_ssize_t
            gap: cython.int = 0  # signs since
            c: cython.int
            s: cython.int
            letter: cython.int = 0
            own: cython.int = 0
            lower: cython.int
            dashes: cython.int = 0
            exact: cython.bint = False
            stop: cython.bint = False
            comma: cython.bint = False
            joined: cython.bint = False  # by a quote or a full stop
            hyphen: cython.bint = False
            same: cython.bint
            single: cython.bint
            named: cython.bint = False
            for i in range(1, n - 1):
                if not _is_digit(p[i - 1]):
                    continue
                c = p[i]
                if _is_digit(p[i + 1]):
                    exact = exact or c == 0x2F or c == 0x3A
                    dashes += c == 0x2D
                    stop = stop or c == 0x2E
                    comma = comma or c == 0x2C
                elif c == 0xE2:  # another dash is read as one
                    dashes += i + 3 < n and _sign(p, i, n) == 3 and p[i + 2] == 0x93
            exact = exact or dashes > 1 or (stop and comma)
            i = 0
            while i < n:
                s = _mark(p, i, n)
                if s == 0 or p[i] == 0x24:
                    break
                i += s
            while i < n:
                c = p[i]
                if _is_letter(c):
                    j = i
                    while j < n and _is_letter(p[j]):
                        self._lower[m + j - i] = p[j] | 0x20
                        j += 1
                    a = j - i
                    same = False
                    repeated = 0
                    named = self._is_exception(m, a)
                    if before >= 0 and gap == 1:
                        same = (
                            a > 1
                            and a == before_end - before
                            and memcmp(
                                cython.address(self._lower[m]),
                                cython.address(self._lower[before]),
                                a,
                            )
                            == 0
                        )
                        # Equal, but for the case of more than the first letter: too rare.
                        if same and memcmp(p + i + 1, p + before_i + 1, a - 1):
                            return -1
                        if not same and self._key[k - 1] == 0x2D:
                            repeated = self._repeated(m, a, before, before_end)
                            # Nor are two ways to cut a word looked at, or odd cases.
                            if repeated and (
                                repeated < 0
                                or named
                                or before_own == 0
                                or not _is_small(p + i + 1, a - 1)
                                or not _is_small(p + before_i + 1, before_end - before - 1)
                            ):
                                return -1
                    if repeated:
                        own = before_own
                        k = before_k
                        if repeated < before_end - before:
                            if letter == 6:
                                return -1
                            own = _stand_in(letter)
                            letter += 1
                            s = before_end - before - repeated
                            k = self._stand(k, before, s if s < 3 else 3, before_own)
                        s = repeated if repeated < 5 else 5
                        k = self._stand(k, before_end - repeated, s, own)
                        if p[before_i] & 0x20 == 0:
                            self._key[before_k] &= 0xDF
                        self._key[k] = 0x2D
                        self._at[k] = before_end
                        k += 1
                        before_k = k
                        k = self._stand(k, m, s, own)
                        if p[i] & 0x20 == 0:
                            self._key[before_k] &= 0xDF
                        for s in range(
                            cython.cast(cython.int, repeated), cython.cast(cython.int, a)
                        ):
                            self._key[k] = p[i + s]
                            self._at[k] = m + s
                            k += 1
                        before_own = 0
                    elif named or (gap < 0 and a == 1 and p[i] & 0xDF == 0x53):  # 's
                        before_own = 0
                        for s in range(a):
                            self._key[k] = p[i + s]
                            self._at[k] = m + s
                            k += 1
                    else:
                        if not same:
                            if letter == 6:
                                return -1
                            own = _stand_in(letter)
                            letter += 1
                        before_k = k
                        before_own = 0 if same else own
                        lower = 0
                        for s in range(a):
                            if p[i + s] & 0x20:
                                lower += 1
                                if lower > 5:
                                    continue
                                self._key[k] = own
                            else:
                                lower = 1
                                self._key[k] = own & 0xDF
                            self._at[k] = m + s
                            k += 1
                    before = m
                    before_i = i
                    m += a
                    before_end = m
                    gap = 0
                    i = j
                elif _is_digit(c):
                    j = i
                    while j < n and _is_digit(p[j]):
                        j += 1
                    single = j - i == 1 and (
                        (i > 0 and _is_letter(p[i - 1])) or (j < n and _is_letter(p[j]))
                    )
                    same = exact or single
                    for s in range(j - i):
                        self._key[k + s] = p[i + s] if same else 0x30
                        self._at[k + s] = m + s
                        self._lower[m + s] = p[i + s]
                    if exact and not single:
                        _of_its_size(self._key + k, j - i)
                    k += j - i
                    m += j - i
                    i = j
                    before = -1
                else:
                    s = _mark(p, i, n)
                    if s == 0:
                        return -1
                    j = i + s
                    # What joins two halves of a word, as in "Jum'at".
                    if (
                        (c == 0x27 or c == 0x60 or (s == 3 and 0x98 <= p[i + 2] <= 0x99))
                        and j < n
                        and (_is_letter(p[j]) or _is_digit(p[j]))
                    ):
                        # Not "jelasnya'Kami", nor behind other signs: neither is common.
                        # Nor what may echo, "ma'af-ma'af".
                        if (
                            end_m < m
                            or hyphen
                            or (p[i - 1] & 0x20 and _is_letter(p[j]) and p[j] & 0x20 == 0)
                        ):
                            return -1
                        joined = True
                        self._key[k] = self._lower[m] = 0x27
                        self._at[k] = m
                        k += 1
                        m += 1
                        i = j
                        before = gap = -1
                        continue
                    hyphen = hyphen or c == 0x2D or (s == 3 and p[i + 2] == 0x93)
                    # "R.A": what is joined by a full stop may echo as well.
                    joined = joined or (
                        c == 0x2E
                        and end_m == m
                        and before >= 0
                        and before_end - before < 3
                        and j < n
                        and _is_letter(p[j])
                    )
                    if hyphen and joined:
                        return -1
                    # An address that is glued to the word before it.
                    if (
                        not named
                        and c == 0x3A
                        and i + 2 < n
                        and p[i + 1] == 0x2F
                        and p[i + 2] == 0x2F
                    ):
                        return -1
                    gap += 1
                    if s == 3 and p[i + 2] == 0x93:
                        self._key[k] = self._lower[m] = 0x2D
                        self._at[k] = m
                        k += 1
                        m += 1
                        i += 3
                    else:
                        for _ in range(s):
                            self._key[k] = self._lower[m] = p[i]
                            self._at[k] = m
                            k += 1
                            m += 1
                            i += 1
                    if c != 0x25:
                        continue
                end_k = k
                end_m = m
                self._tail = i
            self._at[end_k] = end_m
            return end_k
        return -1

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _stand(
        self,
        k: cython.Py_ssize_t,
        m: cython.Py_ssize_t,
        n: cython.Py_ssize_t,
        letter: cython.int,
    ) -> cython.Py_ssize_t:
        """Put ``n`` letters into the shape, for those at ``m``; where they end."""
        if cython.compiled:
            i: cython.Py_ssize_t
            for i in range(n):
                self._key[k + i] = letter
                self._at[k + i] = m + i
        return k + n

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _repeated(
        self,
        at: cython.Py_ssize_t,
        n: cython.Py_ssize_t,
        before: cython.Py_ssize_t,
        end: cython.Py_ssize_t,
    ) -> cython.Py_ssize_t:
        """How many letters at the end of a run stand at the beginning of the next, two or more.

        0 if none do; less than that if there are several ways, or if the next run ends as the
        one before does ("tolong-menolong"). The next has ``n`` letters from ``at`` on.
        """
        found: cython.Py_ssize_t = 0
        if cython.compiled:
            size: cython.Py_ssize_t
            most: cython.Py_ssize_t = end - before
            if 2 < most <= n + 1 and (
                memcmp(
                    cython.address(self._lower[at + n - most + 1]),
                    cython.address(self._lower[before + 1]),
                    most - 1,
                )
                == 0
            ):
                return -1
            for size in range(2, (most if most < n else n) + 1):
                if (
                    memcmp(
                        cython.address(self._lower[at]),
                        cython.address(self._lower[end - size]),
                        size,
                    )
                    == 0
                ):
                    if found:
                        return -1
                    found = size
        return found

    def _common_by_patterns(self, raw: str) -> bool:
        """The same as :meth:`_shape`, uncompiled, and what it means."""
        if len(raw.encode("utf-8", "surrogatepass")) > 2 * LONGEST:
            return False
        number = self.terms.number
        if match := re.fullmatch(_PLAIN, raw):
            words, tail = [match[1]], match[2]
        elif match := re.fullmatch(_HYPHENED, raw):
            words, tail = [match[1], match[3]], match[4]
            first, second = match[1].lower(), match[3].lower()
            if len(first) < 2 or len(second) < 2 or second[:2] in first or second[:2] == "me":
                return False
        elif match := re.fullmatch(_DIGITS, raw):
            words, tail = [match[1]], match[2]
        else:
            return False
        lower = [word.lower().encode() for word in words]
        if sum(map(len, lower)) >= LONGEST or not self._known.isdisjoint(lower):
            return False
        if match.re.pattern == _HYPHENED:
            lower.insert(0, b"-".join(lower))
        self._width = len(words)
        for i, term in enumerate(lower):
            self._put(number(term), 1 if i and i == len(lower) - 1 else 0)
        marks = [
            0 if word.islower() or word.isdigit() else 1 if word[1:].lower() == word[1:] else 2
            for word in words
        ]
        final = words[len(words) - 1]
        self._capital = 2 if marks[len(marks) - 1] == 2 else marks[0]
        last = tail.rstrip(_CLOSERS)[-1:]
        self._ends = last in ("?", "!", "…") or (
            last == "." and not (tail[0] == "." and len(final) == 1 and final.isalpha())
        )
        return True

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _shape(
        self, p: cython.pointer[cython.const[cython.uchar]], n: cython.Py_ssize_t
    ) -> cython.int:
        """1 if a word has a common shape, 0 if not, -1 without memory."""
        if cython.compiled:
            i: cython.Py_ssize_t = 0
            s: cython.int
            first: cython.Py_ssize_t
            second: cython.Py_ssize_t
            middle: cython.Py_ssize_t
            a: cython.Py_ssize_t
            b: cython.Py_ssize_t = 0
            mark: cython.int
            other: cython.int
            dollar: cython.bint = False
            percent: cython.bint = False
            number: cython.Py_ssize_t
            while i < n:
                s = _sign(p, i, n)
                if s == 0:
                    break
                dollar = dollar or p[i] == 0x24
                i += s
            first = i
            if i < n and 0x30 <= p[i] <= 0x39:
                while i < n and 0x30 <= p[i] <= 0x39:
                    i += 1
                a = i - first
                middle = i
                while i < n:
                    s = _sign(p, i, n)
                    if s == 0:
                        return 0
                    percent = percent or p[i] == 0x25
                    i += s
                if dollar or percent or a >= 64:
                    return 0
                for i in range(a):
                    self._lower[i] = p[first + i]
                if self._is_exception(0, a):
                    return 0
                number = self.terms._number(self._lower, a)
                self._terms[0] = number
                self._places[0] = 0
                self._n = 1
                self._capital = -1
                self._ends = _ends(p, middle, n, False)
                return 1 if number >= 0 else -1
            mark, i = _letters(p, i, n)
            if mark < 0:
                return 0
            a = i - first
            if a >= 64:
                return 0
            for s in range(a):
                self._lower[s] = p[first + s] | 0x20
            middle = i
            if i + 1 >= n or p[i] != 0x2D or not _is_letter(p[i + 1]):
                while i < n:
                    s = _sign(p, i, n)
                    if s == 0:
                        return 0
                    i += s
                if self._is_exception(0, a):
                    return 0
                number = self.terms._number(self._lower, a)
                self._terms[0] = number
                self._places[0] = 0
                self._n = 1
                self._capital = mark
                self._ends = _ends(p, middle, n, a == 1)
                return 1 if number >= 0 else -1
            second = i + 1
            other, i = _letters(p, second, n)
            if other < 0:
                return 0
            b = i - second
            if a + b >= 64:
                return 0
            middle = i
            while i < n:
                s = _sign(p, i, n)
                if s == 0:
                    return 0
                i += s
            self._lower[a] = 0x2D
            for s in range(b):
                self._lower[a + 1 + s] = p[second + s] | 0x20
            if self._is_exception(0, a) or self._is_exception(a + 1, b):
                return 0
            if a < 2 or b < 2 or (self._lower[a + 1] == 0x6D and self._lower[a + 2] == 0x65):
                return 0
            for i in range(a - 1):
                if (
                    self._lower[i] == self._lower[a + 1]
                    and self._lower[i + 1] == self._lower[a + 2]
                ):
                    return 0
            number = self.terms._number(self._lower, a + 1 + b)
            if number < 0:
                return -1
            self._terms[0] = number
            self._places[0] = 0
            number = self.terms._number(self._lower, a)
            if number < 0:
                return -1
            self._terms[1] = number
            self._places[1] = 0
            number = self.terms._number(self._lower + a + 1, b)
            if number < 0:
                return -1
            self._terms[2] = number
            self._places[2] = 1
            self._n = 3
            self._capital = 2 if other == 2 else mark
            self._ends = _ends(p, middle, n, b == 1)
            return 1
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _is_exception(self, at: cython.Py_ssize_t, n: cython.Py_ssize_t) -> cython.bint:
        """Whether the letters at ``at`` of the word in lower case are an exception."""
        if cython.compiled:
            return self._names(self._lower + at, n)
        return False

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _names(
        self, word: cython.pointer[cython.const[cython.uchar]], n: cython.Py_ssize_t
    ) -> cython.bint:
        """Whether a word is an exception."""
        if cython.compiled:
            return self._exceptions._known(word, n) >= 0
        return False


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def _is_letter(c: cython.int) -> cython.bint:
    return 0x61 <= (c | 0x20) <= 0x7A and c < 0x80


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def _is_digit(c: cython.int) -> cython.bint:
    return 0x30 <= c <= 0x39


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def _stand_in(n: cython.int) -> cython.int:
    """What the letters of the ``n``-th run become: one of six rare letters.

    They are in no exception that is not kept as it is.
    """
    if n == 0:
        return 0x71
    if n == 1:
        return 0x78
    if n == 2:
        return 0x7A
    if n == 3:
        return 0x76
    return 0x6A if n == 4 else 0x77


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def _has(
    p: cython.pointer[cython.const[cython.uchar]], n: cython.Py_ssize_t, c: cython.int
) -> cython.bint:
    """Whether one of ``n`` bytes is ``c``."""
    i: cython.Py_ssize_t
    for i in range(n):  # noqa: SIM110  # a generator is no loop in C
        if p[i] == c:
            return True
    return False


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def _closes_somehow(
    p: cython.pointer[cython.const[cython.uchar]], n: cython.Py_ssize_t
) -> cython.bint:
    """Whether there are ` ‘ „, which close a sentence behind some shapes but not behind others."""
    return _has(p, n, 0x60) or _has(p, n, 0x98) or _has(p, n, 0x9E)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def _is_small(p: cython.pointer[cython.const[cython.uchar]], n: cython.Py_ssize_t) -> cython.bint:
    """Whether ``n`` letters are all in lower case."""
    i: cython.Py_ssize_t
    for i in range(n):  # noqa: SIM110  # a generator is no loop in C
        if p[i] & 0x20 == 0:
            return False
    return True


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def _of_its_size(digits: cython.pointer[cython.uchar], n: cython.Py_ssize_t) -> cython.int:
    """Make a number another one with as many digits that no rule tells from it.

    Nothing but zeros stays as it is.
    """
    i: cython.Py_ssize_t = 0
    while i < n and digits[i] == 0x30:
        i += 1
    if i == n:
        return 0
    if n == 2 and i:
        digits[1] = 0x31
        return 0
    if n == 2:
        i = (digits[0] - 0x30) * 10 + digits[1] - 0x30
        i = 11 if i <= 12 else 21 if i <= 24 else 30 if i <= 31 else 41 if i <= 59 else 61
        digits[0] = 0x30 + i // 10
        digits[1] = 0x30 + i % 10
        return 0
    for i in range(n):
        digits[i] = 0x31
    return 0


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def _sign(
    p: cython.pointer[cython.const[cython.uchar]], i: cython.Py_ssize_t, n: cython.Py_ssize_t
) -> cython.int:
    """How many bytes the sign at ``i`` takes; 0 if there stands anything else."""
    c: cython.int = p[i]
    if c < 0x80:
        if c < 0x20 or 0x30 <= c <= 0x39 or 0x41 <= c <= 0x5A or 0x61 <= c <= 0x7A:
            return 0
        return 0 if c == 0x5F or c == 0x7F else 1
    if c == 0xE2 and i + 2 < n and p[i + 1] == 0x80:
        c = p[i + 2]
        if c == 0x93 or c == 0x94 or 0x98 <= c <= 0x9F or c == 0xA6:
            return 3
    return 0


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def _mark(
    p: cython.pointer[cython.const[cython.uchar]], i: cython.Py_ssize_t, n: cython.Py_ssize_t
) -> cython.int:
    """How many bytes the sign or _ at ``i`` takes; 0 if there stands anything else."""
    return 1 if p[i] == 0x5F else _sign(p, i, n)


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def _letters(
    p: cython.pointer[cython.const[cython.uchar]], i: cython.Py_ssize_t, n: cython.Py_ssize_t
) -> tuple[cython.int, cython.Py_ssize_t]:
    """(capital, end) of the letters at ``i``; capital -1 if they are in no plain case."""
    start: cython.Py_ssize_t = i
    capitals: cython.Py_ssize_t
    while i < n and 0x41 <= p[i] <= 0x5A:
        i += 1
    capitals = i - start
    while i < n and 0x61 <= p[i] <= 0x7A:
        i += 1
    if i == start:
        return -1, i
    if capitals == 0:
        return 0, i
    if capitals == 1:
        return 1, i
    return (2 if i - start == capitals else -1), i


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def _ends(
    p: cython.pointer[cython.const[cython.uchar]],
    tail: cython.Py_ssize_t,
    n: cython.Py_ssize_t,
    letter: cython.bint,
) -> cython.bint:
    """Whether a sentence may end in the signs from ``tail`` on, behind a single ``letter``."""
    end: cython.Py_ssize_t = n
    c: cython.int
    while end > tail:
        c = p[end - 1]
        if c == 0x22 or c == 0x27 or c == 0x29 or c == 0x5D or c == 0x7D:
            end -= 1
        elif (c == 0x99 or c == 0x9C or c == 0x9D) and p[end - 2] == 0x80:
            end -= 3
        else:
            break
    if end == tail:
        return False
    c = p[end - 1]
    if c == 0x2E:
        return not (letter and p[tail] == 0x2E)
    return c == 0x3F or c == 0x21 or (c == 0xA6 and p[end - 2] == 0x80)
