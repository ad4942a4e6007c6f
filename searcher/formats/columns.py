"""One row of a collection as an article: which column is the title, which the text.

Serves JSON, JSONL, CSV, sheets and SQL dumps alike. What newsrooms and scrapers call
their columns is :data:`NAMES`; a user's own names come first. The decision is taken
once per set of columns, not per row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_plus, urlsplit

from searcher.article import Article
from searcher.dates import find_date, parse_date
from searcher.errors import ConfigError
from searcher.formats.files import (
    Skipped,
    Source,
    Warned,
    as_text,
    mend_mojibake,
    plain,
    tidy,
    word_set,
)
from searcher.formats.portal import Rules, clean_body, title_without_outlet

#: What a column may be called, best first, per field: lower case, letters and digits
#: only. From the column names of some seventy public dumps of Indonesian news, the
#: interfaces of WordPress, NewsAPI and Elasticsearch, and schema.org.
NAMES: Mapping[str, tuple[str, ...]] = {
    kind: tuple(names.split())
    for kind, names in {
        "id": (
            "id docid documentid articleid artikelid newsid beritaid idberita idartikel "
            "iddokumen docno nomor no guid uuid pk"
        ),
        "title": (
            "judul title headline judulberita judulartikel beritajudul newstitle articletitle "
            "posttitle titel heading head hl ogtitle"
        ),
        "body": (
            "isi isiberita isiartikel beritaisi content konten kontenberita contents "
            "contenttext contenthtml bodyhtml articlebody body bodytext isitext fulltext "
            "fullcontent text teks teksberita textberita articletext artikeltext newscontent "
            "newstext maintext maincontent postcontent article artikel berita news narasi "
            "naskah uraian paragraphs paragraf cleantext cleancontent cleanarticle description "
            "deskripsi lead teras summary ringkasan excerpt abstract snippet"
        ),
        "published": (
            "published publishedat publishedtime publishedon publisheddate datepublished "
            "publishdate publishtime publishat publishedatutc pubdate publicationdate "
            "publicationtime timepublished waktupublish waktupublikasi waktuterbit "
            "tanggalterbit tanggalpublish tanggalpublikasi tanggalberita tanggalartikel "
            "tanggalrilis tglterbit tglpublish tglberita beritatanggal terbit tanggal tgl date "
            "datetime waktu tanggalwaktu newsdate articledate postdate timestamp time "
            "releasedate created createdat createddate datecreated dibuat"
        ),
        "source": (
            "source sumber sourcename sumberberita namasumber media namamedia portal "
            "portalberita publisher penerbit sitename site situs newspaper koran outlet website "
            "domain"
        ),
        "category": (
            "kategori category categories kategoriberita newscategory rubrik kanal channel "
            "section articlesection seksi topik topic topics tema jenis jenisberita kelas class "
            "label klasifikasi classification subkanal subkategori"
        ),
        "author": (
            "penulis author authors authorname namapenulis wartawan reporter jurnalis "
            "journalist pewarta byline kontributor pengarang creator writer oleh editor "
            "redaktur"
        ),
        "url": (
            "url link tautan href permalink articleurl articlelink urlberita linkberita "
            "urlartikel linkartikel linkjudul newsurl newslink weburl pageurl fullurl "
            "canonicalurl webpage sourceurl sumberurl"
        ),
        "place": ("tempat place lokasi location kota city daerah dateline wilayah"),
        "caption": (
            "caption captionfoto fotocaption captiongambar keteranganfoto keterangangambar "
            "imagecaption photocaption caption1"
        ),
        # When the page was fetched: the day from which "2 jam yang lalu" counts.
        "fetched": (
            "scrapetime scrapedat scrapeddate scrapingtime waktuscraping tanggalscraping "
            "crawledat crawltime crawldate crawleddate fetchedat retrievedat tanggalcrawl "
            "waktucrawl"
        ),
    }.items()
}

#: Words in a longer column name that give it away, where no name is known.
_HINTS: Mapping[str, frozenset[str]] = {
    kind: frozenset(words.split())
    for kind, words in {
        "title": "judul title headline titel",
        "body": "isi content konten body text teks berita artikel article narasi paragraf",
        "published": "tanggal tgl date published terbit waktu",
    }.items()
}
_NO_HINT = word_set(
    "url link length len panjang jumlah count id kategori category image gambar img foto "
    "tokens token stem stemmed stemming label sentiment update updated modified scrape "
    "scraped scraping crawl crawled word words kata source sumber tag tags html polarity "
    "score skor summary ringkasan"
)
#: Columns that number the rows and say nothing: pandas and sheets write them.
_NUMBERING = frozenset(["", "index", "level0", "unnamed0", "unnamed01", "unnamed"])
#: What software writes where there is nothing.
_NOTHING = word_set("- -- – none null nan nat n/a na undefined unknown [] {}") | {"", "tidak ada"}
_NOT_FOUND = re.compile(r"(?:tidak|not) (?:di ?temukan|tersedia|diketahui|found|available)$")

#: One value of ``meta``, characters; and how many values.
META_LENGTH, META_VALUES = 500, 40


def squeeze(name: object) -> str:
    """A column name as :data:`NAMES` spells it.

    >>> squeeze("Judul_Berita "), squeeze("publishedAt")
    ('judulberita', 'publishedat')
    """
    return "".join(ch for ch in str(name).casefold() if ch.isalnum())


def _words(name: object) -> set[str]:
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", str(name))
    return set(re.findall(r"[a-z]+", apart.lower()))


def nothing(text: str) -> bool:
    """True for what stands in a cell where nothing is known.

    >>> nothing("NaN"), nothing("Penulis tidak ditemukan"), nothing("Nana")
    (True, True, False)
    """
    if len(text) > 40:
        return False
    low = text.strip().lower()
    return low in _NOTHING or _NOT_FOUND.search(low) is not None


@dataclass(frozen=True, slots=True)
class Plan:
    """Which keys of a row hold what: candidates per field, best first."""

    id: tuple[Any, ...] = ()
    title: tuple[Any, ...] = ()
    body: tuple[Any, ...] = ()
    published: tuple[Any, ...] = ()
    source: tuple[Any, ...] = ()
    category: tuple[Any, ...] = ()
    author: tuple[Any, ...] = ()
    url: tuple[Any, ...] = ()
    place: tuple[Any, ...] = ()
    caption: tuple[Any, ...] = ()
    fetched: tuple[Any, ...] = ()
    meta: tuple[tuple[str, Any], ...] = ()

    @property
    def has_text(self) -> bool:
        return bool(self.title or self.body)


@dataclass(frozen=True, slots=True)
class Columns:
    """The names columns go by: ours, with a user's own before them."""

    field_of: Mapping[str, tuple[str, int]]

    @classmethod
    def of(cls, extra: Mapping[str, Iterable[str] | str] | None = None) -> Columns:
        """``extra`` maps a field to further names: ``{"title": ["headline2"]}``.

        >>> Columns.of({"title": "Kepala"}).plan(["kepala", "isi"]).title
        (0,)
        """
        field_of: dict[str, tuple[str, int]] = {}
        for name, names in NAMES.items():
            for rank, alias in enumerate(names):
                field_of.setdefault(alias, (name, rank))
        for name, own in (extra or {}).items():
            if name not in NAMES:
                raise ConfigError(f"columns: no field {name!r}; there are {', '.join(NAMES)}")
            for rank, alias in enumerate([own] if isinstance(own, str) else own):
                field_of[squeeze(alias)] = (name, rank - 1000)
        return cls(field_of)

    def knows(self, name: object) -> str | None:
        """The field a column of this name holds, or None."""
        found = self.field_of.get(squeeze(name))
        return found[0] if found else None

    def plan(self, names: Sequence[object], keys: Sequence[Any] | None = None) -> Plan:
        """What the columns ``names`` hold; ``keys`` index a row (default: 0, 1, 2 …)."""
        keys = range(len(names)) if keys is None else keys
        found: dict[str, list[tuple[int, Any, object]]] = {}
        rest: list[tuple[str, Any]] = []
        for name, key in zip(names, keys, strict=True):
            squeezed = squeeze(name)
            known = self.field_of.get(squeezed)
            if known is not None:
                found.setdefault(known[0], []).append((known[1], key, name))
            elif squeezed not in _NUMBERING:
                rest.append((str(name).strip()[:80], key))
        for hinted in ("title", "body", "published"):
            if hinted in found:
                continue
            for pair in rest:
                words = _words(pair[0])
                if words & _HINTS[hinted] and not words & _NO_HINT:
                    found[hinted] = [(0, pair[1], pair[0])]
                    rest.remove(pair)
                    break
        fields: dict[str, Any] = {}
        for kind, columns in found.items():
            columns.sort(key=lambda column: column[0])
            fields[kind] = tuple(key for _, key, _ in columns)
            # Further candidates serve where the first is empty; else they are kept aside.
            rest += [(str(name).strip()[:80], key) for _, key, name in columns[1:]]
        return Plan(**fields, meta=tuple(rest[:META_VALUES]))


def joined(value: Any, budget: int = 200_000) -> str:
    """A title, text or name as text, however JSON nests it.

    Lists of paragraphs are joined by blank lines, lists of words and sentences by
    spaces; of an object its text is taken (``rendered`` in WordPress, ``name`` in
    NewsAPI). ``budget`` bounds the pieces.

    >>> joined(["Harga naik lagi.", "Warga mengeluh."])
    'Harga naik lagi.\\n\\nWarga mengeluh.'
    >>> joined([[["Harga", "naik", "."], ["Ya", "."]], [["Warga", "mengeluh", "."]]])
    'Harga naik . Ya .\\n\\nWarga mengeluh .'
    >>> joined({"rendered": "Harga naik"})
    'Harga naik'
    """
    if isinstance(value, str):
        return value
    left = [budget]

    def text(item: Any, depth: int) -> str:
        left[0] -= 1
        if left[0] < 0 or depth > 8:
            return ""
        if isinstance(item, Mapping):
            for key in ("rendered", "text", "teks", "content", "isi", "name", "nama", "value",
                        "#text", "$t", "$date", "$oid", "title", "paragraph", "raw"):  # fmt: skip
                if key in item:
                    return text(item[key], depth + 1)
            return ""
        if isinstance(item, list | tuple):
            parts = [part for part in (text(each, depth + 1) for each in item) if part.strip()]
            wordy = depth > 0 or (
                len(parts) > 3 and sum(" " in part.strip() for part in parts) * 10 < len(parts)
            )
            return (" " if wordy else "\n\n").join(parts)
        return as_text(item)

    return text(value, 0)


def listed(value: Any) -> str:
    """Names or tags as one line: ``["Ani", "Budi"]`` is ``Ani, Budi``.

    >>> listed([{"name": "Ani"}, "Budi"])
    'Ani, Budi'
    """
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple):
        return ", ".join(filter(None, (joined(item, 100).strip() for item in value[:100])))
    return joined(value, 100)


def one_line(text: str) -> str:
    """A title or name on one line, entities and tags gone, "" if it says nothing."""
    text = " ".join(tidy(mend_mojibake(plain(text))).split())
    return "" if nothing(text) else text


_DATED = re.compile(
    r"/((?:19|20)\d\d)/(0?[1-9]|1[0-2])/(0?[1-9]|[12]\d|3[01])(?=/|$)"
    r"|[/-](20\d\d)(0[1-9]|1[0-2])([0-2]\d|3[01])(?:([01]\d|2[0-3])([0-5]\d)([0-5]\d))?(?=[/-]|$)"
)


def date_in_url(url: str | None) -> datetime | None:
    """The day of publication most portals write into an address, or None.

    >>> date_in_url("https://kabar.example/read/2023/03/09/17303561/harga-beras")
    datetime.datetime(2023, 3, 9, 0, 0)
    >>> date_in_url("https://kabar.example/ekonomi/20250531065958-13/harga-beras")
    datetime.datetime(2025, 5, 31, 6, 59, 58)
    """
    match = _DATED.search(url) if url else None
    if match is None:
        return None
    numbers = [int(part) for part in match.groups() if part is not None]
    try:
        return datetime(*numbers)  # type: ignore[arg-type]
    except ValueError:
        return None


#: The column's own name written into its cells.
_TITLE_LABEL = re.compile(r"(?:judul|title|headline):\s+(?=\S)", re.IGNORECASE)
_JOINT = re.compile(r"(?<=[.!?\"”]),(?=[\"“]?[A-Z])")


#: Names of sections, outlets and authors come again and again.
_name = lru_cache(maxsize=4096)(one_line)


def comma_joined(text: str) -> str:
    """Paragraphs apart again that a scraper joined by commas when it wrote its list as CSV.

    >>> comma_joined("Satu.,Dua.,Tiga.,Empat.")
    'Satu.\\n\\nDua.\\n\\nTiga.\\n\\nEmpat.'
    >>> comma_joined('"Ya.",Ujarnya')
    '"Ya.",Ujarnya'
    """
    if "\n" in text or ".," not in text or len(_JOINT.findall(text)) < 3:
        return text
    return _JOINT.sub("\n\n", text)


def host(url: str | None) -> str | None:
    """The host name of an address, without ``www.``; None if there is none.

    >>> host("https://www.kabar.example/a"), host("kabar")
    ('kabar.example', None)
    """
    if not url:
        return None
    # Addresses differ, hosts hardly: what follows the host is not worth parsing.
    parts = url.split("/", 3)
    return _host(parts[2] if "//" in url and len(parts) > 2 else parts[0])


@lru_cache(maxsize=1024)
def _host(address: str) -> str | None:
    try:
        name = urlsplit(f"//{address}").hostname
    except ValueError:
        return None
    if not name or "." not in name or not name.isprintable() or " " in name:
        return None
    return name.removeprefix("www.").removeprefix("m.")


@lru_cache(maxsize=4096)
def _date_of(text: str, base: datetime | None) -> datetime | None:
    found = parse_date(text, base)
    if found is None and ("+" in text or "%" in text):
        found = parse_date(unquote_plus(text), base)
    if found is None and len(text) <= 120:
        span = find_date(text, base)
        found = span.when if span else None
    return found


def moment(value: Any, base: datetime | None = None) -> datetime | None:
    """A date as JSON, a sheet or a line of text may hold it; None if it is none.

    Numbers are seconds or milliseconds since 1970.

    >>> moment("2023-03-09"), moment(1678372320).isoformat()
    (datetime.datetime(2023, 3, 9, 0, 0), '2023-03-09T14:32:00+00:00')
    """
    if isinstance(value, str):
        return _date_of(" ".join(value.split()), base)
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, int | float) and not isinstance(value, bool):
        if 1e8 <= value < 1e10:
            return datetime.fromtimestamp(int(value), UTC)
        if 1e11 <= value < 1e13:
            return datetime.fromtimestamp(value / 1000, UTC)
        return _date_of(as_text(value), base)
    if isinstance(value, Mapping | list):
        inner = joined(value, 10)
        return _date_of(inner, base) if inner else None
    return None


@dataclass(slots=True)
class Rows:
    """Rows of one file as articles. ``warned`` collects doubts; take them with each row."""

    source: Source
    columns: Columns
    rules: Rules
    warned: list[Warned] = field(default_factory=list)
    _plans: dict[tuple[Any, ...], Plan] = field(default_factory=dict)

    def plan_of(self, row: Mapping[str, Any]) -> Plan:
        """The plan of a JSON object, remembered by its keys."""
        keys = tuple(row)
        plan = self._plans.get(keys)
        if plan is None:
            if len(self._plans) > 1000:
                self._plans.clear()
            plan = self._plans[keys] = self.columns.plan(keys, keys)
        return plan

    def article(
        self, row: Any, plan: Plan, line: int, number: int | None = None
    ) -> Article | Skipped:
        """The article of ``row``, indexed by the keys of ``plan``.

        ``line`` is where a person would look for it; without an id of its own the
        article gets ``path#number`` (default: the line).
        """
        title = body = ""
        for key in plan.title:
            value = row[key]
            if value and (title := one_line(value if type(value) is str else joined(value))):
                break
        for key in plan.body:
            value = row[key]
            if not value:
                continue
            body = value if type(value) is str else joined(value)
            body = comma_joined(tidy(mend_mojibake(plain(body))).strip())
            if any(map(str.isalnum, body)) and not nothing(body):
                break
            body = ""
        if not title and not body:
            return Skipped(self.source.name, line, "neither a title nor a text")
        outlet = None
        if title:
            if title[5:6] == ":" or title[8:9] == ":":
                title = _TITLE_LABEL.sub("", title)
            title, outlet = title_without_outlet(title, self.rules)
        url = self._line(row, plan.url) if plan.url else None
        cleaned = clean_body(body, self.rules, title=title, tidied=True)
        if not title and not cleaned.body:
            return Skipped(self.source.name, line, "no title, and no text but the page's furniture")
        site = host(url) or cleaned.site
        source = self._source(row, plan) if plan.source else None
        source = source or (self.rules.outlet(site) if url else None) or cleaned.source
        source = source or outlet or site
        category = self._line(row, plan.category) if plan.category else None
        meta: dict[str, str] = {}
        if site:
            meta["site"] = site
        if category is not None and category.isdigit():
            meta["category"] = category
            category = None
        if plan.meta:
            self._aside(row, plan, meta)
        published = self._published(row, plan, line, url) if plan.published else date_in_url(url)
        return Article(
            id=self._id(row, plan) or f"{self.source.name}#{line if number is None else number}",
            title=title,
            body=cleaned.body,
            published=published or cleaned.published,
            source=source,
            place=(self._line(row, plan.place) if plan.place else None) or cleaned.place,
            author=(self._line(row, plan.author) if plan.author else None) or cleaned.author,
            category=category,
            url=url,
            caption=(self._line(row, plan.caption) if plan.caption else None) or cleaned.caption,
            path=self.source.name,
            meta=meta,
        )

    def _id(self, row: Any, plan: Plan) -> str | None:
        for key in plan.id:
            value = row[key]
            if value is None or value == "":
                continue
            text = value if type(value) is str else joined(value, 10)
            text = " ".join(tidy(text).split())
            if text and not nothing(text):
                return text[:500]
        return None

    def _line(self, row: Any, keys: tuple[Any, ...]) -> str | None:
        for key in keys:
            value = row[key]
            if value is None or value == "":
                continue
            text = value if type(value) is str else listed(value)
            text = _name(text) if len(text) < 60 else one_line(text)
            if text:
                return text[:1000]
        return None

    def _source(self, row: Any, plan: Plan) -> str | None:
        name = self._line(row, plan.source)
        # ".com" is what a scraper left of a name it took for noise.
        return self.outlet(name) if name and name[0] != "." else None

    def outlet(self, name: str) -> str:
        """An outlet as it calls itself where it is known, else as the file has it."""
        if "://" in name:
            name = host(name) or name
        known = self.rules.outlets.get(name.lower())
        if known is not None:
            return known[0]
        return self.rules.outlet_labels.get(name.lower()) or self.rules.outlet(name) or name

    def _published(self, row: Any, plan: Plan, line: int, url: str | None) -> datetime | None:
        bad: str | None = None
        for key in plan.published:
            value = row[key]
            if value is None or value == "":
                continue
            found = moment(value, self._fetched(row, plan) if plan.fetched else None)
            if found is not None:
                return found
            text = one_line(as_text(value) if isinstance(value, str | int | float) else "")
            if text and bad is None:
                bad = text
        if (found := date_in_url(url)) is not None:
            return found
        if bad is not None:
            self.warned.append(
                Warned(self.source.name, line, f'"{bad[:60]}" is not a date; kept without one')
            )
        return None

    def _fetched(self, row: Any, plan: Plan) -> datetime | None:
        for key in plan.fetched:
            if row[key] and (found := moment(row[key])):
                return found
        return None

    def _aside(self, row: Any, plan: Plan, meta: dict[str, str]) -> None:
        for name, key in plan.meta:
            value = row[key]
            if value is None or value == "":
                continue
            text = value if type(value) is str else listed(value)
            if len(text) > META_LENGTH:
                text = text[:META_LENGTH].rsplit(" ", 1)[0] + " …"
            if text := one_line(text):
                meta.setdefault(name, text)
