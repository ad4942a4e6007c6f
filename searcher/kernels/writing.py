# cython: language_level=3, boundscheck=False, wraparound=False
# cython: cdivision=True, initializedcheck=False
"""Making postings: inverting a batch of tokens, and encoding lists term by term.

``searcher.index.layout`` describes the columns this module fills.
"""

from __future__ import annotations

from array import array
from mmap import ACCESS_READ, mmap

try:
    import cython
except ImportError:
    from searcher.kernels import pure as cython

if cython.compiled:
    from cython.cimports.searcher.kernels.processor import prefetch

__all__ = ["GONE", "ListWriter", "invert", "mid_sentence"]

#: The new number of a document that is not kept.
GONE = 0x7FFFFFFF
#: Words whose tokens are asked for together.
_TOGETHER = 64


def invert(
    numbers: object,
    doc_at: object,
    term_at: object,
    terms: object,
    offsets: object,
    widths: object,
    n_terms: int,
) -> tuple:
    """Replace every raw word by its terms, with positions, and sort these tokens by term.

    ``numbers`` (``array('I')``) are the raw words of all documents one after the other,
    document ``d`` at ``numbers[doc_at[d]:doc_at[d + 1]]``. Raw word ``w`` stands for
    ``terms[term_at[w]:term_at[w + 1]]`` at ``offsets`` from its first position, and takes
    ``widths[w]`` positions. Returns ``(at, tokens, lengths)``: the tokens of term ``t`` are
    ``tokens[at[t]:at[t + 1]]``, each ``document << 32 | position``, by document and, in
    one document, as they stood (both ``array('Q')``); ``lengths`` (``array('I')``) are the
    positions taken by each document.

    >>> at, tokens, lengths = invert(array("I", [0, 1, 0]), array("Q", [0, 2, 3]),
    ...     array("I", [0, 1, 3]), array("I", [1, 0, 2]), array("I", [0, 0, 1]),
    ...     array("I", [1, 2]), 3)
    >>> list(at), [(token >> 32, token % 16) for token in tokens], list(lengths)
    ([0, 1, 3, 4], [(0, 1), (0, 0), (1, 0), (0, 2)], [3, 1])
    """
    words: cython.const[cython.uint][::1] = numbers
    bounds: cython.const[cython.ulonglong][::1] = doc_at
    first: cython.const[cython.uint][::1] = term_at
    values: cython.const[cython.uint][::1] = terms
    places: cython.const[cython.uint][::1] = offsets
    taken: cython.const[cython.uint][::1] = widths
    n_docs: cython.Py_ssize_t = len(bounds) - 1
    n_words: cython.Py_ssize_t = len(taken)
    m: cython.Py_ssize_t = n_terms
    together: cython.Py_ssize_t = _TOGETHER
    most: cython.Py_ssize_t
    starts = array("Q", [0]) * (m + 1)
    used = array("I", [0]) * (n_words + 1)
    lengths = array("I", [0]) * n_docs
    at: cython.ulonglong[::1] = starts
    uses: cython.uint[::1] = used
    out_lengths: cython.uint[::1] = lengths
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    k: cython.Py_ssize_t
    d: cython.Py_ssize_t
    start: cython.Py_ssize_t
    end: cython.Py_ssize_t
    w: cython.uint
    t: cython.uint
    n: cython.ulonglong
    position: cython.uint
    token: cython.ulonglong
    with cython.nogil:
        # How often each word stands there tells how often its terms do: they are more.
        for i in range(len(words)):
            uses[words[i]] += 1
        for i in range(n_words):
            if uses[i]:
                for j in range(first[i], first[i + 1]):
                    at[values[j] + 1] += uses[i]
        for i in range(m):
            at[i + 1] += at[i]
    n = at[m]
    sorted_tokens = array("Q", [0]) * n
    heads = array("Q", [0]) * (m + 1)
    next_terms = array("I", [0]) * together
    out: cython.ulonglong[::1] = sorted_tokens
    head: cython.ulonglong[::1] = heads
    nexts: cython.uint[::1] = next_terms
    with cython.nogil:
        # Nearly every word is one term in one place: of these the term, plus one; else 0.
        for i in range(n_words):
            j = first[i]
            uses[i] = 0
            if first[i + 1] == j + 1 and places[j] == 0 and taken[i] == 1:
                uses[i] = values[j] + 1
        # Where the next token of each term goes, at the term plus one as well.
        for i in range(m):
            head[i + 1] = at[i]
        for d in range(n_docs):
            position = 0
            start = bounds[d]
            end = bounds[d + 1]
            while start < end:
                # The tokens go to places all over: those of the next words are asked for first.
                most = end - start if end - start < together else together
                for k in range(most):
                    t = uses[words[start + k]]
                    nexts[k] = t
                    if cython.compiled:
                        prefetch(cython.address(out[head[t]]))
                for k in range(most):
                    t = nexts[k]
                    token = d
                    token = (token << 32) | position
                    if t:
                        n = head[t]
                        head[t] = n + 1
                        out[n] = token
                        position += 1
                    else:
                        w = words[start + k]
                        for j in range(first[w], first[w + 1]):
                            t = values[j] + 1
                            n = head[t]
                            head[t] = n + 1
                            out[n] = token + places[j]
                        position += taken[w]
                start += most
            out_lengths[d] = position
    return starts, sorted_tokens, lengths


def mid_sentence(
    numbers: object, doc_at: object, title_words: object, capital: object, ends: object
) -> tuple:
    """How often each raw word stands inside a sentence of a body, and with a capital there.

    ``numbers`` and ``doc_at`` as in :func:`invert`; document ``d`` begins with a title of
    ``title_words[d]`` words (``array('I')``), whose capitals say nothing. ``capital`` and
    ``ends`` have a byte a raw word: whether it has a capital, and may end a sentence.
    Returns two ``array('I')``, one value a raw word.

    >>> uses, capitals = mid_sentence(array("I", [1, 0, 1, 0]), array("Q", [0, 4]),
    ...     array("I", [0]), b"\\1\\0", b"\\0\\0")
    >>> list(uses), list(capitals)
    ([2, 1], [2, 0])
    """
    words: cython.const[cython.uint][::1] = numbers
    bounds: cython.const[cython.ulonglong][::1] = doc_at
    titles: cython.const[cython.uint][::1] = title_words
    has_capital: cython.const[cython.uchar][::1] = capital
    closes: cython.const[cython.uchar][::1] = ends
    n_docs: cython.Py_ssize_t = len(bounds) - 1
    uses_array = array("I", bytes(4 * len(has_capital)))
    capitals_array = array("I", bytes(4 * len(has_capital)))
    uses: cython.uint[::1] = uses_array
    capitals: cython.uint[::1] = capitals_array
    d: cython.Py_ssize_t
    i: cython.Py_ssize_t
    w: cython.uint
    with cython.nogil:
        for d in range(n_docs):
            for i in range(bounds[d] + titles[d] + 1, bounds[d + 1]):
                if closes[words[i - 1]] == 0:
                    w = words[i]
                    uses[w] += 1
                    if has_capital[w]:
                        capitals[w] += 1
    return uses_array, capitals_array


@cython.cfunc
def _grown(
    old: object, typecode: str, size: int, used: cython.Py_ssize_t, need: cython.Py_ssize_t
) -> object:
    """A larger array with the first ``used`` values of ``old``."""
    new = array(typecode, bytes(size * max(need, 2 * used, 1024)))
    memoryview(new)[:used] = memoryview(old)[:used]
    return new


@cython.final
@cython.cclass
class _Source:
    """One field of a segment that is merged, read term by term."""

    n_blocks: cython.Py_ssize_t
    n_terms: cython.Py_ssize_t
    at: cython.Py_ssize_t  # the present term
    held = cython.declare(object, visibility="readonly")  # the number of each term in the result
    _held: cython.uint[::1]
    _terms: cython.const[cython.uchar][::1]
    _term_at: cython.const[cython.uint][::1]
    _list_at: cython.const[cython.uint][::1]
    _sparse: cython.const[cython.uchar][::1]
    _row_at: cython.const[cython.ulonglong][::1]
    _lows: cython.const[cython.uchar][::1]
    _first_base: cython.const[cython.uint][::1]
    _first_low: cython.const[cython.ushort][::1]
    _row_positions: cython.const[cython.ulonglong][::1]
    _positions: cython.const[cython.uchar][::1]
    _numbers: cython.const[cython.uint][::1]

    def __init__(self, n_docs: int, columns: dict, numbers: object) -> None:
        self.n_blocks = (n_docs + 255) >> 8
        self.n_terms = len(columns["list_at"])
        self.at = 0
        self.held = array("I", [GONE]) * self.n_terms
        self._held = self.held
        self._terms = columns["terms"]
        self._term_at = columns["term_at"]
        self._list_at = columns["list_at"]
        self._sparse = columns["sparse"]
        self._row_at = columns["row_at"]
        self._lows = columns["lows"]
        self._first_base = columns["first_base"]
        self._first_low = columns["first_low"]
        self._row_positions = columns["row_positions"]
        self._positions = columns["positions"]
        self._numbers = numbers

    @cython.cfunc
    @cython.exceptval(check=False)
    def compare(self, other: _Source) -> cython.int:
        """The order of the present terms by their bytes: negative, 0 or positive."""
        i: cython.Py_ssize_t = self._term_at[self.at]
        j: cython.Py_ssize_t = other._term_at[other.at]
        m: cython.Py_ssize_t = self._term_at[self.at + 1] - i
        n: cython.Py_ssize_t = other._term_at[other.at + 1] - j
        k: cython.Py_ssize_t = 0
        least: cython.Py_ssize_t = m if m < n else n
        while k < least and self._terms[i + k] == other._terms[j + k]:
            k += 1
        if k < least:
            return -1 if self._terms[i + k] < other._terms[j + k] else 1
        return 0 if m == n else -1 if m < n else 1


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def _first(source: _Source, row: cython.Py_ssize_t, b: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """The first posting of a row in or after a block, as ``Lists`` has it."""
    bases: cython.Py_ssize_t = (source.n_blocks + 64) >> 6
    return (
        source._first_base[row * bases + (b >> 6)]
        + source._first_low[row * (source.n_blocks + 1) + b]
    )


@cython.final
@cython.cclass
class ListWriter:
    """Encodes the postings of one field, term by term in sorted order.

    ``norms`` (``array('d')``, one a document) are the length norms ``k1 (1 - b + b dl /
    pivot)`` that the impacts are saturated with. For each term call :meth:`add_tokens` or
    (several times, documents ascending), then :meth:`finish`, or :meth:`add_batch` or
    :meth:`merge` for all at once; at the end :meth:`columns`. A term gets block tables if
    it has ``least_per_block`` postings a block.

    With ``spill``, a function that gives a new file, the long columns are written to such
    files whenever they have a few megabytes, and :meth:`columns` maps them.
    """

    _norms: cython.const[cython.double][::1]
    n_blocks: cython.Py_ssize_t
    least_blocked: cython.Py_ssize_t
    # the term being written
    _docs: cython.uint[::1]
    _weights: cython.uchar[::1]
    _places: cython.uchar[::1]
    n_term: cython.Py_ssize_t
    n_places: cython.Py_ssize_t
    # what is written, with how much of each array is used
    _sparse: cython.uchar[::1]
    n_sparse: cython.Py_ssize_t
    _lows: cython.uchar[::1]
    _impacts: cython.uchar[::1]
    n_blocked: cython.Py_ssize_t
    _positions: cython.uchar[::1]
    n_positions: cython.Py_ssize_t
    _first_base: cython.uint[::1]
    _first_low: cython.ushort[::1]
    _block_max: cython.uchar[::1]
    _block_position: cython.uint[::1]
    n_rows: cython.Py_ssize_t
    _list_at: cython.uint[::1]
    n_terms: cython.Py_ssize_t
    _row_at: object
    _row_positions: object
    _tops: object
    # what is no longer in memory
    _spill: object
    _files: dict
    _chunk: cython.Py_ssize_t
    sparse_before: cython.Py_ssize_t
    blocked_before: cython.Py_ssize_t
    positions_before: cython.Py_ssize_t
    rows_before: cython.Py_ssize_t

    def __init__(
        self,
        norms: object,
        least_per_block: int = 2,
        spill: object = None,
        chunk: int = 4 << 20,
    ) -> None:
        self._norms = norms
        self.n_blocks = (len(norms) + 255) >> 8
        self.least_blocked = max(1, least_per_block * self.n_blocks)
        self._docs = array("I", bytes(4096))
        self._weights = array("B", bytes(1024))
        self._places = array("B", bytes(4096))
        self._sparse = array("B", bytes(4096))
        self._lows = array("B", bytes(1024))
        self._impacts = array("B", bytes(1024))
        self._positions = array("B", bytes(4096))
        self._first_base = array("I", bytes(4))
        self._first_low = array("H", bytes(2))
        self._block_max = array("B", bytes(1))
        self._block_position = array("I", bytes(4))
        self._list_at = array("I", bytes(4096))
        self._row_at = array("Q", [0])
        self._row_positions = array("Q", [0])
        self._tops = array("B")
        self.n_term = 0
        self.n_places = 0
        self.n_sparse = 0
        self.n_blocked = 0
        self.n_positions = 0
        self.n_rows = 0
        self.n_terms = 0
        self._spill = spill
        self._files = {}
        self._chunk = chunk
        self.sparse_before = 0
        self.blocked_before = 0
        self.positions_before = 0
        self.rows_before = 0

    @cython.cfunc
    def _out(self, name: str, values: object, used: cython.Py_ssize_t) -> object:
        """Move the first ``used`` values of a column to its file."""
        if name not in self._files:
            self._files[name] = self._spill()
        self._files[name].write(memoryview(values)[:used])
        return None

    @cython.cfunc
    def _spill_all(self) -> object:
        """Write out every column that has grown to a chunk."""
        if self.n_sparse >= self._chunk:
            self._out("sparse", self._sparse, self.n_sparse)
            self.sparse_before += self.n_sparse
            self.n_sparse = 0
        if self.n_blocked >= self._chunk:
            self._out("lows", self._lows, self.n_blocked)
            self._out("impacts", self._impacts, self.n_blocked)
            self.blocked_before += self.n_blocked
            self.n_blocked = 0
        if self.n_positions >= self._chunk:
            self._out("positions", self._positions, self.n_positions)
            self.positions_before += self.n_positions
            self.n_positions = 0
        if self.n_rows * self.n_blocks >= self._chunk:
            for name, values, used in self._tables():
                self._out(name, values, used)
            self.rows_before += self.n_rows
            self.n_rows = 0
        return None

    @cython.cfunc
    def _tables(self) -> list:
        """The block tables in memory: (name, array, values used)."""
        rows: cython.Py_ssize_t = self.n_rows
        return [
            ("first_base", self._first_base, rows * ((self.n_blocks + 64) >> 6)),
            ("first_low", self._first_low, rows * (self.n_blocks + 1)),
            ("block_max", self._block_max, rows * self.n_blocks),
            ("block_position", self._block_position, rows * ((self.n_blocks + 1) >> 1)),
        ]

    @cython.cfunc
    def _room(self, postings: cython.Py_ssize_t, places: cython.Py_ssize_t) -> object:
        """Make room for so many more postings and bytes of positions of the present term."""
        need: cython.Py_ssize_t = self.n_term + postings
        if need > len(self._docs):
            self._docs = _grown(self._docs, "I", 4, self.n_term, need)
            self._weights = _grown(self._weights, "B", 1, self.n_term, need)
        need = self.n_places + places
        if need > len(self._places):
            self._places = _grown(self._places, "B", 1, self.n_places, need)
        return None

    def add_batch(self, order: object, at: object, tokens: object) -> None:
        """Whole terms of an inverted batch, each finished: those numbered ``order``.

        ``order`` is ``array('I')``, by the terms' bytes; the others as :func:`invert` gives
        them.
        """
        terms: cython.const[cython.uint][::1] = order
        starts: cython.const[cython.ulonglong][::1] = at
        values: cython.const[cython.ulonglong][::1] = tokens
        i: cython.Py_ssize_t
        first: cython.Py_ssize_t
        last: cython.Py_ssize_t
        for i in range(len(terms)):
            first = starts[terms[i]]
            last = starts[terms[i] + 1]
            self._room(last - first, 5 * (last - first))
            self._add_tokens(values, first, last)
            self.finish()

    def add_tokens(self, tokens: object, start: int, end: int) -> None:
        """The tokens ``[start:end]`` of an inverted batch, all of the present term.

        They are ascending; a position given twice in one document counts once.
        """
        values: cython.const[cython.ulonglong][::1] = tokens
        first: cython.Py_ssize_t = start
        last: cython.Py_ssize_t = end
        self._room(last - first, 5 * (last - first))
        with cython.nogil:
            self._add_tokens(values, first, last)

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _add_tokens(
        self,
        tokens: cython.const[cython.ulonglong][::1],
        i: cython.Py_ssize_t,
        end: cython.Py_ssize_t,
    ) -> cython.int:
        doc: cython.ulonglong
        tf: cython.uint
        place: cython.uint
        previous: cython.uint
        value: cython.uint
        at: cython.Py_ssize_t = self.n_places
        while i < end:
            doc = tokens[i] >> 32
            tf = 0
            previous = 0
            while i < end and tokens[i] >> 32 == doc:
                place = cython.cast(cython.uint, tokens[i] & 0x7FFFFFFF)
                if tf == 0 or place != previous:
                    value = place - previous
                    previous = place
                    tf += 1
                    while value >= 64:
                        self._places[at] = (value & 127) | 128
                        at += 1
                        value >>= 7
                    self._places[at] = value
                    at += 1
                i += 1
            self._places[at - 1] |= 64  # the posting ends here
            self._posting(cython.cast(cython.uint, doc), tf)
        self.n_places = at
        return 0

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    @cython.nogil
    def _posting(self, doc: cython.uint, tf: cython.uint) -> cython.int:
        impact: cython.int = cython.cast(cython.int, 255.0 * tf / (tf + self._norms[doc]) + 0.5)
        self._weights[self.n_term] = 1 if impact < 1 else impact
        self._docs[self.n_term] = doc
        self.n_term += 1
        return 0

    def merge(self, sources: list) -> tuple:
        """All terms of several segments, each finished; :meth:`columns` are theirs.

        ``sources`` holds (documents, columns of the field, numbers) for each, ``numbers``
        (``array('I')``) mapping its documents to ours, ascending from source to source, and
        ``GONE`` where one is deleted. Impacts are made anew, with the norms of this writer.
        Returns ``(terms, term_at, held)``: the columns of that name, and for each source the
        number of each of its terms here, ``GONE`` where no document keeps it.
        """
        readers: list = [_Source(*source) for source in sources]
        text: cython.uchar[::1] = array("B", bytes(4096))
        term_at: cython.uint[::1] = array("I", bytes(4096))
        n_text: cython.Py_ssize_t = 0
        number: cython.uint = 0
        k: cython.Py_ssize_t = len(readers)
        holders: cython.Py_ssize_t[::1] = array("q", [0]) * k  # of the least term
        n: cython.Py_ssize_t
        i: cython.Py_ssize_t
        order: cython.int
        least: _Source = None
        reader: _Source
        at: cython.Py_ssize_t
        end: cython.Py_ssize_t
        while True:
            # Few sources: looking at all of them costs less than keeping a heap.
            n = 0
            for i in range(k):
                reader = readers[i]
                if reader.at == reader.n_terms:
                    continue
                order = reader.compare(least) if n > 0 else -1
                if order < 0:
                    least = reader
                    n = 0
                if order <= 0:
                    holders[n] = i
                    n += 1
            if n == 0:
                break
            for i in range(n):
                self._merge_term(readers[holders[i]])
            if self.finish():
                at = least._term_at[least.at]
                end = least._term_at[least.at + 1]
                if n_text + end - at > len(text):
                    text = _grown(text, "B", 1, n_text, n_text + end - at)
                if number + 2 > len(term_at):
                    term_at = _grown(term_at, "I", 4, number + 1, number + 2)
                while at < end:
                    text[n_text] = least._terms[at]
                    n_text += 1
                    at += 1
                for i in range(n):
                    reader = readers[holders[i]]
                    reader._held[reader.at] = number
                number += 1
                term_at[number] = n_text
            for i in range(n):
                reader = readers[holders[i]]
                reader.at += 1
        return (
            memoryview(text)[:n_text].tobytes(),
            array("I", memoryview(term_at)[: number + 1].tobytes()),
            [reader.held for reader in readers],
        )

    @cython.cfunc
    def _merge_term(self, source: _Source) -> object:
        """The postings of a source's present term.

        Only long lists let other threads in: to ask for the lock again takes longer than
        to copy a short one, and nearly all are.
        """
        t: cython.Py_ssize_t = source.at
        row: cython.Py_ssize_t
        at: cython.Py_ssize_t
        n: cython.Py_ssize_t = 0
        size: cython.Py_ssize_t
        gaps: cython.Py_ssize_t
        b: cython.Py_ssize_t
        i: cython.Py_ssize_t
        end: cython.Py_ssize_t
        shift: cython.int = 0
        doc: cython.uint = 0
        gap: cython.uint
        if source._list_at[t] >> 31:
            row = source._list_at[t] & 0x7FFFFFFF
            at = source._row_positions[row]
            size = source._row_positions[row + 1] - at
            n = source._row_at[row + 1] - source._row_at[row]
            self._room(n, size)
            with cython.nogil:
                for b in range(source.n_blocks):
                    i = _first(source, row, b)
                    end = _first(source, row, b + 1)
                    while i < end:
                        doc = (b << 8) | source._lows[source._row_at[row] + i]
                        at = self._copy(source._positions, at, source._numbers[doc])
                        i += 1
            return None
        at = source._list_at[t]
        while source._sparse[at] >= 128:
            n |= cython.cast(cython.Py_ssize_t, source._sparse[at] & 127) << shift
            shift += 7
            at += 1
        n |= cython.cast(cython.Py_ssize_t, source._sparse[at]) << shift
        at += 1
        shift = 0
        while source._sparse[at] >= 128:
            doc |= cython.cast(cython.uint, source._sparse[at] & 127) << shift
            shift += 7
            at += 1
        doc |= cython.cast(cython.uint, source._sparse[at]) << shift
        at += 1 + n
        gaps = at
        i = 1
        while i < n:
            at += 6 if source._sparse[at] == 255 and source._sparse[at + 1] == 255 else 2
            i += 1
        size = at
        i = 0
        while i < n:
            if source._sparse[size] & 192 == 64:
                i += 1
            size += 1
        self._room(n, size - at)
        for i in range(n):
            if i:
                gap = source._sparse[gaps] | (
                    cython.cast(cython.uint, source._sparse[gaps + 1]) << 8
                )
                gaps += 2
                if gap == 0xFFFF:
                    gap = (
                        source._sparse[gaps]
                        | (cython.cast(cython.uint, source._sparse[gaps + 1]) << 8)
                        | (cython.cast(cython.uint, source._sparse[gaps + 2]) << 16)
                        | (cython.cast(cython.uint, source._sparse[gaps + 3]) << 24)
                    )
                    gaps += 4
                doc += gap
            at = self._copy(source._sparse, at, source._numbers[doc])
        return None

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    @cython.nogil
    def _copy(
        self, data: cython.const[cython.uchar][::1], at: cython.Py_ssize_t, doc: cython.uint
    ) -> cython.Py_ssize_t:
        """One posting with the positions at ``at``, unless its document is gone; their end."""
        out: cython.Py_ssize_t = self.n_places
        tf: cython.uint = 0
        byte: cython.int = 0
        while byte & 192 != 64:
            byte = data[at]
            at += 1
            self._places[out] = byte
            out += 1
            if byte < 128:
                tf += 1
        if doc != 0x7FFFFFFF:
            self.n_places = out
            self._posting(doc, tf)
        return at

    def finish(self) -> int:
        """Close the present term; returns its document frequency (0: nothing is kept)."""
        n: cython.Py_ssize_t = self.n_term
        rows: cython.Py_ssize_t = self.n_rows
        bases: cython.Py_ssize_t = (self.n_blocks + 64) >> 6
        pairs: cython.Py_ssize_t = (self.n_blocks + 1) >> 1
        if n == 0:
            return 0
        if self._spill is not None:
            self._spill_all()
            rows = self.n_rows
        if self.n_terms + 1 > len(self._list_at):
            self._list_at = _grown(self._list_at, "I", 4, self.n_terms, self.n_terms + 1)
        if n < self.least_blocked:
            if self.sparse_before + self.n_sparse >= 0x7FFFFF00:
                raise OverflowError("a segment's sparse lists may take two gigabytes")
            if self.n_sparse + 7 * n + self.n_places + 16 > len(self._sparse):
                self._sparse = _grown(
                    self._sparse, "B", 1, self.n_sparse, self.n_sparse + 7 * n + self.n_places + 16
                )
            self._list_at[self.n_terms] = self.sparse_before + self.n_sparse
            self._write_sparse()
        else:
            if self.n_blocked + n > len(self._lows):
                self._lows = _grown(self._lows, "B", 1, self.n_blocked, self.n_blocked + n)
                self._impacts = _grown(self._impacts, "B", 1, self.n_blocked, self.n_blocked + n)
            if self.n_positions + self.n_places > len(self._positions):
                self._positions = _grown(
                    self._positions, "B", 1, self.n_positions, self.n_positions + self.n_places
                )
            if (rows + 1) * (self.n_blocks + 1) > len(self._first_low):  # the longest rows
                self._block_max = _grown(
                    self._block_max, "B", 1, rows * self.n_blocks, 2 * (rows + 1) * self.n_blocks
                )
                self._first_low = _grown(
                    self._first_low,
                    "H",
                    2,
                    rows * (self.n_blocks + 1),
                    2 * (rows + 1) * (self.n_blocks + 1),
                )
                self._first_base = _grown(
                    self._first_base, "I", 4, rows * bases, 2 * (rows + 1) * bases
                )
                self._block_position = _grown(
                    self._block_position, "I", 4, rows * pairs, 2 * (rows + 1) * pairs
                )
            self._list_at[self.n_terms] = (cython.cast(cython.uint, 1) << 31) | (
                self.rows_before + rows
            )
            top: cython.int
            with cython.nogil:
                self._write_blocks()
                top = self._tenth()
            self._tops.append(top)
            self._row_at.append(self.blocked_before + self.n_blocked)
            self._row_positions.append(self.positions_before + self.n_positions)
        self.n_terms += 1
        self.n_term = 0
        self.n_places = 0
        return n

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    @cython.nogil
    def _put(self, value: cython.uint) -> cython.int:
        """A number to the sparse lists, seven bits a byte, the high bit set on all but the last."""
        while value >= 128:
            self._sparse[self.n_sparse] = (value & 127) | 128
            self.n_sparse += 1
            value >>= 7
        self._sparse[self.n_sparse] = value
        self.n_sparse += 1
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _write_sparse(self) -> cython.int:
        i: cython.Py_ssize_t
        at: cython.Py_ssize_t
        gap: cython.uint
        self._put(self.n_term)
        self._put(self._docs[0])
        at = self.n_sparse
        for i in range(self.n_term):
            self._sparse[at + i] = self._weights[i]
        at += self.n_term
        for i in range(1, self.n_term):
            gap = self._docs[i] - self._docs[i - 1]
            if gap >= 0xFFFF:
                self._sparse[at] = 0xFF
                self._sparse[at + 1] = 0xFF
                self._sparse[at + 2] = gap & 255
                self._sparse[at + 3] = (gap >> 8) & 255
                self._sparse[at + 4] = (gap >> 16) & 255
                self._sparse[at + 5] = gap >> 24
                at += 6
            else:
                self._sparse[at] = gap & 255
                self._sparse[at + 1] = gap >> 8
                at += 2
        for i in range(self.n_places):
            self._sparse[at + i] = self._places[i]
        self.n_sparse = at + self.n_places
        return 0

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _write_blocks(self) -> cython.int:
        first: cython.Py_ssize_t = self.n_rows * (self.n_blocks + 1)
        base: cython.Py_ssize_t = self.n_rows * ((self.n_blocks + 64) >> 6)
        top: cython.Py_ssize_t = self.n_rows * self.n_blocks
        pair: cython.Py_ssize_t = self.n_rows * ((self.n_blocks + 1) >> 1)
        at: cython.Py_ssize_t = 0
        i: cython.Py_ssize_t = 0
        b: cython.Py_ssize_t
        highest: cython.int
        for b in range(self.n_blocks):
            if b & 63 == 0:
                self._first_base[base + (b >> 6)] = i
            self._first_low[first + b] = i - self._first_base[base + (b >> 6)]
            if b & 1 == 0:
                self._block_position[pair + (b >> 1)] = at
            highest = 0
            while i < self.n_term and self._docs[i] >> 8 == b:
                self._lows[self.n_blocked + i] = self._docs[i] & 255
                self._impacts[self.n_blocked + i] = self._weights[i]
                if self._weights[i] > highest:
                    highest = self._weights[i]
                while self._places[at] & 192 != 64:
                    at += 1
                at += 1
                i += 1
            self._block_max[top + b] = highest
        b = self.n_blocks
        if b & 63 == 0:
            self._first_base[base + (b >> 6)] = i
        self._first_low[first + b] = i - self._first_base[base + (b >> 6)]
        for i in range(self.n_places):
            self._positions[self.n_positions + i] = self._places[i]
        self.n_positions += self.n_places
        self.n_blocked += self.n_term
        self.n_rows += 1
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
                if self._weights[i] >= level:
                    count += 1
                i += 1
            if count >= 10:
                low = level
            else:
                high = level - 1
        return low

    def columns(self) -> dict:
        """The finished columns by name, without ``terms`` and ``term_at``.

        What was spilled is a mapped file; nothing else is copied either, so this writer
        must not be used any more.
        """
        columns = {
            "list_at": memoryview(self._list_at)[: self.n_terms],
            "sparse": memoryview(self._sparse)[: self.n_sparse],
            "row_at": self._row_at,
            "lows": memoryview(self._lows)[: self.n_blocked],
            "impacts": memoryview(self._impacts)[: self.n_blocked],
            "row_positions": self._row_positions,
            "positions": memoryview(self._positions)[: self.n_positions],
            "tops": self._tops,
        }
        for name, values, used in self._tables():
            columns[name] = memoryview(values)[:used]
        for name, file in self._files.items():
            rest = columns[name]
            file.write(rest)
            file.flush()
            columns[name] = memoryview(mmap(file.fileno(), 0, access=ACCESS_READ)).cast(rest.format)
            file.close()
        return columns
