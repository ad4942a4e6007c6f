# cython: language_level=3, boundscheck=False, wraparound=False
# cython: cdivision=True, initializedcheck=False
"""Words spelt nearly alike, by the five-letter pieces they share."""

from __future__ import annotations

from array import array

try:
    import cython
except ImportError:
    from searcher.kernels import pure as cython

from searcher.kernels.postings import Unsound

__all__ = ["pieces", "similar", "within"]


def pieces(word: bytes) -> list:
    """The five-byte pieces of ``^word$``, each packed into an integer.

    >>> [piece.to_bytes(5, "big") for piece in pieces(b"beras")]
    [b'^bera', b'beras', b'eras$']
    """
    marked = b"^" + word + b"$"
    return [int.from_bytes(marked[i : i + 5], "big") for i in range(len(marked) - 4)]


def similar(
    n_pieces: int,
    lists: list,
    term_at: object,
    n_terms: int,
    least: float,
) -> list:
    """The terms whose Dice coefficient with a word reaches ``least``, as (number, Dice).

    ``lists`` are the terms (``uint32`` buffers) that hold each of the word's ``n_pieces``
    pieces; ``term_at`` the starts of all terms, from which their own number of pieces
    follows.
    """
    at: cython.const[cython.uint][::1] = term_at
    shared_array = bytearray(n_terms)
    shared: cython.uchar[::1] = shared_array
    own: cython.Py_ssize_t = n_pieces
    bar: cython.double = least
    out = []
    terms: cython.const[cython.uint][::1]
    i: cython.Py_ssize_t
    t: cython.Py_ssize_t
    theirs: cython.Py_ssize_t
    dice: cython.double
    for buffer in lists:
        if not len(buffer):
            continue
        terms = buffer
        for i in range(len(terms)):
            t = terms[i]
            if t >= n_terms:  # no term has that number: the index is damaged
                raise Unsound("a piece belongs to a term that is none")
            if shared[t] < 255:
                shared[t] += 1
    for buffer in lists:
        if not len(buffer):
            continue
        terms = buffer
        for i in range(len(terms)):
            t = terms[i]
            if shared[t]:
                theirs = at[t + 1] - at[t] - 2
                dice = 2.0 * shared[t] / (own + theirs)
                shared[t] = 0
                if dice >= bar:
                    out.append((t, dice))
    return out


def within(terms: object, term_at: object, word: bytes, distance: int, prefix: int) -> list:
    """The numbers of the terms at most ``distance`` edits from ``word``.

    An edit inserts, deletes or replaces one byte (the letters of folded Indonesian are
    one byte each). The first ``prefix`` bytes must be equal. ``terms`` and ``term_at`` are
    a field's columns; sorted terms share their beginnings, so each row of the edit table
    is computed once for all terms that begin alike, and beginnings already too far are
    jumped over.
    """
    text: cython.const[cython.uchar][::1] = terms
    at: cython.const[cython.uint][::1] = term_at
    wanted: cython.const[cython.uchar][::1] = word if len(word) else b"\0"
    n: cython.Py_ssize_t = len(word)
    n_terms: cython.Py_ssize_t = len(at) - 1
    k: cython.int = distance
    fixed: cython.Py_ssize_t = min(prefix, len(word))
    depth_limit: cython.Py_ssize_t = n + k + 1
    # rows[d] is the edit table's row for the first d bytes of the present term.
    rows: cython.int[::1] = array("i", bytes(4 * (depth_limit + 2) * (n + 1)))
    width: cython.Py_ssize_t = n + 1
    out = []
    t: cython.Py_ssize_t = 0
    valid: cython.Py_ssize_t = 0  # rows 0..valid belong to the present term
    previous: cython.Py_ssize_t
    start: cython.Py_ssize_t
    length: cython.Py_ssize_t
    d: cython.Py_ssize_t
    j: cython.Py_ssize_t
    low: cython.int
    cost: cython.int
    best: cython.int
    lo: cython.Py_ssize_t
    hi: cython.Py_ssize_t
    mid: cython.Py_ssize_t
    dead: cython.bint
    for j in range(width):
        rows[j] = j
    if n_terms > 0:
        _look(at, 0, len(text))
    while t < n_terms:
        start = at[t]
        length = at[t + 1] - start
        dead = False
        d = valid
        while d < length:
            if d + 1 > depth_limit:
                dead = True
                break
            best = d + 1
            rows[(d + 1) * width] = d + 1
            for j in range(1, width):
                cost = rows[d * width + j - 1]
                if text[start + d] != wanted[j - 1]:
                    cost += 1
                low = rows[d * width + j] + 1
                if low < cost:
                    cost = low
                low = rows[(d + 1) * width + j - 1] + 1
                if low < cost:
                    cost = low
                rows[(d + 1) * width + j] = cost
                if cost < best:
                    best = cost
            d += 1
            if best > k or (d <= fixed and text[start + d - 1] != wanted[d - 1]):
                dead = True
                break
        if dead:
            # Jump to the first term that does not begin with these d bytes.
            lo = t + 1
            hi = n_terms
            while lo < hi:
                mid = (lo + hi) >> 1
                if _begins(text, at, mid, start, d):
                    lo = mid + 1
                else:
                    hi = mid
            previous = start
            t = lo
        else:
            if length >= fixed and rows[length * width + n] <= k:
                out.append(t)
            previous = start
            t += 1
        if t < n_terms:
            _look(at, t, len(text))
            valid = 0
            hi = at[t + 1] - at[t]
            if d < hi:
                hi = d
            while valid < hi and text[previous + valid] == text[at[t] + valid]:
                valid += 1
    return out


@cython.cfunc
@cython.exceptval(check=False)
def _begins(
    text: cython.const[cython.uchar][::1],
    at: cython.const[cython.uint][::1],
    term: cython.Py_ssize_t,
    start: cython.Py_ssize_t,
    n: cython.Py_ssize_t,
) -> cython.bint:
    """Whether a term begins with the ``n`` bytes at ``start``."""
    i: cython.Py_ssize_t
    if at[term + 1] < at[term] or at[term + 1] > len(text) or at[term + 1] - at[term] < n:
        return False
    for i in range(n):  # noqa: SIM110  # a generator is no loop in C
        if text[at[term] + i] != text[start + i]:
            return False
    return True


@cython.cfunc
def _look(
    at: cython.const[cython.uint][::1], term: cython.Py_ssize_t, size: cython.Py_ssize_t
) -> cython.int:
    """Raise Unsound if a term does not lie inside the text of all terms."""
    if at[term + 1] < at[term] or at[term + 1] > size:
        raise Unsound("the terms of a field are not as they were written")
    return 0
