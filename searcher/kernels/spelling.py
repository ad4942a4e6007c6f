# cython: language_level=3, boundscheck=False, wraparound=False
# cython: cdivision=True, initializedcheck=False
"""Words spelt nearly alike, by the five-letter pieces they share; and those of a pattern."""

from __future__ import annotations

from array import array

try:
    import cython
except ImportError:
    from searcher.kernels import pure as cython

from searcher.kernels.postings import Unsound

__all__ = ["Spellings", "by_piece", "like", "nearest", "pieces", "within"]


def pieces(word: bytes) -> list:
    """The five-byte pieces of ``^word$``, each packed into an integer.

    >>> [piece.to_bytes(5, "big") for piece in pieces(b"beras")]
    [b'^bera', b'beras', b'eras$']
    """
    marked = b"^" + word + b"$"
    return [int.from_bytes(marked[i : i + 5], "big") for i in range(len(marked) - 4)]


def by_piece(terms: object, term_at: object, per_bucket: int = 64) -> dict:
    """The columns ``at`` and ``terms`` that list the terms by their pieces.

    ``terms`` and ``term_at`` are a field's. Listed are those of three letters or more, all of
    them a-z; a bucket has about ``per_bucket`` terms, a common piece many more. Pieces that
    share a bucket cost :func:`similar` a look at the term, and an index half the bytes of a
    list for each.
    """
    text: cython.const[cython.uchar][::1] = terms if len(terms) else b"\0"
    at: cython.const[cython.uint][::1] = term_at
    n_terms: cython.Py_ssize_t = len(at) - 1
    t: cython.Py_ssize_t
    i: cython.Py_ssize_t
    total: cython.Py_ssize_t = 0
    for t in range(n_terms):
        if _lettered(text, at[t], at[t + 1]):
            total += at[t + 1] - at[t] - 2
    n_buckets: cython.Py_ssize_t = 1
    while n_buckets < 1 << 24 and n_buckets * per_bucket < total:
        n_buckets *= 2
    mask: cython.Py_ssize_t = n_buckets - 1
    starts = array("I", bytes(4 * (n_buckets + 1)))
    last_array = array("I", bytes(4 * n_buckets))
    head_array = array("I", bytes(4 * n_buckets))
    start: cython.uint[::1] = starts
    last: cython.uint[::1] = last_array
    head: cython.uint[::1] = head_array
    b: cython.Py_ssize_t
    key: cython.ulonglong
    forty: cython.ulonglong = (1 << 40) - 1  # the bits of a piece; a literal were an object
    gap: cython.uint
    out: cython.uchar[::1] = bytearray(1)
    listed = bytearray()
    filling: cython.int
    for filling in range(2):
        if filling:
            for b in range(n_buckets):
                start[b + 1] = start[b] + head[b]
                head[b] = start[b]
                last[b] = 0
            listed = bytearray(start[n_buckets])
            out = listed if len(listed) else bytearray(1)
        for t in range(n_terms):
            if not _lettered(text, at[t], at[t + 1]):
                continue
            key = 94  # ^
            for i in range(at[t], at[t + 1] + 1):
                key = ((key << 8) | (text[i] if i < at[t + 1] else 36)) & forty
                if i < at[t] + 3:
                    continue
                b = cython.cast(cython.Py_ssize_t, _place(key)) & mask
                if last[b] == t + 1:
                    continue
                gap = t + 1 - last[b]
                last[b] = t + 1
                while gap >= 128:
                    if filling:
                        out[head[b]] = (gap & 127) | 128
                    head[b] += 1
                    gap >>= 7
                if filling:
                    out[head[b]] = gap
                head[b] += 1
    return {"at": starts, "terms": listed}


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def _place(key: cython.ulonglong) -> cython.ulonglong:
    return (key ^ (key >> 17)) * 0x5BD1E9 >> 24  # forty bits and 23: no overflow


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def _lettered(
    text: cython.const[cython.uchar][::1], start: cython.Py_ssize_t, end: cython.Py_ssize_t
) -> cython.bint:
    """Whether there are three letters a-z or more, and nothing else."""
    i: cython.Py_ssize_t
    if end - start < 3:
        return False
    for i in range(start, end):  # noqa: SIM110  # a generator is no loop in C
        if text[i] < 97 or text[i] > 122:
            return False
    return True


@cython.final
@cython.cclass
class Spellings:
    """The terms of one segment by their pieces, for :func:`nearest`.

    ``at`` and ``listed`` are what :func:`by_piece` made of the terms of ``lists``, which
    ``terms`` and ``term_at`` are. Keeps no copy; safe to share between threads.
    """

    _bounds: cython.const[cython.uint][::1]
    _listed: cython.const[cython.uchar][::1]
    _text: cython.const[cython.uchar][::1]
    _starts: cython.const[cython.uint][::1]
    _size: cython.Py_ssize_t
    lists = cython.declare(object, visibility="readonly")

    def __init__(
        self, lists: object, at: object, listed: object, terms: object, term_at: object
    ) -> None:
        self.lists = lists
        self._bounds = at
        self._listed = listed if len(listed) else b"\0"
        self._text = terms if len(terms) else b"\0"
        self._starts = term_at
        self._size = len(listed)
        if len(at) < 2:
            raise Unsound("the terms by their pieces are not as they were written")

    @cython.cfunc
    def _similar(
        self,
        word: cython.const[cython.uchar][::1],
        sought: cython.ulonglong[::1],
        best: cython.double[::1],
        bar: cython.double,
        found: dict,
    ) -> cython.double:
        """Count the terms that reach a bar into ``found``: (Dice, documents that hold it).

        The bar rises to the ``len(best)``-th best Dice met, and is returned.
        """
        bounds: cython.const[cython.uint][::1] = self._bounds
        data: cython.const[cython.uchar][::1] = self._listed
        text: cython.const[cython.uchar][::1] = self._text
        starts: cython.const[cython.uint][::1] = self._starts
        n_terms: cython.Py_ssize_t = len(starts) - 1
        n_text: cython.Py_ssize_t = len(text)
        buckets: cython.ulonglong = len(bounds) - 2  # all bits set: places are a power of two
        n_sought: cython.Py_ssize_t = len(sought)
        own: cython.Py_ssize_t = len(word) - 2
        most_wanted: cython.Py_ssize_t = len(best)
        n_best: cython.Py_ssize_t = 0
        n_lists: cython.Py_ssize_t = 0
        # Of each list: where it is, and how many of the word's pieces are in its bucket.
        listed: cython.uint[::1] = array("I", bytes(12 * n_sought))
        i: cython.Py_ssize_t
        j: cython.Py_ssize_t
        k: cython.Py_ssize_t
        t: cython.Py_ssize_t
        slot: cython.Py_ssize_t
        end: cython.Py_ssize_t
        gap: cython.Py_ssize_t
        length: cython.Py_ssize_t
        theirs: cython.Py_ssize_t
        entries: cython.Py_ssize_t = 0
        level: cython.Py_ssize_t
        shift: cython.int
        weight: cython.uint
        first: cython.uint
        last: cython.uint
        shared: cython.int
        key: cython.ulonglong
        forty: cython.ulonglong = (1 << 40) - 1  # the bits of a piece; a literal were an object
        dice: cython.double
        for k in range(n_sought):
            i = cython.cast(cython.Py_ssize_t, _place(sought[k]) & buckets)
            first = bounds[i]
            last = bounds[i + 1]
            if first > last or last > self._size:
                raise Unsound("the terms by their pieces are not as they were written")
            if first == last:
                continue
            j = 0
            while j < n_lists and listed[3 * j] != first:
                j += 1
            if j < n_lists:
                listed[3 * j + 2] += 1
                continue
            # Shortest first.
            while j > 0 and listed[3 * j - 2] - listed[3 * j - 3] > last - first:
                listed[3 * j] = listed[3 * j - 3]
                listed[3 * j + 1] = listed[3 * j - 2]
                listed[3 * j + 2] = listed[3 * j - 1]
                j -= 1
            listed[3 * j] = first
            listed[3 * j + 1] = last
            listed[3 * j + 2] = 1
            n_lists += 1
        # A term must share so many pieces, even were they all it has. So it is listed in
        # another bucket than the longest with fewer pieces together, which need no place for
        # new terms.
        needed: cython.Py_ssize_t = 1
        while needed < own and 2.0 * needed / (own + needed) < bar:
            needed += 1
        n_new: cython.Py_ssize_t = n_lists
        missed: cython.Py_ssize_t = needed - 1
        while n_new > 0 and listed[3 * n_new - 1] <= missed:
            missed -= listed[3 * n_new - 1]
            n_new -= 1
        for k in range(n_new):
            entries += listed[3 * k + 1] - listed[3 * k]
        # How many of the word's pieces a term may share: all of a bucket it is listed in. A
        # hash table, as a byte for every term is more memory than a lookup touches otherwise.
        n_slots: cython.Py_ssize_t = 16
        while n_slots < 2 * entries:
            n_slots *= 2
        mask: cython.Py_ssize_t = n_slots - 1
        # One piece of memory for what follows, as each costs more than many terms.
        most: cython.Py_ssize_t = n_slots
        held: cython.Py_ssize_t = most + n_slots
        order: cython.Py_ssize_t = held + entries
        levels: cython.Py_ssize_t = order + entries
        shares: cython.Py_ssize_t = levels + n_sought + 2
        counted: cython.Py_ssize_t = shares + entries  # for which term, + 1
        table: cython.uint[::1] = array("I", bytes(4 * (counted + n_sought)))
        n_held: cython.Py_ssize_t = 0
        n_found: cython.Py_ssize_t = 0
        for k in range(n_lists):
            i = listed[3 * k]
            end = listed[3 * k + 1]
            weight = listed[3 * k + 2]
            t = -1
            while i < end:
                gap = data[i] & 127
                shift = 7
                while data[i] >= 128:
                    i += 1
                    if i == end or shift > 28:
                        raise Unsound("the terms by their pieces are not as they were written")
                    gap |= cython.cast(cython.Py_ssize_t, data[i] & 127) << shift
                    shift += 7
                i += 1
                t += gap
                if gap == 0 or t >= n_terms:  # no term has that number: the index is damaged
                    raise Unsound("a piece belongs to a term that is none")
                slot = (t * 40503) & mask
                while table[slot] != 0 and table[slot] != t + 1:
                    slot = (slot + 1) & mask
                if table[slot] == 0:
                    if k >= n_new:
                        continue
                    table[slot] = t + 1
                    table[held + n_held] = slot
                    n_held += 1
                table[most + slot] += weight
        # Those that may share most come first: soon few others can be among the best.
        for k in range(n_held):
            table[levels + n_sought - table[most + table[held + k]] + 1] += 1
        for k in range(n_sought):
            table[levels + k + 1] += table[levels + k]
        for k in range(n_held):
            slot = table[held + k]
            level = n_sought - table[most + slot]
            table[order + table[levels + level]] = slot
            table[levels + level] += 1
        end = 0
        for k in range(n_held):
            slot = table[order + k]
            level = table[most + slot]
            if 2.0 * level / (own + level) < bar:
                break
            if k == end:
                # Lengths and texts are all over the place in memory: asked for together,
                # they come together.
                end = min(n_held, k + 32)
                for i in range(k, end):
                    t = table[table[order + i]] - 1
                    table[held + i] = starts[t + 1] - starts[t]
                for i in range(k, end):
                    t = table[table[order + i]] - 1
                    j = starts[t]
                    if j < n_text and 2.0 * level >= bar * (own + table[held + i] - 2):
                        table[shares + i] = text[j]
            length = table[held + k]
            theirs = length - 2
            if theirs < 1 or 2.0 * level / (own + theirs) < bar:
                continue
            t = table[slot] - 1
            _look(starts, t, n_text)
            shared = 0
            key = 94  # ^
            for j in range(starts[t], starts[t + 1] + 1):
                key = ((key << 8) | (text[j] if j < starts[t + 1] else 36)) & forty
                if j < starts[t] + 3:
                    continue
                for i in range(n_sought):
                    if key == sought[i]:
                        if table[counted + i] != t + 1:
                            table[counted + i] = t + 1
                            shared += 1
                        break
            dice = 2.0 * shared / (own + theirs)
            if shared == 0 or dice < bar:
                continue
            if length == len(word):
                j = 0
                while j < length and text[starts[t] + j] == word[j]:
                    j += 1
                if j == length:
                    continue  # the word itself
            table[held + n_found] = length
            table[order + n_found] = t
            table[shares + n_found] = shared
            n_found += 1
            if n_best < most_wanted:
                n_best += 1
            elif dice <= best[n_best - 1]:
                continue
            j = n_best - 1
            while j > 0 and best[j - 1] < dice:
                best[j] = best[j - 1]
                j -= 1
            best[j] = dice
            if n_best == most_wanted and best[n_best - 1] > bar:
                bar = best[n_best - 1]
        for k in range(n_found):
            dice = (
                2.0
                * table[shares + k]
                / (own + cython.cast(cython.Py_ssize_t, table[held + k]) - 2)
            )
            if dice < bar:
                continue
            t = table[order + k]
            term = self.lists.term(t)
            freq = self.lists.doc_freq(t)
            before = found.get(term)
            if before is not None:
                freq += before[1]
            found[term] = (dice, freq)
        return bar


def nearest(spellings: list, word: bytes, least: float, most: int) -> list:
    """The ``most`` terms of all segments with the highest Dice coefficient with a word, of
    those where it is ``least`` or more: (term, Dice, documents that hold it), equal ones
    from frequent to rare, then sorted.

    ``spellings`` are a :class:`Spellings` each. A piece that a term has twice is shared
    once. The word itself is left out.
    """
    n: cython.Py_ssize_t = len(word)
    if n < 3 or most < 1:
        return []
    letters: cython.const[cython.uchar][::1] = word
    sought: cython.ulonglong[::1] = array("Q", bytes(8 * (n - 2)))
    n_sought: cython.Py_ssize_t = 0
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    key: cython.ulonglong = 94  # ^
    forty: cython.ulonglong = (1 << 40) - 1
    for i in range(n + 1):
        key = ((key << 8) | (letters[i] if i < n else 36)) & forty
        if i < 3:
            continue
        j = 0
        while j < n_sought and sought[j] != key:
            j += 1
        sought[j] = key
        if j == n_sought:
            n_sought += 1
    best: cython.double[::1] = array("d", bytes(8 * most))
    bar: cython.double = least
    number: cython.Py_ssize_t
    one: Spellings
    found: dict = {}
    for number in range(len(spellings)):
        one = spellings[number]
        bar = one._similar(letters, sought[:n_sought], best, bar, found)
    # A term may have reached the bar before it rose, but all that reach it now did so in
    # every segment that has them.
    ranked = [(-dice, -freq, term) for term, (dice, freq) in found.items() if dice >= bar]
    ranked.sort()
    return [(term.decode(), -dice, -freq) for dice, freq, term in ranked[:most]]


def like(terms: object, term_at: object, pattern: bytes, first: int, last: int) -> list:
    """The numbers of the terms from ``first`` to before ``last`` that match a pattern.

    In ``pattern`` the byte 0xFF stands for any letters or none and 0xFE for one letter:
    neither occurs in UTF-8. ``terms`` and ``term_at`` are a field's columns.
    """
    text: cython.const[cython.uchar][::1] = terms
    at: cython.const[cython.uint][::1] = term_at
    wanted: cython.const[cython.uchar][::1] = pattern if len(pattern) else b"\0"
    n: cython.Py_ssize_t = len(pattern)
    size: cython.Py_ssize_t = len(text)
    low: cython.Py_ssize_t = max(0, first)
    high: cython.Py_ssize_t = min(last, len(at) - 1)
    t: cython.Py_ssize_t
    found: cython.Py_ssize_t = 0
    sound: cython.bint = True
    out = array("I", bytes(4 * max(1, high - low)))
    numbers: cython.uint[::1] = out
    with cython.nogil:
        for t in range(low, high):
            if at[t + 1] < at[t] or at[t + 1] > size:
                sound = False
                break
            if _is_like(text, at[t], at[t + 1], wanted, n):
                numbers[found] = t
                found += 1
    if not sound:
        raise Unsound("the terms of a field are not as they were written")
    return out[:found].tolist()


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _is_like(
    text: cython.const[cython.uchar][::1],
    start: cython.Py_ssize_t,
    end: cython.Py_ssize_t,
    pattern: cython.const[cython.uchar][::1],
    n: cython.Py_ssize_t,
) -> cython.bint:
    """Whether a term matches. Only the last star is ever given more letters: those before it
    have been satisfied as early as can be, which leaves the most for the rest."""
    i: cython.Py_ssize_t = start
    j: cython.Py_ssize_t = 0
    star: cython.Py_ssize_t = -1
    taken: cython.Py_ssize_t = start
    while i < end:
        if j < n and pattern[j] == 0xFF:
            star = j
            taken = i
            j += 1
        elif j < n and pattern[j] == 0xFE:
            i += 1
            while i < end and text[i] & 0xC0 == 0x80:
                i += 1
            j += 1
        elif j < n and pattern[j] == text[i]:
            i += 1
            j += 1
        elif star >= 0:
            taken += 1
            while taken < end and text[taken] & 0xC0 == 0x80:
                taken += 1
            i = taken
            j = star + 1
        else:
            return False
    while j < n and pattern[j] == 0xFF:
        j += 1
    return j == n


def within(terms: object, term_at: object, word: bytes, distance: int, prefix: int) -> list:
    """The terms at most ``distance`` edits from ``word``, as (number, edits).

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
    # rows[d] is the edit table's row for the first d bytes of the present term. Of it, only
    # the columns d - k to d + k can hold k edits or fewer; the next on both sides hold more.
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
    first: cython.Py_ssize_t
    last: cython.Py_ssize_t
    above: cython.Py_ssize_t
    here: cython.Py_ssize_t
    c: cython.int
    low: cython.int
    cost: cython.int
    best: cython.int
    lo: cython.Py_ssize_t
    hi: cython.Py_ssize_t
    mid: cython.Py_ssize_t
    step: cython.Py_ssize_t
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
            c = text[start + d]
            above = d * width
            here = above + width
            d += 1
            best = d
            first = d - k if d > k else 1
            last = d + k if d + k < n else n
            rows[here] = d
            if first > 1:
                rows[here + first - 1] = k + 1
            for j in range(first, last + 1):
                cost = rows[above + j - 1]
                if c != wanted[j - 1]:
                    cost += 1
                low = rows[above + j] + 1
                if low < cost:
                    cost = low
                low = rows[here + j - 1] + 1
                if low < cost:
                    cost = low
                rows[here + j] = cost
                if cost < best:
                    best = cost
            if last < n:
                rows[here + last + 1] = k + 1
            if best > k or (d <= fixed and c != wanted[d - 1]):
                dead = True
                break
        if dead:
            # Jump to the first term that does not begin with these d bytes: seldom far.
            lo = t + 1
            hi = lo
            step = 1
            while hi < n_terms and _begins(text, at, hi, start, d):
                lo = hi + 1
                hi += step
                step += step
            if hi > n_terms:
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
            if length >= fixed and n - length <= k and rows[length * width + n] <= k:
                out.append((t, rows[length * width + n]))
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
