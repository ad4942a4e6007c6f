# cython: language_level=3, boundscheck=False, wraparound=False
# cython: cdivision=True, initializedcheck=False
"""Making postings: inverting a batch of tokens, and encoding lists term by term.

``searcher.index.layout`` describes the columns this module fills.
"""

from __future__ import annotations

from array import array

try:
    import cython
except ImportError:
    from searcher.kernels import pure as cython

__all__ = ["SPARSE", "ListWriter", "expand", "invert"]

#: In ``blocks_at``: the term has no block table.
SPARSE = 0x7FFFFFFF


def expand(
    numbers: object,
    doc_at: object,
    term_at: object,
    terms: object,
    offsets: object,
    widths: object,
) -> tuple:
    """Replace every raw word by its terms, with positions.

    ``numbers`` (``array('I')``) are the raw words of all documents one after the other,
    document ``d`` at ``numbers[doc_at[d]:doc_at[d + 1]]``. Raw word ``w`` stands for
    ``terms[term_at[w]:term_at[w + 1]]`` at ``offsets`` from its first position, and takes
    ``widths[w]`` positions. Returns ``(token_terms, token_docs, token_positions, lengths)``:
    three ``array('I')`` in document and position order, and the positions taken by each
    document.

    >>> [list(a) for a in expand(array("I", [0, 1, 0]), array("Q", [0, 2, 3]),
    ...     array("I", [0, 1, 3]), array("I", [7, 8, 9]), array("I", [0, 0, 1]),
    ...     array("I", [1, 2]))]
    [[7, 8, 9, 7], [0, 0, 0, 1], [0, 1, 2, 0], [3, 1]]
    """
    words: cython.const[cython.uint][::1] = numbers
    bounds: cython.const[cython.ulonglong][::1] = doc_at
    at: cython.const[cython.uint][::1] = term_at
    values: cython.const[cython.uint][::1] = terms
    places: cython.const[cython.uint][::1] = offsets
    taken: cython.const[cython.uint][::1] = widths
    n_docs: cython.Py_ssize_t = len(bounds) - 1
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    d: cython.Py_ssize_t
    w: cython.uint
    position: cython.uint
    n: cython.Py_ssize_t = 0
    for i in range(len(words)):
        w = words[i]
        n += at[w + 1] - at[w]
    token_terms = array("I", bytes(4 * n))
    token_docs = array("I", bytes(4 * n))
    token_positions = array("I", bytes(4 * n))
    lengths = array("I", bytes(4 * n_docs))
    out_terms: cython.uint[::1] = token_terms
    out_docs: cython.uint[::1] = token_docs
    out_positions: cython.uint[::1] = token_positions
    out_lengths: cython.uint[::1] = lengths
    n = 0
    with cython.nogil:
        for d in range(n_docs):
            position = 0
            for i in range(bounds[d], bounds[d + 1]):
                w = words[i]
                for j in range(at[w], at[w + 1]):
                    out_terms[n] = values[j]
                    out_docs[n] = d
                    out_positions[n] = position + places[j]
                    n += 1
                position += taken[w]
            out_lengths[d] = position
    return token_terms, token_docs, token_positions, lengths


def invert(token_terms: object, token_docs: object, token_positions: object, n_terms: int) -> tuple:
    """Sort tokens by term, keeping document and position order: a counting sort.

    Returns ``(at, docs, positions)``: the tokens of term ``t`` are ``[at[t]:at[t + 1]]``
    of the two ``array('I')``; ``at`` is ``array('Q')``.

    >>> at, docs, positions = invert(array("I", [1, 0, 1]), array("I", [0, 0, 1]),
    ...     array("I", [0, 1, 0]), 2)
    >>> list(at), list(docs), list(positions)
    ([0, 1, 3], [0, 0, 1], [1, 0, 0])
    """
    terms: cython.const[cython.uint][::1] = token_terms
    docs: cython.const[cython.uint][::1] = token_docs
    positions: cython.const[cython.uint][::1] = token_positions
    n: cython.Py_ssize_t = len(terms)
    m: cython.Py_ssize_t = n_terms
    starts = array("Q", bytes(8 * (m + 1)))
    heads = array("Q", bytes(8 * (m + 1)))
    sorted_docs = array("I", bytes(4 * n))
    sorted_positions = array("I", bytes(4 * n))
    at: cython.ulonglong[::1] = starts
    head: cython.ulonglong[::1] = heads
    out_docs: cython.uint[::1] = sorted_docs
    out_positions: cython.uint[::1] = sorted_positions
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    with cython.nogil:
        for i in range(n):
            at[terms[i] + 1] += 1
        for i in range(m):
            at[i + 1] += at[i]
            head[i] = at[i]
        for i in range(n):
            j = head[terms[i]]
            head[terms[i]] = j + 1
            out_docs[j] = docs[i]
            out_positions[j] = positions[i]
    return starts, sorted_docs, sorted_positions


@cython.cfunc
def _grown(
    old: object, typecode: str, size: int, used: cython.Py_ssize_t, need: cython.Py_ssize_t
) -> object:
    """A larger array with the first ``used`` values of ``old``."""
    new = array(typecode, bytes(size * max(need, 2 * used)))
    memoryview(new)[:used] = old[:used]
    return new


@cython.cclass
class ListWriter:
    """Encodes the postings of one field, term by term in sorted order.

    ``norms`` (``array('d')``, one a document) are the length norms ``k1 (1 - b + b dl /
    pivot)`` that the impacts are saturated with. For each term call :meth:`add_tokens` or
    :meth:`add_list` (several times, documents ascending), then :meth:`finish`; at the end
    :meth:`columns`.
    """

    _norms: cython.const[cython.double][::1]
    n_blocks: cython.Py_ssize_t
    least_blocked: cython.Py_ssize_t
    # outputs, each with what is used of it
    _arrays: dict
    _lows: cython.uchar[::1]
    _docs: cython.uint[::1]
    _impacts: cython.uchar[::1]
    _lengths: cython.uchar[::1]
    _block_first: cython.uint[::1]
    _block_max: cython.uchar[::1]
    _block_position: cython.uint[::1]
    _positions: cython.uchar[::1]
    n_lows: cython.Py_ssize_t
    n_sparse: cython.Py_ssize_t
    n_postings: cython.Py_ssize_t
    n_tables: cython.Py_ssize_t
    n_positions: cython.Py_ssize_t
    # the term being written
    _term_docs: cython.uint[::1]
    n_term: cython.Py_ssize_t
    first_position: cython.Py_ssize_t
    _per_term: dict

    def __init__(self, norms: object, least_per_block: int = 4) -> None:
        self._norms = norms
        self.n_blocks = (len(norms) + 255) >> 8
        self.least_blocked = max(1, least_per_block * self.n_blocks)
        self._lows = array("B", bytes(1024))
        self._docs = array("I", bytes(4096))
        self._impacts = array("B", bytes(1024))
        self._lengths = array("B", bytes(1024))
        self._block_first = array("I", bytes(4 * (self.n_blocks + 1)))
        self._block_max = array("B", bytes(self.n_blocks + 1))
        self._block_position = array("I", bytes(4 * (self.n_blocks + 1)))
        self._positions = array("B", bytes(1024))
        self._term_docs = array("I", bytes(4096))
        self.n_lows = 0
        self.n_sparse = 0
        self.n_postings = 0
        self.n_tables = 0
        self.n_positions = 0
        self.n_term = 0
        self.first_position = 0
        self._per_term = {
            "posting_at": array("Q", [0]),
            "docs_at": array("Q"),
            "blocks_at": array("I"),
            "positions_at": array("Q", [0]),
            "tops": array("B"),
        }

    @cython.cfunc
    def _room(self, postings: cython.Py_ssize_t, positions: cython.Py_ssize_t) -> object:
        """Make room for so many more postings and bytes of positions."""
        need: cython.Py_ssize_t = self.n_postings + self.n_term + postings
        if need > len(self._impacts):
            self._impacts = _grown(self._impacts, "B", 1, self.n_postings + self.n_term, need)
            self._lengths = _grown(self._lengths, "B", 1, self.n_postings + self.n_term, need)
        need = self.n_term + postings
        if need > len(self._term_docs):
            self._term_docs = _grown(self._term_docs, "I", 4, self.n_term, need)
        need = self.n_positions + positions
        if need > len(self._positions):
            self._positions = _grown(self._positions, "B", 1, self.n_positions, need)
        return None

    def add_tokens(self, docs: object, positions: object, start: int, end: int) -> None:
        """The tokens ``[start:end]`` of an inverted batch, all of the present term.

        Documents and positions are ``array('I')``, ascending; a position given twice in one
        document counts once.
        """
        doc_of: cython.const[cython.uint][::1] = docs
        position_of: cython.const[cython.uint][::1] = positions
        first: cython.Py_ssize_t = start
        last: cython.Py_ssize_t = end
        self._room(last - first, 9 * (last - first))
        with cython.nogil:
            self._add_tokens(doc_of, position_of, first, last)

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _add_tokens(
        self,
        docs: cython.const[cython.uint][::1],
        positions: cython.const[cython.uint][::1],
        i: cython.Py_ssize_t,
        end: cython.Py_ssize_t,
    ) -> cython.int:
        doc: cython.uint
        tf: cython.uint
        previous: cython.uint
        value: cython.uint
        begin: cython.Py_ssize_t
        at: cython.Py_ssize_t
        j: cython.Py_ssize_t
        size: cython.Py_ssize_t
        while i < end:
            doc = docs[i]
            begin = self.n_positions
            at = begin
            tf = 0
            previous = 0
            while i < end and docs[i] == doc:
                if tf == 0 or positions[i] != previous:
                    value = positions[i] - previous
                    previous = positions[i]
                    tf += 1
                    while value >= 128:
                        self._positions[at] = (value & 127) | 128
                        at += 1
                        value >>= 7
                    self._positions[at] = value
                    at += 1
                i += 1
            size = at - begin
            if size >= 255:
                j = at - 1
                while j >= begin:
                    self._positions[j + 4] = self._positions[j]
                    j -= 1
                for j in range(4):
                    self._positions[begin + j] = (size >> (8 * j)) & 255
                at += 4
            self.n_positions = at
            self._posting(doc, tf, 255 if size >= 255 else size)
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _posting(self, doc: cython.uint, tf: cython.uint, length: cython.Py_ssize_t) -> cython.int:
        impact: cython.int = cython.cast(cython.int, 255.0 * tf / (tf + self._norms[doc]) + 0.5)
        p: cython.Py_ssize_t = self.n_postings + self.n_term
        self._impacts[p] = 1 if impact < 1 else impact
        self._lengths[p] = length
        self._term_docs[self.n_term] = doc
        self.n_term += 1
        return 0

    def add_list(self, docs: object, lengths: object, payload: object, numbers: object) -> None:
        """The postings of the present term in another segment.

        ``docs`` (``array('I')``), ``lengths`` and ``payload`` (bytes) as
        ``Lists.docs``, ``Lists.lengths`` and ``Lists.payload`` give them; ``numbers``
        (``array('I')``) maps its documents to ours, ``SPARSE`` where one is deleted.
        Impacts are made anew, with the lengths and the pivot of this segment.
        """
        doc_of: cython.const[cython.uint][::1] = docs
        sizes: cython.const[cython.uchar][::1] = lengths
        data: cython.const[cython.uchar][::1] = payload
        renumber: cython.const[cython.uint][::1] = numbers
        n: cython.Py_ssize_t = len(doc_of)
        at: cython.Py_ssize_t = 0
        i: cython.Py_ssize_t
        j: cython.Py_ssize_t
        size: cython.Py_ssize_t
        head: cython.Py_ssize_t
        tf: cython.uint
        self._room(n, len(data))
        with cython.nogil:
            for i in range(n):
                size = sizes[i]
                head = 0
                if size == 255:
                    head = 4
                    size = (
                        data[at] | (data[at + 1] << 8) | (data[at + 2] << 16) | (data[at + 3] << 24)
                    )
                if renumber[doc_of[i]] != 0x7FFFFFFF:
                    tf = 0
                    for j in range(at, at + head + size):
                        self._positions[self.n_positions] = data[j]
                        self.n_positions += 1
                        if j >= at + head and data[j] < 128:
                            tf += 1
                    self._posting(renumber[doc_of[i]], tf, sizes[i])
                at += head + size

    def finish(self) -> int:
        """Close the present term; returns its document frequency (0: nothing is kept)."""
        n: cython.Py_ssize_t = self.n_term
        if n == 0:
            return 0
        blocked: cython.bint = n >= self.least_blocked
        table: cython.Py_ssize_t = self.n_tables
        if blocked:
            if (table + 1) * (self.n_blocks + 1) > len(self._block_first):
                self._block_first = _grown(
                    self._block_first,
                    "I",
                    4,
                    table * (self.n_blocks + 1),
                    (table + 1) * (self.n_blocks + 1),
                )
                self._block_max = _grown(
                    self._block_max, "B", 1, table * self.n_blocks, (table + 1) * self.n_blocks
                )
                self._block_position = _grown(
                    self._block_position, "I", 4, table * self.n_blocks, (table + 1) * self.n_blocks
                )
            if self.n_lows + n > len(self._lows):
                self._lows = _grown(self._lows, "B", 1, self.n_lows, self.n_lows + n)
            self._per_term["docs_at"].append(self.n_lows)
            self._per_term["blocks_at"].append(table)
        else:
            if self.n_sparse + n > len(self._docs):
                self._docs = _grown(self._docs, "I", 4, self.n_sparse, self.n_sparse + n)
            self._per_term["docs_at"].append(self.n_sparse)
            self._per_term["blocks_at"].append(SPARSE)
        top: cython.int
        with cython.nogil:
            if blocked:
                self._write_blocks(table)
            else:
                self._write_sparse()
            top = self._tenth()
        self._per_term["tops"].append(top)
        self.n_postings += n
        self._per_term["posting_at"].append(self.n_postings)
        self._per_term["positions_at"].append(self.n_positions)
        self.first_position = self.n_positions
        self.n_term = 0
        return n

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _write_sparse(self) -> cython.int:
        i: cython.Py_ssize_t
        for i in range(self.n_term):
            self._docs[self.n_sparse + i] = self._term_docs[i]
        self.n_sparse += self.n_term
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _write_blocks(self, table: cython.Py_ssize_t) -> cython.int:
        first: cython.Py_ssize_t = table * (self.n_blocks + 1)
        second: cython.Py_ssize_t = table * self.n_blocks
        at: cython.Py_ssize_t = self.first_position
        i: cython.Py_ssize_t = 0
        b: cython.Py_ssize_t
        size: cython.Py_ssize_t
        top: cython.int
        for b in range(self.n_blocks):
            self._block_first[first + b] = i
            self._block_position[second + b] = at - self.first_position
            top = 0
            while i < self.n_term and self._term_docs[i] >> 8 == b:
                self._lows[self.n_lows + i] = self._term_docs[i] & 255
                if self._impacts[self.n_postings + i] > top:
                    top = self._impacts[self.n_postings + i]
                size = self._lengths[self.n_postings + i]
                if size == 255:
                    size = 4 + (
                        self._positions[at]
                        | (self._positions[at + 1] << 8)
                        | (self._positions[at + 2] << 16)
                        | (self._positions[at + 3] << 24)
                    )
                at += size
                i += 1
            self._block_max[second + b] = top
        self._block_first[first + self.n_blocks] = i
        self.n_lows += self.n_term
        self.n_tables += 1
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _tenth(self) -> cython.int:
        """The tenth highest impact of the term, 0 with fewer than ten postings."""
        level: cython.int
        i: cython.Py_ssize_t
        count: cython.Py_ssize_t
        low: cython.int = 1
        high: cython.int = 255
        if self.n_term < 10:
            return 0
        # Bisect on the level that at least ten postings reach.
        while low < high:
            level = (low + high + 1) >> 1
            count = 0
            i = 0
            while i < self.n_term and count < 10:
                if self._impacts[self.n_postings + i] >= level:
                    count += 1
                i += 1
            if count >= 10:
                low = level
            else:
                high = level - 1
        return low

    def columns(self) -> dict:
        """The finished columns by name, without ``terms`` and ``term_at``."""
        out = dict(self._per_term)
        out["lows"] = self._lows[: self.n_lows]
        out["docs"] = self._docs[: self.n_sparse]
        out["impacts"] = self._impacts[: self.n_postings]
        out["lengths"] = self._lengths[: self.n_postings]
        out["block_first"] = self._block_first[: self.n_tables * (self.n_blocks + 1)]
        out["block_max"] = self._block_max[: self.n_tables * self.n_blocks]
        out["block_position"] = self._block_position[: self.n_tables * self.n_blocks]
        out["positions"] = self._positions[: self.n_positions]
        return out
