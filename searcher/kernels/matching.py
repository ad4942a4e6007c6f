# cython: language_level=3, boundscheck=False, wraparound=False
# cython: cdivision=True, initializedcheck=False
"""Which words of a text answer a query.

A page of ten snippets reads some 20,000 characters of stored text, of which a few dozen
words answer the query. What a word means stays the analyzer's business: here a word is
*proposed* where a part of it reads like something that is looked for, and what the
analyzer says of it is remembered.
"""

from __future__ import annotations

from array import array

try:
    import cython
except ImportError:
    from searcher.kernels import pure as cython

__all__ = ["LONGEST", "Matcher", "Phrases", "Proposer", "split"]

#: Raw words proposed for one needle, or as unusual; more cannot make a better passage.
MOST = 100
#: A longer raw word is not language (base64, a URL with its parameters). Characters.
LONGEST = 256
#: Of more words a matcher does not remember what they answer.
REMEMBERED = 256

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
_FOLDS = bytes(range(256)).lower()
_UPPERS = bytes(range(256)).upper()
# What is worth a look begins with a byte and goes on with another that share one of these
# bits: a sign and a letter or digit, a character outside ASCII; the other six, a needle.
_SIGN_PAIR, _WIDE_PAIR = 64, 128
_FIRSTS = bytes(_SIGN_PAIR * (byte == 0x3F) | _WIDE_PAIR * (byte >= 0xC0) for byte in range(256))
_SECONDS = bytes(
    _SIGN_PAIR * bool(kind & (_UPPER | _LOWER | _DIGIT)) | _WIDE_PAIR for kind in _KINDS
)


@cython.final
@cython.cclass
class _Words:
    """Words of texts: between which characters of its text each stands, between which bytes
    of all texts, and its number among the words met."""

    begins: cython.int[::1]
    ends: cython.int[::1]
    firsts: cython.int[::1]
    behinds: cython.int[::1]
    numbers: cython.int[::1]

    def __init__(self) -> None:
        self.begins = self.ends = self.firsts = self.behinds = self.numbers = array("i")

    @cython.cfunc
    def make_room(self, n: cython.Py_ssize_t):
        if n > len(self.begins):
            self.begins, self.ends = array("i", bytes(4 * n)), array("i", bytes(4 * n))
            self.firsts, self.behinds = array("i", bytes(4 * n)), array("i", bytes(4 * n))
            self.numbers = array("i", bytes(4 * n))

    @cython.cfunc
    def between(self, i: cython.Py_ssize_t, n: cython.Py_ssize_t) -> list:
        """Begin and end of the words from ``i`` up to ``n``."""
        bounds: list = []
        while i < n:
            bounds.append(self.begins[i])
            bounds.append(self.ends[i])
            i += 1
        return bounds


@cython.final
@cython.cclass
class _Room:
    """Room for what is proposed of some texts, used again and again."""

    found: _Words
    odd: _Words
    # Of each text: where it ends, and how many words are found, and odd, up to there.
    bounds: cython.longlong[::1]

    def __init__(self) -> None:
        self.found = _Words()
        self.odd = _Words()
        self.bounds = array("q")

    @cython.cfunc
    def make(
        self, n_found: cython.Py_ssize_t, n_odd: cython.Py_ssize_t, n_texts: cython.Py_ssize_t
    ):
        self.found.make_room(n_found)
        self.odd.make_room(n_odd)
        if 3 * n_texts > len(self.bounds):
            self.bounds = array("q", bytes(8 * 3 * n_texts))

    @cython.cfunc
    def up_to(self, text: cython.Py_ssize_t, unusual: cython.bint) -> cython.Py_ssize_t:
        """How many words are found, or odd, in the texts up to this one; -1 is none."""
        return self.bounds[3 * text + 1 + unusual] if text >= 0 else 0


_NO_ROOM: _Room = _Room()
_ROOMS: list = []
#: Room for more words is not kept: two megabytes.
_KEPT = 100_000


@cython.cfunc
def _borrow() -> _Room:
    try:
        room: _Room = _ROOMS.pop()
    except IndexError:
        room = _Room()
    return room


@cython.cfunc
def _give_back(room: _Room):
    if len(room.found.begins) <= _KEPT:
        _ROOMS.append(room)


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
    ...     ["Harga BERASNYA, kata RI-1 (Wapres R.I.) di negeri ini".encode()])
    [([6, 15, 21, 25], [21, 25, 34, 39])]
    """

    _dashes: cython.bint
    _kinds: bytes
    _firsts: bytes
    _seconds: bytes
    _heads: object
    _nexts: object
    _ends: object
    _letters: bytes
    _alone: bytes

    def __init__(self, needles: list, signs: bytes, dashes: bool) -> None:
        kinds = bytearray(_KINDS)
        firsts = bytearray(_FIRSTS)
        seconds = bytearray(_SECONDS)
        for sign in signs:
            kinds[sign] |= _SIGN
            firsts[sign] |= _SIGN_PAIR
        # Needles that begin with the same byte are chained; 0 ends a chain.
        heads = array("i", bytes(4 * 256))
        nexts = array("i", bytes(4 * (len(needles) + 1)))
        ends = array("i", bytes(4 * (len(needles) + 1)))
        letters = bytearray()
        for number, (needle, _) in enumerate(needles, 1):
            # A needle has one of six bits; of two letters that share one, a place may show
            # the first of one needle and the second of another: it is looked at in vain.
            pair = 1 << number % 6
            letters += needle
            ends[number] = len(letters)
            first = needle[0]
            nexts[number] = heads[first]
            heads[first] = number
            for byte in (first, _UPPERS[first]):
                kinds[byte] |= _HEAD
                firsts[byte] |= pair
            if len(needle) > 1:
                seconds[needle[1]] |= pair
                seconds[_UPPERS[needle[1]]] |= pair
            else:
                for byte in range(256):
                    seconds[byte] |= pair
        self._dashes = dashes
        self._kinds = bytes(kinds)
        self._firsts = bytes(firsts)
        self._seconds = bytes(seconds)
        self._heads = heads
        self._nexts = nexts
        self._ends = ends
        self._letters = bytes(letters) + b"\0"
        self._alone = bytes([0, *(bool(alone) for _, alone in needles)])

    def propose(self, texts: list) -> list:
        """Of each UTF-8 text, (begin and end of each word with a needle, the same of each
        unusual word): two flat lists of character offsets, ascending."""
        room: _Room = _borrow()
        t: cython.Py_ssize_t
        proposed: list = []
        self.fill(b"\n".join([*texts, b""]), texts, room)
        for t in range(len(texts)):
            found: list = room.found.between(room.up_to(t - 1, False), room.up_to(t, False))
            odd: list = room.odd.between(room.up_to(t - 1, True), room.up_to(t, True))
            proposed.append((found, odd))
        _give_back(room)
        return proposed

    @cython.cfunc
    def fill(self, joined: bytes, texts: list, room: _Room):
        """:meth:`propose`, of texts that are ``joined`` with a byte behind each, into room."""
        # All at once: one turn without the GIL, and one set of buffers.
        n_texts: cython.Py_ssize_t = len(texts)
        if n_texts == 0:
            return
        data: cython.const[cython.uchar][::1] = joined
        kinds: cython.const[cython.uchar][::1] = self._kinds
        folds: cython.const[cython.uchar][::1] = _FOLDS
        firsts: cython.const[cython.uchar][::1] = self._firsts
        seconds: cython.const[cython.uchar][::1] = self._seconds
        heads: cython.int[::1] = self._heads
        nexts: cython.int[::1] = self._nexts
        ends: cython.int[::1] = self._ends
        letters: cython.const[cython.uchar][::1] = self._letters
        alone: cython.const[cython.uchar][::1] = self._alone
        n_needles: cython.Py_ssize_t = len(self._alone)
        taken_array = array("i", bytes(4 * n_needles))
        taken: cython.int[::1] = taken_array
        # A word and the space behind it take two bytes.
        room.make(
            min(MOST * n_needles * n_texts, len(joined) // 2 + 1),
            min(MOST * n_texts, len(joined) // 2 + 1),
            n_texts,
        )
        found: _Words = room.found
        odd: _Words = room.odd
        bounds: cython.longlong[::1] = room.bounds
        found_room: cython.Py_ssize_t = len(found.begins)
        odd_room: cython.Py_ssize_t
        n_found: cython.Py_ssize_t = 0
        n_odd: cython.Py_ssize_t = 0
        t: cython.Py_ssize_t
        n: cython.Py_ssize_t = -1
        i: cython.Py_ssize_t
        p: cython.Py_ssize_t
        q: cython.Py_ssize_t
        end: cython.Py_ssize_t
        start: cython.Py_ssize_t
        # Of the word looked at: where it is, in bytes, and the characters before and in it.
        begin: cython.Py_ssize_t
        behind: cython.Py_ssize_t
        before: cython.Py_ssize_t
        size: cython.Py_ssize_t
        number: cython.int
        kind: cython.int
        dashes: cython.bint = self._dashes
        most: cython.int = MOST
        longest: cython.Py_ssize_t = LONGEST
        hit: cython.bint
        strange: cython.bint
        ascii: cython.bint
        new_hit: cython.bint
        new_strange: cython.bint
        for t in range(n_texts):
            n += len(texts[t]) + 1
            bounds[3 * t] = n
            bounds[3 * t + 1] = texts[t].isascii()
        with cython.nogil:
            i = 0
            begin = 0
            for t in range(n_texts):
                n = bounds[3 * t]
                ascii = bounds[3 * t + 1]
                for number in range(n_needles):
                    taken[number] = 0
                odd_room = min(n_odd + most, len(odd.begins))
                behind = i
                before = 0
                size = 0
                hit = False
                strange = False
                while True:
                    i = _next(data, firsts, seconds, i, n)
                    if i >= n:
                        break
                    kind = kinds[data[i]]
                    if i >= behind:
                        hit = False
                        strange = False
                    new_hit = False
                    if kind & 64 and not hit:
                        number = heads[folds[data[i]]]
                        while number:
                            start = ends[number - 1]
                            end = ends[number]
                            p = start + 1
                            q = i + 1
                            while p < end and q < n and folds[data[q]] == letters[p]:
                                p += 1
                                q += 1
                            if (
                                p == end
                                and taken[number] < most
                                and (not alone[number] or _stands_alone(data, kinds, i, q, n))
                            ):
                                taken[number] += 1
                                new_hit = True
                                break
                            number = nexts[number]
                    new_strange = False
                    if kind & 16 and not strange:
                        if data[i] >= 0xC2:
                            p = _space(data, kinds, i, n)
                            if p:
                                i += p
                                continue
                        new_strange = _is_strange(data, kinds, i, n, dashes)
                    if (new_hit or new_strange) and i >= behind:
                        begin = _begin(data, kinds, i, behind, n)
                        before += size + begin - behind
                        if not ascii:
                            before -= _more(data, kinds, behind, begin)
                        behind = _behind(data, kinds, i, n)
                        size = behind - begin
                        if not ascii:
                            size -= _more(data, kinds, begin, behind)
                    if new_hit:
                        hit = True
                        if size <= longest and n_found < found_room:
                            found.begins[n_found] = before
                            found.ends[n_found] = before + size
                            found.firsts[n_found] = begin
                            found.behinds[n_found] = behind
                            n_found += 1
                    if new_strange:
                        strange = True
                        if size <= longest and n_odd < odd_room:
                            odd.begins[n_odd] = before
                            odd.ends[n_odd] = before + size
                            odd.firsts[n_odd] = begin
                            odd.behinds[n_odd] = behind
                            n_odd += 1
                    i += 1
                bounds[3 * t + 1] = n_found
                bounds[3 * t + 2] = n_odd
                i = n + 1


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def _next(
    data: cython.const[cython.uchar][::1],
    firsts: cython.const[cython.uchar][::1],
    seconds: cython.const[cython.uchar][::1],
    i: cython.Py_ssize_t,
    n: cython.Py_ssize_t,
) -> cython.Py_ssize_t:
    """The next place from ``i`` on that may be worth a look: two bytes tell of nearly all
    that they are not. data[n] must be there."""
    while i < n and firsts[data[i]] & seconds[data[i + 1]] == 0:
        i += 1
    return i


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def _more(
    data: cython.const[cython.uchar][::1],
    kinds: cython.const[cython.uchar][::1],
    i: cython.Py_ssize_t,
    end: cython.Py_ssize_t,
) -> cython.Py_ssize_t:
    """How many bytes of data[i:end] only go on with a character."""
    n: cython.Py_ssize_t = 0
    while i < end:
        n += kinds[data[i]] >> 5 & 1
        i += 1
    return n


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def _begin(
    data: cython.const[cython.uchar][::1],
    kinds: cython.const[cython.uchar][::1],
    i: cython.Py_ssize_t,
    floor: cython.Py_ssize_t,
    n: cython.Py_ssize_t,
) -> cython.Py_ssize_t:
    """Where the word begins that data[i] belongs to, not before ``floor``."""
    p: cython.Py_ssize_t
    while i > floor:
        p = i - 1
        while p > floor and kinds[data[p]] & 32:
            p -= 1
        if kinds[data[p]] & 8 or (data[p] >= 0xC2 and _space(data, kinds, p, n)):
            break
        i = p
    return i


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def _behind(
    data: cython.const[cython.uchar][::1],
    kinds: cython.const[cython.uchar][::1],
    i: cython.Py_ssize_t,
    n: cython.Py_ssize_t,
) -> cython.Py_ssize_t:
    """Where the word ends that data[i] belongs to."""
    while i < n and not (kinds[data[i]] & 8 or (data[i] >= 0xC2 and _space(data, kinds, i, n))):
        i += 1
    return i


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


@cython.final
@cython.cclass
class Matcher:
    """The occurrences of what one query looks for in any number of texts; for one thread.

    ``propose`` is the :class:`Proposer` of the query, ``word`` analyses a raw word.
    ``terms`` maps a term to (query word, weight); ``prefixes`` has (prefix of a term, query
    word, weight), ``patterns`` (test of a whole term, query word, weight). ``wanted`` are
    the query words that unusual words are asked for while they have no occurrence. What
    raw words answer is remembered, of some hundred.

    Occurrences of the text asked for last are :attr:`found`: arrays of starts and ends
    (``q``, characters), query words (``i``) and weights (``d``), the first :attr:`n` of each.
    """

    found = cython.declare(tuple, visibility="readonly")
    n = cython.declare(cython.Py_ssize_t, visibility="readonly")
    _propose: Proposer
    _word: object
    _terms: dict
    _prefixes: tuple
    _patterns: tuple
    _simple: cython.bint
    _wanted: cython.int[::1]
    # The texts looked at, and what is proposed of them.
    _joined: bytes
    _room: _Room
    # The words met, in an open hash table: their letters and answers one after the other.
    _n_words: cython.Py_ssize_t
    _mask: cython.Py_ssize_t
    _slots: cython.int[::1]
    _hashes: cython.uint[::1]
    _letters: cython.uchar[::1]
    _letters_at: cython.int[::1]
    _answers_at: cython.int[::1]
    _answer_starts: cython.int[::1]
    _answer_ends: cython.int[::1]
    _answer_words: cython.int[::1]
    _answer_weights: cython.double[::1]
    _starts: cython.longlong[::1]
    _ends: cython.longlong[::1]
    _words: cython.int[::1]
    _weights: cython.double[::1]

    def __init__(
        self,
        propose: Proposer,
        word: object,
        terms: dict,
        prefixes: tuple,
        patterns: tuple,
        wanted: object,
    ) -> None:
        self._propose = propose
        self._word = word
        self._terms = terms
        self._prefixes = prefixes
        self._patterns = patterns
        self._simple = not (prefixes or patterns)
        self._wanted = array("i", [*wanted, 0])
        self._joined = b""
        self._room = _NO_ROOM
        self._forget()
        self.n = 0
        self.found = array("q"), array("q"), array("i"), array("d")
        self._starts, self._ends, self._words, self._weights = self.found
        self._make_room(1)

    # The texts

    def look(self, texts: list) -> None:
        """Find what is proposed in texts in UTF-8; :meth:`answers` tells of one after the
        other, until :meth:`rest`."""
        i: cython.Py_ssize_t
        n: cython.Py_ssize_t
        found: _Words
        data: cython.const[cython.uchar][::1]
        if self._n_words > REMEMBERED:
            self._forget()
        self._room = _borrow()
        self._joined = b"\n".join([*texts, b""])
        self._propose.fill(self._joined, texts, self._room)
        n = self._room.up_to(len(texts) - 1, False)
        if not n:
            return
        found = self._room.found
        data = self._joined
        with cython.nogil:
            for i in range(n):
                found.numbers[i] = self._find(data, found.firsts[i], found.behinds[i])
        for i in range(n):
            if found.numbers[i] < 0:
                found.numbers[i] = self._number(
                    self._joined, data, found.firsts[i], found.behinds[i]
                )

    def rest(self) -> None:
        """Let others use the room that :meth:`look` took."""
        if self._room is not _NO_ROOM:
            _give_back(self._room)
            self._room = _NO_ROOM
        self._joined = b""

    def answers(self, text: cython.Py_ssize_t) -> bool:
        """Find the occurrences in the proposed words of a text looked at, by its place; in
        the unusual ones too if a wanted query word has none. Returns whether those were."""
        found: _Words = self._room.found
        odd: _Words = self._room.odd
        data: cython.const[cython.uchar][::1] = self._joined
        i: cython.Py_ssize_t
        known: cython.Py_ssize_t = self._room.up_to(text - 1, False)
        behind: cython.Py_ssize_t = self._room.up_to(text, False)
        first: cython.Py_ssize_t = self._room.up_to(text - 1, True)
        last: cython.Py_ssize_t = self._room.up_to(text, True)
        more: cython.bint
        self.n = 0
        for i in range(known, behind):
            self._add(found.numbers[i], found.begins[i])
        more = first < last and not self._has_all()
        if more:
            for i in range(first, last):
                while known < behind and found.begins[known] < odd.begins[i]:
                    known += 1
                if known == behind or found.begins[known] != odd.begins[i]:
                    self._add(
                        self._number(self._joined, data, odd.firsts[i], odd.behinds[i]),
                        odd.begins[i],
                    )
        self._sort()
        return more

    def answers_of(self, text: str, bounds: list) -> None:
        """Find the occurrences in the words between ``bounds``, as of :func:`split`."""
        i: cython.Py_ssize_t
        self.n = 0
        for i in range(0, len(bounds) - 1, 2):
            raw: bytes = text[bounds[i] : bounds[i + 1]].encode("utf-8", "replace")
            self._add(self._number(raw, raw, 0, len(raw)), bounds[i])
        self._sort()

    def bounds(self, text: cython.Py_ssize_t, unusual: bool) -> list:
        """Begin and end of the proposed, or of the unusual, words of a text looked at."""
        its: _Words = self._room.odd if unusual else self._room.found
        return its.between(self._room.up_to(text - 1, unusual), self._room.up_to(text, unusual))

    def add(self, occurrences: list) -> None:
        """Add occurrences, each a (start, end, query word, weight), to those found."""
        n: cython.Py_ssize_t = self.n
        self._make_room(n + len(occurrences))
        for occurrence in sorted(occurrences):
            self._starts[n], self._ends[n], self._words[n], self._weights[n] = occurrence
            n += 1
        self.n = n
        self._sort()

    def move(self, by: cython.Py_ssize_t) -> None:
        """Have what was found stand so many characters later."""
        i: cython.Py_ssize_t
        for i in range(self.n):
            self._starts[i] += by
            self._ends[i] += by

    @cython.cfunc
    def _make_room(self, n: cython.Py_ssize_t):
        """Have room for ``n`` occurrences; those found stay."""
        while len(self._starts) < n:
            self.found = (
                _longer(self._starts, "q"),
                _longer(self._ends, "q"),
                _longer(self._words, "i"),
                _longer(self._weights, "d"),
            )
            self._starts, self._ends, self._words, self._weights = self.found

    @cython.cfunc
    def _add(self, number: cython.Py_ssize_t, begin: cython.Py_ssize_t):
        """Add the occurrences in a word met, which begins at that character."""
        i: cython.Py_ssize_t = self._answers_at[number]
        end: cython.Py_ssize_t = self._answers_at[number + 1]
        n: cython.Py_ssize_t = self.n
        if n + end - i > len(self._starts):
            self._make_room(n + end - i)
        while i < end:
            self._starts[n] = begin + self._answer_starts[i]
            self._ends[n] = begin + self._answer_ends[i]
            self._words[n] = self._answer_words[i]
            self._weights[n] = self._answer_weights[i]
            n += 1
            i += 1
        self.n = n

    @cython.cfunc
    def _has_all(self) -> cython.bint:
        """Whether each of the wanted query words has an occurrence."""
        k: cython.Py_ssize_t
        i: cython.Py_ssize_t
        for k in range(len(self._wanted) - 1):
            i = 0
            while i < self.n and self._words[i] != self._wanted[k]:
                i += 1
            if i == self.n:
                return False
        return True

    @cython.cfunc
    def _sort(self):
        """Sort the occurrences, each once. Nearly always they are in order."""
        n: cython.Py_ssize_t = 0
        i: cython.Py_ssize_t
        j: cython.Py_ssize_t
        start: cython.longlong
        end: cython.longlong
        word: cython.int
        weight: cython.double
        order: cython.int
        starts: cython.longlong[::1] = self._starts
        ends: cython.longlong[::1] = self._ends
        words: cython.int[::1] = self._words
        weights: cython.double[::1] = self._weights
        for i in range(self.n):
            start = starts[i]
            end = ends[i]
            word = words[i]
            weight = weights[i]
            j = n
            order = 1
            while j > 0:
                order = _order(start, starts[j - 1])
                order = order if order else _order(end, ends[j - 1])
                order = order if order else _order(word, words[j - 1])
                if not order:
                    order = (weight > weights[j - 1]) - (weight < weights[j - 1])
                if order >= 0:
                    break
                j -= 1
            if not order:
                continue
            k: cython.Py_ssize_t = n
            while k > j:
                starts[k] = starts[k - 1]
                ends[k] = ends[k - 1]
                words[k] = words[k - 1]
                weights[k] = weights[k - 1]
                k -= 1
            starts[j] = start
            ends[j] = end
            words[j] = word
            weights[j] = weight
            n += 1
        self.n = n

    # The words met

    @cython.cfunc
    def _forget(self):
        """Know no words."""
        self._n_words = 0
        self._slots = array("i", bytes(4 * 128))
        self._mask = 127
        self._hashes = array("I", bytes(4 * 64))
        self._letters = array("B", bytes(512))
        self._letters_at = array("i", bytes(4 * 65))
        self._answers_at = array("i", bytes(4 * 65))
        self._answer_starts = array("i", bytes(4 * 32))
        self._answer_ends = array("i", bytes(4 * 32))
        self._answer_words = array("i", bytes(4 * 32))
        self._answer_weights = array("d", bytes(8 * 32))

    @cython.cfunc
    @cython.exceptval(check=False)
    @cython.nogil
    def _find(
        self,
        data: cython.const[cython.uchar][::1],
        begin: cython.Py_ssize_t,
        end: cython.Py_ssize_t,
    ) -> cython.Py_ssize_t:
        """The number of the word data[begin:end], or -1 if it was not met."""
        its: cython.uint = _hash(data, begin, end)
        slot: cython.Py_ssize_t = its & self._mask
        number: cython.Py_ssize_t
        at: cython.Py_ssize_t
        i: cython.Py_ssize_t
        while self._slots[slot]:
            number = self._slots[slot] - 1
            at = self._letters_at[number]
            if self._hashes[number] == its and self._letters_at[number + 1] - at == end - begin:
                i = begin
                while i < end and data[i] == self._letters[at]:
                    i += 1
                    at += 1
                if i == end:
                    return number
            slot = (slot + 1) & self._mask
        return -1

    @cython.cfunc
    def _number(
        self,
        text: bytes,
        data: cython.const[cython.uchar][::1],
        begin: cython.Py_ssize_t,
        end: cython.Py_ssize_t,
    ) -> cython.Py_ssize_t:
        """The number of the word text[begin:end], whose answers are then known."""
        number: cython.Py_ssize_t = self._find(data, begin, end)
        at: cython.Py_ssize_t
        i: cython.Py_ssize_t
        if number >= 0:
            return number
        answers: tuple = self._answer(text[begin:end].decode("utf-8", "replace"))
        number = self._n_words
        if 2 * (number + 2) > len(self._slots):
            self._slots = array("i", bytes(8 * len(self._slots)))
            self._mask = len(self._slots) - 1
            for i in range(number):
                self._place(i)
            self._hashes = _longer(self._hashes, "I")
        if number + 2 > len(self._letters_at):
            self._letters_at = _longer(self._letters_at, "i")
            self._answers_at = _longer(self._answers_at, "i")
        at = self._letters_at[number]
        while at + end - begin > len(self._letters):
            self._letters = _longer(self._letters, "B")
        for i in range(begin, end):
            self._letters[at] = data[i]
            at += 1
        self._letters_at[number + 1] = at
        at = self._answers_at[number]
        while at + len(answers) > len(self._answer_starts):
            self._answer_starts = _longer(self._answer_starts, "i")
            self._answer_ends = _longer(self._answer_ends, "i")
            self._answer_words = _longer(self._answer_words, "i")
            self._answer_weights = _longer(self._answer_weights, "d")
        for answer in answers:
            self._answer_starts[at] = answer[0]
            self._answer_ends[at] = answer[1]
            self._answer_words[at] = answer[2]
            self._answer_weights[at] = answer[3]
            at += 1
        self._answers_at[number + 1] = at
        self._hashes[number] = _hash(data, begin, end)
        self._place(number)
        self._n_words = number + 1
        return number

    @cython.cfunc
    def _place(self, number: cython.Py_ssize_t):
        """Enter a word into the table."""
        slot: cython.Py_ssize_t = self._hashes[number] & self._mask
        while self._slots[slot]:
            slot = (slot + 1) & self._mask
        self._slots[slot] = number + 1

    @cython.cfunc
    def _answer(self, raw: str) -> tuple:
        """What of a raw word answers the query: the best weight of each query word."""
        # A word and its tokens by the places of their values, which have names in
        # ``analysis.tokenizer``: reading a name takes as long as all the rest.
        word = self._word(raw)
        tokens: tuple = word[1]
        whole: cython.bint = word[2] == 1
        best: dict
        term: str
        if self._simple and len(tokens) == 1:
            # As most are: nothing to choose from.
            token = tokens[0]
            answer = self._terms.get(token[0])
            if answer is None:
                return ()
            return ((token[2], token[3], answer[0], answer[1]),)
        best = {}
        for token in tokens:
            term = token[0]
            answer = self._terms.get(term)
            if answer is not None:
                self._better(best, tokens, token, whole, answer[0], answer[1])
            for prefix, number, weight in self._prefixes:
                if term.startswith(prefix):
                    self._better(best, tokens, token, whole, number, weight)
            for test, number, weight in self._patterns:
                if test(term):
                    self._better(best, tokens, token, whole, number, weight)
        return tuple(best.values())

    @cython.cfunc
    def _better(
        self,
        best: dict,
        tokens: tuple,
        token: object,
        whole: cython.bint,
        number: object,
        weight: object,
    ):
        """Keep the occurrence of a query word unless one as good is known; in a word of one
        position (*anak-anaknya*) all of it, however it was matched."""
        known = best.get(number)
        if known is not None and known[3] >= weight:
            return
        start = token[2]
        end = token[3]
        if whole:
            for token in tokens:
                start = min(start, token[2])
                end = max(end, token[3])
        best[number] = (start, end, number, weight)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def _order(a: cython.longlong, b: cython.longlong) -> cython.int:
    return (a > b) - (a < b)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def _hash(
    data: cython.const[cython.uchar][::1], begin: cython.Py_ssize_t, end: cython.Py_ssize_t
) -> cython.uint:
    """31 bits of a word."""
    its: cython.ulonglong = end - begin
    while begin < end:
        its = (its * 1000003 ^ data[begin]) & 0x7FFFFFFF
        begin += 1
    return its


@cython.cfunc
def _longer(old: object, code: str) -> object:
    """An array of that type twice as long, and not empty, which begins with what is old."""
    new = array(code)
    new.frombytes(bytes(old))
    new.frombytes(bytes((len(new) or 32) * new.itemsize))
    return new


def split(text: str) -> list:
    """Begin and end of each word as ``str.split`` cuts, one flat list; none that is too long.

    >>> split(" Beras\\xa0naik ")
    [1, 6, 7, 11]
    """
    bounds: list = []
    n: cython.Py_ssize_t = len(text)
    i: cython.Py_ssize_t = 0
    begin: cython.Py_ssize_t
    while i < n:
        if text[i].isspace():
            i += 1
            continue
        begin = i
        while i < n and not text[i].isspace():
            i += 1
        if i - begin <= LONGEST:
            bounds.append(begin)
            bounds.append(i)
    return bounds


@cython.final
@cython.cclass
class Phrases:
    """The occurrences of the phrases of one query in any number of texts.

    A phrase is (number, terms of every position, the position whose terms call for a look
    around, weight). ``word`` analyses a raw word. What terms of phrases each raw word has
    is remembered: of each position it takes, as term → (start, end, positions to the next
    word).
    """

    _phrases: list
    _word: object
    _terms: set
    _places: dict
    _plain: tuple

    def __init__(self, phrases: list, word: object) -> None:
        self._phrases = phrases
        self._word = word
        self._terms = {term for _, terms, *_ in phrases for its in terms for term in its}
        self._places = {}
        self._plain = ({},)

    def near(self, text: str, bounds: list) -> list:
        """The occurrences around the words between ``bounds``, each once."""
        found: set = set()
        n: cython.Py_ssize_t = len(text)
        begin: cython.Py_ssize_t
        end: cython.Py_ssize_t
        low: cython.Py_ssize_t
        high: cython.Py_ssize_t
        i: cython.Py_ssize_t
        k: cython.Py_ssize_t
        offset: cython.Py_ssize_t
        start: cython.Py_ssize_t
        reach: cython.Py_ssize_t
        its: tuple
        phrase: tuple
        terms: tuple
        pair: tuple
        slot: dict
        near: list
        called: cython.bint
        for i in range(0, len(bounds) - 1, 2):
            begin = bounds[i]
            end = bounds[i + 1]
            its = self._place(text[begin:end])
            if its is self._plain:
                continue
            for phrase in self._phrases:
                terms = phrase[1]
                anchor = terms[phrase[2]]
                called = False
                for slot in its:
                    called = called or (len(slot) > 0 and not anchor.isdisjoint(slot))
                if not called:
                    continue
                reach = 64 * (len(terms) + 1)
                low = self._before(text, begin, begin - reach if begin > reach else 0, phrase[2])
                high = end + reach if end + reach < n else n
                high = self._behind(text, end, high, len(terms) - 1 - phrase[2])
                near = self._slots(text, low, high)
                for k in range(len(near)):
                    pair = near[k]
                    slot = pair[1]
                    if len(slot) == 0:
                        continue
                    stop = _phrase_end(near, k, terms, 0)
                    if stop is not None:
                        offset = pair[0]
                        start = min([slot[term][0] for term in terms[0] if term in slot])
                        found.add((offset + start, stop, -1 - phrase[0], phrase[3]))
        return list(found)

    @cython.cfunc
    def _before(
        self, text: str, at: cython.Py_ssize_t, low: cython.Py_ssize_t, words: cython.Py_ssize_t
    ) -> cython.Py_ssize_t:
        """Where so many words that take a position begin before ``at``, not before ``low``."""
        i: cython.Py_ssize_t = at
        end: cython.Py_ssize_t
        while words > 0 and i > low:
            while i > low and text[i - 1].isspace():
                i -= 1
            end = i
            while i > low and not text[i - 1].isspace():
                i -= 1
            if end - i <= LONGEST and len(self._place(text[i:end])) > 0:
                words -= 1
        return i

    @cython.cfunc
    def _behind(
        self, text: str, at: cython.Py_ssize_t, high: cython.Py_ssize_t, words: cython.Py_ssize_t
    ) -> cython.Py_ssize_t:
        """Where so many words that take a position end behind ``at``, not behind ``high``."""
        i: cython.Py_ssize_t = at
        begin: cython.Py_ssize_t
        while words > 0 and i < high:
            while i < high and text[i].isspace():
                i += 1
            begin = i
            while i < high and not text[i].isspace():
                i += 1
            if i - begin <= LONGEST and len(self._place(text[begin:i])) > 0:
                words -= 1
        return i

    @cython.cfunc
    def _slots(self, text: str, low: cython.Py_ssize_t, high: cython.Py_ssize_t) -> list:
        """(begin of its word, slot) of every position of the words in text[low:high]."""
        slots: list = []
        i: cython.Py_ssize_t = low
        begin: cython.Py_ssize_t
        its: tuple
        if low > 0 and not text[low - 1].isspace():
            # The cut has left half a word.
            while i < high and not text[i].isspace():
                i += 1
        while i < high:
            if text[i].isspace():
                i += 1
                continue
            begin = i
            while i < high and not text[i].isspace():
                i += 1
            if i - begin > LONGEST:
                continue
            its = self._place(text[begin:i])
            for slot in its:
                slots.append((begin, slot))  # noqa: PERF401  # slower in C
        return slots

    @cython.cfunc
    def _place(self, raw: str) -> tuple:
        """The slots of a raw word, none if it is punctuation alone."""
        its: tuple = self._places.get(raw)
        slot: dict
        if its is not None:
            return its
        word = self._word(raw)
        width = word.width
        slots: list = [{} for _ in range(width)]
        plain: cython.bint = width == 1
        for term, position, start, end, kind in word.tokens:
            if term in self._terms:
                plain = False
                slot = slots[position]
                slot[term] = (start, end, width if kind == "whole" else 1)
        its = self._plain if plain else tuple(slots)
        self._places[raw] = its
        return its


@cython.cfunc
def _phrase_end(
    slots: list, at: cython.Py_ssize_t, phrase: tuple, part: cython.Py_ssize_t
) -> object:
    """Where the phrase that begins at slot ``at`` ends, or None if it does not stand there."""
    pair: tuple
    slot: dict
    offset: cython.Py_ssize_t
    if at >= len(slots):
        return None
    pair = slots[at]
    slot = pair[1]
    for term in phrase[part]:
        if term in slot:
            offset = pair[0]
            _, end, step = slot[term]
            if part + 1 == len(phrase):
                return offset + end
            rest = _phrase_end(slots, at + step, phrase, part + 1)
            if rest is not None:
                return rest
    return None
