# cython: language_level=3, boundscheck=False, wraparound=False
# cython: cdivision=True, initializedcheck=False
"""Reading the postings of one field of one segment, and the searches that must be fast.

A posting is two bytes: the document's place in its block of 256, and its *impact*, the
saturated term frequency times 255 (``searcher.index.layout`` has the whole format). A
query word is a *group*: the terms that count as it, pooled before saturation. With
``s = impact / 255`` the saturated frequency, ``x = s / (1 - s)`` is the term frequency
over its length norm, which adds up over terms::

    x(group, d)     = sum over terms t of the group: share(t) * x(t, d)
    score(group, d) = max(1, round(255 * weight * x / (1 + x)))    (an integer)

Weights are integers (the ranking's real weight times ``WEIGHT_SCALE``), so sums do not
depend on the order of addition and ties are exact. Ties go to the lower document.
"""

from __future__ import annotations

from array import array
from typing import Any

try:
    import cython
except ImportError:
    from searcher.kernels import pure as cython

__all__ = ["EXTRA", "OPTIONAL", "REQUIRED", "WEIGHT_SCALE", "Lists", "is_compiled"]

#: Integer weights per unit of real weight.
WEIGHT_SCALE = 4096

#: What a group is to a query: any of these suffices, all of these must be there,
#: these only add to the score of what matched otherwise.
OPTIONAL, REQUIRED, EXTRA = 0, 1, 2


def is_compiled() -> bool:
    """Whether this module runs as machine code."""
    return bool(cython.compiled)


def ratios() -> array:
    """``x`` of every impact 0..255, as doubles; 255 stands for s = 254.5 / 255.

    >>> ratios()[0], round(ratios()[128], 3)
    (0.0, 1.008)
    """
    out = array("d", bytes(8 * 256))
    for impact in range(255):
        out[impact] = (impact / 255.0) / (1.0 - impact / 255.0)
    out[255] = (254.5 / 255.0) / (1.0 - 254.5 / 255.0)
    return out


_RATIOS = ratios()
_NO_NUMBERS = array("I")


@cython.cclass
class Lists:
    """The terms and postings of one field, read in place from mapped columns.

    Built from the columns of ``searcher.index.layout`` by name; keeps no copy.
    ``n_docs`` counts documents, deleted ones too. Safe to share between threads:
    nothing is written after construction.
    """

    n_docs: cython.Py_ssize_t
    n_blocks: cython.Py_ssize_t
    n_terms: cython.Py_ssize_t
    _terms: cython.const[cython.uchar][::1]
    _term_at: cython.const[cython.uint][::1]
    _posting_at: cython.const[cython.ulonglong][::1]
    _docs_at: cython.const[cython.ulonglong][::1]
    _blocks_at: cython.const[cython.uint][::1]
    _lows: cython.const[cython.uchar][::1]
    _docs: cython.const[cython.uint][::1]
    _impacts: cython.const[cython.uchar][::1]
    _lengths: cython.const[cython.uchar][::1]
    _block_first: cython.const[cython.uint][::1]
    _block_max: cython.const[cython.uchar][::1]
    _block_position: cython.const[cython.uint][::1]
    _positions: cython.const[cython.uchar][::1]
    _positions_at: cython.const[cython.ulonglong][::1]
    _tops: cython.const[cython.uchar][::1]
    _x: cython.const[cython.double][::1]
    _bytes: object

    def __init__(self, n_docs: int, columns: dict) -> None:
        self.n_docs = n_docs
        self.n_blocks = (n_docs + 255) >> 8
        self._terms = columns["terms"]
        self._term_at = columns["term_at"]
        self._posting_at = columns["posting_at"]
        self._docs_at = columns["docs_at"]
        self._blocks_at = columns["blocks_at"]
        self._lows = columns["lows"]
        self._docs = columns["docs"]
        self._impacts = columns["impacts"]
        self._lengths = columns["lengths"]
        self._block_first = columns["block_first"]
        self._block_max = columns["block_max"]
        self._block_position = columns["block_position"]
        self._positions = columns["positions"]
        self._positions_at = columns["positions_at"]
        self._tops = columns["tops"]
        self._x = _RATIOS
        self._bytes = (  # sliced with less ado than typed ones
            columns["terms"],
            columns["impacts"],
            columns["lengths"],
            columns["positions"],
        )
        self.n_terms = len(columns["tops"])

    # ---- terms ---------------------------------------------------------------------

    def __len__(self) -> int:
        return self.n_terms

    def lower_bound(self, term: bytes) -> int:
        """The number of terms that sort (by UTF-8 bytes) before ``term``."""
        return self._lower_bound(term, len(term))

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _lower_bound(
        self, term: cython.const[cython.uchar][::1], n: cython.Py_ssize_t
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
        n: cython.Py_ssize_t = len(term)
        at: cython.Py_ssize_t = self._lower_bound(term, n)
        if at == self.n_terms:
            return -1
        start: cython.Py_ssize_t = self._term_at[at]
        if self._term_at[at + 1] - start != n:
            return -1
        view: cython.const[cython.uchar][::1] = term
        i: cython.Py_ssize_t
        for i in range(n):
            if self._terms[start + i] != view[i]:
                return -1
        return at

    def term(self, number: cython.Py_ssize_t) -> bytes:
        """The term of that number, as UTF-8 bytes."""
        return bytes(self._bytes[0][self._term_at[number] : self._term_at[number + 1]])

    def doc_freq(self, number: cython.Py_ssize_t) -> int:
        """How many documents hold the term, deleted ones too."""
        return self._posting_at[number + 1] - self._posting_at[number]

    # ---- whole lists ---------------------------------------------------------------

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _fill(self, number: cython.Py_ssize_t, docs: cython.uint[::1]) -> cython.int:
        """Write the documents of a term."""
        n: cython.Py_ssize_t = self._posting_at[number + 1] - self._posting_at[number]
        at: cython.Py_ssize_t = self._docs_at[number]
        i: cython.Py_ssize_t
        b: cython.Py_ssize_t
        block: cython.Py_ssize_t
        if self._blocks_at[number] == 0x7FFFFFFF:
            for i in range(n):
                docs[i] = self._docs[at + i]
            return 0
        block = self._blocks_at[number] * (self.n_blocks + 1)
        for b in range(self.n_blocks):
            for i in range(self._block_first[block + b], self._block_first[block + b + 1]):
                docs[i] = (b << 8) | self._lows[at + i]
        return 0

    def docs(self, number: int) -> Any:
        """The documents of a term in ascending order, ``array('I')``."""
        out = array("I", bytes(4 * self.doc_freq(number)))
        view: cython.uint[::1] = out
        t: cython.Py_ssize_t = number
        with cython.nogil:
            self._fill(t, view)
        return out

    def impacts(self, number: cython.Py_ssize_t) -> Any:
        """The impacts of a term's postings, beside :meth:`docs`, as a memoryview of bytes."""
        return self._bytes[1][self._posting_at[number] : self._posting_at[number + 1]]

    def lengths(self, number: cython.Py_ssize_t) -> Any:
        """The bytes of positions of each posting of a term; 255 means: see the payload."""
        return self._bytes[2][self._posting_at[number] : self._posting_at[number + 1]]

    def payload(self, number: cython.Py_ssize_t) -> Any:
        """The encoded positions of a term, all postings one after the other."""
        return self._bytes[3][self._positions_at[number] : self._positions_at[number + 1]]

    def mark(self, number: int, marks: bytearray, value: int) -> None:
        """Write ``value`` into ``marks`` (one byte a document) at every document of a term."""
        view: cython.uchar[::1] = marks
        t: cython.Py_ssize_t = number
        v: cython.uchar = value
        n: cython.Py_ssize_t
        at: cython.Py_ssize_t
        i: cython.Py_ssize_t
        b: cython.Py_ssize_t
        block: cython.Py_ssize_t
        with cython.nogil:
            n = self._posting_at[t + 1] - self._posting_at[t]
            at = self._docs_at[t]
            if self._blocks_at[t] == 0x7FFFFFFF:
                for i in range(n):
                    view[self._docs[at + i]] = v
            else:
                block = self._blocks_at[t] * (self.n_blocks + 1)
                for b in range(self.n_blocks):
                    for i in range(self._block_first[block + b], self._block_first[block + b + 1]):
                        view[(b << 8) | self._lows[at + i]] = v

    def positions(self, number: int, docs: object) -> tuple:
        """Where a term stands in each of the ascending documents ``docs`` (``array('I')``).

        Returns ``(at, positions)``, two ``array('I')``: document ``docs[i]`` holds the term
        at ``positions[at[i]:at[i + 1]]``, ascending; none where it does not hold the term.
        """
        wanted: cython.const[cython.uint][::1] = docs
        n: cython.Py_ssize_t = len(wanted)
        at_array = array("I", bytes(4 * (n + 1)))
        at: cython.uint[::1] = at_array
        found = array("I", bytes(4 * max(64, 4 * n)))
        out: cython.uint[::1] = found
        w: _Walk = _Walk(self, number)
        used: cython.Py_ssize_t = 0
        i: cython.Py_ssize_t
        need: cython.Py_ssize_t
        for i in range(n):
            if w.seek(wanted[i]):
                need = used + w.size
                if need > len(out):
                    bigger = array("I", bytes(4 * 2 * need))
                    memoryview(bigger)[:used] = out[:used]
                    found = bigger
                    out = found
                used = w.read(out, used)
            at[i + 1] = used
        return at_array, found[:used]

    def counts(self, number: int) -> Any:
        """How often a term stands in each of its documents, ``array('I')`` beside :meth:`docs`."""
        t: cython.Py_ssize_t = number
        n: cython.Py_ssize_t = self._posting_at[t + 1] - self._posting_at[t]
        out_array = array("I", bytes(4 * n))
        out: cython.uint[::1] = out_array
        p: cython.Py_ssize_t = self._posting_at[t]
        at: cython.Py_ssize_t = self._positions_at[t]
        end: cython.Py_ssize_t
        size: cython.Py_ssize_t
        i: cython.Py_ssize_t
        with cython.nogil:
            for i in range(n):
                size = self._lengths[p + i]
                if size == 255:
                    size = _u32(self._positions, at)
                    at += 4
                end = at + size
                while at < end:
                    if self._positions[at] < 128:
                        out[i] += 1
                    at += 1
        return out_array

    # ---- ranked search -------------------------------------------------------------

    def top_k(
        self,
        k: int,
        bounds: object,
        terms: object,
        shares: object,
        weights: object,
        roles: bytes,
        pooled: bytes,
        mask: object = None,
        floor: int = 0,
        made: object = None,
    ) -> list:
        """The ``k`` best documents, best first, as ``(score, doc)`` pairs of integers.

        Group ``g`` is made of ``terms[bounds[g]:bounds[g + 1]]`` (``array('i')``) with
        ``shares`` (``array('d')``), the integer ``weights[g]`` (``array('q')``, > 0), a role
        and a byte saying whether it is pooled (unpooled: one term, share 1, score exactly
        weight times impact). Numbers from ``len(self)`` on mean the lists ``made`` for this
        query, ``(starts, docs, impacts)`` as ``array('I'), array('I'), bytes``: what no term
        has as a list of its own, such as a phrase. ``mask`` holds one byte a document, 0 where
        it may not be returned. Only scores of at least ``floor`` are wanted; fewer than ``k``
        pairs mean that no more documents match (above the floor).

        Block-max MaxScore: blocks in descending order of the bound on their best score,
        and inside a block the weakest groups are looked up only for what may still win.
        """
        if k <= 0 or self.n_docs == 0:
            return []
        s: _Search = _Search(
            self, k, bounds, terms, shares, weights, roles, pooled, mask, floor, made
        )
        if not s.possible:
            return []
        with cython.nogil:
            s.run()
        return s.best()


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def _u32(data: cython.const[cython.uchar][::1], at: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """A little-endian 32-bit number out of a byte column."""
    return data[at] | (data[at + 1] << 8) | (data[at + 2] << 16) | (data[at + 3] << 24)


@cython.cclass
class _Walk:
    """One term's postings with their positions, visited at ascending documents."""

    _lows: cython.const[cython.uchar][::1]
    _docs: cython.const[cython.uint][::1]
    _lengths: cython.const[cython.uchar][::1]
    _block_first: cython.const[cython.uint][::1]
    _block_position: cython.const[cython.uint][::1]
    _positions: cython.const[cython.uchar][::1]
    sparse: cython.bint
    n: cython.Py_ssize_t
    n_blocks: cython.Py_ssize_t
    lengths_at: cython.Py_ssize_t
    docs_at: cython.Py_ssize_t
    firsts: cython.Py_ssize_t
    seconds: cython.Py_ssize_t
    start_at: cython.Py_ssize_t
    block: cython.Py_ssize_t
    i: cython.Py_ssize_t
    end: cython.Py_ssize_t
    at: cython.Py_ssize_t
    size: cython.Py_ssize_t

    def __init__(self, lists: Lists, number: cython.Py_ssize_t) -> None:
        self._lows = lists._lows
        self._docs = lists._docs
        self._lengths = lists._lengths
        self._block_first = lists._block_first
        self._block_position = lists._block_position
        self._positions = lists._positions
        self.n_blocks = lists.n_blocks
        self.lengths_at = lists._posting_at[number]
        self.n = lists._posting_at[number + 1] - lists._posting_at[number]
        self.docs_at = lists._docs_at[number]
        self.start_at = lists._positions_at[number]
        self.at = self.start_at
        self.i = 0
        self.size = 0
        self.sparse = lists._blocks_at[number] == 0x7FFFFFFF
        self.block = -1
        if self.sparse:
            self.end = self.n
            self.firsts = 0
            self.seconds = 0
        else:
            self.end = 0
            self.firsts = lists._blocks_at[number] * (lists.n_blocks + 1)
            self.seconds = lists._blocks_at[number] * lists.n_blocks

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def seek(self, doc: cython.Py_ssize_t) -> cython.bint:
        """Whether ``doc`` holds the term; then ``size`` bytes of positions are ready."""
        b: cython.Py_ssize_t
        low: cython.int = doc & 255
        length: cython.Py_ssize_t
        if not self.sparse:
            b = doc >> 8
            if b != self.block:
                self.block = b
                self.i = self._block_first[self.firsts + b]
                self.end = self._block_first[self.firsts + b + 1]
                self.at = self.start_at + self._block_position[self.seconds + b]
        while self.i < self.end:
            if self.sparse:
                if self._docs[self.docs_at + self.i] >= doc:
                    if self._docs[self.docs_at + self.i] > doc:
                        return False
                    break
            elif self._lows[self.docs_at + self.i] >= low:
                if self._lows[self.docs_at + self.i] > low:
                    return False
                break
            length = self._lengths[self.lengths_at + self.i]
            if length == 255:
                length = 4 + _u32(self._positions, self.at)
            self.at += length
            self.i += 1
        if self.i >= self.end:
            return False
        self.size = self._lengths[self.lengths_at + self.i]
        if self.size == 255:
            self.size = _u32(self._positions, self.at)
        return True

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def read(self, out: cython.uint[::1], used: cython.Py_ssize_t) -> cython.Py_ssize_t:
        """Write the positions found by :meth:`seek` from ``used`` on; return the new end."""
        at: cython.Py_ssize_t = self.at
        end: cython.Py_ssize_t
        value: cython.uint = 0
        delta: cython.uint
        shift: cython.int
        byte: cython.uint
        if self._lengths[self.lengths_at + self.i] == 255:
            at += 4
        end = at + self.size
        while at < end:
            delta = 0
            shift = 0
            while at < end:
                byte = self._positions[at]
                at += 1
                delta |= (byte & 127) << shift
                shift += 7
                if byte < 128:
                    break
            value += delta
            out[used] = value
            used += 1
        return used


@cython.cclass
class _Search:
    """One ranked search of one segment: its scratch, its bounds and its heap."""

    _lows: cython.const[cython.uchar][::1]
    _docs: cython.const[cython.uint][::1]
    _impacts: cython.const[cython.uchar][::1]
    _block_first: cython.const[cython.uint][::1]
    _block_max: cython.const[cython.uchar][::1]
    _x: cython.const[cython.double][::1]
    _bounds: cython.const[cython.int][::1]
    _shares: cython.const[cython.double][::1]
    _weights: cython.const[cython.longlong][::1]
    _roles: cython.const[cython.uchar][::1]
    _pooled: cython.const[cython.uchar][::1]
    _mask: cython.const[cython.uchar][::1]
    masked: cython.bint
    possible: cython.bint
    n_groups: cython.Py_ssize_t
    n_required: cython.int
    n_docs: cython.Py_ssize_t
    n_blocks: cython.Py_ssize_t
    _impacts_at: cython.longlong[::1]  # per term: its first posting in the impacts column
    _docs_at: cython.longlong[::1]  # ... and in the lows (or docs) column
    _firsts: cython.longlong[::1]  # ... its row in block_first, or in _sparse_first
    _maxima: cython.longlong[::1]  # ... its row in block_max, or in _sparse_max
    _sparse: cython.uchar[::1]  # ... 0 blocked, 1 sparse, 2 made for the query
    _made_docs: cython.const[cython.uint][::1]
    _made_impacts: cython.const[cython.uchar][::1]
    _sparse_first: cython.uint[::1]
    _sparse_max: cython.uchar[::1]
    _upper: cython.longlong[::1]
    _bound: cython.longlong[::1]
    _order: cython.int[::1]
    _acc: cython.longlong[::1]
    _sum: cython.double[::1]
    _seen: cython.uchar[::1]
    _heap_score: cython.longlong[::1]
    _heap_doc: cython.uint[::1]
    _queue: cython.uint[::1]
    _bucket: cython.uint[::1]
    k: cython.Py_ssize_t
    size: cython.Py_ssize_t
    threshold: cython.longlong

    def __init__(
        self,
        lists: Lists,
        k: cython.Py_ssize_t,
        bounds: object,
        terms: object,
        shares: object,
        weights: object,
        roles: bytes,
        pooled: bytes,
        mask: object,
        floor: cython.longlong,
        made: object,
    ) -> None:
        self._lows = lists._lows
        self._docs = lists._docs
        self._impacts = lists._impacts
        self._block_first = lists._block_first
        self._block_max = lists._block_max
        self._x = lists._x
        self._bounds = bounds
        self._shares = shares
        self._weights = weights
        self._roles = roles
        self._pooled = pooled
        self.masked = mask is not None
        self._mask = mask if mask is not None else b"\1"
        self.n_docs = lists.n_docs
        self.n_blocks = lists.n_blocks
        self.n_groups = len(weights)
        self.k = k
        self.size = 0
        self.threshold = floor if floor > 1 else 1
        numbers: cython.const[cython.int][::1] = terms
        n: cython.Py_ssize_t = len(numbers)
        blank = bytes(8 * (n + 1))
        self._impacts_at = array("q", blank)
        self._docs_at = array("q", blank)
        self._firsts = array("q", blank)
        self._maxima = array("q", blank)
        self._sparse = bytearray(n + 1)
        self.possible = False
        self.n_required = 0
        f: cython.Py_ssize_t
        g: cython.Py_ssize_t
        t: cython.Py_ssize_t
        n_sparse: cython.Py_ssize_t = 0
        starts: cython.const[cython.uint][::1] = _NO_NUMBERS
        self._made_docs = _NO_NUMBERS
        self._made_impacts = b""
        if made is not None:
            starts, self._made_docs, self._made_impacts = made
        for f in range(n):
            t = numbers[f] - lists.n_terms
            if t >= 0:
                self._impacts_at[f] = starts[t]
                self._docs_at[f] = starts[t]
                self._sparse[f] = 2
                self._firsts[f] = n_sparse * (self.n_blocks + 1)
                self._maxima[f] = n_sparse * self.n_blocks
                n_sparse += 1
                continue
            t = numbers[f]
            self._impacts_at[f] = lists._posting_at[t]
            self._docs_at[f] = lists._docs_at[t]
            if lists._blocks_at[t] == 0x7FFFFFFF:
                self._sparse[f] = 1
                self._firsts[f] = n_sparse * (self.n_blocks + 1)
                self._maxima[f] = n_sparse * self.n_blocks
                n_sparse += 1
            else:
                self._firsts[f] = lists._blocks_at[t] * (self.n_blocks + 1)
                self._maxima[f] = lists._blocks_at[t] * self.n_blocks
        for g in range(self.n_groups):
            if self._roles[g] == 1:
                self.n_required += 1
                if self._bounds[g] == self._bounds[g + 1]:
                    return
        for g in range(self.n_groups):
            if self._roles[g] != 2 and self._bounds[g] < self._bounds[g + 1]:
                self.possible = True
        if not self.possible:
            return
        self._sparse_first = array("I", bytes(4 * (n_sparse * (self.n_blocks + 1) + 1)))
        self._sparse_max = bytearray(n_sparse * self.n_blocks + 1)
        self._upper = array("q", bytes(8 * self.n_blocks))
        self._bound = array("q", bytes(8 * (self.n_groups + 1)))
        self._order = array("i", bytes(4 * (self.n_groups + 1)))
        self._acc = array("q", bytes(8 * 256))
        self._sum = array("d", bytes(8 * 256))
        self._seen = bytearray(256)
        self._queue = array("I", bytes(4 * (self.n_blocks + 1)))
        self._bucket = array("I", bytes(4 * 1026))
        self._heap_score = array("q", bytes(8 * k))
        self._heap_doc = array("I", bytes(4 * k))
        i: cython.Py_ssize_t
        for f in range(n):
            if self._sparse[f]:
                t = numbers[f]
                if self._sparse[f] == 2:
                    self._spread(f, starts[t - lists.n_terms + 1] - starts[t - lists.n_terms])
                else:
                    self._spread(f, lists._posting_at[t + 1] - lists._posting_at[t])
        # A stored tenth-best impact bounds the answer from below as long as every
        # document may be returned and no group may veto it.
        if k <= 10 and not self.masked and self.n_required == 0:
            for g in range(self.n_groups):
                if self._roles[g] == 2:
                    continue
                for i in range(self._bounds[g], self._bounds[g + 1]):
                    t = numbers[i]
                    if t < lists.n_terms and lists._tops[t]:
                        floor = self._score(
                            g, self._shares[i] * self._x[lists._tops[t]], lists._tops[t]
                        )
                        if floor > self.threshold:
                            self.threshold = floor

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _spread(self, f: cython.Py_ssize_t, n: cython.Py_ssize_t) -> cython.int:
        """Give a sparse list the block table that a blocked one has stored."""
        first: cython.Py_ssize_t = self._firsts[f]
        top: cython.Py_ssize_t = self._maxima[f]
        at: cython.Py_ssize_t = self._docs_at[f]
        impact: cython.uchar
        b: cython.Py_ssize_t = 0
        here: cython.Py_ssize_t
        i: cython.Py_ssize_t
        for i in range(n):
            here = self._made_docs[at + i] >> 8 if self._sparse[f] == 2 else self._docs[at + i] >> 8
            while b < here:
                b += 1
                self._sparse_first[first + b] = i
            impact = self._impact(f, i)
            if impact > self._sparse_max[top + b]:
                self._sparse_max[top + b] = impact
        while b < self.n_blocks:
            b += 1
            self._sparse_first[first + b] = n
        return 0

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    @cython.nogil
    def _score(
        self, g: cython.Py_ssize_t, x: cython.double, impact: cython.longlong
    ) -> cython.longlong:
        """What a group adds: of pooled ``x``, or of the one impact of an unpooled group."""
        score: cython.longlong
        if not self._pooled[g]:
            return self._weights[g] * impact
        # A match that rounds to nothing is a match still.
        score = cython.cast(cython.longlong, 255.0 * self._weights[g] * (x / (1.0 + x)) + 0.5)
        return score if score > 0 else 1

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    @cython.nogil
    def _begin(self, f: cython.Py_ssize_t, b: cython.Py_ssize_t) -> cython.Py_ssize_t:
        """The first posting of term ``f`` in or after block ``b``."""
        if self._sparse[f]:
            return self._sparse_first[self._firsts[f] + b]
        return self._block_first[self._firsts[f] + b]

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    @cython.nogil
    def _low(self, f: cython.Py_ssize_t, i: cython.Py_ssize_t) -> cython.int:
        """The place in its block of posting ``i`` of term ``f``."""
        if self._sparse[f]:
            if self._sparse[f] == 2:
                return self._made_docs[self._docs_at[f] + i] & 255
            return self._docs[self._docs_at[f] + i] & 255
        return self._lows[self._docs_at[f] + i]

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    @cython.nogil
    def _impact(self, f: cython.Py_ssize_t, i: cython.Py_ssize_t) -> cython.uchar:
        """The impact of posting ``i`` of term ``f``."""
        if self._sparse[f] == 2:
            return self._made_impacts[self._impacts_at[f] + i]
        return self._impacts[self._impacts_at[f] + i]

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _group_bound(self, g: cython.Py_ssize_t, b: cython.Py_ssize_t) -> cython.longlong:
        """No document of block ``b`` gets more than this from group ``g``; 0 if none has it."""
        x: cython.double = 0.0
        top: cython.int = 0
        f: cython.Py_ssize_t
        for f in range(self._bounds[g], self._bounds[g + 1]):
            if self._sparse[f]:
                top = self._sparse_max[self._maxima[f] + b]
            else:
                top = self._block_max[self._maxima[f] + b]
            x += self._shares[f] * self._x[top]
        if x == 0.0:
            return 0
        return self._score(g, x, top)

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _look_up(
        self, g: cython.Py_ssize_t, b: cython.Py_ssize_t, low: cython.int
    ) -> cython.longlong:
        """What group ``g`` adds to one document."""
        x: cython.double = 0.0
        impact: cython.longlong = 0
        f: cython.Py_ssize_t
        lo: cython.Py_ssize_t
        hi: cython.Py_ssize_t
        end: cython.Py_ssize_t
        mid: cython.Py_ssize_t
        for f in range(self._bounds[g], self._bounds[g + 1]):
            lo = self._begin(f, b)
            end = self._begin(f, b + 1)
            hi = end
            while lo < hi:
                mid = (lo + hi) >> 1
                if self._low(f, mid) < low:
                    lo = mid + 1
                else:
                    hi = mid
            if lo < end and self._low(f, lo) == low:
                impact = self._impact(f, lo)
                x += self._shares[f] * self._x[impact]
        if x == 0.0:
            return 0
        return self._score(g, x, impact)

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _accumulate(self, g: cython.Py_ssize_t, b: cython.Py_ssize_t) -> cython.int:
        """Add group ``g`` to the accumulators of block ``b``, counting it as seen."""
        f: cython.Py_ssize_t
        i: cython.Py_ssize_t
        low: cython.int
        if not self._pooled[g]:
            f = self._bounds[g]
            for i in range(self._begin(f, b), self._begin(f, b + 1)):
                low = self._low(f, i)
                self._acc[low] += self._weights[g] * self._impact(f, i)
                self._seen[low] += 1
            return 0
        for f in range(self._bounds[g], self._bounds[g + 1]):
            for i in range(self._begin(f, b), self._begin(f, b + 1)):
                low = self._low(f, i)
                self._sum[low] += self._shares[f] * self._x[self._impact(f, i)]
        for f in range(self._bounds[g], self._bounds[g + 1]):
            for i in range(self._begin(f, b), self._begin(f, b + 1)):
                low = self._low(f, i)
                if self._sum[low] > 0.0:
                    self._acc[low] += self._score(g, self._sum[low], 0)
                    self._seen[low] += 1
                    self._sum[low] = 0.0
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _block(self, b: cython.Py_ssize_t) -> cython.int:
        """Offer every document of block ``b`` that may still win."""
        g: cython.Py_ssize_t
        i: cython.Py_ssize_t
        j: cython.Py_ssize_t
        n: cython.Py_ssize_t = self.n_groups
        low: cython.Py_ssize_t
        score: cython.longlong
        rest: cython.longlong = 0
        left: cython.longlong
        last: cython.Py_ssize_t
        for g in range(n):
            self._bound[g] = self._group_bound(g, b)
            # Looked up last to first: extras first of all in this order, then the
            # optional groups by rising bound, then what must be accumulated anyway.
            i = g
            while i > 0 and self._before(g, self._order[i - 1]):
                self._order[i] = self._order[i - 1]
                i -= 1
            self._order[i] = g
        i = 0
        while i < n:
            g = self._order[i]
            if self._roles[g] == 1:
                break
            if (
                self._roles[g] == 0
                and self.n_required == 0
                and rest + self._bound[g] >= self.threshold
            ):
                break
            rest += self._bound[g]
            i += 1
        if i == n:
            return 0
        for low in range(256):
            self._acc[low] = 0
            self._seen[low] = 0
        for j in range(i, n):
            g = self._order[j]
            if self._bound[g]:
                self._accumulate(g, b)
            elif self._roles[g] == 1:
                return 0
        last = self.n_docs - (b << 8)
        if last > 256:
            last = 256
        for low in range(last):
            score = self._acc[low]
            if score == 0 or score + rest < self.threshold:
                continue
            if self.n_required and self._seen[low] < self.n_required:
                continue
            if self.masked and self._mask[(b << 8) | low] == 0:
                continue
            left = rest
            j = i
            while j > 0 and score + left >= self.threshold:
                j -= 1
                g = self._order[j]
                left -= self._bound[g]
                if self._bound[g]:
                    score += self._look_up(g, b, low)
            if score + left >= self.threshold:
                self._offer(score, (b << 8) | low)
        return 0

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
    def _offer(self, score: cython.longlong, doc: cython.Py_ssize_t) -> cython.int:
        """Put a document into the heap (worst on top) if it is among the best so far."""
        i: cython.Py_ssize_t
        child: cython.Py_ssize_t
        up: cython.Py_ssize_t
        if self.size < self.k:
            i = self.size
            self.size += 1
            while i > 0:
                up = (i - 1) >> 1
                if not self._worse(score, doc, self._heap_score[up], self._heap_doc[up]):
                    break
                self._heap_score[i] = self._heap_score[up]
                self._heap_doc[i] = self._heap_doc[up]
                i = up
            self._heap_score[i] = score
            self._heap_doc[i] = doc
        else:
            if not self._worse(self._heap_score[0], self._heap_doc[0], score, doc):
                return 0
            i = 0
            while True:
                child = 2 * i + 1
                if child >= self.size:
                    break
                if child + 1 < self.size and self._worse(
                    self._heap_score[child + 1],
                    self._heap_doc[child + 1],
                    self._heap_score[child],
                    self._heap_doc[child],
                ):
                    child += 1
                if not self._worse(self._heap_score[child], self._heap_doc[child], score, doc):
                    break
                self._heap_score[i] = self._heap_score[child]
                self._heap_doc[i] = self._heap_doc[child]
                i = child
            self._heap_score[i] = score
            self._heap_doc[i] = doc
        if self.size == self.k and self._heap_score[0] > self.threshold:
            self.threshold = self._heap_score[0]
        return 0

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    @cython.nogil
    def _worse(
        self,
        score: cython.longlong,
        doc: cython.Py_ssize_t,
        than: cython.longlong,
        other: cython.Py_ssize_t,
    ) -> cython.bint:
        return score < than or (score == than and doc > other)

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def run(self) -> cython.int:
        """Bound every block, then visit them from the highest bound down."""
        b: cython.Py_ssize_t
        g: cython.Py_ssize_t
        i: cython.Py_ssize_t
        slot: cython.Py_ssize_t
        bound: cython.longlong
        highest: cython.longlong = 0
        for g in range(self.n_groups):
            for b in range(self.n_blocks):
                if self._upper[b] < 0:
                    continue
                bound = self._group_bound(g, b)
                if bound == 0 and self._roles[g] == 1:
                    self._upper[b] = -1
                else:
                    self._upper[b] += bound
        for b in range(self.n_blocks):
            if self._upper[b] > highest:
                highest = self._upper[b]
        if highest < self.threshold:
            return 0
        # Counting sort into 1024 buckets of equal width, highest bucket first.
        for b in range(self.n_blocks):
            if self._upper[b] >= self.threshold:
                slot = 1023 - (self._upper[b] * 1023) // highest
                self._bucket[slot + 1] += 1
        for i in range(1024):
            self._bucket[i + 1] += self._bucket[i]
        for b in range(self.n_blocks):
            if self._upper[b] >= self.threshold:
                slot = 1023 - (self._upper[b] * 1023) // highest
                self._queue[self._bucket[slot]] = b
                self._bucket[slot] += 1
        for i in range(self._bucket[1023]):
            b = self._queue[i]
            if self._upper[b] < self.threshold:
                # The bucket's other blocks may lie above; all later buckets lie below
                # once a whole bucket width separates them.
                if self._upper[b] + highest // 1023 + 1 < self.threshold:
                    break
                continue
            self._block(b)
        return 0

    @cython.cfunc
    def best(self) -> list:
        """The heap, best first."""
        i: cython.Py_ssize_t  # noqa: F842  # types the comprehension's
        found = [(-self._heap_score[i], self._heap_doc[i]) for i in range(self.size)]
        found.sort()
        return [(-score, doc) for score, doc in found]
