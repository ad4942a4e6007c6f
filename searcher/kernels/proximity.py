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
    starts: object,
    places: object,
    whose: object,
    weights: object,
    lead_weights: object,
    pairs: object,
    pair_weights: object,
    window: int,
    lead: int,
) -> tuple:
    """The second stage's three sums for each document, ``array('d')`` each.

    ``starts``, ``places`` and ``whose`` say where the query words stand, as
    ``Lists.standing`` gives it; words are numbered from 0.
    ``weights`` and ``lead_weights`` (``array('d')``) are the words' idf, and their weight
    times idf. ``pairs`` (``array('i')``, three a pair) are (left word, right word, distance)
    with ``pair_weights`` (``array('d')``).

    - pairs: the weights of the pairs whose right word follows the left one somewhere
      within the distance;
    - window: the largest sum of idf of distinct words inside ``window`` positions that
      start at one of them;
    - lead: the weights of the words among the first ``lead`` positions.

    >>> where = array("I", [0, 4]), array("I", [3, 4, 90, 200]), array("i", [0, 1, 0, 1])
    >>> [list(sums) for sums in proximity(*where,
    ...     array("d", [2.0, 1.0]), array("d", [2.0, 1.0]), array("i", [0, 1, 1]),
    ...     array("d", [1.0]), 80, 60)]
    [[1.0], [3.0], [3.0]]
    """
    n: cython.Py_ssize_t = len(starts) - 1
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
    if len(places) == 0:
        return pair_sums, window_sums, lead_sums
    start: cython.const[cython.uint][::1] = starts
    place: cython.const[cython.uint][::1] = places
    of: cython.const[cython.int][::1] = whose
    pair_sum: cython.double[::1] = pair_sums
    window_sum: cython.double[::1] = window_sums
    lead_sum: cython.double[::1] = lead_sums

    d: cython.Py_ssize_t
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    k: cython.Py_ssize_t
    inside: cython.int[::1] = array("i", bytes(4 * (n_words + 1)))
    met: cython.uchar[::1] = bytearray(n_pairs + 1)
    value: cython.double
    best: cython.double
    lo: cython.Py_ssize_t
    hi: cython.Py_ssize_t
    with cython.nogil:
        for d in range(n):
            lo = start[d]
            hi = start[d + 1]
            if lo == hi:
                continue
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
