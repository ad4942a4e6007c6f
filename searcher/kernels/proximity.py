# cython: language_level=3, boundscheck=False, wraparound=False
# cython: cdivision=True, initializedcheck=False
"""Where query words stand in the best articles: pairs, the best window, the lead."""

from __future__ import annotations

from array import array

try:
    import cython
except ImportError:
    from searcher.kernels import pure as cython

__all__ = ["proximity"]


def proximity(
    n_docs: int,
    found: list,
    weights: object,
    lead_weights: object,
    pairs: object,
    pair_weights: object,
    window: int,
    lead: int,
) -> tuple:
    """The second stage's three sums for each document, ``array('d')`` each.

    ``found`` holds ``(word, at, positions)`` for every form of every query word, as
    ``Lists.positions`` gives them for the same documents; words are numbered from 0.
    ``weights`` and ``lead_weights`` (``array('d')``) are the words' idf, and their weight
    times idf. ``pairs`` (``array('i')``, three a pair) are (left word, right word, distance)
    with ``pair_weights`` (``array('d')``).

    - pairs: the weights of the pairs whose right word follows the left one somewhere
      within the distance;
    - window: the largest sum of idf of distinct words inside ``window`` positions that
      start at one of them;
    - lead: the weights of the words among the first ``lead`` positions.

    >>> at = array("I", [0, 2])
    >>> found = [(0, at, array("I", [3, 90])), (1, at, array("I", [4, 200]))]
    >>> [list(sums) for sums in proximity(1, found,
    ...     array("d", [2.0, 1.0]), array("d", [2.0, 1.0]), array("i", [0, 1, 1]),
    ...     array("d", [1.0]), 80, 60)]
    [[1.0], [3.0], [3.0]]
    """
    n: cython.Py_ssize_t = n_docs
    weight: cython.const[cython.double][::1] = weights
    front: cython.const[cython.double][::1] = lead_weights
    pair: cython.const[cython.int][::1] = pairs
    pair_weight: cython.const[cython.double][::1] = pair_weights
    n_words: cython.Py_ssize_t = len(weight)
    n_pairs: cython.Py_ssize_t = len(pair_weight)
    width: cython.Py_ssize_t = window
    first: cython.Py_ssize_t = lead
    pair_sums = array("d", bytes(8 * n))
    window_sums = array("d", bytes(8 * n))
    lead_sums = array("d", bytes(8 * n))
    pair_sum: cython.double[::1] = pair_sums
    window_sum: cython.double[::1] = window_sums
    lead_sum: cython.double[::1] = lead_sums

    # All occurrences, gathered document by document: a counting sort over documents.
    starts_array = array("I", bytes(4 * (n + 1)))
    starts: cython.uint[::1] = starts_array
    at: cython.const[cython.uint][::1]
    positions: cython.const[cython.uint][::1]
    d: cython.Py_ssize_t
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    k: cython.Py_ssize_t
    total: cython.Py_ssize_t
    word: cython.int
    for _, at_buffer, _ in found:
        at = at_buffer
        for d in range(n):
            starts[d + 1] += at[d + 1] - at[d]
    for d in range(n):
        starts[d + 1] += starts[d]
    total = starts[n]
    if total == 0:
        return pair_sums, window_sums, lead_sums
    heads: cython.uint[::1] = array("I", starts_array)
    place: cython.uint[::1] = array("I", bytes(4 * total))
    of: cython.int[::1] = array("i", bytes(4 * total))
    for number, at_buffer, position_buffer in found:
        word = number
        at = at_buffer
        if at[n] == 0:
            continue
        positions = position_buffer
        for d in range(n):
            for i in range(at[d], at[d + 1]):
                k = heads[d]
                heads[d] = k + 1
                place[k] = positions[i]
                of[k] = word

    inside: cython.int[::1] = array("i", bytes(4 * (n_words + 1)))
    met: cython.uchar[::1] = bytearray(n_pairs + 1)
    p: cython.uint
    w: cython.int
    value: cython.double
    best: cython.double
    lo: cython.Py_ssize_t
    hi: cython.Py_ssize_t
    with cython.nogil:
        for d in range(n):
            lo = starts[d]
            hi = starts[d + 1]
            if lo == hi:
                continue
            # Few runs, each already ascending: insertion sort.
            for i in range(lo + 1, hi):
                p = place[i]
                w = of[i]
                j = i
                while j > lo and place[j - 1] > p:
                    place[j] = place[j - 1]
                    of[j] = of[j - 1]
                    j -= 1
                place[j] = p
                of[j] = w
            # The lead.
            for i in range(n_words):
                inside[i] = 0
            for i in range(lo, hi):
                if place[i] >= first:
                    break
                if inside[of[i]] == 0:
                    inside[of[i]] = 1
                    lead_sum[d] += front[of[i]]
            # The window slides its end; a word leaves when its last use does.
            for i in range(n_words):
                inside[i] = 0
            value = 0.0
            best = 0.0
            j = lo
            for i in range(lo, hi):
                while j < hi and place[j] < place[i] + width:
                    if inside[of[j]] == 0:
                        value += weight[of[j]]
                    inside[of[j]] += 1
                    j += 1
                if value > best:
                    best = value
                inside[of[i]] -= 1
                if inside[of[i]] == 0:
                    value -= weight[of[i]]
            window_sum[d] = best
            # Pairs, each once a document.
            for k in range(n_pairs):
                met[k] = 0
            for i in range(lo, hi):
                for k in range(n_pairs):
                    if met[k] or pair[3 * k] != of[i]:
                        continue
                    j = i + 1
                    while j < hi and place[j] == place[i]:
                        j += 1
                    while j < hi and place[j] <= place[i] + pair[3 * k + 2]:
                        if of[j] == pair[3 * k + 1]:
                            met[k] = 1
                            pair_sum[d] += pair_weight[k]
                            break
                        j += 1
    return pair_sums, window_sums, lead_sums
