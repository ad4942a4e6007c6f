# cython: language_level=3, boundscheck=False, wraparound=False
# cython: cdivision=True, initializedcheck=False
"""What is added up, looked for or changed over a whole column when a segment is written.

NumPy could do all of it, but takes longer to import than a few articles to add.
"""

from __future__ import annotations

from array import array

try:
    import cython
except ImportError:
    from searcher.kernels import pure as cython

__all__ = [
    "alone",
    "by_term",
    "in_bytes",
    "norms",
    "not_empty",
    "occurrences",
    "standing_for",
    "summed",
    "valued",
]


def summed(lengths: object, live: object) -> tuple:
    """The sum of the lengths of the live documents, and how many they are.

    ``lengths`` has format ``B``, ``H`` or ``I``; ``live`` has a byte a document, 0 where it
    is deleted, or is None.

    >>> summed(array("H", [3, 300, 5]), b"\\1\\1\\0"), summed(array("B", [1, 2]), None)
    ((303, 2), (3, 2))
    """
    n: cython.Py_ssize_t = len(lengths)
    usual = memoryview(lengths).format in ("B", "H", "I") and (
        live is None or memoryview(live).format == "B"
    )
    if not cython.compiled or not n or not usual:  # not what was written, or no loop in C
        if live is not None:
            lengths = [length for length, lives in zip(lengths, live, strict=True) if lives]
        return sum(lengths), len(lengths)
    small: cython.const[cython.uchar][::1]
    middle: cython.const[cython.ushort][::1]
    large: cython.const[cython.uint][::1]
    alive: cython.const[cython.uchar][::1]
    i: cython.Py_ssize_t
    added: cython.ulonglong = 0
    count: cython.Py_ssize_t = n
    width: cython.int = memoryview(lengths).itemsize
    if live is not None:
        alive = live
        if len(alive) != n:
            raise ValueError("not as many documents as lengths")
        count = 0
        for i in range(n):
            count += alive[i] != 0
    if width == 1:
        small = lengths
        for i in range(n):
            if live is None or alive[i]:
                added += small[i]
    elif width == 2:
        middle = lengths
        for i in range(n):
            if live is None or alive[i]:
                added += middle[i]
    else:
        large = lengths
        for i in range(n):
            if live is None or alive[i]:
                added += large[i]
    return added, count


def norms(lengths: object, k1: float, b: float, pivot: float) -> array:
    """The length norms ``k1 (1 - b + b dl / pivot)`` that saturate term frequencies.

    ``lengths`` (format ``I``) in positions; returns an ``array('d')`` of as many. BM25 as in
    Robertson and Zaragoza 2009, with the document length relative to ``pivot``.

    >>> norms(array("I", [5, 10]), 1.0, 0.5, 10.0)
    array('d', [0.75, 1.0])
    """
    n: cython.Py_ssize_t = len(lengths)
    values = array("d", bytes(8 * n))
    if not n:
        return values
    dl: cython.const[cython.uint][::1] = lengths
    out: cython.double[::1] = values
    factor: cython.double = k1
    slope: cython.double = b
    least: cython.double = max(pivot, 1e-9)
    i: cython.Py_ssize_t
    for i in range(n):
        out[i] = factor * (1.0 - slope + slope * dl[i] / least)
    return values


def not_empty(at: object) -> array:
    """The numbers of the lists, ``at[i]`` to ``at[i + 1]`` (format ``Q``), with anything in them.

    >>> not_empty(array("Q", [0, 2, 2, 3]))
    array('I', [0, 2])
    """
    bounds: cython.const[cython.ulonglong][::1] = at
    n: cython.Py_ssize_t = len(bounds) - 1
    found = array("I", bytes(4 * n))
    out: cython.uint[::1] = found if n else array("I", [0])
    i: cython.Py_ssize_t
    m: cython.Py_ssize_t = 0
    with cython.nogil:
        for i in range(n):
            if bounds[i + 1] != bounds[i]:
                out[m] = i
                m += 1
    return found[:m]


def by_term(counts: object, term_at: object, term_of: object, order: object, n_terms: int) -> array:
    """The summed counts of the words that each term is the first of, for the terms in ``order``.

    ``counts`` has a value a word, which may be fewer words than ``term_at`` knows; ``term_at``
    and ``term_of`` are as :func:`searcher.kernels.writing.invert` reads them. All have
    format ``I``.

    >>> by_term(array("I", [1, 2, 4]), array("I", [0, 1, 1, 3]), array("I", [1, 1, 0]),
    ...     array("I", [1, 0]), 2)
    array('I', [5, 0])
    """
    n: cython.Py_ssize_t = len(counts)
    m: cython.Py_ssize_t = len(order)
    values = array("I", bytes(4 * m))
    if not n or not m:
        return values
    counted: cython.const[cython.uint][::1] = counts
    first: cython.const[cython.uint][::1] = term_at
    terms: cython.const[cython.uint][::1] = term_of if len(term_of) else array("I", [0])
    wanted: cython.const[cython.uint][::1] = order
    sums: cython.uint[::1] = array("I", bytes(4 * n_terms))
    out: cython.uint[::1] = values
    i: cython.Py_ssize_t
    with cython.nogil:
        for i in range(n):
            if first[i] != first[i + 1]:
                sums[terms[first[i]]] += counted[i]
        for i in range(m):
            out[i] = sums[wanted[i]]
    return values


def in_bytes(counts: object) -> tuple:
    """Counts (format ``I``) in a byte each, 255 for all above; which those are, and the counts.

    >>> in_bytes(array("I", [1, 255, 3, 300]))
    (bytearray(b'\\x01\\xff\\x03\\xff'), array('I', [1, 3]), array('I', [255, 300]))
    """
    n: cython.Py_ssize_t = len(counts)
    small = bytearray(n)
    places = array("I")
    large = array("I")
    if not n:
        return small, places, large
    values: cython.const[cython.uint][::1] = counts
    out: cython.uchar[::1] = small
    i: cython.Py_ssize_t
    for i in range(n):
        if values[i] < 255:
            out[i] = values[i]
        else:
            out[i] = 255
            places.append(i)
            large.append(values[i])
    return small, places, large


def occurrences(numbers: object, n_words: int) -> array:
    """How often each of so many words is among ``numbers``: both ``array('I')``.

    >>> occurrences(array("I", [0, 2, 0]), 3)
    array('I', [2, 0, 1])
    """
    counts = array("I", bytes(4 * n_words))
    if not len(numbers):
        return counts
    words: cython.const[cython.uint][::1] = numbers
    out: cython.uint[::1] = counts
    i: cython.Py_ssize_t
    with cython.nogil:
        for i in range(len(words)):
            out[words[i]] += 1
    return counts


def alone(counts: object, term_at: object, term_of: object, n_terms: int) -> array:
    """How often each term is all that a word stands for: ``array('I')``, a value a term.

    ``counts`` has a value a word (see :func:`occurrences`).

    >>> alone(array("I", [2, 1]), array("I", [0, 1, 3]), array("I", [1, 0, 1]), 2)
    array('I', [0, 2])
    """
    sums = array("I", bytes(4 * n_terms))
    n: cython.Py_ssize_t = len(counts)
    if not n or not n_terms:
        return sums
    counted: cython.const[cython.uint][::1] = counts
    first: cython.const[cython.uint][::1] = term_at
    terms: cython.const[cython.uint][::1] = term_of if len(term_of) else array("I", [0])
    out: cython.uint[::1] = sums
    i: cython.Py_ssize_t
    with cython.nogil:
        for i in range(n):
            if first[i + 1] == first[i] + 1:
                out[terms[first[i]]] += counted[i]
    return sums


def standing_for(counts: object, term_at: object, term_of: object, marked: object) -> array:
    """The words that occur and stand for one marked term alone, ascending.

    ``counts`` has a value a word (see :func:`occurrences`), ``marked`` a byte a term.

    >>> standing_for(array("I", [1, 1, 2]), array("I", [0, 1, 3, 4]),
    ...     array("I", [1, 1, 0, 1]), b"\\0\\1")
    array('I', [0, 2])
    """
    found = array("I")
    if not len(counts) or not len(marked):
        return found
    counted: cython.const[cython.uint][::1] = counts
    first: cython.const[cython.uint][::1] = term_at
    terms: cython.const[cython.uint][::1] = term_of if len(term_of) else array("I", [0])
    sought: cython.const[cython.uchar][::1] = marked
    i: cython.Py_ssize_t
    for i in range(len(counted)):
        if counted[i] and first[i + 1] == first[i] + 1 and sought[terms[first[i]]]:
            found.append(i)
    return found


def valued(numbers: object, values: object) -> tuple:
    """The places in ``numbers`` of those with a value, and the values; 0 is none.

    Format ``I``, both; returns ``array('Q')`` and ``array('I')``.

    >>> valued(array("I", [1, 0, 2, 1]), array("I", [0, 7, 9]))
    (array('Q', [0, 2, 3]), array('I', [7, 9, 7]))
    """
    places = array("Q")
    found = array("I")
    if not len(numbers):
        return places, found
    words: cython.const[cython.uint][::1] = numbers
    table: cython.const[cython.uint][::1] = values
    i: cython.Py_ssize_t
    for i in range(len(words)):
        if table[words[i]]:
            places.append(i)
            found.append(table[words[i]])
    return places, found
