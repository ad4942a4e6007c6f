# cython: language_level=3, boundscheck=False, wraparound=False
# cython: cdivision=True, initializedcheck=False
"""Which passages of a text to show: chosen, cut where sentences end, put together."""

from __future__ import annotations

from array import array

try:
    import cython
except ImportError:
    from searcher.kernels import pure as cython

__all__ = ["Passages"]

#: A longer raw word ends no sentence: it is not language. Characters.
LONGEST = 256


# ---- where a passage begins and ends ---------------------------------------------------


@cython.cfunc
@cython.inline
def _closes(c: cython.Py_UCS4) -> cython.bint:
    """Whether a character may stand between the sign that ends a sentence and white space."""
    return (
        c == '"'
        or c == "'"
        or c == "\u201d"
        or c == "\u2019"
        or c == "\u00bb"
        or c == ")"
        or c == "]"
    )


@cython.cfunc
def _edge(
    body: str,
    begin: cython.Py_ssize_t,
    end: cython.Py_ssize_t,
    last: cython.bint,
    word: object,
) -> cython.Py_ssize_t:
    """Where the last, or the first, sentence that starts in body[begin:end] does, or -1.

    One starts behind white space with a line break in it, or with a sign before it that
    ends the sentence of the word it belongs to.
    """
    n: cython.Py_ssize_t = len(body)
    i: cython.Py_ssize_t = begin
    at: cython.Py_ssize_t
    stop: cython.Py_ssize_t
    line: cython.bint
    c: cython.Py_UCS4
    found: list = []
    if end > n:
        end = n
    while i < end:
        c = body[i]
        if c != "." and c != "!" and c != "?" and c != "\u2026" and c != "\n":
            i += 1
            continue
        at = i + 1
        line = c == "\n"
        if not line:
            while at < end and at < i + 4 and _closes(body[at]):
                at += 1
            if at >= end or not body[at].isspace():
                i += 1
                continue
        stop = at
        while at < end and body[at].isspace():
            line = line or body[at] == "\n"
            at += 1
        if last:
            found.append((at, stop, line))
        elif line or _starts(body, begin, stop, at, word):
            return at
        i = at
    while found:
        at, stop, line = found.pop()
        if line or _starts(body, begin, stop, at, word):
            return at
    return -1


@cython.cfunc
def _starts(
    body: str,
    begin: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
    at: cython.Py_ssize_t,
    word: object,
) -> cython.bint:
    """Whether a sentence starts at ``at``: the word that ends at ``stop`` ends one."""
    left: cython.Py_ssize_t = stop
    if at < len(body) and body[at].islower():
        return False
    while left > begin and body[left - 1] != " " and body[left - 1] != "\n":
        left -= 1
    return stop - left <= LONGEST and word(body[left:stop]).ends_sentence


@cython.cfunc
def _opening(
    body: str,
    earliest: cython.Py_ssize_t,
    first: cython.Py_ssize_t,
    width: cython.Py_ssize_t,
    nearest: cython.bint,
    word: object,
) -> tuple:
    """Where a passage that shows ``first`` begins, and whether a sentence does so there."""
    edge: cython.Py_ssize_t = 0
    some: cython.Py_ssize_t = earliest
    if earliest > 0 or nearest:
        edge = _edge(body, earliest, first, nearest, word)
        if edge < 0 and earliest == 0:
            edge = 0
    if edge >= 0:
        return edge, True
    # In the middle of a long sentence: from a few words before the match.
    if nearest and first - width // 4 > earliest:
        some = first - width // 4
    if some > 0 and not body[some - 1].isspace():
        while some < first and not body[some].isspace():
            some += 1
        while some < first and body[some].isspace():
            some += 1
    return some, False


@cython.cfunc
def _cut(
    body: str,
    first: cython.Py_ssize_t,
    last: cython.Py_ssize_t,
    width: cython.Py_ssize_t,
    floor: cython.Py_ssize_t,
    ceiling: cython.Py_ssize_t,
    word: object,
    within: object,
) -> tuple:
    """(start, end, opens, closes) of body[first:last] grown to about ``width`` characters
    inside [floor, ceiling): from the start of its sentence to the end of one, where they
    are near enough.

    ``word`` analyses a raw word, which knows whether a sentence ends with it.
    ``within(body, limit, at)`` says where to cut a word that fills all of body[limit:at].
    """
    n: cython.Py_ssize_t = len(body)
    start: cython.Py_ssize_t
    stop: cython.Py_ssize_t
    earliest: cython.Py_ssize_t
    more: cython.Py_ssize_t
    edge: cython.Py_ssize_t
    at: cython.Py_ssize_t
    opens: cython.bint
    closes: cython.bint
    if last > first + 2 * width:
        last = first + 2 * width
    earliest = first if first < last - width else last - width
    start, opens = _opening(body, earliest if earliest > floor else floor, first, width, True, word)
    if start + width > ceiling:
        # Room is left at the end: spend it on what stands before.
        earliest = ceiling - width if ceiling - width > floor else floor
        more, more_opens = _opening(body, earliest, start, width, False, word)
        if more < start and (more_opens or not opens):
            start = more
            opens = more_opens
    stop = start + width if start + width > last else last
    if stop > ceiling:
        stop = ceiling
    closes = stop == n
    if not closes:
        at = start + width // 2
        edge = _edge(body, at if at > last else last, stop + 1, True, word)
        if edge >= 0:
            stop = edge if edge < stop else stop
            closes = True
        else:
            earliest = last if last > start + 1 else start + 1
            at = stop
            while at >= earliest and not body[at].isspace():
                at -= 1
            stop = at if at >= earliest else within(body, earliest, stop)
    while start < stop and body[start].isspace():
        start += 1
    while stop > start and body[stop - 1].isspace():
        stop -= 1
    if start == stop:  # a body of white space
        return start, stop, True, True
    return start, stop, opens, closes


# ---- what is shown ---------------------------------------------------------------------


@cython.final
@cython.cclass
class Passages:
    """Chooses what to show of one text after the other; for one thread.

    ``word`` and ``within`` are as for :func:`_cut`; ``again``, ``near`` and ``shortest``
    say what a passage is worth and how short one of several may be. Occurrences are four
    arrays - starts and ends (``q``) in characters, words (``i``), weights (``d``) - sorted, of
    which the first ``n`` count; a negative word is a phrase.

    >>> from searcher.analysis import Analyzer
    >>> show = Passages(Analyzer().word, None, 0.1, 1 / 3, 40).show
    >>> found = array("q", [21]), array("q", [26]), array("i", [0]), array("d", [1.0])
    >>> show("Banjir surut. Harga  beras naik. Warga mengeluh.", found, 1, 20, 2)
    ('Harga beras naik.', ((6, 11),))
    """

    _word: object
    _within: object
    _again: cython.double
    _near: cython.double
    _shortest: cython.Py_ssize_t
    # Of each occurrence, in order; words are numbered as they come.
    _room: cython.Py_ssize_t
    _starts: cython.longlong[::1]
    _ends: cython.longlong[::1]
    _given: cython.int[::1]
    _occurrences: tuple
    _words: cython.int[::1]
    _weights: cython.double[::1]
    _links: cython.double[::1]
    # The occurrences that no passage shows yet, and the ranges to mark.
    _left: cython.int[::1]
    _marks: cython.longlong[::1]
    # Of each word.
    _n_words: cython.Py_ssize_t
    _worth: cython.double[::1]
    _inside: cython.int[::1]
    _shown: cython.int[::1]
    # The window found last: the first of the occurrences left in it, and behind the last.
    _first: cython.Py_ssize_t
    _behind: cython.Py_ssize_t

    def __init__(
        self, word: object, within: object, again: float, near: float, shortest: int
    ) -> None:
        self._word = word
        self._within = within
        self._again = again
        self._near = near
        self._shortest = shortest
        self._occurrences = ()
        self._room = 0
        self._make_room(60)

    @cython.cfunc
    def _make_room(self, n: cython.Py_ssize_t):
        if n > self._room:
            self._room = n + n // 2
            n = self._room
            self._words, self._left = array("i", bytes(4 * n)), array("i", bytes(4 * n))
            self._links = array("d", bytes(8 * n))
            self._marks = array("q", bytes(16 * n))
            self._worth = array("d", bytes(8 * n))
            self._inside, self._shown = array("i", bytes(4 * n)), array("i", bytes(4 * n))

    def show(
        self,
        body: str,
        occurrences: tuple,
        n: cython.Py_ssize_t,
        width: cython.Py_ssize_t,
        most: cython.Py_ssize_t,
    ) -> tuple:
        """(text, ranges into it) of the best passages of a body, up to ``most`` of them, in
        ``width`` characters together; its beginning if there are no occurrences.

        Several are shown only when one alone would miss a word that another has.
        """
        parts: cython.Py_ssize_t
        shown: cython.Py_ssize_t
        best_shown: cython.Py_ssize_t = 0
        best: list = []
        chosen: list
        self._read(occurrences, n)
        if n == 0:
            best = [_cut(body, 0, 0, width, 0, len(body), self._word, self._within)]
        parts = 1
        while n:
            chosen = []
            shown = self._choose(body, n, width // parts, parts, chosen)
            # More passages that show no more words are only choppy.
            if shown > best_shown:
                best = chosen
                best_shown = shown
            parts += 1
            if shown == self._n_words or parts > most or parts * self._shortest > width:
                break
        best.sort()
        return self._assemble(body, best, n)

    def ranges(self, text: str, occurrences: tuple, n: cython.Py_ssize_t) -> tuple:
        """The ranges to mark in a text shown whole."""
        marks: list
        self._read(occurrences, n)
        marks = list(self._marks[: 2 * self._mark(text, 0, len(text), n)])
        return tuple(zip(marks[::2], marks[1::2], strict=True))

    @cython.cfunc
    def _read(self, occurrences: tuple, n: cython.Py_ssize_t):
        i: cython.Py_ssize_t
        number: cython.Py_ssize_t
        given: cython.int[::1]
        names: cython.int[::1]
        self._make_room(n)
        if occurrences is not self._occurrences:
            self._occurrences = occurrences
            self._starts, self._ends, self._given, self._weights = occurrences
        given = self._given
        names = self._shown  # free until passages are chosen
        self._n_words = 0
        for i in range(n):
            number = 0
            while number < self._n_words and names[number] != given[i]:
                number += 1
            if number == self._n_words:
                names[number] = given[i]
                self._n_words += 1
            self._words[i] = number

    @cython.cfunc
    def _choose(
        self,
        body: str,
        n: cython.Py_ssize_t,
        width: cython.Py_ssize_t,
        parts: cython.Py_ssize_t,
        chosen: list,
    ) -> cython.Py_ssize_t:
        """Append up to ``parts`` passages of ``width``, the best first; how many words they
        show."""
        m: cython.Py_ssize_t = n
        i: cython.Py_ssize_t
        at: cython.Py_ssize_t
        kept: cython.Py_ssize_t
        count: cython.Py_ssize_t = 0
        first: cython.Py_ssize_t
        last: cython.Py_ssize_t
        floor: cython.Py_ssize_t
        ceiling: cython.Py_ssize_t
        start: cython.Py_ssize_t
        end: cython.Py_ssize_t
        fresh: cython.bint
        passage: tuple
        starts: cython.longlong[::1] = self._starts
        ends: cython.longlong[::1] = self._ends
        words: cython.int[::1] = self._words
        left: cython.int[::1] = self._left
        shown: cython.int[::1] = self._shown
        for i in range(n):
            left[i] = i
        for i in range(self._n_words):
            shown[i] = 0
        while len(chosen) < parts and m:
            self._find_window(m, width)
            fresh = not chosen
            first = starts[left[self._first]]
            last = first
            for i in range(self._first, self._behind):
                at = left[i]
                fresh = fresh or not shown[words[at]]
                if ends[at] > last:
                    last = ends[at]
            if not fresh:
                break
            floor = 0
            ceiling = len(body)
            for passage in chosen:
                start = passage[0]
                end = passage[1]
                if end <= first:
                    floor = max(floor, end)
                else:
                    ceiling = min(ceiling, start)
            passage = _cut(body, first, last, width, floor, ceiling, self._word, self._within)
            chosen.append(passage)
            start = passage[0]
            end = passage[1]
            at = words[left[self._first]]
            count += not shown[at]
            shown[at] = 1
            kept = 0
            for i in range(m):
                at = left[i]
                if ends[at] <= start or starts[at] >= end:
                    left[kept] = at
                    kept += 1
                elif starts[at] >= start and ends[at] <= end:
                    count += not shown[words[at]]
                    shown[words[at]] = 1
            m = kept
        return count

    @cython.cfunc
    def _find_window(self, m: cython.Py_ssize_t, width: cython.Py_ssize_t):
        """Find the stretch of ``width`` that shows most of the ``m`` occurrences left.

        It is worth the sum of the weights of its different words, those shown aside;
        ``again`` times the weight of each occurrence; and for each with another word before
        it, ``near`` times the lighter weight of the two over 1 + gap / 16. The earliest of
        equals.
        """
        starts: cython.longlong[::1] = self._starts
        ends: cython.longlong[::1] = self._ends
        words: cython.int[::1] = self._words
        weights: cython.double[::1] = self._weights
        links: cython.double[::1] = self._links
        worth: cython.double[::1] = self._worth
        inside: cython.int[::1] = self._inside
        left: cython.int[::1] = self._left
        i: cython.Py_ssize_t
        at: cython.Py_ssize_t
        out: cython.Py_ssize_t
        before: cython.Py_ssize_t = 0
        first: cython.Py_ssize_t = 0
        value: cython.double = 0.0
        best: cython.double = 0.0
        link: cython.double
        gap: cython.double
        for i in range(self._n_words):
            worth[i] = 0.0
            inside[i] = 0
        for i in range(m):
            at = left[i]
            if not self._shown[words[at]] and weights[at] > worth[words[at]]:
                worth[words[at]] = weights[at]
        self._first = 0
        self._behind = 1
        for i in range(m):
            at = left[i]
            while first < i and ends[at] - starts[left[first]] > width:
                out = left[first]
                inside[words[out]] -= 1
                value -= self._again * weights[out]
                if inside[words[out]] == 0:
                    value -= worth[words[out]]
                first += 1
                if first < i:
                    value -= links[first]
            link = 0.0
            if i > first and words[before] != words[at]:
                gap = starts[at] - ends[before]
                if gap < 0.0:
                    gap = 0.0
                link = weights[at] if weights[at] < weights[before] else weights[before]
                link = self._near * link / (1.0 + gap / 16.0)
            links[i] = link
            value += link + self._again * weights[at]
            if inside[words[at]] == 0:
                value += worth[words[at]]
            inside[words[at]] += 1
            if value > best + 1e-9:
                best = value
                self._first = first
                self._behind = i + 1
            before = at

    @cython.cfunc
    def _mark(
        self, body: str, start: cython.Py_ssize_t, end: cython.Py_ssize_t, n: cython.Py_ssize_t
    ) -> cython.Py_ssize_t:
        """How many ranges, without overlap, are to be marked in body[start:end]; they stand
        in ``_marks``. Two parts of one compound become one."""
        i: cython.Py_ssize_t
        begins: cython.Py_ssize_t
        stops: cython.Py_ssize_t
        last: cython.Py_ssize_t = 0
        count: cython.Py_ssize_t = 0
        c: cython.Py_UCS4
        for i in range(n):
            begins = self._starts[i]
            stops = self._ends[i]
            if begins < start or begins >= end:
                continue
            if stops > end:
                # A phrase cut in two is not that phrase; a word is cut only when it is too
                # long to be shown whole.
                if self._given[i] < 0:
                    continue
                stops = end
            if count:
                last = self._marks[2 * count - 1]
                if begins == last + 1:
                    c = body[last]
                if begins <= last or (begins == last + 1 and not c.isspace() and not c.isalnum()):
                    if stops > last:
                        self._marks[2 * count - 1] = stops
                    continue
            self._marks[2 * count] = begins
            self._marks[2 * count + 1] = stops
            count += 1
        return count

    @cython.cfunc
    def _assemble(self, body: str, chosen: list, n: cython.Py_ssize_t) -> tuple:
        """The passages as one text, every white space of it one " ", "…" where it goes on."""
        pieces: list = []
        ranges: list = []
        marks: cython.longlong[::1] = self._marks
        passage: tuple
        start: cython.Py_ssize_t
        end: cython.Py_ssize_t
        i: cython.Py_ssize_t
        j: cython.Py_ssize_t
        k: cython.Py_ssize_t
        piece: cython.Py_ssize_t
        n_marks: cython.Py_ssize_t
        # What is added to an offset into the body for one into the text.
        shift: cython.Py_ssize_t
        size: cython.Py_ssize_t = 0
        previous: cython.Py_ssize_t = -1
        c: cython.Py_UCS4
        for passage in chosen:
            start = passage[0]
            end = passage[1]
            if previous >= 0:
                joint = " " if body[previous:start].isspace() else " … "
            else:
                joint = "" if passage[2] else "… "
            if joint:
                pieces.append(joint)
                size += len(joint)
            n_marks = 2 * self._mark(body, start, end, n)
            shift = size - start
            k = 0
            piece = start
            i = start
            while i < end:
                c = body[i]
                j = i + 1
                if not c.isspace():
                    i = j
                    continue
                while j < end and body[j].isspace():
                    j += 1
                if j > i + 1 or c != " ":
                    while k < n_marks and marks[k] < j:
                        marks[k] += shift
                        k += 1
                    pieces.append(body[piece:i])
                    pieces.append(" ")
                    shift -= j - i - 1
                    piece = j
                i = j
            while k < n_marks:
                marks[k] += shift
                k += 1
            pieces.append(body[piece:end])
            size = end + shift
            for k in range(0, n_marks, 2):
                ranges.append((marks[k], marks[k + 1]))  # noqa: PERF401  # slower in C
            previous = end
        if chosen and not passage[3]:
            pieces.append(" …")
        text: str = pieces[0] if len(pieces) == 1 else "".join(pieces)
        return text, tuple(ranges)
