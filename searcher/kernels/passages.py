# cython: language_level=3, boundscheck=False, wraparound=False
# cython: cdivision=True, initializedcheck=False
"""Which words of a text are worth the analyzer's look, and which passages of it to show.

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

__all__ = ["LONGEST", "Matcher", "Passages", "Phrases", "Proposer", "split"]

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
        # All at once: one turn without the GIL, and one set of buffers.
        joined: bytes = b"\n".join([*texts, b""])
        n_texts: cython.Py_ssize_t = len(texts)
        if n_texts == 0:
            return []
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
        room: cython.Py_ssize_t = min(2 * MOST * n_needles * n_texts, len(joined) + 2)
        found_array = array("i", [0]) * room
        found: cython.int[::1] = found_array
        odd_room: cython.Py_ssize_t = min(2 * MOST * n_texts, len(joined) + 2)
        odd_array = array("i", [0]) * odd_room
        odd: cython.int[::1] = odd_array
        bounds_array = array("q", bytes(8 * 3 * (n_texts + 1)))
        bounds: cython.longlong[::1] = bounds_array
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
            for t in range(n_texts):
                n = bounds[3 * t]
                ascii = bounds[3 * t + 1]
                for number in range(n_needles):
                    taken[number] = 0
                odd_room = n_odd + 2 * most
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
                        if size <= longest and n_found + 2 <= room:
                            found[n_found] = before
                            found[n_found + 1] = before + size
                            n_found += 2
                    if new_strange:
                        strange = True
                        if size <= longest and n_odd + 2 <= odd_room:
                            odd[n_odd] = before
                            odd[n_odd + 1] = before + size
                            n_odd += 2
                    i += 1
                bounds[3 * t + 1] = n_found
                bounds[3 * t + 2] = n_odd
                i = n + 1
        proposed: list = []
        p = 0
        q = 0
        for t in range(n_texts):
            n_found = bounds[3 * t + 1]
            n_odd = bounds[3 * t + 2]
            proposed.append((found_array[p:n_found].tolist(), odd_array[q:n_odd].tolist()))
            p = n_found
            q = n_odd
        return proposed


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
    """The occurrences of what one query looks for in the words of any number of texts.

    ``word`` analyses a raw word. ``terms`` maps a term to (query word, weight); ``prefixes``
    has (prefix of a term, query word, weight), ``patterns`` (test of a whole term, query
    word, weight). What each raw word answers is remembered.
    """

    _word: object
    _terms: dict
    _prefixes: tuple
    _patterns: tuple
    _simple: cython.bint
    _seen: dict

    def __init__(self, word: object, terms: dict, prefixes: tuple, patterns: tuple) -> None:
        self._word = word
        self._terms = terms
        self._prefixes = prefixes
        self._patterns = patterns
        self._simple = not (prefixes or patterns)
        self._seen = {}

    def answers(self, text: str, proposed: list, unusual: list, wanted: object) -> tuple:
        """The occurrences in the ``proposed`` words, sorted; in the ``unusual`` ones too, if
        one of the ``wanted`` query words has none; and whether those were needed.

        ``proposed`` and ``unusual`` are of :meth:`Proposer.propose`.
        """
        found: list = []
        self._gather(text, proposed, None, found)
        more: cython.bint = len(unusual) > 0 and not wanted <= {hit[2] for hit in found}
        if more:
            self._gather(text, unusual, set(proposed[::2]), found)
        found.sort()
        return found, more

    @cython.cfunc
    def _gather(self, text: str, bounds: list, known: object, found: list):
        """Append the occurrences in the words between ``bounds`` that do not begin where one
        that is ``known`` does."""
        begin: cython.Py_ssize_t
        end: cython.Py_ssize_t
        i: cython.Py_ssize_t
        start: cython.Py_ssize_t
        stop: cython.Py_ssize_t
        hit: tuple
        hits: tuple
        for i in range(0, len(bounds) - 1, 2):
            begin = bounds[i]
            end = bounds[i + 1]
            if known is not None and begin in known:
                continue
            raw: str = text[begin:end]
            hits = self._seen.get(raw)
            if hits is None:
                hits = self._seen[raw] = self._answer(raw)
            for hit in hits:
                start = hit[0]
                stop = hit[1]
                found.append((begin + start, begin + stop, hit[2], hit[3]))

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
    say what a passage is worth and how short one of several may be. Occurrences are
    (start, end, word, weight) in characters, sorted; a negative word is a phrase.

    >>> from searcher.analysis import Analyzer
    >>> show = Passages(Analyzer().word, None, 0.1, 1 / 3, 40).show
    >>> show("Banjir surut. Harga  beras naik. Warga mengeluh.", [(21, 26, 0, 1.0)], 20, 2)
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
        self._room = 0
        self._make_room(60)

    @cython.cfunc
    def _make_room(self, n: cython.Py_ssize_t):
        if n > self._room:
            self._room = n + n // 2
            n = self._room
            self._starts, self._ends = array("q", bytes(8 * n)), array("q", bytes(8 * n))
            self._words, self._left = array("i", bytes(4 * n)), array("i", bytes(4 * n))
            self._weights, self._links = array("d", bytes(8 * n)), array("d", bytes(8 * n))
            self._marks = array("q", bytes(16 * n))
            self._worth = array("d", bytes(8 * n))
            self._inside, self._shown = array("i", bytes(4 * n)), array("i", bytes(4 * n))

    def show(
        self, body: str, occurrences: list, width: cython.Py_ssize_t, most: cython.Py_ssize_t
    ) -> tuple:
        """(text, ranges into it) of the best passages of a body, up to ``most`` of them, in
        ``width`` characters together; its beginning if there are no occurrences.

        Several are shown only when one alone would miss a word that another has.
        """
        n: cython.Py_ssize_t = len(occurrences)
        parts: cython.Py_ssize_t
        shown: cython.Py_ssize_t
        best_shown: cython.Py_ssize_t = 0
        best: list = []
        chosen: list
        self._read(occurrences)
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
        return self._assemble(body, best, occurrences)

    def ranges(self, text: str, occurrences: list) -> tuple:
        """The ranges to mark in a text shown whole."""
        marks: list
        self._read(occurrences)
        marks = list(self._marks[: 2 * self._mark(text, 0, len(text), occurrences)])
        return tuple(zip(marks[::2], marks[1::2], strict=True))

    @cython.cfunc
    def _read(self, occurrences: list):
        n: cython.Py_ssize_t = len(occurrences)
        i: cython.Py_ssize_t
        occurrence: tuple
        numbers: dict = {}
        self._make_room(n)
        for i in range(n):
            occurrence = occurrences[i]
            self._starts[i] = occurrence[0]
            self._ends[i] = occurrence[1]
            self._weights[i] = occurrence[3]
            number = numbers.get(occurrence[2])
            if number is None:
                number = numbers[occurrence[2]] = len(numbers)
            self._words[i] = number
        self._n_words = len(numbers)

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
        self, body: str, start: cython.Py_ssize_t, end: cython.Py_ssize_t, occurrences: list
    ) -> cython.Py_ssize_t:
        """How many ranges, without overlap, are to be marked in body[start:end]; they stand
        in ``_marks``. Two parts of one compound become one."""
        n: cython.Py_ssize_t = len(occurrences)
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
                if occurrences[i][2] < 0:
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
    def _assemble(self, body: str, chosen: list, occurrences: list) -> tuple:
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
            n_marks = 2 * self._mark(body, start, end, occurrences)
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
