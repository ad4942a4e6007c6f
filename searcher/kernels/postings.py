# cython: language_level=3, boundscheck=False, wraparound=False
# cython: cdivision=True, initializedcheck=False
"""Reading the postings of one field of one segment, and the searches that must be fast.

A posting is a document and its *impact*, the saturated term frequency times 255
(``searcher.index.layout`` has the whole format). A query word is a *group*: the terms that
count as it, pooled before saturation. With ``s = impact / 255`` the saturated frequency,
``x = s / (1 - s)`` is the term frequency over its length norm, which adds up over terms::

    x(group, d)     = sum over terms t of the group: share(t) * x(t, d)
    score(group, d) = round(255 * weight * x / (1 + x)), at least 1    (an integer)

``x`` of an impact is rounded to 2^-18 and a share to 2^-14, so that the sum is exact and
does not depend on the order of addition either. A group may also be a phrase: its terms in
a row, saturated as often as they stand so.
Weights are integers (the ranking's real weight times ``WEIGHT_SCALE``), so sums do not
depend on the order of addition and ties are exact. Ties go to the lower document.
"""

from __future__ import annotations

from array import array

try:
    import cython
except ImportError:
    from searcher.kernels import pure as cython

if cython.compiled:
    from cython.cimports.libc.string import memchr, memset

__all__ = [
    "BLOCKED",
    "EXTRA",
    "OPTIONAL",
    "PHRASE",
    "POOLED",
    "REQUIRED",
    "SINGLE",
    "WEIGHT_SCALE",
    "Lists",
    "Search",
    "Unsound",
    "as_share",
    "best_of",
    "doc_freq",
    "is_compiled",
]

#: Integer weights per unit of real weight.
WEIGHT_SCALE = 4096

#: What a group is to a query: any of these suffices, all of these must be there,
#: these only add to the score of what matched otherwise.
OPTIONAL, REQUIRED, EXTRA = 0, 1, 2

#: How a group's terms make it up: one term alone, several pooled, several in a row.
SINGLE, POOLED, PHRASE = 0, 1, 2

#: Set in ``list_at`` where the rest is a row of the block tables.
BLOCKED = 0x80000000

#: ``published`` of a document without a date, as in ``searcher.index.layout``.
_NO_DATE = -(2**62)

#: A pooled group asked alone may be added up document by document instead of block by block,
#: with bounds. In units of what adding one posting takes (5 ns): to clear and look through the
#: sums takes an eighth a document; to copy a loose posting and put it in order four; to look
#: at one blocked form in one block twelve. Bounds that skip no block save nothing else.
_LOOSE_COST, _BLOCK_COST = 4, 12

#: A search that needs room for more loose postings and table entries, up to 32 bytes
#: each, is not for ``Search`` either.
_ROOM = 1 << 22

#: Sums of more documents than this (8 bytes each) are not kept.
_KEPT_SUMS = 1 << 20

#: Scratch memory for more loose postings than this (32 bytes each) is not kept.
_KEPT = 1 << 16

#: Scores are added up in 32 bits; a query whose weights exceed this is not for ``Search``.
_MOST = (2**31 - 1) // 256


def is_compiled() -> bool:
    """Whether this module runs as machine code."""
    return bool(cython.compiled)


def ratios() -> array:
    """``x`` of every impact 0..255, as doubles, multiples of 2^-18; 255 stands for
    s = 254.5 / 255.

    >>> ratios()[0], round(ratios()[128], 3)
    (0.0, 1.008)
    """
    out = array("d", bytes(8 * 256))
    for impact in range(256):
        s = (impact if impact < 255 else 254.5) / 255.0
        out[impact] = round(s / (1.0 - s) * 2**18) / 2**18
    return out


def as_share(share: float) -> float:
    """A share as it is counted with, a multiple of 2^-14.

    >>> as_share(0.5), as_share(1 / 3)
    (0.5, 0.33331298828125)
    """
    return round(share * 2**14) / 2**14


class Unsound(ValueError):
    """Columns or a list of an index are not what was written: reading on could go anywhere."""


_RATIOS = ratios()
_NO_NUMBERS = array("I")
_ZERO = array("d", [0.0])


# ---- buffers as pointers ---------------------------------------------------------------
# Compiled, attributes of typed memoryviews cost a reference count a use; a pointer costs
# nothing. Uncompiled the "pointer" is the buffer. Whoever holds one keeps its buffer.


@cython.cfunc
def _u8(buffer: object) -> cython.pointer[cython.const[cython.uchar]]:
    if cython.compiled:
        view: cython.const[cython.uchar][::1] = buffer
        return cython.address(view[0])
    return buffer


@cython.cfunc
def _u16(buffer: object) -> cython.pointer[cython.const[cython.ushort]]:
    if cython.compiled:
        view: cython.const[cython.ushort][::1] = buffer
        return cython.address(view[0])
    return buffer


@cython.cfunc
def _u32(buffer: object) -> cython.pointer[cython.const[cython.uint]]:
    if cython.compiled:
        view: cython.const[cython.uint][::1] = buffer
        return cython.address(view[0])
    return buffer


@cython.cfunc
def _u64(buffer: object) -> cython.pointer[cython.const[cython.ulonglong]]:
    if cython.compiled:
        view: cython.const[cython.ulonglong][::1] = buffer
        return cython.address(view[0])
    return buffer


@cython.cfunc
def _bytes(buffer: object) -> cython.pointer[cython.uchar]:
    if cython.compiled:
        view: cython.uchar[::1] = buffer
        return cython.address(view[0])
    return buffer


@cython.cfunc
def _uints(buffer: object) -> cython.pointer[cython.uint]:
    if cython.compiled:
        view: cython.uint[::1] = buffer
        return cython.address(view[0])
    return buffer


@cython.cfunc
def _ints(buffer: object) -> cython.pointer[cython.int]:
    if cython.compiled:
        view: cython.int[::1] = buffer
        return cython.address(view[0])
    return buffer


@cython.cfunc
def _longs(buffer: object) -> cython.pointer[cython.longlong]:
    if cython.compiled:
        view: cython.longlong[::1] = buffer
        return cython.address(view[0])
    return buffer


@cython.cfunc
def _ulongs(buffer: object) -> cython.pointer[cython.ulonglong]:
    if cython.compiled:
        view: cython.ulonglong[::1] = buffer
        return cython.address(view[0])
    return buffer


@cython.cfunc
def _doubles(buffer: object) -> cython.pointer[cython.double]:
    if cython.compiled:
        view: cython.double[::1] = buffer
        return cython.address(view[0])
    return buffer


# ---- positions -------------------------------------------------------------------------


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def _skip(
    data: cython.pointer[cython.const[cython.uchar]], at: cython.Py_ssize_t, n: cython.Py_ssize_t
) -> cython.Py_ssize_t:
    """Where the positions of the ``n``-th next posting start: behind ``n`` closing bytes."""
    word: cython.ulonglong
    count: cython.Py_ssize_t
    highs: cython.ulonglong
    ones: cython.ulonglong
    if cython.compiled:
        highs = 0x8080
        highs |= highs << 16
        highs |= highs << 32
        ones = highs >> 7
        # Eight bytes at a time: as many bytes are there, one a posting at the least.
        while n >= 8:
            word = cython.cast(cython.pointer[cython.const[cython.ulonglong]], data + at)[0]
            word = (~word) & (word << 1) & highs
            count = ((word >> 7) * ones) >> 56
            n -= count
            at += 8
    while n > 0:
        # Compiled, this ends in the table of contents behind all columns at the latest.
        if not cython.compiled and at >= len(data):
            raise Unsound("the positions of a term are not as they were written")
        if data[at] & 192 == 64:
            n -= 1
        at += 1
    return at


@cython.final
@cython.cclass
class Lists:
    """The terms and postings of one field, read in place from mapped columns.

    Built from the columns of ``searcher.index.layout`` by name; keeps no copy.
    ``n_docs`` counts documents, deleted ones too. Safe to share between threads:
    nothing is written after construction but a pool of scratch memory.

    Bytes on a disk rot, and nothing below checks an index where it reads. So
    :meth:`find`, which every search of a term begins with, looks once at each list it
    gives out: whether its tables ascend, stay inside their columns and add up. Numbers of
    terms from anywhere else are good for :meth:`term` and :meth:`doc_freq` only, which
    look every time.
    Raises Unsound.
    """

    n_docs: cython.Py_ssize_t
    n_blocks: cython.Py_ssize_t
    n_terms: cython.Py_ssize_t
    n_bases: cython.Py_ssize_t
    n_pairs: cython.Py_ssize_t
    _terms: cython.pointer[cython.const[cython.uchar]]
    _term_at: cython.pointer[cython.const[cython.uint]]
    _list_at: cython.pointer[cython.const[cython.uint]]
    _sparse: cython.pointer[cython.const[cython.uchar]]
    _row_at: cython.pointer[cython.const[cython.ulonglong]]
    _lows: cython.pointer[cython.const[cython.uchar]]
    _impacts: cython.pointer[cython.const[cython.uchar]]
    _first_base: cython.pointer[cython.const[cython.uint]]
    _first_low: cython.pointer[cython.const[cython.ushort]]
    _block_max: cython.pointer[cython.const[cython.uchar]]
    _block_position: cython.pointer[cython.const[cython.uint]]
    _row_positions: cython.pointer[cython.const[cython.ulonglong]]
    _positions_column: cython.pointer[cython.const[cython.uchar]]
    _tops: cython.pointer[cython.const[cython.uchar]]
    _n_text: cython.Py_ssize_t
    _n_sparse: cython.Py_ssize_t
    _n_postings: cython.Py_ssize_t
    _n_positions: cython.Py_ssize_t
    _n_rows: cython.Py_ssize_t
    _seen: cython.pointer[cython.uchar]  # a bit a term: its list has been looked at
    _columns: dict
    _pool: list
    _keep: object

    def __init__(self, n_docs: int, columns: dict) -> None:
        self.n_docs = n_docs
        self.n_blocks = (n_docs + 255) >> 8
        self.n_bases = (self.n_blocks + 64) >> 6
        self.n_pairs = (self.n_blocks + 1) >> 1
        self._columns = columns
        self._terms = _u8(columns["terms"])
        self._term_at = _u32(columns["term_at"])
        self._list_at = _u32(columns["list_at"])
        self._sparse = _u8(columns["sparse"])
        self._row_at = _u64(columns["row_at"])
        self._lows = _u8(columns["lows"])
        self._impacts = _u8(columns["impacts"])
        self._first_base = _u32(columns["first_base"])
        self._first_low = _u16(columns["first_low"])
        self._block_max = _u8(columns["block_max"])
        self._block_position = _u32(columns["block_position"])
        self._row_positions = _u64(columns["row_positions"])
        self._positions_column = _u8(columns["positions"])
        self._tops = _u8(columns["tops"])
        self.n_terms = len(columns["list_at"])
        self._n_text = len(columns["terms"])
        self._n_sparse = len(columns["sparse"])
        self._n_postings = len(columns["lows"])
        self._n_positions = len(columns["positions"])
        self._n_rows = len(columns["tops"])
        if not (
            len(columns["term_at"]) == self.n_terms + 1
            and len(columns["impacts"]) == self._n_postings
            and len(columns["row_at"]) == self._n_rows + 1
            and len(columns["row_positions"]) == self._n_rows + 1
            and len(columns["first_base"]) == self._n_rows * self.n_bases
            and len(columns["first_low"]) == self._n_rows * (self.n_blocks + 1)
            and len(columns["block_max"]) == self._n_rows * self.n_blocks
            and len(columns["block_position"]) == self._n_rows * self.n_pairs
        ):
            raise Unsound("the columns of a field do not belong together")
        seen = bytearray((self.n_terms >> 3) + 1)
        self._keep = seen
        self._seen = _bytes(seen)
        self._pool = []

    # ---- terms ---------------------------------------------------------------------

    def __len__(self) -> int:
        return self.n_terms

    def lower_bound(self, term: bytes) -> int:
        """The number of terms that sort (by UTF-8 bytes) before ``term``."""
        return self._lower_bound(_u8(term), len(term))

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _lower_bound(
        self, term: cython.pointer[cython.const[cython.uchar]], n: cython.Py_ssize_t
    ) -> cython.Py_ssize_t:
        lo: cython.Py_ssize_t = 0
        hi: cython.Py_ssize_t = self.n_terms
        mid: cython.Py_ssize_t
        at: cython.Py_ssize_t
        end: cython.Py_ssize_t
        i: cython.Py_ssize_t
        while lo < hi:
            mid = (lo + hi) >> 1
            at = self._term_at[mid]
            end = self._term_at[mid + 1]
            if end > self._n_text:
                end = self._n_text
            if at > end:
                at = end
            i = 0
            while i < n and at + i < end and self._terms[at + i] == term[i]:
                i += 1
            if i < n and (at + i == end or self._terms[at + i] < term[i]):
                lo = mid + 1
            else:
                hi = mid
        return lo

    def find(self, term: bytes) -> int:
        """The number of ``term``, or -1 where no document has it."""
        at: cython.Py_ssize_t = self._place(term)
        if at >= 0 and not (self._seen[at >> 3] >> (at & 7)) & 1:
            if not self._is_sound(at):
                raise Unsound("the postings of a term are not as they were written")
            # Two threads may lose each other's bit, and look again.
            self._seen[at >> 3] |= 1 << (at & 7)
        return at

    @cython.cfunc
    @cython.exceptval(check=False)
    def _place(self, term: bytes) -> cython.Py_ssize_t:
        """The number of ``term``, or -1."""
        n: cython.Py_ssize_t = len(term)
        wanted: cython.pointer[cython.const[cython.uchar]] = _u8(term)
        at: cython.Py_ssize_t = self._lower_bound(wanted, n)
        if at == self.n_terms:
            return -1
        start: cython.Py_ssize_t = self._term_at[at]
        end: cython.Py_ssize_t = self._term_at[at + 1]
        if end - start != n or end > self._n_text:
            return -1
        i: cython.Py_ssize_t
        for i in range(n):
            if self._terms[start + i] != wanted[i]:
                return -1
        return at

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _is_sound(self, t: cython.Py_ssize_t) -> cython.bint:
        """Whether reading the list of a term stays inside the columns, and the list adds up."""
        at: cython.Py_ssize_t = self._list_at[t]
        if at >> 31:
            return self._is_sound_row(at & 0x7FFFFFFF)
        return self._is_sound_sparse(at)

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _is_sound_row(self, row: cython.Py_ssize_t) -> cython.bint:
        start: cython.ulonglong
        end: cython.ulonglong
        before: cython.Py_ssize_t = 0
        here: cython.Py_ssize_t
        last: cython.Py_ssize_t = 0
        b: cython.Py_ssize_t
        i: cython.Py_ssize_t
        if row >= self._n_rows:
            return False
        start = self._row_at[row]
        end = self._row_at[row + 1]
        if start > end or end > cython.cast(cython.ulonglong, self._n_postings):
            return False
        for b in range(self.n_blocks + 1):
            here = self._begin(row, b)
            if here < before or here - before > 256 or (b == 0 and here > 0):
                return False
            last = before
            before = here
        if before != cython.cast(cython.Py_ssize_t, end - start):
            return False
        b = self.n_docs - ((self.n_blocks - 1) << 8)
        for i in range(last, before):
            if self._lows[start + i] >= b:
                return False
        # Positions are read up to a closing byte, so no further than to the table of
        # contents behind all columns, which is full of them.
        start = self._row_positions[row]
        end = self._row_positions[row + 1]
        if start > end or end > cython.cast(cython.ulonglong, self._n_positions):
            return False
        last = cython.cast(cython.Py_ssize_t, end - start)
        before = 0
        for b in range(self.n_pairs):
            here = self._block_position[row * self.n_pairs + b]
            if here < before or here > last:
                return False
            before = here
        return True

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _is_sound_sparse(self, at: cython.Py_ssize_t) -> cython.bint:
        data: cython.pointer[cython.const[cython.uchar]] = self._sparse
        size: cython.Py_ssize_t = self._n_sparse
        n: cython.longlong = 0
        doc: cython.longlong = 0
        gap: cython.longlong
        shift: cython.int
        i: cython.Py_ssize_t
        number: cython.Py_ssize_t
        for number in range(2):
            shift = 0
            gap = 128
            while gap >= 128:
                if at >= size or shift > 28:
                    return False
                gap = data[at]
                at += 1
                if number == 0:
                    n |= (gap & 127) << shift
                else:
                    doc |= (gap & 127) << shift
                shift += 7
        if n < 1 or n > self.n_docs or doc >= self.n_docs:
            return False
        at += n
        for i in range(1, n):  # noqa: B007  # a C loop needs a declared name
            if at + 2 > size:
                return False
            gap = data[at] | (cython.cast(cython.longlong, data[at + 1]) << 8)
            at += 2
            if gap == 0xFFFF:
                if at + 4 > size:
                    return False
                gap = (
                    data[at]
                    | (cython.cast(cython.longlong, data[at + 1]) << 8)
                    | (cython.cast(cython.longlong, data[at + 2]) << 16)
                    | (cython.cast(cython.longlong, data[at + 3]) << 24)
                )
                at += 4
            doc += gap
            if gap == 0 or doc >= self.n_docs:
                return False
        while n > 0:
            if at >= size:
                return False
            if data[at] & 192 == 64:
                n -= 1
            at += 1
        return True

    def term(self, number: cython.Py_ssize_t) -> bytes:
        """The term of that number, as UTF-8 bytes."""
        if not 0 <= number < self.n_terms:
            raise Unsound("a term has a number that no term has")
        start: cython.Py_ssize_t = self._term_at[number]
        end: cython.Py_ssize_t = self._term_at[number + 1]
        if start > end or end > self._n_text:
            raise Unsound("the terms of a field are not as they were written")
        if cython.compiled:
            return cython.cast(cython.p_char, self._terms)[start:end]
        return bytes(self._terms[start:end])

    def doc_freq(self, number: cython.Py_ssize_t) -> int:
        """How many documents hold the term, deleted ones too. Good for any number."""
        at: cython.Py_ssize_t
        end: cython.Py_ssize_t
        n: cython.Py_ssize_t = -1
        if 0 <= number < self.n_terms:
            at = self._list_at[number]
            if at >> 31:
                if (at & 0x7FFFFFFF) < self._n_rows:
                    n = self._doc_freq(number)
            else:
                end = min(at + 5, self._n_sparse)
                while at < end:
                    if self._sparse[at] < 128:
                        n = self._doc_freq(number)
                        break
                    at += 1
        if 0 <= n <= self.n_docs:
            return n
        raise Unsound("a term has a number that no term has, or no list of documents")

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    @cython.nogil
    def _doc_freq(self, number: cython.Py_ssize_t) -> cython.Py_ssize_t:
        at: cython.Py_ssize_t = self._list_at[number]
        shift: cython.int = 7
        n: cython.Py_ssize_t
        if at >> 31:
            at &= 0x7FFFFFFF
            return self._row_at[at + 1] - self._row_at[at]
        n = self._sparse[at] & 127
        while self._sparse[at] >= 128:
            at += 1
            n |= cython.cast(cython.Py_ssize_t, self._sparse[at] & 127) << shift
            shift += 7
        return n

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _open(
        self,
        number: cython.Py_ssize_t,
        docs: cython.pointer[cython.uint],
        used: cython.Py_ssize_t,
        places: cython.pointer[cython.longlong],
    ) -> cython.Py_ssize_t:
        """Write the documents of a sparse term to ``docs[used:]``; returns how many.

        ``places[0]`` becomes where its impacts start in ``sparse``, ``places[1]`` where its
        positions do.
        """
        data: cython.pointer[cython.const[cython.uchar]] = self._sparse
        at: cython.Py_ssize_t = self._list_at[number]
        n: cython.Py_ssize_t = data[at] & 127
        shift: cython.int = 7
        doc: cython.uint
        gap: cython.uint
        i: cython.Py_ssize_t
        while data[at] >= 128:
            at += 1
            n |= cython.cast(cython.Py_ssize_t, data[at] & 127) << shift
            shift += 7
        at += 1
        doc = data[at] & 127
        shift = 7
        while data[at] >= 128:
            at += 1
            doc |= cython.cast(cython.uint, data[at] & 127) << shift
            shift += 7
        at += 1
        places[0] = at
        at += n
        docs[used] = doc
        for i in range(1, n):
            gap = data[at] | (cython.cast(cython.uint, data[at + 1]) << 8)
            at += 2
            if gap == 0xFFFF:
                gap = (
                    data[at]
                    | (cython.cast(cython.uint, data[at + 1]) << 8)
                    | (cython.cast(cython.uint, data[at + 2]) << 16)
                    | (cython.cast(cython.uint, data[at + 3]) << 24)
                )
                at += 4
            doc += gap
            docs[used + i] = doc
        places[1] = at
        return n

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    @cython.nogil
    def _begin(self, row: cython.Py_ssize_t, b: cython.Py_ssize_t) -> cython.Py_ssize_t:
        """The first posting of a blocked term in or after block ``b``, counted from its own."""
        return (
            self._first_base[row * self.n_bases + (b >> 6)]
            + self._first_low[row * (self.n_blocks + 1) + b]
        )

    # ---- whole lists ---------------------------------------------------------------

    def docs(self, number: int) -> array:
        """The documents of a term in ascending order, ``array('I')``."""
        t: cython.Py_ssize_t = number
        n: cython.Py_ssize_t = self._doc_freq(t)
        out = array("I", bytes(4 * n))
        docs: cython.pointer[cython.uint] = _uints(out)
        places_array = array("q", bytes(16))
        places: cython.pointer[cython.longlong] = _longs(places_array)
        b: cython.Py_ssize_t
        i: cython.Py_ssize_t
        row: cython.Py_ssize_t
        at: cython.Py_ssize_t
        with cython.nogil:
            if self._list_at[t] >> 31 == 0:
                self._open(t, docs, 0, places)
            else:
                row = self._list_at[t] & 0x7FFFFFFF
                at = self._row_at[row]
                for b in range(self.n_blocks):
                    for i in range(self._begin(row, b), self._begin(row, b + 1)):
                        docs[i] = (b << 8) | self._lows[at + i]
        return out

    @cython.cfunc
    def _places(self, t: cython.Py_ssize_t) -> tuple:
        """(impacts start, positions start) of a sparse term in ``sparse``."""
        docs_array = array("I", bytes(4 * self._doc_freq(t)))
        places_array = array("q", bytes(16))
        self._open(t, _uints(docs_array), 0, _longs(places_array))
        return places_array[0], places_array[1]

    def impacts(self, number: int) -> memoryview:
        """The impacts of a term's postings, beside :meth:`docs`, as a memoryview of bytes."""
        t: cython.Py_ssize_t = number
        if self._list_at[t] >> 31:
            row = self._list_at[t] & 0x7FFFFFFF
            return memoryview(self._columns["impacts"])[self._row_at[row] : self._row_at[row + 1]]
        at = self._places(t)[0]
        return memoryview(self._columns["sparse"])[at : at + self._doc_freq(t)]

    def payload(self, number: int) -> memoryview:
        """The encoded positions of a term, all postings one after the other."""
        t: cython.Py_ssize_t = number
        if self._list_at[t] >> 31:
            row = self._list_at[t] & 0x7FFFFFFF
            return memoryview(self._columns["positions"])[
                self._row_positions[row] : self._row_positions[row + 1]
            ]
        at = self._places(t)[1]
        return memoryview(self._columns["sparse"])[at : _skip(self._sparse, at, self._doc_freq(t))]

    def mark(self, number: int, marks: bytearray, value: int) -> None:
        """Write ``value`` into ``marks`` (one byte a document) at every document of a term."""
        docs_array = self.docs(number)
        docs: cython.pointer[cython.uint] = _uints(docs_array)
        out: cython.pointer[cython.uchar] = _bytes(marks)
        n: cython.Py_ssize_t = len(docs_array)
        v: cython.uchar = value
        i: cython.Py_ssize_t
        with cython.nogil:
            for i in range(n):
                out[docs[i]] = v

    def positions(self, number: int, docs: object) -> tuple:
        """Where a term stands in each of the ascending documents ``docs`` (``array('I')``).

        Returns ``(at, positions)``, two ``array('I')``: document ``docs[i]`` holds the term
        at ``positions[at[i]:at[i + 1]]``, ascending; none where it does not hold the term.
        """
        return self._positions_of(array("i", [number]), docs)

    @cython.cfunc
    def _positions_of(self, terms: array, docs: object) -> tuple:
        """(at, positions) of several terms: ``positions`` one term after the other, ``at``
        with ``len(docs)`` entries a term and one more, as in :meth:`positions`."""
        n: cython.Py_ssize_t = len(docs)
        m: cython.Py_ssize_t = len(terms)
        at_array = array("I", bytes(4 * (m * n + 1)))
        room: cython.Py_ssize_t = max(64, 4 * n * m)
        found = array("I", bytes(4 * room))
        if n == 0 or m == 0:
            return at_array, found[:0]
        wanted: cython.pointer[cython.const[cython.uint]] = _u32(docs)
        number: cython.pointer[cython.int] = _ints(terms)
        at: cython.pointer[cython.uint] = _uints(at_array)
        out: cython.pointer[cython.uint] = _uints(found)
        i: cython.Py_ssize_t
        used: cython.Py_ssize_t = 0
        end: cython.Py_ssize_t
        longest: cython.Py_ssize_t = 1
        for i in range(m):
            if self._list_at[number[i]] >> 31 == 0:
                longest = max(longest, self._doc_freq(number[i]))
        held_array = array("I", bytes(4 * longest))
        places_array = array("q", bytes(16))
        held: cython.pointer[cython.uint] = _uints(held_array)
        places: cython.pointer[cython.longlong] = _longs(places_array)
        i = 0
        while i < m:
            end = 0
            with cython.nogil:
                while i < m:
                    end = self._positions(
                        number[i], wanted, n, at, i * n, out, used, room, held, places
                    )
                    if end < 0:
                        break
                    used = end
                    i += 1
            if end < 0:
                room = 2 * -end
                bigger = array("I", bytes(4 * room))
                memoryview(bigger)[:used] = memoryview(found)[:used]
                found = bigger
                out = _uints(found)
        return at_array, found[:used]

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _positions(
        self,
        t: cython.Py_ssize_t,
        wanted: cython.pointer[cython.const[cython.uint]],
        n: cython.Py_ssize_t,
        at: cython.pointer[cython.uint],
        entry: cython.Py_ssize_t,
        out: cython.pointer[cython.uint],
        used: cython.Py_ssize_t,
        room: cython.Py_ssize_t,
        held: cython.pointer[cython.uint],
        places: cython.pointer[cython.longlong],
    ) -> cython.Py_ssize_t:
        """Write a term's positions in ``n`` documents to ``out[used:room]``, and where those of
        each end to ``at`` behind ``entry``; returns the new end, or the negative of one that
        ``room`` must reach. ``held`` and ``places`` are for :meth:`_open`."""
        sparse: cython.bint = self._list_at[t] >> 31 == 0
        df: cython.Py_ssize_t = self._doc_freq(t)
        data: cython.pointer[cython.const[cython.uchar]]
        row: cython.Py_ssize_t = 0
        lows: cython.Py_ssize_t = 0
        start: cython.Py_ssize_t = 0
        i: cython.Py_ssize_t
        p: cython.Py_ssize_t = 0  # the posting whose positions start at ``here``
        q: cython.Py_ssize_t = 0  # the posting looked at
        end: cython.Py_ssize_t = df
        here: cython.Py_ssize_t
        after: cython.Py_ssize_t
        block: cython.Py_ssize_t = -2
        doc: cython.Py_ssize_t
        b: cython.Py_ssize_t
        if sparse:
            self._open(t, held, 0, places)
            data = self._sparse
            start = places[1]
        else:
            row = self._list_at[t] & 0x7FFFFFFF
            lows = self._row_at[row]
            start = self._row_positions[row]
            data = self._positions_column
        here = start
        for i in range(n):
            doc = wanted[i]
            if sparse:
                while q < df and held[q] < doc:
                    q += 1
                if q == df or held[q] != doc:
                    at[entry + i + 1] = used
                    continue
            else:
                b = doc >> 8
                if b != block:
                    q = self._begin(row, b)
                    end = self._begin(row, b + 1)
                    if b >> 1 != block >> 1:
                        p = self._begin(row, b & ~1)
                        here = start + self._block_position[row * self.n_pairs + (b >> 1)]
                    block = b
                while q < end and self._lows[lows + q] < (doc & 255):
                    q += 1
                if q == end or self._lows[lows + q] != (doc & 255):
                    at[entry + i + 1] = used
                    continue
            here = _skip(data, here, q - p)
            p = q
            after = _skip(data, here, 1)
            if used + after - here > room:
                return -(used + after - here)
            used = _read(data, here, out, used)
            at[entry + i + 1] = used
        return used

    def standing(self, terms: array, words: array, docs: object) -> tuple:
        """Where the terms of several words stand in each of the ascending documents ``docs``.

        ``terms`` and ``words`` (``array('i')``) are each term's number and that of the word
        it counts as, ``docs`` an ``array('I')``. Returns ``(starts, places, whose)``,
        ``array('I')`` twice and ``array('i')``: document ``docs[i]`` has word ``whose[j]`` at
        ``places[j]`` for ``j`` from ``starts[i]`` to ``starts[i + 1]``, places ascending.
        """
        at_array, found = self._positions_of(terms, docs)
        n: cython.Py_ssize_t = len(docs)
        m: cython.Py_ssize_t = len(terms)
        total: cython.Py_ssize_t = len(found)
        starts_array = array("I", bytes(4 * (n + 1)))
        place_array = array("I", bytes(4 * total))
        whose_array = array("i", bytes(4 * total))
        if total == 0:
            return starts_array, place_array, whose_array
        at: cython.pointer[cython.uint] = _uints(at_array)
        positions: cython.pointer[cython.uint] = _uints(found)
        word: cython.pointer[cython.int] = _ints(words)
        starts: cython.pointer[cython.uint] = _uints(starts_array)
        place: cython.pointer[cython.uint] = _uints(place_array)
        whose: cython.pointer[cython.int] = _ints(whose_array)
        d: cython.Py_ssize_t
        f: cython.Py_ssize_t
        i: cython.Py_ssize_t
        j: cython.Py_ssize_t
        k: cython.Py_ssize_t = 0
        p: cython.uint
        with cython.nogil:
            for d in range(n):
                for f in range(m):
                    for i in range(at[f * n + d], at[f * n + d + 1]):
                        # Few runs, each already ascending: insertion sort.
                        p = positions[i]
                        j = k
                        while j > starts[d] and place[j - 1] > p:
                            place[j] = place[j - 1]
                            whose[j] = whose[j - 1]
                            j -= 1
                        place[j] = p
                        whose[j] = word[f]
                        k += 1
                starts[d + 1] = k
        return starts_array, place_array, whose_array

    def counts(self, number: int) -> array:
        """How often a term stands in each of its documents, ``array('I')`` beside :meth:`docs`."""
        t: cython.Py_ssize_t = number
        n: cython.Py_ssize_t = self._doc_freq(t)
        out_array = array("I", bytes(4 * n))
        out: cython.pointer[cython.uint] = _uints(out_array)
        payload = self.payload(number)
        data: cython.pointer[cython.const[cython.uchar]] = _u8(payload)
        i: cython.Py_ssize_t = 0
        at: cython.Py_ssize_t
        size: cython.Py_ssize_t = len(payload)
        with cython.nogil:
            for at in range(size):
                if data[at] < 128 and i < n:
                    out[i] += 1
                    if data[at] & 64:
                        i += 1
        return out_array

    # ---- ranked search ---------------------------------------------------------------

    def top_k(
        self,
        k: int,
        bounds: object,
        terms: object,
        shares: object,
        weights: object,
        roles: bytes,
        kinds: bytes,
        mask: object = None,
        floor: int = 0,
        made: object = None,
    ) -> list | None:
        """The ``k`` best documents as (score, document), best first: :class:`Search`, once."""
        search = Search(self, bounds, terms, shares, weights, roles, kinds, made=made)
        return search.best(k, mask=mask, floor=floor)


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def _read(
    data: cython.pointer[cython.const[cython.uchar]],
    at: cython.Py_ssize_t,
    out: cython.pointer[cython.uint],
    used: cython.Py_ssize_t,
) -> cython.Py_ssize_t:
    """Write the positions of the posting at ``at`` to ``out[used:]``; returns the new end."""
    value: cython.uint = 0
    delta: cython.uint
    shift: cython.int
    byte: cython.uint
    while True:
        delta = 0
        shift = 0
        byte = data[at]
        at += 1
        while byte >= 128:
            delta |= (byte & 127) << shift
            shift += 7
            byte = data[at]
            at += 1
        value += delta | ((byte & 63) << shift)
        out[used] = value
        used += 1
        if byte & 64:
            return used


@cython.final
@cython.cclass
class Search:
    """A ranked query prepared for one field of one segment, to be run by any thread.

    Group ``g`` consists of the terms ``terms[bounds[g]:bounds[g + 1]]`` (numbers; those
    from ``len(lists)`` on are lists made for the query: ``made = (starts, docs, impacts)``,
    list ``i`` at ``[starts[i]:starts[i + 1]]``) with ``shares``; its weight, role and kind
    are at ``g`` of the others. The terms of a ``PHRASE`` stand ``gaps`` positions after its
    first one. ``norms`` is needed for phrases: (lengths, k1, b, pivot). ``dates``
    (published, offsets, low, high) keeps what was published from low to high by local
    clocks, both included.

    Types: bounds, terms and gaps ``array('i')``, shares ``array('d')``, weights
    ``array('q')``, roles and kinds bytes, made ``array('I')`` twice and bytes.
    """

    possible: cython.bint
    n_groups: cython.Py_ssize_t
    n_forms: cython.Py_ssize_t
    n_required: cython.int
    n_loose: cython.Py_ssize_t  # units that are no blocked lists
    room: cython.Py_ssize_t  # their postings
    wide: cython.bint
    pools: cython.bint  # whether a group is pooled
    _lists: Lists
    _bounds: cython.pointer[cython.const[cython.int]]
    _terms: cython.pointer[cython.const[cython.int]]
    _shares: cython.pointer[cython.const[cython.double]]
    _weights: cython.pointer[cython.int]
    _roles: cython.pointer[cython.const[cython.uchar]]
    _kinds: cython.pointer[cython.const[cython.uchar]]
    _gaps: cython.pointer[cython.const[cython.int]]
    _starts: cython.pointer[cython.const[cython.uint]]
    _made_docs: cython.pointer[cython.const[cython.uint]]
    _made_impacts: cython.pointer[cython.const[cython.uchar]]
    _lengths: cython.pointer[cython.const[cython.uint]]
    k1: cython.double
    b: cython.double
    pivot: cython.double
    dated: cython.bint
    _published: cython.pointer[cython.const[cython.longlong]]
    _offsets: cython.pointer[cython.const[cython.short]]
    low: cython.longlong
    high: cython.longlong
    floor: cython.int
    too_heavy: cython.bint
    _keep: tuple

    def __init__(
        self,
        lists: Lists,
        bounds: object,
        terms: object,
        shares: object,
        weights: object,
        roles: bytes,
        kinds: bytes,
        *,
        gaps: object = None,
        norms: object = None,
        dates: object = None,
        made: object = None,
    ) -> None:
        self._lists = lists
        self.n_groups = len(weights)
        self.n_forms = len(terms)
        self.possible = False
        self.n_required = 0
        self.floor = 1
        self.too_heavy = sum(weights) > _MOST
        self.dated = dates is not None
        if self.too_heavy or self.n_groups == 0:
            return
        small = array("i", weights)
        terms = array("i", terms) if len(terms) else array("i", [0])
        shares = array("d", map(as_share, shares)) if len(shares) else array("d", [0.0])
        gaps = (
            array("i", gaps)
            if gaps is not None and len(gaps)
            else array("i", bytes(4 * len(terms)))
        )
        made = made if made is not None and len(made[1]) else (array("I", [0]), _NO_NUMBERS, b"\0")
        self._bounds = _const_ints(bounds)
        self._terms = _const_ints(terms)
        self._shares = _const_doubles(shares)
        self._weights = _ints(small)
        self._roles = _u8(roles)
        self._kinds = _u8(kinds)
        self._gaps = _const_ints(gaps)
        self._starts = _u32(made[0])
        self._made_docs = _u32(made[1])
        self._made_impacts = _u8(made[2])
        self._keep = (bounds, terms, shares, small, roles, kinds, gaps, made, norms, dates)
        if norms is not None:
            self._lengths = _u32(norms[0])
            self.k1 = norms[1]
            self.b = norms[2]
            self.pivot = norms[3]
        if dates is not None:
            self._published = _const_longs(dates[0])
            self._offsets = _shorts(dates[1])
            self.low = _NO_DATE if dates[2] is None else dates[2]
            self.high = -_NO_DATE if dates[3] is None else dates[3]
        self.pools = POOLED in kinds
        self._prepare()

    @cython.cfunc
    def _prepare(self) -> object:
        """Count what a run will need, and find a score that ten documents reach."""
        lists: Lists = self._lists
        g: cython.Py_ssize_t
        f: cython.Py_ssize_t
        t: cython.Py_ssize_t
        n: cython.Py_ssize_t
        size: cython.Py_ssize_t
        longest: cython.Py_ssize_t = 0
        postings: cython.Py_ssize_t = 0
        n_blocked: cython.Py_ssize_t = 0
        value: cython.longlong
        x: cython.double
        self.n_loose = 0
        self.room = 0
        for g in range(self.n_groups):
            n = self.n_loose
            for f in range(self._bounds[g], self._bounds[g + 1]):
                t = self._terms[f]
                if t >= lists.n_terms:
                    size = self._starts[t - lists.n_terms + 1] - self._starts[t - lists.n_terms]
                else:
                    size = lists._doc_freq(t)
                postings += size
                if t < lists.n_terms and lists._list_at[t] >> 31:
                    n_blocked += 1
                    continue
                self.n_loose += 1
                self.room += size
                longest = size if size > longest else longest
            if self._kinds[g] == 1 and self.n_loose > n + 1:
                self.n_loose = n + 1
        self.wide = (
            self.n_groups == 1
            and self._kinds[0] == 1
            and _LOOSE_COST * self.room + _BLOCK_COST * lists.n_blocks * n_blocked
            > lists.n_docs // 8 + postings
        )
        if self.wide:
            self.room = longest  # its lists are read one after the other
        elif self.room + self.n_loose * lists.n_blocks > _ROOM:
            self.too_heavy = True
            return None
        for g in range(self.n_groups):
            if self._roles[g] == 1:
                self.n_required += 1
                if self._bounds[g] == self._bounds[g + 1]:
                    return None
        if self.n_required > 255:
            self.too_heavy = True
            return None
        for g in range(self.n_groups):
            if self._roles[g] != 2 and self._bounds[g] < self._bounds[g + 1]:
                self.possible = True
        # A tenth-best impact bounds the tenth-best score from below, unless another group
        # may veto its document.
        if self.n_required > 1 or self.dated:
            return None
        for g in range(self.n_groups):
            if (
                self._roles[g] == 2
                or self._kinds[g] == 2
                or (self.n_required and self._roles[g] != 1)
            ):
                continue
            for f in range(self._bounds[g], self._bounds[g + 1]):
                t = self._terms[f]
                if t < lists.n_terms and lists._list_at[t] >> 31:
                    t = lists._tops[lists._list_at[t] & 0x7FFFFFFF]
                    if t == 0:
                        continue
                    value = self._weights[g] * t
                    if self._kinds[g] == 1:
                        x = self._shares[f] * _RATIOS[t]
                        value = cython.cast(
                            cython.longlong, 255.0 * self._weights[g] * (x / (1.0 + x)) + 0.5
                        )
                    if value > self.floor:
                        self.floor = value
        return None

    def best(
        self, k: cython.Py_ssize_t, mask: object = None, floor: cython.longlong = 0
    ) -> list | None:
        """The ``k`` best documents as (score, document), best first.

        ``mask`` (one byte a document) leaves out documents with 0, and only scores of
        ``floor`` and more are returned. None if the weights are too high to be added up
        here, or too much would have to be copied.
        """
        if k <= 10 and mask is None and self.floor > floor:
            floor = self.floor
        best: _Best | None = _best_of([self], k, [mask], floor)
        if best is None:
            return None
        i: cython.Py_ssize_t  # noqa: F842  # types the comprehension's
        out = [(best.scores[i], best.where[i]) for i in range(best.size)]
        best.leave()
        return out

    @cython.cfunc
    def _begin(self, best: _Best, mask: object) -> _Run:
        """A run with room for this search, used before or new."""
        run: _Run
        try:
            run = self._lists._pool.pop()
        except IndexError:
            run = _Run(self._lists)
        run.reserve(self)
        run.best = best
        run.masked = mask is not None
        if mask is not None:
            run._mask = _u8(mask)
        return run

    @cython.cfunc
    def _end(self, run: _Run) -> object:
        """Leave a run to the next search."""
        # The pool is of the lists: a run in it that knew them would keep them for ever.
        run.search = run.lists = run.best = run.after = run.sums = None
        if run.room_docs <= _KEPT:
            self._lists._pool.append(run)
        return None

    def often(self, k: cython.Py_ssize_t) -> bool:
        """Whether so much seems to match that :meth:`first` soon finds ``k``.

        It looks up a document in some 20 ns; going through all matches as arrays costs as
        much as 5,000 of these, and more with every document there is.
        """
        g: cython.Py_ssize_t
        f: cython.Py_ssize_t
        t: cython.Py_ssize_t
        n: cython.double = self._lists.n_docs
        some: cython.double = 0.0
        all_: cython.double = 1.0
        share: cython.double
        least: cython.double
        if not self.possible or self.dated:
            return False
        for g in range(self.n_groups):
            share = 0.0
            least = 1.0
            for f in range(self._bounds[g], self._bounds[g + 1]):
                t = self._terms[f]
                if t >= self._lists.n_terms:
                    return False
                share += self._lists._doc_freq(t) / n
                if self._lists._doc_freq(t) / n < least:
                    least = self._lists._doc_freq(t) / n
            if self._kinds[g] == 2:
                share = least * least  # words of a phrase do meet
            if self._roles[g] == 1:
                all_ *= share if share < 1.0 else 1.0
            elif self._roles[g] == 0:
                some += share
        share = all_ if self.n_required else some
        return k < share * (5000.0 + 0.01 * n)

    def first(
        self,
        k: cython.Py_ssize_t,
        order: object,
        published: object,
        *,
        oldest: bool = False,
        mask: object = None,
    ) -> list | None:
        """The ``k`` newest (or oldest) documents that match; those without a date come last.

        ``order`` (``uint32``) holds the documents newest first, those without a date at the
        end, ``published`` (``int64``) their moments: equal ones come in document order. Goes
        through ``order`` until ``k`` are found, so it is for what matches often; None where
        it would have to go too far.
        """
        run: _Run
        if self.too_heavy or self.wide:
            return None
        if k <= 0 or not self.possible:
            return []
        docs: cython.pointer[cython.const[cython.uint]] = _u32(order)
        moments: cython.pointer[cython.const[cython.longlong]] = _const_longs(published)
        backwards: cython.bint = oldest
        i: cython.Py_ssize_t  # noqa: F842  # types the comprehension's
        best: _Best = _room_for(min(k, self._lists.n_docs), 1)
        run = self._begin(best, mask)
        run.threshold = 1
        with cython.nogil:
            run.walk(docs, moments, backwards)
        out = None
        if run.budget >= 0:
            out = [best.where[i] for i in range(best.size)]
        self._end(run)
        best.leave()
        return out


def doc_freq(segments: list, term: bytes) -> int:
    """How many documents hold ``term`` in all of these :class:`Lists`, deleted ones too.

    Its postings are not looked at.
    """
    total: cython.Py_ssize_t = 0
    at: cython.Py_ssize_t
    lists: Lists
    for lists in segments:
        at = lists._place(term)
        if at >= 0:
            total += lists.doc_freq(at)
    return total


def best_of(searches: list, k: cython.Py_ssize_t, masks: list, unit: cython.double) -> list | None:
    """The ``k`` best documents of all segments, best first: (score / ``unit``, segment, document).

    ``searches`` are of one query, one a segment, with their ``masks`` as :meth:`Search.best`
    takes them. Of equal scores the first segment's come first. None as there.
    """
    search: Search
    floor: cython.int = 1
    number: cython.Py_ssize_t
    i: cython.Py_ssize_t  # noqa: F842  # types the comprehension's
    for number in range(len(searches)):
        search = searches[number]
        # Ten documents of one segment are ten of all.
        if k <= 10 and search.floor > floor and masks[number] is None:
            floor = search.floor
    best: _Best | None = _best_of(searches, k, masks, floor)
    if best is None:
        return None
    found: list = [
        (best.scores[i] / unit, best.where[i] >> 32, best.where[i] & 0xFFFFFFFF)
        for i in range(best.size)
    ]
    best.leave()
    return found


@cython.cfunc
def _best_of(
    searches: list, k: cython.Py_ssize_t, masks: list, floor: cython.longlong
) -> _Best | None:
    """The ``k`` best documents of all segments with ``floor`` and more, in order."""
    search: Search
    run: _Run
    first: _Run | None = None
    last: _Run | None = None
    sums: _Sums | None = None
    number: cython.Py_ssize_t
    n_docs: cython.Py_ssize_t = 0
    for number in range(len(searches)):
        search = searches[number]
        if search.too_heavy:
            return None
        n_docs += search._lists.n_docs
    k = min(k, n_docs)  # room is made for so many, whatever is asked for
    best: _Best = _room_for(k, floor)
    if k <= 0 or floor > 0x7FFFFFFF:
        return best
    for number in range(len(searches)):
        search = searches[number]
        if not search.possible:
            continue
        run = search._begin(best, masks[number])
        run.number = number
        if search.wide:
            if sums is None:
                sums = _SUMS.pop() if _SUMS else _Sums()
            sums.reserve(search._lists.n_docs)
            run.sums = sums
        if last is None:
            first = run
        else:
            last.after = run
        last = run
    if first is not None:
        run = first
        with cython.nogil:
            run.together()
            best.put_in_order()
        while first is not None:
            run, first = first, first.after
            run.search._end(run)
    if sums is not None and sums.room <= _KEPT_SUMS and not _SUMS:
        _SUMS.append(sums)
    return best


#: Not in use at present, one at most: the memory of a new one is zeroed page by page.
_SUMS: list = []


@cython.final
@cython.cclass
class _Sums:
    """``x`` of up to ``room`` documents, all zero between two wide searches."""

    room: cython.Py_ssize_t
    x: cython.pointer[cython.double]
    _keep: object

    def __init__(self) -> None:
        self.room = 0

    @cython.cfunc
    def reserve(self, n: cython.Py_ssize_t) -> object:
        """Make room for ``n`` documents."""
        if n > self.room:
            self.room = n
            self._keep = _ZERO * n
            self.x = _doubles(self._keep)
        return None


#: Not in use at present: making one takes longer than finding ten documents of a rare word.
_BESTS: list = []


@cython.cfunc
def _room_for(k: cython.Py_ssize_t, floor: cython.longlong) -> _Best:
    """An empty heap for ``k`` documents with ``floor`` and more, used before or new."""
    best: _Best
    try:
        best = _BESTS.pop()
    except IndexError:
        best = _Best()
    if k > best.room:
        best.room = max(64, 2 * k)
        scores, where = array("i", bytes(4 * best.room)), array("Q", bytes(8 * best.room))
        best._keep = [scores, where]
        best.scores = _ints(scores)
        best.where = _ulongs(where)
    best.k = k
    best.size = 0
    best.threshold = min(max(floor, 1), 0x7FFFFFFF)
    return best


@cython.final
@cython.cclass
class _Best:
    """The best documents so far, of all segments: a heap with the worst on top.

    ``where`` is a document's segment, times 2^32, and its number there; of equal scores the
    lower one is better. What scores less than ``threshold`` cannot come in.
    """

    k: cython.Py_ssize_t
    size: cython.Py_ssize_t
    room: cython.Py_ssize_t
    threshold: cython.int
    scores: cython.pointer[cython.int]
    where: cython.pointer[cython.ulonglong]
    _keep: list

    def __init__(self) -> None:
        self.room = 0

    @cython.cfunc
    def leave(self) -> object:
        """Leave it to the next search."""
        if self.room <= _KEPT:
            _BESTS.append(self)
        return None

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    @cython.nogil
    def least(self, number: cython.ulonglong) -> cython.int:
        """The least score that comes in from segment ``number``."""
        if self.size == self.k and self.scores[0] == self.threshold:
            # Of equal scores an earlier segment's stays.
            return self.threshold + (self.where[0] >> 32 < number)
        return self.threshold

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def add(self, score: cython.int, where: cython.ulonglong) -> cython.int:
        """Put a document into the heap if it is among the best so far."""
        i: cython.Py_ssize_t
        up: cython.Py_ssize_t
        if self.size < self.k:
            i = self.size
            self.size += 1
            while i > 0:
                up = (i - 1) >> 1
                if not _worse(score, where, self.scores[up], self.where[up]):
                    break
                self.scores[i] = self.scores[up]
                self.where[i] = self.where[up]
                i = up
            self.scores[i] = score
            self.where[i] = where
        elif _worse(self.scores[0], self.where[0], score, where):
            self._sink(0, self.size, score, where)
        if self.size == self.k and self.scores[0] > self.threshold:
            self.threshold = self.scores[0]
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _sink(
        self,
        i: cython.Py_ssize_t,
        n: cython.Py_ssize_t,
        score: cython.int,
        where: cython.ulonglong,
    ) -> cython.int:
        """Put an element into the heap of ``n`` in place of the one at ``i``."""
        child: cython.Py_ssize_t
        while True:
            child = 2 * i + 1
            if child >= n:
                break
            if child + 1 < n and _worse(
                self.scores[child + 1], self.where[child + 1], self.scores[child], self.where[child]
            ):
                child += 1
            if not _worse(self.scores[child], self.where[child], score, where):
                break
            self.scores[i] = self.scores[child]
            self.where[i] = self.where[child]
            i = child
        self.scores[i] = score
        self.where[i] = where
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def put_in_order(self) -> cython.int:
        """Make the heap a list, best first."""
        n: cython.Py_ssize_t = self.size
        score: cython.int
        where: cython.ulonglong
        while n > 1:
            # The worst goes behind the others.
            n -= 1
            score = self.scores[n]
            where = self.where[n]
            self.scores[n] = self.scores[0]
            self.where[n] = self.where[0]
            self._sink(0, n, score, where)
        return 0


@cython.cfunc
def _const_ints(buffer: object) -> cython.pointer[cython.const[cython.int]]:
    if cython.compiled:
        view: cython.const[cython.int][::1] = buffer
        return cython.address(view[0])
    return buffer


@cython.cfunc
def _const_longs(buffer: object) -> cython.pointer[cython.const[cython.longlong]]:
    if cython.compiled:
        view: cython.const[cython.longlong][::1] = buffer
        return cython.address(view[0])
    return buffer


@cython.cfunc
def _shorts(buffer: object) -> cython.pointer[cython.const[cython.short]]:
    if cython.compiled:
        view: cython.const[cython.short][::1] = buffer
        return cython.address(view[0])
    return buffer


@cython.cfunc
def _const_doubles(buffer: object) -> cython.pointer[cython.const[cython.double]]:
    if cython.compiled:
        view: cython.const[cython.double][::1] = buffer
        return cython.address(view[0])
    return buffer


@cython.final
@cython.cclass
class _Run:
    """One run of a search: scratch memory that the next run of the same field uses again.

    Forms are the terms of the query. A blocked one is read where it lies. A *loose* one
    (sparse, or made for the query) has its postings copied to ``_docs`` and
    ``_loose_impacts`` and gets block tables there; all loose forms of a pooled group are
    *merged* into one list, of documents and ``x``, for a wide family or a prefix would
    have hundreds of tables. What a group is made of after that are its *units*: group
    ``g`` has those from ``_bounds[g]`` to ``_bounds[g + 1]``.
    """

    lists: Lists
    search: Search
    masked: cython.bint
    n_docs: cython.Py_ssize_t
    n_blocks: cython.Py_ssize_t
    n_groups: cython.Py_ssize_t
    n_required: cython.int
    number: cython.ulonglong  # of the segment
    best: _Best
    after: _Run  # of the next segment
    sums: _Sums  # of a wide search
    budget: cython.Py_ssize_t
    highest: cython.int  # bound of a block
    width: cython.int  # of what the queue takes for equal
    next: cython.Py_ssize_t  # block of the queue
    n_queued: cython.Py_ssize_t
    block_bytes: cython.size_t
    threshold: cython.int
    _keep: list
    # of the segment
    _lows: cython.pointer[cython.const[cython.uchar]]
    _impacts: cython.pointer[cython.const[cython.uchar]]
    _block_max: cython.pointer[cython.const[cython.uchar]]
    _mask: cython.pointer[cython.const[cython.uchar]]
    _x: cython.pointer[cython.const[cython.double]]
    # of the query
    _weights: cython.pointer[cython.int]
    _roles: cython.pointer[cython.const[cython.uchar]]
    _kinds: cython.pointer[cython.const[cython.uchar]]
    # one value a unit
    _shares: cython.pointer[cython.double]
    _gaps: cython.pointer[cython.int]
    _loose: cython.pointer[cython.uchar]  # 0 blocked, 1 loose, 2 merged
    _row: cython.pointer[cython.longlong]  # blocked: its row; loose: its row of the tables here
    _start: cython.pointer[cython.longlong]  # its first posting, in the column or in _docs
    _place: cython.pointer[cython.longlong]  # loose: (impacts, positions) in ``sparse``, two a form
    _cursor: cython.pointer[
        cython.longlong
    ]  # phrase: (pair of blocks, posting, byte), three a form
    _posting: cython.pointer[cython.longlong]  # phrase: posting of the document looked at
    _byte: cython.pointer[cython.longlong]  # phrase: where its next position stands
    _value: cython.pointer[cython.uint]  # phrase: its present position
    n_forms: cython.Py_ssize_t
    # one value a group
    _bounds: cython.pointer[cython.int]  # and one more
    _bound: cython.pointer[cython.int]
    _order: cython.pointer[cython.int]
    room_groups: cython.Py_ssize_t
    # loose postings
    _docs: cython.pointer[cython.uint]
    _loose_impacts: cython.pointer[cython.uchar]
    _xs: cython.pointer[cython.double]  # merged: beside _docs
    _raw_docs: cython.pointer[cython.uint]  # merged: before they are put in order
    _raw_xs: cython.pointer[cython.double]
    room_docs: cython.Py_ssize_t
    _loose_first: cython.pointer[cython.uint]
    _loose_max: cython.pointer[cython.uchar]
    _merged_max: cython.pointer[cython.double]
    room_tables: cython.Py_ssize_t
    # one value a block
    _upper: cython.pointer[cython.int]
    _pooled_upper: cython.pointer[cython.int]  # of pooled groups, each
    room_pooled: cython.Py_ssize_t
    _have: cython.pointer[cython.uchar]
    _sums: cython.pointer[cython.double]
    _least: cython.pointer[cython.uchar]
    _queue: cython.pointer[cython.uint]
    _bucket: cython.pointer[cython.uint]
    # one value a document of the block
    _acc: cython.pointer[cython.int]  # all zero outside of a sweep
    _sum: cython.pointer[cython.double]  # likewise
    # one value a document of the block that may still win
    _low: cython.pointer[cython.uchar]
    _score: cython.pointer[cython.int]

    def __init__(self, lists: Lists) -> None:
        self.lists = lists
        self.n_docs = lists.n_docs
        self.n_blocks = lists.n_blocks
        self._lows = lists._lows
        self._impacts = lists._impacts
        self._block_max = lists._block_max
        self._x = _const_doubles(_RATIOS)
        self.block_bytes = 4 * 256
        n = self.n_blocks + 1
        upper, have, sums = array("i", bytes(4 * n)), bytearray(n), array("d", bytes(8 * n))
        least, queue, bucket = bytearray(n), array("I", bytes(4 * n)), array("I", bytes(4 * 1026))
        acc, sum_ = array("i", bytes(4 * 256)), array("d", bytes(8 * 256))
        low, score = bytearray(256), array("i", bytes(4 * 256))
        self._keep = [
            [upper, have, sums, least, queue, bucket, acc, sum_, low, score],
            None,
            None,
            None,
            None,
            None,
        ]
        self._upper = _ints(upper)
        self._have = _bytes(have)
        self._sums = _doubles(sums)
        self._least = _bytes(least)
        self._queue = _uints(queue)
        self._bucket = _uints(bucket)
        self._acc = _ints(acc)
        self._sum = _doubles(sum_)
        self._low = _bytes(low)
        self._score = _ints(score)
        self.n_forms = 0
        self.room_groups = 0
        self.room_docs = 0
        self.room_tables = 0
        self.after = None
        self.room_pooled = 0
        self._pooled_upper = self._upper  # until there is a pooled group

    @cython.cfunc
    def reserve(self, search: Search) -> object:
        """Make room for a search."""
        n: cython.Py_ssize_t
        self.search = search
        self.lists = search._lists
        self.n_groups = search.n_groups
        self.n_required = search.n_required
        self._weights = search._weights
        self._roles = search._roles
        self._kinds = search._kinds
        self.number = 0
        n = search.n_forms + 1
        if n > self.n_forms:
            n = max(16, 2 * n)
            self.n_forms = n
            loose = bytearray(n)
            arrays = [array("q", bytes(8 * n * m)) for m in (1, 1, 2, 3, 1, 1)]
            value, gaps = array("I", bytes(4 * n)), array("i", bytes(4 * n))
            shares = array("d", bytes(8 * n))
            self._keep[1] = [loose, arrays, value, gaps, shares]
            self._shares = _doubles(shares)
            self._gaps = _ints(gaps)
            self._loose = _bytes(loose)
            self._row = _longs(arrays[0])
            self._start = _longs(arrays[1])
            self._place = _longs(arrays[2])
            self._cursor = _longs(arrays[3])
            self._posting = _longs(arrays[4])
            self._byte = _longs(arrays[5])
            self._value = _uints(value)
        n = search.n_groups + 1
        if n > self.room_groups:
            n = max(16, 2 * n)
            self.room_groups = n
            bound, order = array("i", bytes(4 * n)), array("i", bytes(4 * n))
            bounds = array("i", bytes(4 * n))
            self._keep[2] = [bound, order, bounds]
            self._bounds = _ints(bounds)
            self._bound = _ints(bound)
            self._order = _ints(order)
        n = search.room + 1
        if n > self.room_docs:
            n = max(1024, n + n // 2)
            self.room_docs = n
            docs, impacts = array("I", bytes(4 * n)), bytearray(n)
            xs, raw_docs = array("d", bytes(8 * n)), array("I", bytes(4 * n))
            raw_xs = array("d", bytes(8 * n))
            self._keep[3] = [docs, impacts, xs, raw_docs, raw_xs]
            self._docs = _uints(docs)
            self._loose_impacts = _bytes(impacts)
            self._xs = _doubles(xs)
            self._raw_docs = _uints(raw_docs)
            self._raw_xs = _doubles(raw_xs)
        n = search.n_loose + 1
        if n > self.room_tables:
            n = max(4, n + n // 2)
            self.room_tables = n
            first = array("I", bytes(4 * n * (self.n_blocks + 1)))
            top, most = (
                bytearray(n * self.n_blocks + 1),
                array("d", bytes(8 * n * self.n_blocks + 8)),
            )
            self._keep[4] = [first, top, most]
            self._loose_first = _uints(first)
            self._loose_max = _bytes(top)
            self._merged_max = _doubles(most)
        n = search.n_groups if search.pools else 0
        if n > self.room_pooled:
            self.room_pooled = n
            pooled = array("i", bytes(4 * n * self.n_blocks))
            self._keep[5] = pooled
            self._pooled_upper = _ints(pooled)
        return None

    # ---- where postings lie ----------------------------------------------------------

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _gather(self, tables: cython.bint) -> cython.int:
        """Make the units: find every form's postings; copy the loose ones, merge those of
        pooled groups, and give them block tables."""
        used: cython.Py_ssize_t = 0
        table: cython.Py_ssize_t = 0
        unit: cython.Py_ssize_t = 0
        g: cython.Py_ssize_t
        f: cython.Py_ssize_t
        t: cython.Py_ssize_t
        n: cython.Py_ssize_t
        before: cython.Py_ssize_t
        i: cython.Py_ssize_t
        merged: cython.bint
        for g in range(self.n_groups):
            self._bounds[g] = unit
            before = used
            merged = False
            for f in range(self.search._bounds[g], self.search._bounds[g + 1]):
                t = self.search._terms[f]
                self._shares[unit] = self.search._shares[f]
                if t < self.lists.n_terms and self.lists._list_at[t] >> 31:
                    self._loose[unit] = 0
                    self._row[unit] = self.lists._list_at[t] & 0x7FFFFFFF
                    self._start[unit] = self.lists._row_at[self._row[unit]]
                    self._cursor[3 * unit] = -1
                    self._gaps[unit] = self.search._gaps[f]
                    unit += 1
                    continue
                n = self._copy(unit, t, used)
                if self._kinds[g] == 1:
                    for i in range(used, used + n):
                        self._raw_docs[i] = self._docs[i]
                        self._raw_xs[i] = self._shares[unit] * self._x[self._loose_impacts[i]]
                    merged = True
                    used += n
                    continue
                self._loose[unit] = 1
                self._row[unit] = table
                self._start[unit] = used
                self._gaps[unit] = self.search._gaps[f]
                if tables:
                    self._tabulate(table, used, n)
                table += 1
                unit += 1
                used += n
            if merged:
                self._loose[unit] = 2
                self._row[unit] = table
                self._start[unit] = before
                self._merge(table, before, used)
                table += 1
                unit += 1
        self._bounds[self.n_groups] = unit
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _copy(
        self, unit: cython.Py_ssize_t, t: cython.Py_ssize_t, used: cython.Py_ssize_t
    ) -> cython.Py_ssize_t:
        """Copy the postings of a loose form; returns how many."""
        i: cython.Py_ssize_t
        n: cython.Py_ssize_t
        at: cython.Py_ssize_t
        if t < self.lists.n_terms:
            return self._open(unit, t, used)
        t -= self.lists.n_terms
        at = self.search._starts[t]
        n = self.search._starts[t + 1] - at
        for i in range(n):
            self._docs[used + i] = self.search._made_docs[at + i]
            self._loose_impacts[used + i] = self.search._made_impacts[at + i]
        return n

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _open(
        self, f: cython.Py_ssize_t, t: cython.Py_ssize_t, used: cython.Py_ssize_t
    ) -> cython.Py_ssize_t:
        """Copy the postings of a sparse term; returns how many."""
        i: cython.Py_ssize_t
        at: cython.Py_ssize_t
        n: cython.Py_ssize_t
        if cython.compiled:
            n = self.lists._open(t, self._docs, used, self._place + 2 * f)
        else:
            places = array("q", bytes(16))
            n = self.lists._open(t, self._docs, used, places)
            self._place[2 * f] = places[0]
            self._place[2 * f + 1] = places[1]
        at = self._place[2 * f]
        for i in range(n):
            self._loose_impacts[used + i] = self.lists._sparse[at + i]
        self._cursor[3 * f] = 0
        self._cursor[3 * f + 1] = 0
        self._cursor[3 * f + 2] = self._place[2 * f + 1]
        return n

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _merge(
        self, table: cython.Py_ssize_t, start: cython.Py_ssize_t, end: cython.Py_ssize_t
    ) -> cython.int:
        """Make one list of the raw postings from ``start`` to ``end``, with block tables.

        It is in order of blocks alone, and a document may be there several times: who reads a
        block adds up whatever it has. Only the highest sum of each block is needed now.
        """
        n: cython.Py_ssize_t = self.n_blocks
        first: cython.Py_ssize_t = table * (n + 1)
        top: cython.Py_ssize_t = table * n
        docs: cython.pointer[cython.uint] = self._docs
        xs: cython.pointer[cython.double] = self._xs
        raw: cython.pointer[cython.uint] = self._raw_docs
        raw_xs: cython.pointer[cython.double] = self._raw_xs
        begins: cython.pointer[cython.uint] = self._loose_first
        sums: cython.pointer[cython.double] = self._sum
        most: cython.double
        x: cython.double
        b: cython.Py_ssize_t
        i: cython.Py_ssize_t
        at: cython.Py_ssize_t
        stop: cython.Py_ssize_t
        for b in range(n + 1):
            begins[first + b] = 0
        for i in range(start, end):
            begins[first + (raw[i] >> 8) + 1] += 1
        for b in range(n):
            begins[first + b + 1] += begins[first + b]
        for i in range(start, end):
            b = raw[i] >> 8
            at = start + begins[first + b]
            begins[first + b] += 1
            docs[at] = raw[i]
            xs[at] = raw_xs[i]
        # Each entry holds the end of its block now, which is the next one's begin.
        for b in range(n, 0, -1):
            begins[first + b] = begins[first + b - 1]
        begins[first] = 0
        stop = start
        for b in range(n):
            at = stop
            stop = start + begins[first + b + 1]
            most = 0.0
            for i in range(at, stop):
                x = sums[docs[i] & 255] + xs[i]
                sums[docs[i] & 255] = x
                most = x if x > most else most
            for i in range(at, stop):
                sums[docs[i] & 255] = 0.0
            self._merged_max[top + b] = most
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _tabulate(
        self, table: cython.Py_ssize_t, at: cython.Py_ssize_t, n: cython.Py_ssize_t
    ) -> cython.int:
        """Give loose postings the block tables that a blocked list has stored."""
        first: cython.Py_ssize_t = table * (self.n_blocks + 1)
        top: cython.Py_ssize_t = table * self.n_blocks
        b: cython.Py_ssize_t = 0
        here: cython.Py_ssize_t
        i: cython.Py_ssize_t
        impact: cython.uchar
        if cython.compiled:
            memset(self._loose_max + top, 0, self.n_blocks)
        else:
            for i in range(self.n_blocks):
                self._loose_max[top + i] = 0
        self._loose_first[first] = 0
        for i in range(n):
            here = self._docs[at + i] >> 8
            while b < here:
                b += 1
                self._loose_first[first + b] = i
            impact = self._loose_impacts[at + i]
            if impact > self._loose_max[top + b]:
                self._loose_max[top + b] = impact
        while b < self.n_blocks:
            b += 1
            self._loose_first[first + b] = n
        return 0

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    @cython.nogil
    def _begin(self, f: cython.Py_ssize_t, b: cython.Py_ssize_t) -> cython.Py_ssize_t:
        """The first posting of form ``f`` in or after block ``b``, counted from its own."""
        if self._loose[f]:
            return self._loose_first[self._row[f] * (self.n_blocks + 1) + b]
        return self.lists._begin(self._row[f], b)

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    @cython.nogil
    def _max(self, f: cython.Py_ssize_t, b: cython.Py_ssize_t) -> cython.int:
        """The highest impact of form ``f`` in block ``b``; 0 if it has none there."""
        if self._loose[f]:
            return self._loose_max[self._row[f] * self.n_blocks + b]
        return self._block_max[self._row[f] * self.n_blocks + b]

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _find(
        self, f: cython.Py_ssize_t, b: cython.Py_ssize_t, low: cython.int
    ) -> cython.Py_ssize_t:
        """The posting of form ``f`` at place ``low`` of block ``b``, or -1; from its own first."""
        i: cython.Py_ssize_t = self._begin(f, b)
        end: cython.Py_ssize_t = self._begin(f, b + 1)
        at: cython.Py_ssize_t = self._start[f]
        doc: cython.uint
        if self._loose[f]:
            doc = (b << 8) | low
            while i < end and self._docs[at + i] < doc:
                i += 1
            return i if i < end and self._docs[at + i] == doc else -1
        if cython.compiled:
            there = memchr(self._lows + at + i, low, end - i)
            if there == cython.NULL:
                return -1
            return cython.cast(cython.pointer[cython.const[cython.uchar]], there) - (
                self._lows + at
            )
        while i < end:
            if self._lows[at + i] == low:
                return i
            i += 1
        return -1

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    @cython.nogil
    def _most(self, f: cython.Py_ssize_t, b: cython.Py_ssize_t) -> cython.double:
        """The highest ``x`` that unit ``f`` of a pooled group adds in block ``b``."""
        if self._loose[f] == 2:
            return self._merged_max[self._row[f] * self.n_blocks + b]
        return self._shares[f] * self._x[self._block_max[self._row[f] * self.n_blocks + b]]

    # ---- scores ----------------------------------------------------------------------

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    @cython.nogil
    def _pooled(self, g: cython.Py_ssize_t, x: cython.double) -> cython.int:
        """What a pooled group adds."""
        score: cython.int = cython.cast(
            cython.int, 255.0 * self._weights[g] * (x / (1.0 + x)) + 0.5
        )
        return score if score > 1 else 1

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _reaching(self, g: cython.Py_ssize_t, score: cython.int) -> cython.double:
        """A positive ``x``, of which nothing below makes the pooled group ``g`` add ``score``."""
        s: cython.double = (score - 0.5) / (255.0 * self._weights[g])
        if score <= 1:
            return 1e-10  # x above 0 is 2^-32 or more: shares count 2^-14, ratios 2^-18
        if s >= 1.0:
            return 1e300
        return s / (1.0 - s) * (1.0 - 1e-9)  # in doubles it might be rounded up

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _group_bound(self, g: cython.Py_ssize_t, b: cython.Py_ssize_t) -> cython.int:
        """No document of block ``b`` gets more than this from group ``g``; 0 if none has it."""
        top: cython.int
        least: cython.int = 255
        f: cython.Py_ssize_t
        if self._bounds[g] == self._bounds[g + 1]:
            return 0
        if self._kinds[g] == 0:
            return self._weights[g] * self._max(self._bounds[g], b)
        if self._kinds[g] == 2:
            for f in range(self._bounds[g], self._bounds[g + 1]):
                top = self._max(f, b)
                if top < least:
                    least = top
            return self._weights[g] * least
        return self._pooled_upper[g * self.n_blocks + b]

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _bounds_of_all(self) -> cython.int:
        """``_upper``: no document of a block scores more; ``_have``: required groups in it."""
        b: cython.Py_ssize_t
        g: cython.Py_ssize_t
        f: cython.Py_ssize_t
        n: cython.Py_ssize_t = self.n_blocks
        row: cython.Py_ssize_t
        weight: cython.int
        top: cython.int
        share: cython.double
        most: cython.double
        x: cython.double
        tops: cython.pointer[cython.const[cython.uchar]]
        upper: cython.pointer[cython.int] = self._upper
        pooled: cython.pointer[cython.int] = self._pooled_upper
        have: cython.pointer[cython.uchar] = self._have
        least: cython.pointer[cython.uchar] = self._least
        sums: cython.pointer[cython.double] = self._sums
        for b in range(n):
            upper[b] = 0
        if self.n_required:
            for b in range(n):
                have[b] = 0
        for g in range(self.n_groups):
            if self._bounds[g] == self._bounds[g + 1]:
                continue
            weight = self._weights[g]
            if self._kinds[g] == 1:
                for b in range(n):
                    sums[b] = 0.0
                for f in range(self._bounds[g], self._bounds[g + 1]):
                    share = self._shares[f]
                    row = self._row[f] * n
                    if self._loose[f]:
                        for b in range(n):
                            sums[b] += self._merged_max[row + b]
                        continue
                    tops = self._block_max
                    for b in range(n):
                        sums[b] += share * self._x[tops[row + b]]
                most = 255.0 * weight
                row = g * n
                # Without a branch: two at a time, as in _accumulate.
                for b in range(n):
                    x = sums[b]
                    top = cython.cast(cython.int, most * (x / (1.0 + x)) + 0.5)
                    top += (top < 1) & (x > 0.0)
                    pooled[row + b] = top
                    upper[b] += top
                if self._roles[g] == 1:
                    for b in range(n):
                        have[b] += pooled[row + b] > 0
                continue
            f = self._bounds[g]
            row = self._row[f] * n
            tops = self._loose_max if self._loose[f] else self._block_max
            if self._kinds[g] == 2:
                for b in range(n):
                    least[b] = tops[row + b]
                for f in range(self._bounds[g] + 1, self._bounds[g + 1]):
                    row = self._row[f] * n
                    tops = self._loose_max if self._loose[f] else self._block_max
                    for b in range(n):
                        least[b] = least[b] if least[b] < tops[row + b] else tops[row + b]
                tops = least
                row = 0
            for b in range(n):
                upper[b] += weight * tops[row + b]
            if self._roles[g] == 1:
                for b in range(n):
                    have[b] += tops[row + b] > 0
        if self.n_required:
            for b in range(n):
                upper[b] = upper[b] if have[b] == self.n_required else 0
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _look_up(
        self, g: cython.Py_ssize_t, b: cython.Py_ssize_t, low: cython.int, need: cython.int
    ) -> cython.int:
        """What group ``g`` adds to one document, or 0 if that is less than ``need``."""
        docs: cython.pointer[cython.uint] = self._docs
        x: cython.double = 0.0
        f: cython.Py_ssize_t = self._bounds[g]
        i: cython.Py_ssize_t
        if self._kinds[g] == 0:
            i = self._find(f, b, low)
            return 0 if i < 0 else self._weights[g] * self._impact(f, i)
        if self._kinds[g] == 2:
            return self._phrase(g, b, low, need)
        for f in range(self._bounds[g], self._bounds[g + 1]):
            if self._most(f, b) == 0.0:
                continue
            if self._loose[f]:
                for i in range(
                    self._start[f] + self._begin(f, b), self._start[f] + self._begin(f, b + 1)
                ):
                    if docs[i] & 255 == low:
                        x += self._xs[i]
                continue
            i = self._find(f, b, low)
            if i >= 0:
                x += self._shares[f] * self._x[self._impacts[self._start[f] + i]]
        return self._pooled(g, x) if x > 0.0 else 0

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    @cython.nogil
    def _impact(self, f: cython.Py_ssize_t, i: cython.Py_ssize_t) -> cython.int:
        """The impact of posting ``i`` of form ``f``."""
        if self._loose[f]:
            return self._loose_impacts[self._start[f] + i]
        return self._impacts[self._start[f] + i]

    # ---- phrases ---------------------------------------------------------------------

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _phrase(
        self, g: cython.Py_ssize_t, b: cython.Py_ssize_t, low: cython.int, need: cython.int
    ) -> cython.int:
        """What a phrase adds to one document, or 0 if that is less than ``need``.

        The phrase stands there at most as often as each of its words, so it saturates to
        at most the least of their impacts: most documents are dropped before a position is
        read.
        """
        f: cython.Py_ssize_t
        first: cython.Py_ssize_t = self._bounds[g]
        last: cython.Py_ssize_t = self._bounds[g + 1]
        i: cython.Py_ssize_t
        least: cython.int = 255
        impact: cython.int
        count: cython.int
        tf: cython.double
        norm: cython.double
        for f in range(first, last):
            i = self._find(f, b, low)
            if i < 0:
                return 0
            self._posting[f] = i
            impact = self._impact(f, i)
            if impact < least:
                least = impact
        if self._weights[g] * least < need:
            return 0
        for f in range(first, last):
            self._seek(f, b)
        count = self._count(first, last)
        if count == 0:
            return 0
        tf = count
        norm = self.search.k1 * (
            1.0
            - self.search.b
            + self.search.b * self.search._lengths[(b << 8) | low] / self.search.pivot
        )
        impact = cython.cast(cython.int, 255.0 * tf / (tf + norm) + 0.5)
        if impact < 1:
            impact = 1
        return self._weights[g] * impact

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _seek(self, f: cython.Py_ssize_t, b: cython.Py_ssize_t) -> cython.int:
        """``_byte`` of form ``f``: where the positions of ``_posting`` start."""
        c: cython.Py_ssize_t = 3 * f
        i: cython.Py_ssize_t = self._posting[f]
        row: cython.Py_ssize_t
        if self._loose[f]:
            if i < self._cursor[c + 1]:
                self._cursor[c + 1] = 0
                self._cursor[c + 2] = self._place[2 * f + 1]
            self._cursor[c + 2] = _skip(
                self.lists._sparse, self._cursor[c + 2], i - self._cursor[c + 1]
            )
        else:
            if self._cursor[c] != b >> 1 or i < self._cursor[c + 1]:
                row = self._row[f]
                self._cursor[c] = b >> 1
                self._cursor[c + 1] = self.lists._begin(row, b & ~1)
                self._cursor[c + 2] = (
                    self.lists._row_positions[row]
                    + self.lists._block_position[row * self.lists.n_pairs + (b >> 1)]
                )
            self._cursor[c + 2] = _skip(
                self.lists._positions_column, self._cursor[c + 2], i - self._cursor[c + 1]
            )
        self._cursor[c + 1] = i
        self._byte[f] = self._cursor[c + 2]
        return 0

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    @cython.nogil
    def _next(self, f: cython.Py_ssize_t) -> cython.bint:
        """Read the next position of form ``f`` into ``_value``; False behind the last one."""
        data: cython.pointer[cython.const[cython.uchar]]
        at: cython.Py_ssize_t = self._byte[f]
        delta: cython.uint = 0
        shift: cython.int = 0
        byte: cython.uint
        if at < 0:
            return False
        data = self.lists._sparse if self._loose[f] else self.lists._positions_column
        byte = data[at]
        at += 1
        while byte >= 128:
            delta |= (byte & 127) << shift
            shift += 7
            byte = data[at]
            at += 1
        self._value[f] += delta | ((byte & 63) << shift)
        self._byte[f] = -1 if byte & 64 else at
        return True

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _count(self, first: cython.Py_ssize_t, last: cython.Py_ssize_t) -> cython.int:
        """How often the forms stand in a row, each ``_gaps`` after the first one's place."""
        gaps: cython.pointer[cython.int] = self._gaps
        f: cython.Py_ssize_t
        target: cython.longlong = 0
        here: cython.longlong
        count: cython.int = 0
        for f in range(first, last):
            self._value[f] = 0
            if not self._next(f):
                return 0
        while True:
            # ``target`` is the place of the first word that the forms before f agree on.
            target = cython.cast(cython.longlong, self._value[first])
            f = first + 1
            while f < last:
                here = cython.cast(cython.longlong, self._value[f]) - gaps[f]
                while here < target:
                    if not self._next(f):
                        return count
                    here = cython.cast(cython.longlong, self._value[f]) - gaps[f]
                if here > target:
                    break
                f += 1
            if f == last:
                count += 1
                if not self._next(first):
                    return count
            else:
                while cython.cast(cython.longlong, self._value[first]) < here:
                    if not self._next(first):
                        return count

    # ---- one block -------------------------------------------------------------------

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _block(self, b: cython.Py_ssize_t) -> cython.int:
        """Offer every document of block ``b`` that may still win.

        Groups that cannot win without the others are only looked up for documents that the
        others bring (MaxScore); of required groups, the one with the fewest postings here
        brings the documents.
        """
        g: cython.Py_ssize_t
        i: cython.Py_ssize_t
        n: cython.Py_ssize_t = self.n_groups
        rest: cython.int = 0
        fewest: cython.Py_ssize_t = 1 << 40
        size: cython.Py_ssize_t
        driver: cython.int = -1
        m: cython.Py_ssize_t = 0
        for g in range(n):
            self._bound[g] = self._group_bound(g, b)
            if self._bound[g] == 0:
                if self._roles[g] == 1:
                    return 0
                continue
            if self._roles[g] == 1:
                size = self._postings(g, b)
                if size < fewest:
                    fewest = size
                    driver = g
            # Looked up last to first: required groups, then optional ones by falling
            # bound, extras last.
            i = m
            m += 1
            while i > 0 and self._before(g, self._order[i - 1]):
                self._order[i] = self._order[i - 1]
                i -= 1
            self._order[i] = g
        if driver >= 0:
            i = 0
            while self._order[i] != driver:
                rest += self._bound[self._order[i]]
                i += 1
            while i < m - 1:
                self._order[i] = self._order[i + 1]
                rest += self._bound[self._order[i]]
                i += 1
            self._order[i] = driver
        else:
            i = 0
            while i < m:
                g = self._order[i]
                if self._roles[g] == 0 and rest + self._bound[g] >= self.threshold:
                    break
                rest += self._bound[g]
                i += 1
            if i == m:
                return 0
        if i == m - 1:
            g = self._order[i]
            if rest + self._bound[g] < self.threshold:
                return 0
            if self._kinds[g] == 0:
                return self._drive(g, b, i, rest)
            if self._kinds[g] == 2:
                return self._drive_phrase(g, b, i, rest)
        return self._sweep(b, i, m, rest)

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    @cython.nogil
    def _before(self, a: cython.Py_ssize_t, b: cython.Py_ssize_t) -> cython.bint:
        """Order of the groups in a block: extra, optional, required; weaker first."""
        x: cython.int = 1 - self._roles[a] if self._roles[a] < 2 else 2
        y: cython.int = 1 - self._roles[b] if self._roles[b] < 2 else 2
        if x != y:
            return x > y
        return self._bound[a] < self._bound[b]

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _postings(self, g: cython.Py_ssize_t, b: cython.Py_ssize_t) -> cython.Py_ssize_t:
        """How many postings must be gone through for the documents of a group in a block."""
        f: cython.Py_ssize_t
        total: cython.Py_ssize_t = 0
        size: cython.Py_ssize_t
        for f in range(self._bounds[g], self._bounds[g + 1]):
            size = self._begin(f, b + 1) - self._begin(f, b)
            if self._kinds[g] != 2:
                total += size
            elif total == 0 or size < total:
                total = size
        # Pooled groups and phrases cost more a document.
        return 2 * total if self._kinds[g] else total

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _drive(
        self, g: cython.Py_ssize_t, b: cython.Py_ssize_t, i: cython.Py_ssize_t, rest: cython.int
    ) -> cython.int:
        """Offer the documents of one term; groups ``_order[:i]`` are looked up."""
        f: cython.Py_ssize_t = self._bounds[g]
        j: cython.Py_ssize_t = self._start[f] + self._begin(f, b)
        end: cython.Py_ssize_t = self._start[f] + self._begin(f, b + 1)
        weight: cython.int = self._weights[g]
        lows: cython.pointer[cython.const[cython.uchar]] = self._lows
        impacts: cython.pointer[cython.const[cython.uchar]]
        level: cython.int = 1
        loose: cython.bint = self._loose[f]
        need: cython.int = self.threshold - rest
        if need > weight:
            level = (need + weight - 1) // weight
        impacts = self._loose_impacts if loose else self._impacts
        while j < end:
            if impacts[j] >= level:
                self._offer(
                    b, self._docs[j] & 255 if loose else lows[j], weight * impacts[j], i, rest
                )
                need = self.threshold - rest
                if need > weight:
                    level = (need + weight - 1) // weight
            j += 1
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _drive_phrase(
        self, g: cython.Py_ssize_t, b: cython.Py_ssize_t, i: cython.Py_ssize_t, rest: cython.int
    ) -> cython.int:
        """Offer the documents of a phrase, found by the rarest of its words here."""
        f: cython.Py_ssize_t = self._rarest(g, b)
        j: cython.Py_ssize_t = self._begin(f, b)
        end: cython.Py_ssize_t = self._begin(f, b + 1)
        at: cython.Py_ssize_t = self._start[f]
        weight: cython.int = self._weights[g]
        low: cython.int
        score: cython.int
        while j < end:
            if weight * self._impact(f, j) + rest >= self.threshold:
                low = self._docs[at + j] & 255 if self._loose[f] else self._lows[at + j]
                # The other required words are looked up before positions are read.
                if i == 0 or self._has_required(b, low, i):
                    score = self._phrase(g, b, low, self.threshold - rest)
                    if score:
                        self._offer(b, low, score, i, rest)
            j += 1
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _has_required(
        self, b: cython.Py_ssize_t, low: cython.int, i: cython.Py_ssize_t
    ) -> cython.bint:
        """Whether the document has the required single terms among ``_order[:i]``."""
        g: cython.Py_ssize_t
        while i > 0:
            i -= 1
            g = self._order[i]
            if self._roles[g] != 1:
                return True
            if self._kinds[g] == 0 and self._find(self._bounds[g], b, low) < 0:
                return False
        return True

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _rarest(self, g: cython.Py_ssize_t, b: cython.Py_ssize_t) -> cython.Py_ssize_t:
        """The form of group ``g`` with the fewest postings in block ``b``."""
        f: cython.Py_ssize_t
        size: cython.Py_ssize_t
        best: cython.Py_ssize_t = self._bounds[g]
        fewest: cython.Py_ssize_t = 1 << 40
        for f in range(self._bounds[g], self._bounds[g + 1]):
            size = self._begin(f, b + 1) - self._begin(f, b)
            if size < fewest:
                fewest = size
                best = f
        return best

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _sweep(
        self, b: cython.Py_ssize_t, i: cython.Py_ssize_t, m: cython.Py_ssize_t, rest: cython.int
    ) -> cython.int:
        """Add the groups ``_order[i:m]`` up for the whole block; what is high enough then gets
        what the others add, group by group, and is dropped as soon as it cannot win."""
        lows: cython.pointer[cython.uchar] = self._low
        scores: cython.pointer[cython.int] = self._score
        j: cython.Py_ssize_t
        n: cython.Py_ssize_t
        kept: cython.Py_ssize_t
        low: cython.Py_ssize_t
        g: cython.int
        more: cython.int
        wholly: cython.bint
        pooled: cython.bint
        if i == m - 1 and self._kinds[self._order[i]] == 1:
            n = self._select(self._order[i], b, self.threshold - rest)
        else:
            for j in range(i, m):
                self._accumulate(self._order[j], b)
            n = self._collect(b, i, m, self.threshold - rest)
        while i > 0 and n > 0:
            i -= 1
            g = self._order[i]
            rest -= self._bound[g]
            pooled = self._kinds[g] == 1
            wholly = self._sooner_whole(g, b, n)
            if wholly:
                if pooled:
                    self._add_up(g, b)
                else:
                    self._accumulate(g, b)
            kept = 0
            for j in range(n):
                low = lows[j]
                if not wholly:
                    more = self._look_up(g, b, low, self.threshold - scores[j] - rest)
                elif pooled:
                    more = self._pooled(g, self._sum[low]) if self._sum[low] > 0.0 else 0
                else:
                    more = self._acc[low]
                if scores[j] + more + rest >= self.threshold and (more or self._roles[g] != 1):
                    lows[kept] = low
                    scores[kept] = scores[j] + more
                    kept += 1
            n = kept
            if wholly:
                self._clear(pooled)
        for j in range(n):
            if scores[j] >= self.threshold:
                self._keep_best(scores[j], (b << 8) | lows[j])
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _add_up(self, g: cython.Py_ssize_t, b: cython.Py_ssize_t) -> cython.Py_ssize_t:
        """Add ``x`` of a pooled group to the sums of block ``b``; returns of how many postings."""
        sums: cython.pointer[cython.double] = self._sum
        of: cython.pointer[cython.const[cython.double]] = self._x
        lows: cython.pointer[cython.const[cython.uchar]] = self._lows
        impacts: cython.pointer[cython.const[cython.uchar]] = self._impacts
        docs: cython.pointer[cython.uint] = self._docs
        xs: cython.pointer[cython.double] = self._xs
        share: cython.double
        f: cython.Py_ssize_t
        j: cython.Py_ssize_t
        end: cython.Py_ssize_t
        n: cython.Py_ssize_t = 0
        for f in range(self._bounds[g], self._bounds[g + 1]):
            share = self._shares[f]
            j = self._start[f] + self._begin(f, b)
            end = self._start[f] + self._begin(f, b + 1)
            n += end - j
            if self._loose[f]:
                while j < end:
                    sums[docs[j] & 255] += xs[j]
                    j += 1
            else:
                while j < end:
                    sums[lows[j]] += share * of[impacts[j]]
                    j += 1
        return n

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _select(
        self, g: cython.Py_ssize_t, b: cython.Py_ssize_t, need: cython.int
    ) -> cython.Py_ssize_t:
        """Put the documents of block ``b`` to which a pooled group adds ``need`` into ``_low``
        and ``_score``; returns how many. Only of these the score is computed."""
        sums: cython.pointer[cython.double] = self._sum
        chosen: cython.pointer[cython.uchar] = self._low
        scores: cython.pointer[cython.int] = self._score
        docs: cython.pointer[cython.uint] = self._docs
        lows: cython.pointer[cython.const[cython.uchar]] = self._lows
        least: cython.double = self._reaching(g, need)
        low: cython.Py_ssize_t = 0
        f: cython.Py_ssize_t
        j: cython.Py_ssize_t
        end: cython.Py_ssize_t
        n: cython.Py_ssize_t = 0
        kept: cython.Py_ssize_t = 0
        hit: cython.longlong  # as wide as a double: the compiler makes two comparisons at a time
        if self._add_up(g, b) > 80:
            while low < 256:
                hit = 0
                for j in range(16):
                    hit |= sums[low + j] >= least
                if hit:
                    for j in range(low, low + 16):
                        if sums[j] >= least:
                            chosen[n] = j
                            scores[n] = self._pooled(g, sums[j])
                            n += 1
                low += 16
            self._clear(True)
        else:
            for f in range(self._bounds[g], self._bounds[g + 1]):
                j = self._start[f] + self._begin(f, b)
                end = self._start[f] + self._begin(f, b + 1)
                while j < end:
                    low = docs[j] & 255 if self._loose[f] else lows[j]
                    if sums[low] >= least:
                        chosen[n] = low
                        scores[n] = self._pooled(g, sums[low])
                        n += 1
                    sums[low] = 0.0
                    j += 1
        for j in range(n):
            low = chosen[j]
            if self._passes((b << 8) | low):
                chosen[kept] = low
                scores[kept] = scores[j]
                kept += 1
        return kept

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _collect(
        self, b: cython.Py_ssize_t, i: cython.Py_ssize_t, m: cython.Py_ssize_t, least: cython.int
    ) -> cython.Py_ssize_t:
        """Put the documents with ``least`` and more in the accumulators into ``_low`` and
        ``_score``, and zero into the accumulators; ``_order[i:m]`` have filled them."""
        acc: cython.pointer[cython.int] = self._acc
        lows: cython.pointer[cython.uchar] = self._low
        scores: cython.pointer[cython.int] = self._score
        g: cython.Py_ssize_t
        j: cython.Py_ssize_t
        f: cython.Py_ssize_t
        end: cython.Py_ssize_t
        n: cython.Py_ssize_t = 0
        size: cython.Py_ssize_t = 0
        low: cython.Py_ssize_t
        score: cython.int
        hit: cython.int
        if least < 1:
            least = 1
        for j in range(i, m):
            g = self._order[j]
            for f in range(self._bounds[g], self._bounds[g + 1]):
                size += self._begin(f, b + 1) - self._begin(f, b)
        if size > 80:
            low = 0
            while low < 256:
                hit = 0
                for j in range(16):
                    hit |= acc[low + j] >= least
                if hit:
                    for j in range(low, low + 16):
                        if acc[j] >= least and self._passes((b << 8) | j):
                            lows[n] = j
                            scores[n] = acc[j]
                            n += 1
                low += 16
            self._clear(False)
            return n
        while i < m:
            g = self._order[i]
            i += 1
            for f in range(self._bounds[g], self._bounds[g + 1]):
                j = self._start[f] + self._begin(f, b)
                end = self._start[f] + self._begin(f, b + 1)
                while j < end:
                    low = self._docs[j] & 255 if self._loose[f] else self._lows[j]
                    score = acc[low]
                    acc[low] = 0
                    if score >= least and self._passes((b << 8) | low):
                        lows[n] = low
                        scores[n] = score
                        n += 1
                    j += 1
        return n

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    @cython.nogil
    def _clear(self, sums: cython.bint) -> cython.int:
        """Bring the accumulators, or the sums, back to zero."""
        low: cython.Py_ssize_t
        if cython.compiled:
            # Of a length the compiler knows it makes a slow loop of its own.
            if sums:
                memset(self._sum, 0, 2 * self.block_bytes)
            else:
                memset(self._acc, 0, self.block_bytes)
        else:
            for low in range(256):
                if sums:
                    self._sum[low] = 0.0
                else:
                    self._acc[low] = 0
        return 0

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    @cython.nogil
    def _sooner_whole(
        self, g: cython.Py_ssize_t, b: cython.Py_ssize_t, n: cython.Py_ssize_t
    ) -> cython.bint:
        """Whether a group is sooner added up for a block than looked up for ``n`` documents."""
        f: cython.Py_ssize_t
        size: cython.Py_ssize_t = 0
        here: cython.Py_ssize_t
        looks: cython.Py_ssize_t = 0
        if self._kinds[g] == 2:
            return False
        for f in range(self._bounds[g], self._bounds[g + 1]):
            here = self._begin(f, b + 1) - self._begin(f, b)
            size += here
            looks += n * (here > 0)
        return 32 + size < 8 * looks

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _accumulate(self, g: cython.Py_ssize_t, b: cython.Py_ssize_t) -> cython.int:
        """Add group ``g`` to the accumulators of block ``b``."""
        f: cython.Py_ssize_t = self._bounds[g]
        j: cython.Py_ssize_t
        end: cython.Py_ssize_t
        low: cython.int
        share: cython.double
        weight: cython.int = self._weights[g]
        acc: cython.pointer[cython.int] = self._acc
        sums: cython.pointer[cython.double] = self._sum
        lows: cython.pointer[cython.const[cython.uchar]] = self._lows
        impacts: cython.pointer[cython.const[cython.uchar]] = self._impacts
        of: cython.pointer[cython.const[cython.double]] = self._x
        docs: cython.pointer[cython.uint] = self._docs
        its: cython.pointer[cython.uchar] = self._loose_impacts
        x: cython.double
        score: cython.int
        most: cython.double = 255.0 * weight
        j = self._start[f] + self._begin(f, b)
        end = self._start[f] + self._begin(f, b + 1)
        if self._kinds[g] == 0:
            if self._loose[f]:
                while j < end:
                    acc[docs[j] & 255] += weight * its[j]
                    j += 1
            else:
                while j < end:
                    acc[lows[j]] += weight * impacts[j]
                    j += 1
            return 0
        if self._kinds[g] == 2:
            f = self._rarest(g, b)
            for j in range(self._begin(f, b), self._begin(f, b + 1)):
                end = self._start[f] + j
                low = docs[end] & 255 if self._loose[f] else lows[end]
                acc[low] += self._phrase(g, b, low, 0)
            return 0
        share = self._shares[f]
        if self._bounds[g + 1] == f + 1 and not self._loose[f]:  # nothing to add up
            while j < end:
                acc[lows[j]] += self._pooled(g, share * of[impacts[j]])
                j += 1
            return 0
        if self._add_up(g, b) > 80:
            # All 256 without a branch: the compiler makes it two at a time.
            for low in range(256):
                x = sums[low]
                score = cython.cast(cython.int, most * (x / (1.0 + x)) + 0.5)
                acc[low] += score + ((score < 1) & (x > 0.0))
                sums[low] = 0.0
            return 0
        for f in range(self._bounds[g], self._bounds[g + 1]):
            j = self._start[f] + self._begin(f, b)
            end = self._start[f] + self._begin(f, b + 1)
            while j < end:
                low = docs[j] & 255 if self._loose[f] else lows[j]
                x = sums[low]
                if x > 0.0:
                    acc[low] += self._pooled(g, x)
                    sums[low] = 0.0
                j += 1
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _offer(
        self,
        b: cython.Py_ssize_t,
        low: cython.int,
        score: cython.int,
        i: cython.Py_ssize_t,
        left: cython.int,
    ) -> cython.int:
        """Complete the score of a document by groups ``_order[:i]``, which add at most ``left``."""
        g: cython.Py_ssize_t
        doc: cython.Py_ssize_t = (b << 8) | low
        more: cython.int
        if not self._passes(doc):
            return 0
        while i > 0:
            if score + left < self.threshold:
                return 0
            i -= 1
            g = self._order[i]
            left -= self._bound[g]
            more = self._look_up(g, b, low, self.threshold - score - left)
            if more == 0 and self._roles[g] == 1:
                return 0
            score += more
        if score >= self.threshold:
            self._keep_best(score, doc)
        return 0

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    @cython.nogil
    def _passes(self, doc: cython.Py_ssize_t) -> cython.bint:
        """Whether the mask and the dates let a document through."""
        moment: cython.longlong
        if self.masked and self._mask[doc] == 0:
            return False
        if self.search.dated:
            moment = self.search._published[doc]
            if moment >> 61 == -2:  # NO_DATE
                return False
            moment += 60 * self.search._offsets[doc]
            return self.search.low <= moment and moment <= self.search.high
        return True

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    @cython.nogil
    def _keep_best(self, score: cython.int, doc: cython.Py_ssize_t) -> cython.int:
        """Put a document among the best if it is one of them."""
        self.best.add(score, (self.number << 32) | cython.cast(cython.ulonglong, doc))
        self.threshold = self.best.least(self.number)
        return 0

    # ---- all blocks ------------------------------------------------------------------

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def together(self) -> cython.int:
        """Search all segments, this one and those after it.

        Blocks are visited from the highest bound down, whatever their segment: what scores
        high anywhere raises the threshold for all.
        """
        level: cython.int = self._open_all()
        step: cython.int = (level >> 5) + 1
        if self.after is None:
            return self._visit(0)
        while level > 0 and level >= self.best.threshold - step:
            level -= step
            self._visit_all(level)
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _open_all(self) -> cython.int:
        """Queue the blocks of this and later segments, or search them where that needs no
        queue; returns the highest bound."""
        highest: cython.int
        self.threshold = self.best.least(self.number)
        self.n_queued = self.next = 0
        self.highest = 0
        if self.search.wide:
            self.add_up()
        elif self.n_groups == 1 and self._kinds[0] == 0 and self.search.n_loose:
            self._gather(False)
            self._one_loose(self.search.room)
        else:
            self._queue_blocks()
        if self.after is None:
            return self.highest
        highest = self.after._open_all()
        return highest if highest > self.highest else self.highest

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _visit_all(self, level: cython.int) -> cython.int:
        """Visit the blocks of this and later segments that are bounded by ``level`` and more."""
        self._visit(level)
        if self.after is not None:
            self.after._visit_all(level)
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _queue_blocks(self) -> cython.int:
        """Bound every block, and queue them from the highest bound down."""
        b: cython.Py_ssize_t
        i: cython.Py_ssize_t
        n: cython.Py_ssize_t
        m: cython.Py_ssize_t
        slot: cython.Py_ssize_t
        bucket: cython.pointer[cython.uint] = self._bucket
        queue: cython.pointer[cython.uint] = self._queue
        upper: cython.pointer[cython.int] = self._upper
        highest: cython.int = 0
        bar: cython.int
        scale: cython.double
        self._gather(True)
        self._bounds_of_all()
        n = self.n_blocks
        for b in range(n):
            highest = upper[b] if upper[b] > highest else highest
        bar = self.threshold
        if highest < bar:
            return 0
        # Counting sort into buckets of equal width, highest bucket first.
        m = 64 if n < 1024 else 1024
        for i in range(m + 1):
            bucket[i] = 0
        scale = (m - 1) / cython.cast(cython.double, highest)
        for b in range(n):
            if upper[b] >= bar:
                slot = m - 1 - cython.cast(cython.Py_ssize_t, upper[b] * scale)
                bucket[slot + 1] += 1
        for i in range(m):
            bucket[i + 1] += bucket[i]
        for b in range(n):
            if upper[b] >= bar:
                slot = m - 1 - cython.cast(cython.Py_ssize_t, upper[b] * scale)
                queue[bucket[slot]] = b
                bucket[slot] += 1
        self.n_queued = bucket[m - 1]
        self.highest = highest
        # Blocks of one bucket are in no order: they differ by this much.
        self.width = highest // (m - 1) + 2
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _visit(self, level: cython.int) -> cython.int:
        """Visit the next blocks, as long as they are bounded by ``level`` and more."""
        b: cython.Py_ssize_t
        upper: cython.pointer[cython.int] = self._upper
        self.threshold = self.best.least(self.number)
        while self.next < self.n_queued:
            b = self._queue[self.next]
            if upper[b] < self.threshold:
                # The bucket's other blocks may lie above; all later buckets lie below
                # once a whole bucket width separates them.
                if upper[b] + self.width < self.threshold:
                    self.n_queued = 0
                    return 0
            elif upper[b] + self.width < level:
                return 0
            else:
                self._block(b)
            self.next += 1
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def add_up(self) -> cython.int:
        """One wide group: ``x`` of every document, then the best of these."""
        # Locals: whatever is written might be what a member points to, for all the compiler knows.
        x: cython.pointer[cython.double] = self.sums.x
        of: cython.pointer[cython.const[cython.double]] = self._x
        docs: cython.pointer[cython.uint] = self._docs
        lows: cython.pointer[cython.const[cython.uchar]] = self._lows
        impacts: cython.pointer[cython.const[cython.uchar]] = self._impacts
        loose: cython.pointer[cython.uchar] = self._loose_impacts
        share: cython.double
        least: cython.double
        score: cython.int
        f: cython.Py_ssize_t
        t: cython.Py_ssize_t
        b: cython.Py_ssize_t
        i: cython.Py_ssize_t
        n: cython.Py_ssize_t
        row: cython.Py_ssize_t
        at: cython.Py_ssize_t
        for f in range(self.search.n_forms):
            t = self.search._terms[f]
            share = self.search._shares[f]
            if t < self.lists.n_terms and self.lists._list_at[t] >> 31:
                row = self.lists._list_at[t] & 0x7FFFFFFF
                at = self.lists._row_at[row]
                for b in range(self.n_blocks):
                    n = at + self.lists._begin(row, b + 1)
                    for i in range(at + self.lists._begin(row, b), n):
                        x[(b << 8) | lows[i]] += share * of[impacts[i]]
                continue
            n = self._copy(0, t, 0)
            for i in range(n):
                x[docs[i]] += share * of[loose[i]]
        least = self._reaching(0, self.threshold)
        for b in range(self.n_blocks):
            at = b << 8
            n = at + 256 if at + 256 < self.n_docs else self.n_docs
            for i in range(at, n):
                if x[i] >= least and self._passes(i):
                    score = self._pooled(0, x[i])
                    if score >= self.threshold:
                        self._keep_best(score, i)
                        least = self._reaching(0, self.threshold)
                        if self.best.size == self.best.k and self.threshold == self.best.scores[0]:
                            # Of equal scores the first is there.
                            least = self._reaching(0, self.threshold + 1)
            if cython.compiled:
                memset(x + at, 0, 8 * (n - at))
            else:
                for i in range(at, n):
                    x[i] = 0.0
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _one_loose(self, n: cython.Py_ssize_t) -> cython.int:
        """A single word of few documents: all of them, without any table."""
        i: cython.Py_ssize_t
        for i in range(n):
            if self._weights[0] * self._loose_impacts[i] >= self.threshold:
                self._offer(
                    self._docs[i] >> 8,
                    self._docs[i] & 255,
                    self._weights[0] * self._loose_impacts[i],
                    0,
                    0,
                )
        return 0

    # ---- by date ---------------------------------------------------------------------

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def walk(
        self,
        order: cython.pointer[cython.const[cython.uint]],
        moments: cython.pointer[cython.const[cython.longlong]],
        backwards: cython.bint,
    ) -> cython.int:
        """Go through the documents by date until ``k`` match; they are left in ``best``."""
        end: cython.Py_ssize_t = self.n_docs
        start: cython.Py_ssize_t
        i: cython.Py_ssize_t
        # What looks frequent need not be: two words may never meet.
        self.budget = 50000 + self.n_docs // 25
        self._gather(True)
        if not backwards:
            self._walk(order, 0, end)
            return 0
        while end > 0 and self._moment(order, moments, end - 1) >> 61 == -2:  # NO_DATE
            end -= 1
        i = end
        while end > 0 and self.best.size < self.best.k and self.budget >= 0:
            # Equal moments keep document order.
            start = end - 1
            while start > 0 and self._moment(order, moments, start - 1) == self._moment(
                order, moments, start
            ):
                start -= 1
            self._walk(order, start, end)
            end = start
        self._walk(order, i, self.n_docs)
        return 0

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    @cython.nogil
    def _moment(
        self,
        order: cython.pointer[cython.const[cython.uint]],
        moments: cython.pointer[cython.const[cython.longlong]],
        i: cython.Py_ssize_t,
    ) -> cython.longlong:
        if order[i] >= self.n_docs:
            return -4611686018427387904  # NO_DATE
        return moments[order[i]]

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _walk(
        self,
        order: cython.pointer[cython.const[cython.uint]],
        i: cython.Py_ssize_t,
        end: cython.Py_ssize_t,
    ) -> cython.int:
        while i < end and self.best.size < self.best.k and self.budget >= 0:
            # The order lies in the index like all else, and nobody has looked whether it is one.
            if order[i] < self.n_docs and self._passes(order[i]) and self._matches(order[i]):
                self.best.where[self.best.size] = order[i]
                self.best.size += 1
            i += 1
            self.budget -= 1
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _matches(self, doc: cython.Py_ssize_t) -> cython.bint:
        """Whether a document has what the query asks for."""
        b: cython.Py_ssize_t = doc >> 8
        low: cython.int = doc & 255
        g: cython.Py_ssize_t
        for g in range(self.n_groups):
            if self._roles[g] == 2 or (self._roles[g] == 0 and self.n_required):
                continue
            if self._bounds[g] < self._bounds[g + 1] and self._look_up(g, b, low, 0):
                if self._roles[g] == 0:
                    return True
            elif self._roles[g] == 1:
                return False
        return self.n_required > 0


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def _worse(
    score: cython.int, where: cython.ulonglong, than: cython.int, other: cython.ulonglong
) -> cython.bint:
    return score < than or (score == than and where > other)
