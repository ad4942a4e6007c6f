# cython: language_level=3, boundscheck=False, wraparound=False
# cython: cdivision=True, initializedcheck=False
"""What the segments of an index know of a word together: its uses, its root, its family.

Which uses make a name and which relatives count is the planner's business.
"""

from __future__ import annotations

try:
    import cython
except ImportError:
    from searcher.kernels import pure as cython

from searcher.kernels.postings import Unsound

__all__ = ["Families", "counted", "forms", "known"]


@cython.final
@cython.cclass
class Families:
    """The terms of one segment's ``text``, how they are used, and their roots.

    ``lists`` are the terms, ``columns`` the segment's, ``roots`` those of its roots file or
    None (``searcher.index.layout``). Keeps no copy; safe to share between threads. Raises
    Unsound where the columns do not fit each other.
    """

    lists = cython.declare(object, visibility="readonly")
    _n_terms: cython.Py_ssize_t
    _capitals: cython.const[cython.uchar][::1]
    _capitals_at: cython.const[cython.uint][::1]
    _capitals_large: cython.const[cython.uint][::1]
    _mids: cython.const[cython.uchar][::1]
    _mids_at: cython.const[cython.uint][::1]
    _mids_large: cython.const[cython.uint][::1]
    _n_roots: cython.Py_ssize_t
    _roots: cython.const[cython.uchar][::1]
    _root_at: cython.const[cython.uint][::1]
    _forms: cython.const[cython.uint][::1]
    _form_at: cython.const[cython.uint][::1]
    _members: cython.const[cython.uint][::1]
    _member_roots: cython.const[cython.uint][::1]

    def __init__(self, lists: object, columns: dict, roots: dict | None) -> None:
        self.lists = lists
        self._n_terms = len(lists)
        self._capitals = columns["text.capitals"]
        self._capitals_at = columns["text.capitals.large_at"]
        self._capitals_large = columns["text.capitals.large"]
        self._mids = columns["text.mids"]
        self._mids_at = columns["text.mids.large_at"]
        self._mids_large = columns["text.mids.large"]
        fit = (
            len(self._capitals) == len(self._mids) == self._n_terms
            and len(self._capitals_at) == len(self._capitals_large)
            and len(self._mids_at) == len(self._mids_large)
        )
        self._n_roots = 0
        if roots is not None:
            self._roots = roots["roots"]
            self._root_at = roots["root_at"]
            self._forms = roots["forms"]
            self._form_at = roots["form_at"]
            self._members = roots["members"]
            self._member_roots = roots["member_roots"]
            self._n_roots = len(self._root_at) - 1
            fit = (
                fit
                and self._n_roots >= 0
                and len(self._form_at) == len(self._root_at)
                and len(self._members) == len(self._member_roots)
            )
        if not fit:
            raise Unsound("the columns of the words do not belong together")

    @cython.cfunc
    def _uses(self, term: cython.Py_ssize_t) -> cython.longlong:
        """Uses of a term in mid-sentence, with a capital in the high half, all in the low one."""
        capitals: cython.longlong = self._capitals[term]
        middle: cython.longlong = self._mids[term]
        if capitals == 255:
            capitals = _large(self._capitals_at, self._capitals_large, term)
        if middle == 255:
            middle = _large(self._mids_at, self._mids_large, term)
        return (capitals << 32) | middle

    @cython.cfunc
    def _root_of(self, term: cython.Py_ssize_t) -> object:
        """The root of a term where it differs from the term, else None."""
        at: cython.Py_ssize_t
        root: cython.Py_ssize_t
        if self._n_roots == 0:
            return None
        at = _place(self._members, term)
        if at == len(self._members) or self._members[at] != term:
            return None
        root = self._member_roots[at]
        if root >= self._n_roots:
            raise Unsound("a term has a root that is none")
        self._look(root)
        return bytes(self._roots[self._root_at[root] : self._root_at[root + 1]])

    @cython.cfunc
    def _look(self, root: cython.Py_ssize_t) -> cython.int:
        """Raise Unsound if a root does not lie inside the text of all roots."""
        if self._root_at[root + 1] < self._root_at[root] or self._root_at[root + 1] > len(
            self._roots
        ):
            raise Unsound("the roots are not as they were written")
        return 0

    @cython.cfunc
    def _root(self, wanted: cython.const[cython.uchar][::1]) -> cython.Py_ssize_t:
        """The number of a root, or -1 where no other term has it."""
        low: cython.Py_ssize_t = 0
        high: cython.Py_ssize_t = self._n_roots
        n: cython.Py_ssize_t = len(wanted)
        middle: cython.Py_ssize_t
        start: cython.Py_ssize_t
        length: cython.Py_ssize_t
        i: cython.Py_ssize_t
        while low < high:
            middle = (low + high) >> 1
            self._look(middle)
            start = self._root_at[middle]
            length = self._root_at[middle + 1] - start
            i = 0
            while i < n and i < length and self._roots[start + i] == wanted[i]:
                i += 1
            if i == n == length:
                return middle
            if i < n and (i == length or self._roots[start + i] < wanted[i]):
                low = middle + 1
            else:
                high = middle
        return -1

    @cython.cfunc
    def _add(self, found: dict, term: cython.Py_ssize_t) -> cython.int:
        """Count a term with its use into ``found``."""
        text = self.lists.term(term)  # which looks whether there is such a term
        freq = self.lists.doc_freq(term)
        uses: cython.longlong = self._uses(term)
        use = (freq, uses >> 32, uses & 0xFFFFFFFF)
        before = found.get(text)
        if before is not None:
            use = (before[0] + use[0], before[1] + use[1], before[2] + use[2])
        found[text] = use
        return 0

    @cython.cfunc
    def _add_forms(self, found: dict, root: bytes) -> cython.int:
        """Count the terms with a root, and the root itself, into ``found``."""
        number: cython.Py_ssize_t = -1
        i: cython.Py_ssize_t
        end: cython.Py_ssize_t
        if self._n_roots > 0:
            number = self._root(root)
        if number >= 0:
            i = self._form_at[number]
            end = self._form_at[number + 1]
            if i > end or end > len(self._forms):
                raise Unsound("a word family is not as it was written")
            while i < end:
                self._add(found, self._forms[i])
                i += 1
        number = self.lists.find(root)
        if number >= 0:
            self._add(found, number)
        return 0


@cython.cfunc
@cython.exceptval(check=False)
def _place(numbers: cython.const[cython.uint][::1], wanted: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """How many of the ascending ``numbers`` are lower than one."""
    low: cython.Py_ssize_t = 0
    high: cython.Py_ssize_t = len(numbers)
    middle: cython.Py_ssize_t
    while low < high:
        middle = (low + high) >> 1
        if numbers[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low


@cython.cfunc
def _large(
    at: cython.const[cython.uint][::1],
    counts: cython.const[cython.uint][::1],
    term: cython.Py_ssize_t,
) -> cython.longlong:
    """A count that does not fit its byte."""
    place: cython.Py_ssize_t = _place(at, term)
    if place == len(at) or at[place] != term:
        raise Unsound("a word's uses are not as they were written")
    return counts[place]


def known(families: list, term: bytes) -> tuple:
    """(documents that hold a term, uses in mid-sentence with a capital, all uses there, root).

    Summed over the segments' ``families``; the root is the one it had when it was first
    indexed, None where no segment has the term.
    """
    doc_freq: cython.longlong = 0
    capitals: cython.longlong = 0
    middle: cython.longlong = 0
    uses: cython.longlong
    number: cython.Py_ssize_t
    i: cython.Py_ssize_t
    its: Families
    root: object = None
    for i in range(len(families)):
        its = families[i]
        number = its.lists.find(term)
        if number < 0:
            continue
        doc_freq += its.lists.doc_freq(number)
        uses = its._uses(number)
        capitals += uses >> 32
        middle += uses & 0xFFFFFFFF
        if root is None:
            root = its._root_of(number)
            if root is None:
                root = term
    return doc_freq, capitals, middle, None if root is None else root.decode()


def forms(families: list, root: bytes) -> dict:
    """The terms with a root, the root itself included if it occurs, sorted: each with
    (documents that hold it, uses in mid-sentence with a capital, all uses there)."""
    found: dict = {}
    i: cython.Py_ssize_t
    its: Families
    for i in range(len(families)):
        its = families[i]
        its._add_forms(found, root)
    return {text.decode(): found[text] for text in sorted(found)}


def counted(chosen: list) -> dict:
    """The terms of several (lists, numbers of terms, ascending), sorted, each with the
    documents that hold it."""
    found: dict = {}
    several: cython.bint = len(chosen) > 1
    for lists, numbers in chosen:
        for number in numbers:
            term = lists.term(number)
            freq = lists.doc_freq(number)
            if several:
                freq += found.get(term, 0)
            found[term] = freq
    if several:
        return {term.decode(): found[term] for term in sorted(found)}
    return {term.decode(): freq for term, freq in found.items()}
