# cython: language_level=3, boundscheck=False, wraparound=False
# cython: cdivision=True, initializedcheck=False
"""Which words before a bracket spell the short form in it.

How the letters of a short form may be found in words is here; which words need no letter,
or give others than their own, is told by ``searcher.index.acronyms`` with each word.
"""

from __future__ import annotations

from collections.abc import Callable

try:
    import cython
except ImportError:
    from searcher.kernels import pure as cython

__all__ = ["LONGEST", "Speller"]

#: Bytes of a word that are looked at.
LONGEST = 100
#: Words that are looked at, and letters that a short form may have.
_WORDS, _LETTERS = 48, 44


@cython.final
@cython.cclass
class Speller:
    """Looks for a long form in words.

    A *form* is ``(short, letters, syllables, capitals)``: the short form as written (bytes),
    the letters to be spelt (lower case), whether a word may give several, and whether the
    short form is all in capitals. A *piece* is what there is to know of a word:
    ``(bare, lower, outer, flags, others)``: the word without signs, the same in lower case,
    the word without the signs around it in lower case, the sum of its flags, and other
    letters that it may give (all bytes). Flags: 1, a long form does not go on before it;
    2, nor before what its own signs cut off; 4, it needs no letter; 8, it may be left out
    behind the first; 16, it is in capitals; 32, it has a hyphen; 64, any form may end with
    it; 128, no form begins with it.
    """

    _letters: cython.uchar[44]
    _m: cython.Py_ssize_t
    _short: bytes
    _form_letters: bytes
    _syllables: cython.bint
    # the words so far, the last one of the text first
    _n: cython.Py_ssize_t
    _text: cython.uchar[4800]
    _size: cython.int[48]
    _flags: cython.int[48]
    _same: cython.uchar[48]
    _others: list
    _found: cython.Py_ssize_t  # so many of them spell the form
    # what is being tried
    _tried: cython.Py_ssize_t
    _initials: cython.bint
    _inner: cython.bint
    _seen: cython.uint[4608]
    _round: cython.uint
    _pieces: dict

    def __init__(self) -> None:
        self._pieces = {}
        self._others = [()] * _WORDS
        self._round = 0
        if not cython.compiled:
            self._letters, self._text = bytearray(_LETTERS), bytearray(_WORDS * LONGEST)
            self._size, self._flags, self._same = [0] * _WORDS, [0] * _WORDS, [0] * _WORDS
            self._seen = [0] * (2 * _WORDS * _WORDS)

    def mine(
        self, numbers: object, doc_at: object, kinds: object, forms: dict, piece: Callable
    ) -> list:
        """Where short forms in brackets, and other words with a bracket, stand.

        ``numbers`` (``array('I')``) are the raw words of all documents, document ``d`` at
        ``numbers[doc_at[d]:doc_at[d + 1]]``. ``kinds`` has a byte a raw word: 1, a short
        form in brackets, which ``forms`` has by the word's number; 2, a word behind an
        opening bracket. ``piece(w)`` is the piece of raw word ``w``. Returns
        ``(document, place, n)`` in order: the ``n`` words before a short form spell it, or,
        ``n`` being 0, there is a word of kind 2; none is the first of its document.
        """
        words: cython.const[cython.uint][::1] = numbers
        bounds: cython.const[cython.ulonglong][::1] = doc_at
        kind: cython.const[cython.uchar][::1] = kinds
        n_kinds: cython.Py_ssize_t = len(kind)
        d: cython.Py_ssize_t
        i: cython.Py_ssize_t
        k: cython.Py_ssize_t
        first: cython.Py_ssize_t
        start: cython.Py_ssize_t
        w: cython.uint
        found = []
        for d in range(len(bounds) - 1):
            first = bounds[d]
            for i in range(first + 1, bounds[d + 1]):
                w = words[i]
                if w >= n_kinds or kind[w] == 0:
                    continue
                if kind[w] == 2:
                    found.append((d, i, 0))
                    continue
                form = forms[w]
                # The last word may go unspelt in a clipped one (Kemlu: luar negeri).
                if not self._may_end(form[1], self._piece(words[i - 1], piece)) and (
                    form[3] or not self._may_end(form[1], self._piece(words[max(i - 2, 0)], piece))
                ):
                    continue
                self._begin(form)
                start = max(first, i - 2 * len(form[0]) - 4)
                k = i - 1
                while k >= start and self._more(self._piece(words[k], piece)):
                    k -= 1
                if self._found or self._expansion():
                    found.append((d, i, self._found))
        return found

    @cython.cfunc
    def _piece(self, w: cython.uint, piece: Callable) -> tuple:
        known = self._pieces.get(w)
        if known is None:
            if len(self._pieces) >= 65536:
                self._pieces.clear()
            known = self._pieces[w] = piece(w)
        return known

    @cython.cfunc
    def _may_end(self, letters: bytes, piece: tuple) -> cython.bint:
        """Whether a word may give the last letters of a short form: a quick no for most."""
        outer: bytes = piece[2]
        m: cython.Py_ssize_t = len(letters)
        return (
            piece[3] & 64 != 0 or outer[:1] == letters[m - 1 :] or letters[max(m - 2, 0) :] in outer
        )

    def expansion(self, form: tuple, pieces: list) -> int:
        """How many of the last words spell a form, 0 if none do.

        The fewest words that spell it; one word more may go unspelt where nothing else fits.
        """
        self._begin(form)
        for piece in reversed(pieces):
            if not self._more(piece):
                break
        return self._found or self._expansion()

    def spells(self, form: tuple, pieces: list, skips: int, inner: bool) -> bool:
        """Whether all these words spell a form; see ``searcher.index.acronyms.spells``."""
        if len(pieces) > min(len(form[1]), _LETTERS) + 4:
            return False
        self._begin(form)
        for piece in reversed(pieces):
            self._take(piece)
        return self._spells(len(pieces), min(skips, 1), inner)

    @cython.cfunc
    def _begin(self, form: tuple) -> cython.int:
        letters: bytes = form[1]
        i: cython.Py_ssize_t
        self._short = form[0]
        self._form_letters = letters
        self._syllables = form[2]
        self._m = min(len(letters), _LETTERS)
        self._n = 0
        self._found = 0
        for i in range(self._m):
            self._letters[i] = letters[i]
        return 0

    @cython.cfunc
    def _take(self, piece: tuple) -> cython.int:
        """Take in a word before the others."""
        n: cython.Py_ssize_t = self._n
        lower: bytes = piece[1]
        i: cython.Py_ssize_t
        self._size[n] = len(lower) if len(lower) < 100 else 100
        for i in range(self._size[n]):
            self._text[n * 100 + i] = lower[i]
        self._flags[n] = piece[3]
        self._same[n] = piece[0] == self._short
        self._others[n] = piece[4]
        self._n = n + 1
        return 0

    @cython.cfunc
    def _more(self, piece: tuple) -> cython.bint:
        """Take in a word before the others and see whether all now spell the form.

        False when nothing before it counts any more.
        """
        flags: cython.int = piece[3]
        # More words than these spell nothing.
        if (self._n and flags & 1) or self._n >= self._m + 4:
            return False
        self._take(piece)
        if self._n > 1 and self._may_begin(self._n) and self._spells(self._n, 0, False):
            self._found = self._n
            return False
        return flags & 2 == 0

    @cython.cfunc
    def _expansion(self) -> cython.Py_ssize_t:
        """How many of the words spell the form but for one that goes unspelt."""
        n: cython.Py_ssize_t
        i: cython.Py_ssize_t
        for n in range(2, self._n + 1):
            if self._may_begin(n) and self._spells(n, 1, False):
                self._found = n
                return n
        if self._syllables and self._m > 4:
            for n in range(2, self._n + 1):
                for i in range(1, self._size[n - 1] - 2):
                    if self._has(n - 1, i, 0, 3):
                        if self._spells(n, 1, True):
                            self._found = n
                            return n
                        break
        return 0

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    def _may_begin(self, n: cython.Py_ssize_t) -> cython.bint:
        """Whether the first of the last ``n`` words may begin the long form."""
        return (
            self._size[n - 1] > 0
            and self._text[(n - 1) * 100] == self._letters[0]
            and self._flags[n - 1] & 132 == 0
        )

    @cython.cfunc
    @cython.inline
    @cython.exceptval(check=False)
    def _has(
        self,
        slot: cython.Py_ssize_t,
        i: cython.Py_ssize_t,
        at: cython.Py_ssize_t,
        n: cython.Py_ssize_t,
    ) -> cython.bint:
        """Whether ``n`` letters of the form from ``at`` on stand at ``i`` in a word."""
        k: cython.Py_ssize_t
        if i + n > self._size[slot] or at + n > self._m:
            return False
        k = 0
        while k < n and self._text[slot * 100 + i + k] == self._letters[at + k]:
            k += 1
        return k == n

    @cython.cfunc
    def _spells(self, n: cython.Py_ssize_t, skips: cython.int, inner: cython.bint) -> cython.bint:
        """Whether the last ``n`` words, every one that matters used in order, spell it."""
        slot: cython.Py_ssize_t
        heads: cython.Py_ssize_t = 0
        at: cython.Py_ssize_t = 0
        content: cython.Py_ssize_t = 0
        vowels: cython.bint = False
        straight: cython.bint = True
        if n > self._m + 4:
            return False
        for slot in range(n - 1, -1, -1):
            if self._same[slot]:
                return False
            if self._flags[slot] & 4 == 0:
                heads += 1
                if self._size[slot]:
                    straight = straight and at < self._m
                    straight = straight and self._text[slot * 100] == self._letters[at]
                    at += 1
            if self._flags[slot] & 32:
                content += 1
        if not self._syllables and straight and at == self._m:
            return True
        content += heads
        if content < 2:
            return False
        if content < (3 if self._syllables else 5):
            skips = 0
        if self._syllables:
            return self._try(n, False, skips, inner)
        if self._try(n, True, skips, inner):
            return True
        # Capitals may also be a clipped word written large (SATGAS, JISDOR).
        for at in range(self._m):
            vowels = vowels or _is_vowel(self._letters[at])
        return self._m > 4 and not skips and vowels and self._try(n, False, 0, False)

    @cython.cfunc
    def _try(
        self,
        n: cython.Py_ssize_t,
        initials: cython.bint,
        skips: cython.int,
        inner: cython.bint,
    ) -> cython.bint:
        self._tried = n
        self._initials = initials
        self._inner = inner
        self._round += 1
        return self._reach(0, 0, skips)

    @cython.cfunc
    def _reach(
        self, at: cython.Py_ssize_t, number: cython.Py_ssize_t, left: cython.int
    ) -> cython.bint:
        """Whether the words from ``number`` on spell the letters from ``at`` on.

        ``left`` words may yet go unspelt.
        """
        slot: cython.Py_ssize_t = self._tried - 1 - number
        size: cython.Py_ssize_t
        i: cython.Py_ssize_t
        k: cython.Py_ssize_t
        state: cython.Py_ssize_t = (at * 48 + number) * 2 + left
        flags: cython.int
        present: cython.bint
        if at > self._m:
            return False
        if slot < 0:
            return at == self._m
        if self._seen[state] == self._round:
            return False
        self._seen[state] = self._round
        size = self._size[slot]
        flags = self._flags[slot]
        if number and (flags & 8 or size == 0):
            if self._reach(at, number + 1, left):
                return True
        elif (
            number
            and left
            and (not self._initials or slot > 0)
            and self._reach(at, number + 1, left - 1)
        ):
            return True
        if at == self._m or size == 0:
            return False
        # From its beginning,
        if self._has(slot, 0, at, 1):
            k = 1
            if self._initials:
                if self._reach(at + 1, number + 1, left):
                    return True
                if (
                    flags & 16
                    and size > 1
                    and self._has(slot, 0, at, size)
                    and self._reach(at + size, number + 1, left)
                ):
                    return True
            else:
                while self._has(slot, 0, at, k):
                    if self._reach(at + k, number + 1, left):
                        return True
                    k += 1
        for other in self._others[slot]:
            if self._form_letters.startswith(other, at) and self._reach(
                at + len(other), number + 1, left
            ):
                return True
        # or at a syllable inside it.
        if not self._initials and (number or self._inner):
            for k in range(2 if number else 3, self._m - at + 1):
                present = False
                for i in range(1, size - k + 1):
                    if self._has(slot, i, at, k):
                        present = True
                        if not _is_vowel(self._text[slot * 100 + i]):
                            if self._reach(at + k, number + 1, left):
                                return True
                            break
                if not present:
                    break
        return False


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def _is_vowel(c: cython.int) -> cython.bint:
    return c == 0x61 or c == 0x65 or c == 0x69 or c == 0x6F or c == 0x75
