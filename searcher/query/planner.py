"""Words to a plan: what each query word counts as, in this index and under this ranking.

Recipe and figures: relatives of a word are pooled with it before saturation, at half
weight, the frequency of the union being the family's; question words weigh nothing and
function words 0.3 beside content words; words spelt nearly alike add a quarter; a word no
article has is read as the nearest that occur; short and long forms find each other.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Generic, TypeVar

from searcher.analysis import Token, Word
from searcher.article import FIELDS
from searcher.index.snapshot import Snapshot
from searcher.query.plan import (
    Group,
    MarkedTerms,
    Node,
    Nothing,
    Or,
    Phrase,
    Plan,
    SecondStage,
)
from searcher.query.ranking import Ranking, idf, union_freq

if TYPE_CHECKING:
    from searcher.analysis.roots import Roots

Key = TypeVar("Key", bound=Hashable)
Found = TypeVar("Found")

#: Terms or names, each with how much it counts.
Shares = list[tuple[str, float]]

#: Two words with this Dice coefficient of five-letter pieces are spelt nearly alike.
NEAR = 0.35
#: ... and with this share, a reader would take one for a misprint of the other.
MISPRINT = 0.55
#: Near spellings that are looked at, the nearest ones.
MOST_NEAR = 60
#: Near spellings of an absent word that stand in for it.
STAND_INS = 5
#: Where more words are asked for, nearness says little, and looking at each pair takes long.
STAGE_WORDS = 100
#: Absent words of one query that get any: each is looked for in the whole dictionary.
MAX_ABSENT = 50
#: Shorter words have too few pieces to tell a misprint from another word.
SHORTEST_NEAR = 5
#: An acronym's long form must be meant in this share of its explanations, and so often.
LONG_FORM_SHARE, LONG_FORM_COUNT, LONG_FORMS = 0.25, 1, 2
#: A family has this many members at most, the most frequent ones.
LARGEST_FAMILY = 40


class Planner:
    """Compiles one query; make a new one for the next."""

    def __init__(self, snapshot: Snapshot, ranking: Ranking, memory: PlannerMemory) -> None:
        self.snapshot = snapshot
        self.ranking = ranking
        self.memory = memory
        self.analyzer = snapshot.analyzer
        self.scale = ranking.k1 + 1.0
        self.notices: list[str] = []
        self._expanded: list[str] = []
        self._near: list[str] = []
        self._remarks: list[str] = []
        self._ignored: list[str] = []
        self._absent: list[str] = []
        self._extras: list[Group | Phrase] = []
        self._words: list[tuple[Group, float, int]] = []  # content or not, weight, position
        self._marks: dict[str, tuple[int, float]] = {}
        self._phrases: list[tuple[frozenset[str], ...]] = []
        self._only_phrases: set[int] = set()
        self._prefixes: list[tuple[str, int, float]] = []
        self._patterns: list[tuple[str, int, float]] = []
        self._suggested: dict[str, str] = {}
        self._position = 0
        self._number = 0
        self.has_content = False

    # ---- whole queries -----------------------------------------------------------------

    def plan_words(self, words: Sequence[str]) -> Plan:
        """The plan of plain words, any of which may match."""
        # Where function words weigh what others do, nobody asks.
        self.has_content = self.ranking.function_words and any(map(self.is_content, words))
        seen: set[str] = set()
        nodes = []
        for raw in words:
            node = self.word(raw, seen=seen)
            if node is not None:
                nodes.append(node)
        nodes += self.long_forms(words)
        if nodes and not self.has_content and self.ranking.function_words:
            self._remarks.append("only common words, so all of them count")
        return self.finish(self.any_of(nodes), " ".join(words))

    def any_of(self, nodes: Sequence[Node]) -> Node:
        """One node for alternatives, nested ones unfolded and those without a match left out."""
        if len(nodes) == 1:
            return nodes[0]
        flat: list[Node] = []
        for node in nodes:
            if not isinstance(node, Nothing):
                flat.extend(node.children if isinstance(node, Or) else (node,))
        if not flat:
            return Nothing()
        return flat[0] if len(flat) == 1 else Or(tuple(flat))

    def finish(self, root: Node, text: str) -> Plan:
        """The plan around a finished tree."""
        suggestion = None
        if self._suggested and text:
            suggestion = " ".join(self._suggested.get(word, word) for word in text.split())
            suggestion = suggestion if suggestion != text else None
        return Plan(
            root=root,
            ranking=self.ranking,
            extras=tuple(self._extras),
            second=self._second_stage(),
            receipt=self._receipt(),
            marks=MarkedTerms(
                dict(self._marks),
                tuple(self._prefixes),
                tuple(self._patterns),
                tuple(self._phrases),
                frozenset(self._only_phrases),
            ),
            suggestion=suggestion,
        )

    # ---- one word ----------------------------------------------------------------------

    def is_content(self, raw: str) -> bool:
        """Whether a raw word carries content, so that function words may step back."""
        analyzer = self.analyzer
        for token in analyzer.word(raw).tokens:
            if token.kind != "whole" and analyzer.weight(token.term) == 1.0:
                return True
        return False

    def word(
        self,
        raw: str,
        field: str = "text",
        *,
        boost: float = 1.0,
        required: bool = False,
        exact: bool = False,
        seen: set[str] | None = None,
    ) -> Node | None:
        """The node of one raw word; None when there is nothing to search for in it.

        A ``required`` word was asked for by an operator: it is never dropped or replaced,
        and a compound must stand there whole. An ``exact`` one (a field's, an excluded one)
        also stands for itself alone. A word already in ``seen`` is not counted twice.
        """
        word = self.analyzer.word(raw)
        position = self._position
        self._position += max(word.width, 1)
        tokens = word.tokens
        if len(tokens) == 1:
            terms = [tokens[0].term]
            return self._group(word, terms, field, boost, required, exact, position, seen)
        if not tokens:
            self._ignored.append(f'"{raw}" (no letters or digits)')
            return None
        if len({token.position for token in tokens}) == 1:
            terms = list(dict.fromkeys(token.term for token in tokens))
            return self._group(word, terms, field, boost, required, exact, position, seen)
        parts = [token for token in tokens if token.kind != "whole"]
        wholes = [token for token in tokens if token.kind == "whole"]
        if required or exact:
            self._position = position
            return self.phrase([raw], field, boost=boost)
        if not wholes:
            return self._each(parts, word, field, boost, position, seen)
        whole = wholes[0].term
        known = self.memory.doc_freq(field, whole) > 0
        if known and whole[0].isdigit():
            for token in parts:
                self._extra(token.term, 0.5 * boost)
            return self._group(word, [whole], field, boost, False, False, position, seen)
        if known and _is_glued(parts):
            group = self._group(word, [whole], field, boost, False, False, position, seen)
            if group is None:
                return None
            apart = self._spelt(
                " ".join(token.term for token in parts),
                self.ranking.family_weight * boost * self._idf(whole),
            )
            return self.any_of([group] if apart is None else [group, apart])
        if known:
            self._extra(whole, boost)
        return self._each(parts, word, field, boost, position, seen)

    def _idf(self, term: str) -> float:
        return idf(self.memory.doc_freq("text", term), self.snapshot.n_docs)

    def _each(
        self,
        parts: Sequence[Token],
        word: Word,
        field: str,
        boost: float,
        position: int,
        seen: set[str] | None,
    ) -> Node | None:
        """The parts of a compound, one word each."""
        nodes = []
        by_place: dict[int, list[str]] = {}
        for token in parts:
            by_place.setdefault(token.position, []).append(token.term)
        for place, terms in sorted(by_place.items()):
            node = self._group(word, terms[:1], field, boost, False, False, position + place, seen)
            if node is not None:
                nodes.append(node)
        return self.any_of(nodes) if nodes else None

    def _group(
        self,
        word: Word,
        terms: list[str],
        field: str,
        boost: float,
        required: bool,
        exact: bool,
        position: int,
        seen: set[str] | None,
    ) -> Node | None:
        """The group of a word that takes one position; ``terms[0]`` is the word itself."""
        ranking, snapshot, memory = self.ranking, self.snapshot, self.memory
        term = terms[0]
        if seen is not None:
            if term in seen:
                return None
            seen.add(term)
        g = 1.0
        if ranking.function_words and self.has_content and field == "text":
            g = self.analyzer.weight(term)
            if g == 0.0 and not (required or exact):
                self._ignored.append(f"{term} (question word)")
                return None
            g = max(g, 0.05)
        content = self.analyzer.weight(term) == 1.0
        freqs = {form: memory.doc_freq(field, form) for form in terms}
        if (
            ranking.families
            and content
            and field == "text"
            and not exact
            and word.capital != 2
            and (term.isalpha() or not any(map(str.isdigit, term)))
        ):
            for form, freq in memory.family(term):
                freqs.setdefault(form, freq)
            if len(freqs) > 1:
                _, *relatives = freqs
                relatives.sort(key=freqs.__getitem__, reverse=True)
                self._expanded.append(_listed(term, relatives))
        known = freqs
        forms: Shares = [(term, 1.0)] if freqs[term] else []
        if len(freqs) > 1 and ranking.family_weight:
            if len(freqs) > LARGEST_FAMILY:
                kept = set(sorted(freqs, key=freqs.__getitem__, reverse=True)[:LARGEST_FAMILY])
                freqs = {form: freqs[form] for form in freqs if form == term or form in kept}
            share = ranking.family_weight
            forms += [(form, share) for form in freqs if freqs[form] and form != term]
            df = union_freq([freqs[form] for form, _ in forms], snapshot.n_docs)
            if len(terms) > 1:  # a family comes sorted
                forms.sort(key=lambda item: (item[0] != term, item[0]))
        else:
            df = union_freq((freqs[term],), snapshot.n_docs)
        if not forms:
            return self._missing(word, term, field, boost * g, required or exact, position)
        weight = idf(df, snapshot.n_docs)
        if ranking.numbers and term[0].isdigit():
            g *= 1.0 + ranking.number_weight
        group = Group(term, field, tuple(forms), boost * g * weight * self.scale)
        self._note_group(group, weight, content, position, boost * g)
        if field == "text" and not exact and content:
            if ranking.near_spelling:
                self._near_extra(term, known, g * boost, df)
            if ranking.acronyms or ranking.variants:
                others = self._other_names(term, weight, boost * g)
                if others:
                    return Or((group, *others))
        return group

    def _note_group(
        self,
        group: Group,
        weight: float,
        content: bool,
        position: int,
        g: float,
        marked: bool = True,
    ) -> None:
        """Remember a group for marking and for the second stage."""
        number = self._number
        self._number += 1
        marks = self._marks
        for form, share in group.forms if marked else ():
            old = marks.get(form)
            value = weight * share if content else weight * share * 0.3
            if old is None or old[1] < value or old[0] in self._only_phrases:
                marks[form] = (number, value)
        if group.field == "text" and marked:
            self._words.append((group, weight if content else 0.0, position))

    def _missing(
        self, word: Word, term: str, field: str, boost: float, strict: bool, position: int
    ) -> Node:
        """What a word that no article has is read as."""
        ranking, snapshot, memory = self.ranking, self.snapshot, self.memory
        near: tuple[tuple[str, float], ...] = ()
        if field == "text" and term.isalpha() and len(self._absent) < MAX_ABSENT:
            near = self.memory.stand_ins(term)
        if near and near[0][1] >= MISPRINT:
            self._suggested[word.raw] = near[0][0]
        if strict or not ranking.absent_words or not near:
            where = "" if field == "text" else f" as {field}"
            hint = f"; nearest: {', '.join(form for form, _ in near[:3])}" if near else ""
            self._absent.append(f"{term} is in no article{where}{hint}")
            return Nothing()
        self._absent.append(f"{term} is in no article; read as {', '.join(f for f, _ in near)}")
        df = union_freq([memory.doc_freq("text", form) for form, _ in near], snapshot.n_docs)
        weight = idf(df, snapshot.n_docs)
        group = Group(term, "text", near, boost * weight * self.scale)
        self._note_group(group, weight, True, position, boost)
        return group

    def _extra(self, term: str, boost: float) -> None:
        """A term that adds to the score of what matched otherwise."""
        freq = self.memory.doc_freq("text", term)
        if freq:
            weight = boost * idf(freq, self.snapshot.n_docs) * self.scale
            self._extras.append(Group(term, "text", ((term, 1.0),), weight))
            self._marks.setdefault(term, (self._number, weight))

    def _near_extra(self, term: str, family: Collection[str], g: float, df: float) -> None:
        if len(term) < SHORTEST_NEAR or not term.isalpha():
            return
        forms, union = self.memory.near(term, self.ranking.near_spelling_terms, family)
        if not forms:
            return
        weight = idf(max(union, df), self.snapshot.n_docs)
        weight = g * weight * self.scale * self.ranking.near_spelling_weight
        self._extras.append(Group(term, "text", forms, weight))
        self._near.append(_listed(term, [form for form, _ in forms]))

    def _other_names(self, term: str, weight: float, g: float) -> list[Node]:
        """Long forms of an acronym, and listed variant spellings."""
        nodes: list[Node] = []
        ranking = self.ranking
        if ranking.acronyms:
            for long, share in self.memory.long_forms(term):
                node = self._spelt(long, ranking.acronym_weight * share * weight * g)
                if node is not None:
                    nodes.append(node)
                    self._expanded.append(f'{term}: "{long}"')
        if ranking.variants:
            for other in self.memory.variants.get(term, ()):
                node = self._spelt(other, ranking.variant_weight * weight * g)
                if node is not None:
                    nodes.append(node)
                    self._expanded.append(f"{term}: {other}")
        return nodes

    def _spelt(self, text: str, weight: float) -> Node | None:
        """Another way to write a word: a term, or several in a row."""
        terms = text.split()
        if any(self.memory.doc_freq("text", term) == 0 for term in terms):
            return None
        self._phrases.append(tuple(frozenset((term,)) for term in terms))
        weight *= self.scale
        if len(terms) == 1:
            self._marks.setdefault(terms[0], (self._number - 1, weight))
            return Group(text, "text", ((text, 1.0),), weight)
        slots = tuple((term,) for term in terms)
        return Phrase(text, "text", slots, tuple(range(len(terms))), 1, weight)

    def long_forms(self, words: Sequence[str]) -> list[Node]:
        """Short forms of the long forms that a query spells out."""
        if not self.ranking.acronyms or len(words) < 2:
            return []
        flat: list[str] = []
        for raw in words:
            for token in self.analyzer.word(raw).tokens:
                if token.kind != "whole":
                    flat.append(token.term)
                    break
        nodes: list[Node] = []
        for start, first in enumerate(flat):
            if not self.memory.begins_long(first):
                continue
            for end in range(start + 2, min(len(flat), start + 8) + 1):
                for short, share in self.memory.short_forms(" ".join(flat[start:end])):
                    freq = self.memory.doc_freq("text", short)
                    if not freq or short in flat:
                        continue
                    weight = idf(freq, self.snapshot.n_docs) * share * self.ranking.acronym_weight
                    nodes.append(Group(short, "text", ((short, 1.0),), weight * self.scale))
                    self._marks.setdefault(short, (self._number, weight))
                    self._number += 1
                    self._expanded.append(f'"{" ".join(flat[start:end])}": {short}')
        return nodes

    # ---- phrases -----------------------------------------------------------------------

    def phrase(
        self,
        raws: Sequence[str],
        field: str = "text",
        *,
        slop: int = 1,
        boost: float = 1.0,
    ) -> Node | None:
        """Words in a row, exactly as they stand; None without any letter or digit."""
        slots: list[tuple[str, ...]] = []
        gaps: list[int] = []
        at = 0
        for raw in raws:
            word = self.analyzer.word(raw)
            places = sorted({token.position for token in word.tokens})
            for place in places:
                here = [t for t in word.tokens if t.position == place]
                # A compound of several positions is met by its parts, which are indexed
                # wherever the whole is; one of a single position only by itself.
                chosen = [t for t in here if t.kind != "whole"] if len(places) > 1 else here[:1]
                slots.append(tuple(dict.fromkeys(t.term for t in chosen or here)))
                gaps.append(at + place)
            at += word.width
        if not slots:
            self._ignored.append(f'"{" ".join(raws)}" (no letters or digits)')
            return None
        self._position += at
        freqs = [
            union_freq([self.memory.doc_freq(field, t) for t in slot], self.snapshot.n_docs)
            for slot in slots
        ]
        for slot, freq in zip(slots, freqs, strict=True):
            if freq == 0:
                where = "" if field == "text" else f" as {field}"
                self._absent.append(f"{slot[0]} is in no article{where}")
                return Nothing()
        weights = [idf(freq, self.snapshot.n_docs) for freq in freqs]
        if len(slots) == 1:
            forms = tuple((t, 1.0) for t in slots[0])
            group = Group(slots[0][0], field, forms, boost * weights[0] * self.scale)
            self._note_group(group, weights[0], True, self._position - at, boost)
            return group
        if slop == 1:
            self._phrases.append(tuple(frozenset(slot) for slot in slots))
        for slot, weight in zip(slots, weights, strict=True):
            for term in slot:
                self._marks.setdefault(term, (self._number, weight))
            if slop == 1:
                self._only_phrases.add(self._number)
            self._number += 1
        label = " ".join(slot[0] for slot in slots)
        return Phrase(
            label, field, tuple(slots), tuple(gaps), slop, boost * sum(weights) * self.scale
        )

    # ---- many terms --------------------------------------------------------------------

    def expansion(
        self,
        typed: str,
        field: str,
        terms: dict[str, int],
        boost: float,
        *,
        prefix: str | None = None,
        pattern: str | None = None,
    ) -> Node:
        """One word that stands for all ``terms``: a prefix, a pattern, a misspelling. They come
        sorted, each with how many documents hold it.

        With ``prefix`` or ``pattern`` (a regex) given, marking goes by that.
        """
        if not terms:
            self._absent.append(f"{typed} matches no word")
            return Nothing()
        df = union_freq(terms.values(), self.snapshot.n_docs)
        weight = idf(df, self.snapshot.n_docs)
        group = Group(typed, field, tuple([(t, 1.0) for t in terms]), boost * weight * self.scale)
        # Only the three most frequent are shown: of thousands of terms most need no sorting.
        least = sorted(terms.values())[-3:][0]
        ranked = [term for term, freq in reversed(terms.items()) if freq >= least]
        ranked.sort(key=terms.__getitem__, reverse=True)
        self._expanded.append(_listed(typed, ranked, len(terms)))
        if prefix is not None:
            self._prefixes.append((prefix, self._number, weight))
        if pattern is not None:
            self._patterns.append((pattern, self._number, weight))
        self._note_group(
            group, weight, True, self._position, boost, marked=prefix is None and pattern is None
        )
        self._position += 1
        return group

    # ---- what goes beside the tree -----------------------------------------------------

    def _second_stage(self) -> SecondStage | None:
        ranking = self.ranking
        if not (ranking.second_stage and (ranking.pairs or ranking.window or ranking.lead)):
            return None
        if not 0 < len(self._words) <= STAGE_WORDS:
            return None
        words = tuple(tuple(form for form, _ in group.forms) for group, _, _ in self._words)
        weights = tuple(weight for _, weight, _ in self._words)
        leads = tuple(group.weight / self.scale for group, _, _ in self._words)
        content = [i for i, (_, weight, _) in enumerate(self._words) if weight]
        pairs = []
        for left, right in pairwise(content):
            distance = self._words[right][2] - self._words[left][2]
            if distance > 0:
                pairs.append((left, right, distance, min(weights[left], weights[right])))
        return SecondStage(words, weights, leads, tuple(pairs))

    def _receipt(self) -> tuple[str, ...]:
        lines = list(self.notices)
        parts = []
        if self._expanded:
            parts.append("also found " + "; ".join(dict.fromkeys(self._expanded)))
        if self._ignored:
            parts.append("ignored " + ", ".join(dict.fromkeys(self._ignored)))
        parts.extend(dict.fromkeys((*self._absent, *self._remarks)))
        if self._near:
            parts.append("spelt nearly alike, for the order: " + "; ".join(self._near))
        if parts:
            lines.append("read: " + "; ".join(parts))
        return tuple(lines)


def _is_glued(parts: Sequence[Token]) -> bool:
    """Whether the parts of a word follow each other without a sign between them."""
    return all(a.end == b.start for a, b in pairwise(parts) if a.end <= b.start)


def _listed(word: str, others: Sequence[str], n: int | None = None) -> str:
    """``ekspor: mengekspor, eksportir, diekspor and 3 more``; of ``n``, where those given are
    the first of more."""
    n = len(others) if n is None else n
    shown = ", ".join(others[:3])
    return f"{word}: {shown} and {n - 3} more" if n > 3 else f"{word}: {shown}"


class Lately(Generic[Key, Found]):
    """What was found for the keys asked for lately: for the last ``LIMIT`` different ones at
    least, for twice as many at most.

    Emptied at a limit instead, a memory would forget the words of every other query too.
    Thread safe: a race forgets something.
    """

    LIMIT = 4096

    __slots__ = ("_new", "_old")

    def __init__(self) -> None:
        self._new: dict[Key, Found] = {}
        self._old: dict[Key, Found] = {}

    def get(self, key: Key) -> Found | None:
        """What was put there, or None."""
        found = self._new.get(key)
        if found is None:
            found = self._old.get(key)
            if found is not None:
                self.put(key, found)
        return found

    def put(self, key: Key, found: Found) -> None:
        """Remember it."""
        if len(self._new) >= self.LIMIT:
            self._old, self._new = self._new, {}
        self._new[key] = found


class PlannerMemory:
    """What planners of one snapshot look up again and again.

    Thread safe: a race computes a value twice.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._families: Lately[str, tuple[tuple[str, int], ...]] = Lately()
        self._nears: Lately[Hashable, tuple[tuple[tuple[str, float], ...], float]] = Lately()
        self._stand_ins: Lately[str, tuple[tuple[str, float], ...]] = Lately()
        self._freqs: dict[str, Lately[str, int]] = {field: Lately() for field in FIELDS}

    def doc_freq(self, field: str, term: str) -> int:
        """``Snapshot.doc_freq``, remembered."""
        freqs = self._freqs[field]
        freq = freqs.get(term)
        if freq is None:
            freq = self.snapshot.doc_freq(field, term)
            freqs.put(term, freq)
        return freq

    @cached_property
    def roots(self) -> Roots:
        """The rules that gave the index its roots."""
        from searcher.analysis.roots import Roots

        return Roots(self.snapshot.manifest.settings.get("roots"))

    def family(self, term: str) -> tuple[tuple[str, int], ...]:
        """The terms of the index with the root of ``term``, names and the term left out, sorted;
        each with the articles that have it."""
        found = self._families.get(term)
        if found is None:
            found = self._family(term)
            self._families.put(term, found)
        return found

    def _family(self, term: str) -> tuple[tuple[str, int], ...]:
        from searcher.analysis.roots import guarded

        _, capitals, middle, root = self.snapshot.known(term)
        if guarded(capitals, middle):
            return ()
        if root is None:
            root = self.roots.root(term, lambda word: self.doc_freq("text", word))
        forms = {
            form: freq
            for form, (freq, capital, middle) in self.snapshot.forms(root).items()
            if form != term and not guarded(capital, middle)
        }
        # "anak-anak" is indexed as "anak" too, in the same place: it must not count twice.
        return tuple(
            (form, freq)
            for form, freq in forms.items()
            if "-" not in form or not ((half := form.split("-")[0]) in forms or half == term)
        )

    def near(
        self, term: str, most: int, family: Collection[str]
    ) -> tuple[tuple[tuple[str, float], ...], float]:
        """At most so many terms spelt nearly alike that are not of the family, with their Dice,
        nearest first, frequent before rare; and the articles expected to have any of them."""
        key = term, most, *family
        found = self._nears.get(key)
        if found is None:
            # The family's are among them at worst; the fewer wanted, the sooner found.
            near = self.snapshot.near(term, NEAR, min(most + len(family), MOST_NEAR))
            near = [its for its in near if its[0] not in family][: max(most, 0)]
            union = union_freq([freq for _, _, freq in near], self.snapshot.n_docs)
            found = tuple([(form, dice) for form, dice, _ in near]), union
            self._nears.put(key, found)
        return found

    def stand_ins(self, term: str) -> tuple[tuple[str, float], ...]:
        """What a word that no article has may have meant, best first, with a share; at most
        ``STAND_INS``.

        Words one or two edits away count by how much of the word is right; where edits
        find too little, words that share many pieces count by their Dice coefficient.
        """
        found = self._stand_ins.get(term)
        if found is None:
            found = tuple(self._find_stand_ins(term)[:STAND_INS])
            self._stand_ins.put(term, found)
        return found

    def _find_stand_ins(self, term: str) -> list[tuple[str, float]]:
        distance = 2 if len(term) >= 6 else 1 if len(term) >= 4 else 0
        near = self.snapshot.near(term, NEAR, MOST_NEAR) if len(term) >= SHORTEST_NEAR else []
        shares = {form: dice for form, dice, _ in near}
        freqs = {form: freq for form, _, freq in near}
        edited = self.snapshot.within(term, distance) if distance else {}
        for i in range(len(term) - 1 if distance else 0):
            # Two letters exchanged are one slip of the fingers, although two edits.
            form = term[:i] + term[i + 1] + term[i] + term[i + 2 :]
            if form in edited:
                edited[form] = (1, edited[form][1])
                continue
            bytewise = distance > 1 and form.isascii()  # then it would be among those edited
            if not bytewise and (freq := self.doc_freq("text", form)):
                edited[form] = (1, freq)
        for form, (edits, freq) in edited.items():
            shares[form] = max(shares.get(form, 0.0), 1.0 - 1.5 * edits / len(term))
            freqs[form] = freq
        return sorted(shares.items(), key=lambda item: (-item[1], -freqs[item[0]], item[0]))

    @cached_property
    def variants(self) -> dict[str, tuple[str, ...]]:
        """Listed other spellings of a term."""
        return {
            term: tuple(others)
            for term, others in self.snapshot.manifest.settings.get("variants", {}).items()
        }

    @cached_property
    def _acronyms(
        self,
    ) -> tuple[dict[str, list[tuple[str, float]]], dict[str, list[tuple[str, float]]]]:
        counts = self.snapshot.acronyms()
        totals: dict[str, int] = {}
        for (short, _), count in counts.items():
            totals[short.lower()] = totals.get(short.lower(), 0) + count
        longs: dict[str, Shares] = {}
        shorts: dict[str, Shares] = {}
        for (short, long), count in sorted(counts.items(), key=lambda item: -item[1]):
            short = short.lower()
            share = count / totals[short]
            if count >= LONG_FORM_COUNT and share >= LONG_FORM_SHARE:
                if len(longs.setdefault(short, [])) < LONG_FORMS:
                    longs[short].append((long, share))
                shorts.setdefault(long, []).append((short, share))
        return longs, shorts

    def long_forms(self, short: str) -> list[tuple[str, float]]:
        """The long forms of an acronym, with the share of its explanations."""
        return self._acronyms[0].get(short, [])

    @cached_property
    def _first_words(self) -> frozenset[str]:
        return frozenset(long.split(" ", 1)[0] for long in self._acronyms[1])

    def begins_long(self, term: str) -> bool:
        """Whether a long form of several words, or of one, begins with this one."""
        return term in self._first_words

    def short_forms(self, long: str) -> list[tuple[str, float]]:
        """The acronyms of a long form, with the share of the acronym's explanations."""
        return self._acronyms[1].get(long, [])
