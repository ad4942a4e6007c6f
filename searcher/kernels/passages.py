# cython: language_level=3, boundscheck=False, wraparound=False
# cython: cdivision=True, initializedcheck=False
"""Which words of a text are worth the analyzer's look, and which stretch of it shows most.

A page of ten snippets reads some 20,000 characters of stored text, of which a few dozen
words answer the query. What a word means stays the analyzer's business: here a word is
*proposed* where a part of it reads like something that is looked for.
"""

from __future__ import annotations

from array import array

try:
    import cython
except ImportError:
    from searcher.kernels import pure as cython

__all__ = ["LONGEST", "Proposer", "best_window", "cut"]

#: Raw words proposed for one needle, or as unusual; more cannot make a better passage.
MOST = 100
#: A longer raw word is not language (base64, a URL with its parameters). Characters.
LONGEST = 256

# What a byte is: bits of these. Most bytes of a text have one of the first three alone.
_UPPER, _LOWER, _DIGIT, _SPACE, _SIGN, _MORE, _HEAD = 1, 2, 4, 8, 16, 32, 64


def _kinds() -> bytearray:
    kinds = bytearray(256)
    for byte in range(128):
        char = chr(byte)
        kinds[byte] = (
            _UPPER * char.isupper()
            | _LOWER * char.islower()
            | _DIGIT * char.isdigit()
            | _SPACE * char.isspace()
        )
    for byte in range(0x80, 0xC0):
        kinds[byte] = _MORE  # goes on with a character
    for byte in (0x3F, *range(0xC0, 0x100)):
        kinds[byte] = _SIGN  # looked at more closely
    return kinds


_KINDS = _kinds()


@cython.final
@cython.cclass
class Proposer:
    """The words of texts in which one of some ``needles`` stands, whatever its case.

    ``needles`` are (lower-case ASCII bytes without white space, whether they must stand
    alone: with no letter of the same case before or behind their letters, no digit beside
    their digits). A word is *unusual* if it has one of the ASCII ``signs`` between two
    letters or digits, or a character outside ASCII that is not a typographic quote, dash
    or ellipsis, or one of these or a question mark between two letters or digits. Without
    ``dashes`` a hyphen makes a word unusual only beside a single letter or digit.

    >>> Proposer([(b"beras", False), (b"ri", True)], b".-", False).propose(
    ...     "Harga BERASNYA, kata RI-1 (Wapres R.I.) di negeri ini".encode())
    ([6, 15, 21, 25], [21, 25, 34, 39])
    """

    _needles: list
    _dashes: cython.bint
    _kinds: bytes
    _folds: bytes
    _heads: object
    _nexts: object
    _ends: object
    _letters: bytes
    _alone: bytes

    def __init__(self, needles: list, signs: bytes, dashes: bool) -> None:
        kinds = bytearray(_KINDS)
        for sign in signs:
            kinds[sign] |= _SIGN
        for needle, _ in needles:
            kinds[needle[0]] |= _HEAD
            kinds[needle[:1].upper()[0]] |= _HEAD
        self._kinds = bytes(kinds)
        self._dashes = dashes
        self._folds = bytes(range(256)).lower()
        # Needles that begin with the same byte are chained; 0 ends a chain.
        self._heads = array("i", bytes(4 * 256))
        self._nexts = array("i", bytes(4 * (len(needles) + 1)))
        self._ends = array("i", bytes(4 * (len(needles) + 1)))
        letters = bytearray()
        for number, (needle, _) in enumerate(needles, 1):
            letters += needle
            self._ends[number] = len(letters)
            self._nexts[number] = self._heads[needle[0]]
            self._heads[needle[0]] = number
        self._letters = bytes(letters) + b"\0"
        self._alone = bytes([0, *(bool(alone) for _, alone in needles)])

    def propose(self, text: bytes) -> tuple:
        """(begin and end of each word with a needle, the same of each unusual word), two
        flat lists of character offsets into a UTF-8 text, ascending."""
        n: cython.Py_ssize_t = len(text)
        if n == 0:
            return [], []
        data: cython.const[cython.uchar][::1] = text
        kinds: cython.const[cython.uchar][::1] = self._kinds
        folds: cython.const[cython.uchar][::1] = self._folds
        heads: cython.int[::1] = self._heads
        nexts: cython.int[::1] = self._nexts
        ends: cython.int[::1] = self._ends
        letters: cython.const[cython.uchar][::1] = self._letters
        alone: cython.const[cython.uchar][::1] = self._alone
        n_needles: cython.Py_ssize_t = len(self._alone)
        taken_array = array("i", bytes(4 * n_needles))
        taken: cython.int[::1] = taken_array
        room: cython.Py_ssize_t = 2 * MOST * n_needles
        if room > n + 4:
            room = n + 4
        found_array = array("i", bytes(4 * room))
        found: cython.int[::1] = found_array
        odd_array = array("i", bytes(8 * (MOST + 1)))
        odd: cython.int[::1] = odd_array
        n_found: cython.Py_ssize_t = 0
        n_odd: cython.Py_ssize_t = 0
        i: cython.Py_ssize_t = 0
        j: cython.Py_ssize_t
        p: cython.Py_ssize_t
        q: cython.Py_ssize_t
        end: cython.Py_ssize_t
        start: cython.Py_ssize_t
        chars: cython.Py_ssize_t = 0  # before i
        size: cython.Py_ssize_t
        wide: cython.Py_ssize_t
        number: cython.int
        kind: cython.int
        dashes: cython.bint = self._dashes
        most: cython.int = MOST
        longest: cython.Py_ssize_t = LONGEST
        hit: cython.bint
        strange: cython.bint
        with cython.nogil:
            while i < n:
                wide = _space(data, kinds, i, n)
                if wide:
                    i += wide
                    chars += 1
                    continue
                j = i
                size = 0
                hit = False
                strange = False
                while j < n:
                    kind = kinds[data[j]]
                    if kind < 8:
                        size += 1
                        j += 1
                        continue
                    if kind & 8 or (data[j] >= 0xC2 and _space(data, kinds, j, n)):
                        break
                    if kind & 32 == 0:
                        size += 1
                    if kind & 64 and not hit:
                        number = heads[folds[data[j]]]
                        while number:
                            start = ends[number - 1]
                            end = ends[number]
                            p = start + 1
                            q = j + 1
                            while p < end and q < n and folds[data[q]] == letters[p]:
                                p += 1
                                q += 1
                            if (
                                p == end
                                and taken[number] < most
                                and (not alone[number] or _stands_alone(data, kinds, j, q, n))
                            ):
                                taken[number] += 1
                                hit = True
                                break
                            number = nexts[number]
                    if kind & 16 and not strange:
                        strange = _is_strange(data, kinds, j, n, dashes)
                    j += 1
                if size <= longest:
                    if hit and n_found + 2 <= room:
                        found[n_found] = chars
                        found[n_found + 1] = chars + size
                        n_found += 2
                    if strange and n_odd < 2 * most:
                        odd[n_odd] = chars
                        odd[n_odd + 1] = chars + size
                        n_odd += 2
                chars += size
                i = j
        return found_array[:n_found].tolist(), odd_array[:n_odd].tolist()


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def _space(
    data: cython.const[cython.uchar][::1],
    kinds: cython.const[cython.uchar][::1],
    i: cython.Py_ssize_t,
    n: cython.Py_ssize_t,
) -> cython.Py_ssize_t:
    """How many bytes of white space (as ``str.split`` has it) start at ``i``: 0 to 3."""
    c: cython.int = data[i]
    d: cython.int
    e: cython.int
    if c < 0x80:
        return 1 if kinds[c] & 8 else 0
    if c == 0xC2:
        return 2 if i + 1 < n and (data[i + 1] == 0x85 or data[i + 1] == 0xA0) else 0
    if c < 0xE1 or c > 0xE3 or i + 2 >= n:
        return 0
    d = data[i + 1]
    e = data[i + 2]
    if c == 0xE2:
        if d == 0x80:
            return 3 if 0x80 <= e <= 0x8A or e == 0xA8 or e == 0xA9 or e == 0xAF else 0
        return 3 if d == 0x81 and e == 0x9F else 0
    if c == 0xE1:
        return 3 if d == 0x9A and e == 0x80 else 0
    return 3 if d == 0x80 and e == 0x80 else 0


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def _stands_alone(
    data: cython.const[cython.uchar][::1],
    kinds: cython.const[cython.uchar][::1],
    start: cython.Py_ssize_t,
    end: cython.Py_ssize_t,
    n: cython.Py_ssize_t,
) -> cython.bint:
    """Whether no letter goes on from the letters at either end in the same case, and no
    digit from the digits."""
    # Letters of one case share the bit of that case, digits theirs.
    if start > 0 and kinds[data[start - 1]] & kinds[data[start]] & 7:
        return False
    return not (end < n and kinds[data[end - 1]] & kinds[data[end]] & 7)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def _is_strange(
    data: cython.const[cython.uchar][::1],
    kinds: cython.const[cython.uchar][::1],
    i: cython.Py_ssize_t,
    n: cython.Py_ssize_t,
    dashes: cython.bint,
) -> cython.bint:
    """Whether the character at ``i`` makes its word unusual."""
    c: cython.int = data[i]
    end: cython.Py_ssize_t = i + 1
    inside: cython.bint
    while end < n and kinds[data[end]] & 32:
        end += 1
    inside = i > 0 and end < n and kinds[data[i - 1]] & 7 and kinds[data[end]] & 7
    if c == 0x2D and inside and not dashes:  # e-KTP, but not anak-anak
        return not (i > 1 and kinds[data[i - 2]] & 7 and end + 1 < n and kinds[data[end + 1]] & 7)
    if inside or c < 0x80:
        return inside
    # Quotes, dashes, the ellipsis.
    if c == 0xE2 and end == i + 3 and data[i + 1] == 0x80:
        c = data[i + 2]
        return not (
            c == 0x98 or c == 0x99 or c == 0x9C or c == 0x9D or c == 0x93 or c == 0x94 or c == 0xA6
        )
    return True


def best_window(
    occurrences: list,
    width: cython.Py_ssize_t,
    shown: object,
    again: cython.double,
    near: cython.double,
) -> tuple:
    """(first, behind the last) of the occurrences of the stretch of ``width`` that shows most.

    ``occurrences`` are (start, end, word, weight), by start. A stretch is worth the sum of
    the weights of its different words, those in ``shown`` aside; ``again`` times the
    weight of each occurrence; and for each with another word before it, ``near`` times the
    lighter weight of the two over 1 + gap / 16. The earliest of equals.
    """
    n: cython.Py_ssize_t = len(occurrences)
    numbers: dict = {}
    starts_array, ends_array = array("q", bytes(8 * n)), array("q", bytes(8 * n))
    words_array, weights_array = array("i", bytes(4 * n)), array("d", bytes(8 * n))
    links_array = array("d", bytes(8 * n))
    starts: cython.longlong[::1] = starts_array
    ends: cython.longlong[::1] = ends_array
    words: cython.int[::1] = words_array
    its: cython.double[::1] = weights_array
    links: cython.double[::1] = links_array
    i: cython.Py_ssize_t
    for i in range(n):
        start, end, word, weight = occurrences[i]
        starts[i] = start
        ends[i] = end
        its[i] = weight
        number = numbers.get(word)
        if number is None:
            number = numbers[word] = len(numbers)
        words[i] = number
    worth_array = array("d", bytes(8 * len(numbers)))
    inside_array = array("i", bytes(4 * len(numbers)))
    known_array = bytearray(word in shown for word in numbers)
    worth: cython.double[::1] = worth_array
    inside: cython.int[::1] = inside_array
    known: cython.uchar[::1] = known_array
    left: cython.Py_ssize_t = 0
    right: cython.Py_ssize_t
    first: cython.Py_ssize_t = 0
    last: cython.Py_ssize_t = 1
    value: cython.double = 0.0
    best: cython.double = 0.0
    link: cython.double
    gap: cython.double
    with cython.nogil:
        for right in range(n):
            if not known[words[right]] and its[right] > worth[words[right]]:
                worth[words[right]] = its[right]
        for right in range(n):
            while left < right and ends[right] - starts[left] > width:
                inside[words[left]] -= 1
                value -= again * its[left]
                if inside[words[left]] == 0:
                    value -= worth[words[left]]
                left += 1
                if left < right:
                    value -= links[left]
            link = 0.0
            if right > left and words[right - 1] != words[right]:
                gap = starts[right] - ends[right - 1]
                if gap < 0.0:
                    gap = 0.0
                link = its[right] if its[right] < its[right - 1] else its[right - 1]
                link = near * link / (1.0 + gap / 16.0)
            links[right] = link
            value += link + again * its[right]
            if inside[words[right]] == 0:
                value += worth[words[right]]
            inside[words[right]] += 1
            if value > best + 1e-9:
                best = value
                first = left
                last = right + 1
    return first, last


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
    ends_sentence: object,
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
        elif line or _starts(body, begin, stop, at, ends_sentence):
            return at
        i = at
    while found:
        at, stop, line = found.pop()
        if line or _starts(body, begin, stop, at, ends_sentence):
            return at
    return -1


@cython.cfunc
def _starts(
    body: str,
    begin: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
    at: cython.Py_ssize_t,
    ends_sentence: object,
) -> cython.bint:
    """Whether a sentence starts at ``at``: the word that ends at ``stop`` ends one."""
    left: cython.Py_ssize_t = stop
    if at < len(body) and body[at].islower():
        return False
    while left > begin and body[left - 1] != " " and body[left - 1] != "\n":
        left -= 1
    return stop - left <= LONGEST and ends_sentence(body[left:stop])


@cython.cfunc
def _opening(
    body: str,
    earliest: cython.Py_ssize_t,
    first: cython.Py_ssize_t,
    width: cython.Py_ssize_t,
    nearest: cython.bint,
    ends_sentence: object,
) -> tuple:
    """Where a passage that shows ``first`` begins, and whether a sentence does so there."""
    edge: cython.Py_ssize_t = 0
    some: cython.Py_ssize_t = earliest
    if earliest > 0 or nearest:
        edge = _edge(body, earliest, first, nearest, ends_sentence)
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


def cut(
    body: str,
    first: cython.Py_ssize_t,
    last: cython.Py_ssize_t,
    width: cython.Py_ssize_t,
    floor: cython.Py_ssize_t,
    ceiling: cython.Py_ssize_t,
    ends_sentence: object,
    within: object,
) -> tuple:
    """(start, end, opens, closes) of body[first:last] grown to about ``width`` characters
    inside [floor, ceiling): from the start of its sentence to the end of one, where they
    are near enough.

    ``ends_sentence`` tells whether a raw word does. ``within(body, limit, at)`` says where
    to cut a word that fills all of body[limit:at].

    >>> text = "Banjir surut. Harga beras naik lagi. Warga mengeluh karena itu."
    >>> start, end, *_ = cut(text, 20, 25, 22, 0, len(text), lambda word: True, None)
    >>> text[start:end]
    'Harga beras naik lagi.'
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
    start, opens = _opening(
        body, earliest if earliest > floor else floor, first, width, True, ends_sentence
    )
    if start + width > ceiling:
        # Room is left at the end: spend it on what stands before.
        earliest = ceiling - width if ceiling - width > floor else floor
        more, more_opens = _opening(body, earliest, start, width, False, ends_sentence)
        if more < start and (more_opens or not opens):
            start = more
            opens = more_opens
    stop = start + width if start + width > last else last
    if stop > ceiling:
        stop = ceiling
    closes = stop == n
    if not closes:
        at = start + width // 2
        edge = _edge(body, at if at > last else last, stop + 1, True, ends_sentence)
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
