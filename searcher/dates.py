"""Indonesian dates: when an article was published, and which days a query means.

Owns the reading of dates as Indonesian newsrooms and their software write them. The
reading is strict: day before month, real days only, nothing guessed; what is not
understood is ``None`` and the caller reports it. Knows neither files nor queries.

Patterns are compiled at first use: a search without a date never pays for them.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache
from typing import NamedTuple, TypeAlias

__all__ = ["DateSpan", "date_like", "day_range", "find_date", "find_published", "parse_date"]

#: Every spelling of a month met in newspapers and their file dumps; the four-letter
#: ``sept`` and the old ``nop``, ``peb``, ``agt`` included.
MONTHS: Mapping[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "januari january jan",
            "februari pebruari february feb peb",
            "maret march mar mrt",
            "april apr",
            "mei may",
            "juni june jun",
            "juli july jul",
            "agustus august agustu agt agu agst ags aug",
            "september sept sep",
            "oktober october okt oct",
            "november nopember nov nop",
            "desember december des dec",
        ),
        start=1,
    )
    for name in names.split()
}

#: The three zones of Indonesia, and the two names of Greenwich.
ZONES: Mapping[str, timezone] = {
    "wib": timezone(timedelta(hours=7), "WIB"),
    "wita": timezone(timedelta(hours=8), "WITA"),
    "wit": timezone(timedelta(hours=9), "WIT"),
    "utc": UTC,
    "gmt": UTC,
    "z": UTC,
}

#: Monday is 0, as in :meth:`datetime.date.weekday`. ``minggu`` is both Sunday and week.
WEEKDAYS: Mapping[str, int] = {
    "senin": 0, "selasa": 1, "rabu": 2, "kamis": 3, "jumat": 4, "sabtu": 5,
    "minggu": 6, "ahad": 6,
}  # fmt: skip

#: Years outside this are misprints, page numbers or prices.
FIRST_YEAR, LAST_YEAR = 1800, 2100

_APOSTROPHES = "'’‘`´ʼ"

# Building blocks. All are bounded: no block can match the same text in two ways of
# unbounded length, so no input makes them backtrack for long.
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_WEEKDAY = (
    rf"(?:senin|selasa|rabu|kamis|jum[{_APOSTROPHES}]?at|sabtu|minggu|ahad|sen|sel|rab|kam|jum|sab|min"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tue|wed|thu|fri|sat|sun)"
)
_ZONE = (
    r"(?:WITA|WIB|WIT|UTC|GMT|Z)(?:(?-i:(?![a-z]))|\b)|(?:(?:UTC|GMT)\s?)?[+-]\d{2}:?\d{2}(?!\d)"
)
_TIME = (
    r"(?P<hour{n}>\d{{1,2}})(?P<colon{n}>[:.])(?P<minute{n}>\d{{2}})"
    r"(?:[:.](?P<second{n}>\d{{2}})(?:[.,]\d{{1,9}})?)?(?!\d)"
    r"(?:\s?(?P<half{n}>[ap]m)\b)?"
    rf"(?:\s{{{{0,3}}}}\(?(?P<zone{{n}}>{_ZONE.replace('{', '{{').replace('}', '}}')})\)?)?"
)
_BEFORE_TIME = r"(?:T|[\s,;|@()·•–—-]{1,6}|\s{0,3})(?:(?:pukul|pkl|jam|at)\b[.:]?\s{0,3})?"


class DateSpan(NamedTuple):
    """A date found in a text, and where: ``text[start:end]`` is what was read."""

    when: datetime
    start: int
    end: int


@cache
def _absolute() -> re.Pattern[str]:
    """A date with its year, and the time beside it."""
    numeric = (
        r"(?P<iso_year>\d{4})(?P<iso_sep>[-/.])(?P<iso_month>\d{1,2})(?P=iso_sep)(?P<iso_day>\d{1,2})"
        r"|(?P<num_day>\d{1,2})(?P<num_sep>\s?[-/.]\s?)(?P<num_month>\d{1,2})(?P=num_sep)"
        r"(?P<num_year>\d{4}|\d{2}(?=$|[\s,|)]))"
    )
    named = (
        rf"(?P<day>\d{{1,2}})(?:\s{{0,3}}[-/]\s{{0,3}}|\s{{0,3}})(?P<month>{_MONTH})\b\.?,?"
        r"(?:\s{0,3}[-/]\s{0,3}|\s{0,3})(?P<year>\d{4}|(?<=[-/])\d{2})"
        rf"|(?P<us_month>{_MONTH})\.?\s{{1,3}}(?P<us_day>\d{{1,2}})(?:st|nd|rd|th)?,?\s{{1,3}}(?P<us_year>\d{{4}})"
    )
    return re.compile(
        rf"(?<![\w/.])(?:{_TIME.format(n=0)}[\s,;|–—-]{{1,6}})?"
        rf"(?:{_WEEKDAY}\b\.?\s{{0,3}}[,/]?\s{{0,3}}\(?)?"
        rf"(?:{named}|{numeric})(?!\d)\)?"
        rf"(?:{_BEFORE_TIME}{_TIME.format(n=1)})?",
        re.IGNORECASE,
    )


@cache
def _partial() -> re.Pattern[str]:
    """``Kamis (9/3)``, ``(9/3)``, ``Kamis, 9/3``: a day and month whose year is not said."""
    return re.compile(
        rf"(?:(?P<weekday>\b{_WEEKDAY})\b\s{{0,3}},?\s{{0,3}})?"
        r"(?P<open>\(\s?)?(?<![\d/.,-])(?P<day>\d{1,2})/(?P<month>\d{1,2})(?![\d/]|[.,-]\d)(?P<close>\s?\))?",
        re.IGNORECASE,
    )


@cache
def _relative() -> re.Pattern[str]:
    units = "detik|menit|jam|hari|minggu|pekan|bulan|tahun"
    return re.compile(
        rf"(?P<count>\d{{1,4}}|se)\s{{0,3}}(?P<unit>{units})\s{{1,3}}(?:yang\s{{1,3}})?lalu\b"
        r"|(?P<word>baru saja|hari ini|kemarin|semalam|tadi)\b",
        re.IGNORECASE,
    )


@cache
def _time_only() -> re.Pattern[str]:
    return re.compile(rf"(?:(?:pukul|pkl|jam)\b[.:]?\s{{0,3}})?{_TIME.format(n=1)}", re.IGNORECASE)


@cache
def _label() -> re.Pattern[str]:
    """Words around a date that name it: ``Diterbitkan``, ``Tanggal:``, ``Published at``."""
    return re.compile(
        r"(?:di)?(?:terbit(?:kan)?|publikasi(?:kan)?|tayang(?:kan)?|rilis|perbarui|update|posting)\b"
        r"|published|posted|updated|created|last modified|tanggal|waktu|date|pada|on|at|tgl",
        re.IGNORECASE,
    )


@cache
def _published_label() -> re.Pattern[str]:
    return re.compile(
        r"(?:diterbitkan|dipublikasikan|ditayangkan|tayang|terbit|published|posted)\b"
        r"(?:\s{1,3}(?:pada|on|at)\b)?[\s:,]{0,4}",
        re.IGNORECASE,
    )


def _day(year: int, month: int, day: int) -> date | None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _full_year(digits: str) -> int:
    """Two digits are this century up to 69, the last one above (POSIX's rule)."""
    year = int(digits)
    if len(digits) > 2:
        return year
    return year + (2000 if year < 70 else 1900)


def _zone(text: str | None) -> tzinfo | None:
    if not text:
        return None
    text = text.lower().strip()
    if text in ZONES:
        return ZONES[text]
    sign, digits = re.search(r"([+-])(\d{2}:?\d{2})", text).groups()  # type: ignore[union-attr]
    digits = digits.replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    if minutes >= 24 * 60:
        return None
    return timezone(timedelta(minutes=-minutes if sign == "-" else minutes))


class _Clock(NamedTuple):
    hour: int
    minute: int
    second: int
    zone: tzinfo | None


def _clock(match: re.Match[str], n: int) -> _Clock | None:
    """The time of day in group set ``n``, or None where it is none of this planet."""
    hour, minute, second = (int(match[f"{part}{n}"] or 0) for part in ("hour", "minute", "second"))
    half = (match[f"half{n}"] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    if hour == 24 and minute == second == 0:
        hour = 0
    if hour > 23 or minute > 59 or second > 59:
        return None
    return _Clock(hour, minute, second, _zone(match[f"zone{n}"]))


def _from_absolute(match: re.Match[str]) -> datetime | None:
    if match["day"]:
        year, month = _full_year(match["year"]), MONTHS[match["month"].lower()]
        day = int(match["day"])
    elif match["us_day"]:
        year, month = int(match["us_year"]), MONTHS[match["us_month"].lower()]
        day = int(match["us_day"])
    elif match["iso_day"]:
        year, month, day = int(match["iso_year"]), int(match["iso_month"]), int(match["iso_day"])
    else:
        year, month = _full_year(match["num_year"]), int(match["num_month"])
        day = int(match["num_day"])
    found = _day(year, month, day)
    if found is None:
        return None
    n = 1 if match["hour1"] else 0
    if not match[f"hour{n}"]:
        return datetime(found.year, found.month, found.day)
    clock = _clock(match, n)
    if clock is None:
        return None
    return datetime(
        found.year, found.month, found.day, clock.hour, clock.minute, clock.second,
        tzinfo=clock.zone,
    )  # fmt: skip


def _nearest(month: int, day: int, base: datetime) -> datetime | None:
    """The latest such day not after the day after ``base``.

    One day of grace: a paper dated the 8th in Jakarta writes of the 9th in Jayapura.
    Eight years back are enough to meet a 29 February.
    """
    limit = base.date() + timedelta(days=1)
    for year in range(limit.year, limit.year - 9, -1):
        found = _day(year, month, day)
        if found is not None and found <= limit:
            return datetime(found.year, found.month, found.day, tzinfo=base.tzinfo)
    return None


def _months_back(when: datetime, months: int) -> datetime:
    index = when.year * 12 + when.month - 1 - months
    year, month = divmod(index, 12)
    return when.replace(
        year=year, month=month + 1, day=min(when.day, monthrange(year, month + 1)[1])
    )


def _from_relative(match: re.Match[str], base: datetime) -> datetime | None:
    midnight = base.replace(hour=0, minute=0, second=0, microsecond=0)
    if match["word"]:
        word = match["word"].lower()
        if word == "baru saja":
            return base
        return midnight - timedelta(days=1) if word in ("kemarin", "semalam") else midnight
    count = 1 if match["count"].lower() == "se" else int(match["count"])
    unit = match["unit"].lower()
    try:
        if unit in ("detik", "menit", "jam"):
            seconds = {"detik": 1, "menit": 60, "jam": 3600}[unit]
            return base - timedelta(seconds=count * seconds)
        if unit in ("hari", "minggu", "pekan"):
            return midnight - timedelta(days=count * (1 if unit == "hari" else 7))
        return _months_back(midnight, count * (12 if unit == "tahun" else 1))
    except (OverflowError, ValueError):  # before the year 1
        return None


def _from_digits(text: str) -> datetime | None:
    """Epoch seconds or milliseconds, ``YYYYMMDD`` or ``YYYYMMDDhhmmss``."""
    digits, _, fraction = text.partition(".")
    if not (digits.isascii() and digits.isdigit() and (not fraction or fraction.isdigit())):
        return None
    if len(digits) == 8 and not fraction:
        found = _day(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
        return datetime(found.year, found.month, found.day) if found else None
    if len(digits) == 14 and not fraction:
        try:
            found_time = datetime.strptime(digits, "%Y%m%d%H%M%S")
        except ValueError:
            return None
        return found_time if FIRST_YEAR <= found_time.year <= LAST_YEAR else None
    if len(digits) == 10:
        return datetime.fromtimestamp(int(digits), UTC)
    if len(digits) == 13:
        return datetime.fromtimestamp(int(digits) // 1000, UTC)
    return None


def parse_date(text: str, base: datetime | None = None) -> datetime | None:
    """The moment a field such as ``tanggal`` names, or None when it names none.

    The whole text must be a date: labels (``Diterbitkan``), a site's name before a dash
    and a weekday may stand beside it, other words and numbers may not. ``base`` (the
    moment of publication or of reading) gives ``Kamis (9/3)``, ``2 jam yang lalu`` and
    a bare ``10:15`` their day; without it they are None. The result is aware when the
    text names a zone, naive otherwise; an impossible day or time is None.

    >>> parse_date("Kamis, 09 Maret 2023 – 21:32 WIB").isoformat()
    '2023-03-09T21:32:00+07:00'
    >>> parse_date("09/03/2023").isoformat()
    '2023-03-09T00:00:00'
    >>> parse_date("Kamis (9/3)", base=datetime(2023, 3, 10)).isoformat()
    '2023-03-09T00:00:00'
    >>> parse_date("31 Februari 2023") is None
    True
    """
    text = " ".join(text.split()).strip(" ,;|")
    if not text or len(text) > 200:
        return None
    if "+" in text and " " not in text:  # an undecoded query string: 21+Januari+2019
        text = re.sub(r"(?<=\w)\+(?=[A-Za-z])|(?<=[A-Za-z])\+(?=\d)", " ", text)
    if text[0].isdigit() and text.replace(".", "", 1).isdigit():
        found = _from_digits(text)
        if found is not None or "." not in text:
            return found
    if re.match(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}", text):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            pass
        else:
            return moment.replace(microsecond=0) if moment.year >= FIRST_YEAR else None
    published = _published_label().search(text)
    if published is not None and published.end() < len(text):
        text = text[published.end() :]
    match = _absolute().search(text)
    if match is not None:
        rest = f"{text[: match.start()]} {text[match.end() :]}"
        return _from_absolute(match) if _only_labels(rest) else None
    if base is None:
        return None
    partial = _partial().search(text)
    if partial is not None and _only_labels(text[: partial.start()] + text[partial.end() :]):
        return _nearest(int(partial["month"]), int(partial["day"]), base)
    relative = _relative().search(text)
    if relative is not None and _only_labels(text[: relative.start()] + text[relative.end() :]):
        return _from_relative(relative, base)
    clock_only = _time_only().fullmatch(text)
    if clock_only is not None:
        clock = _clock(clock_only, 1)
        if clock is not None:
            return base.replace(
                hour=clock.hour, minute=clock.minute, second=clock.second, microsecond=0,
                tzinfo=clock.zone or base.tzinfo,
            )  # fmt: skip
    return None


def _only_labels(rest: str) -> bool:
    """True when what stands beside a date cannot change its meaning.

    No digit may be left, and only a few words: a label, a weekday, a site's name.
    """
    rest = _label().sub(" ", rest)
    words = re.findall(r"[^\W_]+", rest)
    return len(words) <= 6 and not any(ch.isdigit() for ch in re.sub(r"liputan6", "", rest.lower()))


def find_date(text: str, base: datetime | None = None) -> DateSpan | None:
    """The first date in running text, and where it stands.

    Dates with a year are found anywhere; with ``base`` also ``Kamis (9/3)``, ``(9/3)``,
    ``kemarin`` and ``2 jam yang lalu``. A bare ``9/3`` may be a fraction or a score and
    is not taken. Impossible dates are passed over.

    >>> find_date("Bobby di Medan, Kamis (9/3/2023) pagi").when.date().isoformat()
    '2023-03-09'
    >>> found = find_date("di Medan, Kamis (9/3).", base=datetime(2023, 3, 10))
    >>> found.when.date().isoformat(), (found.start, found.end)
    ('2023-03-09', (10, 21))
    """
    candidates: list[DateSpan] = []
    for match in _absolute().finditer(text):
        when = _from_absolute(match)
        if when is not None:
            candidates.append(DateSpan(when, match.start(), match.end()))
            break
    if base is not None:
        for match in _partial().finditer(text):
            if not match["weekday"] and not (match["open"] and match["close"]):
                continue
            when = _nearest(int(match["month"]), int(match["day"]), base)
            if when is not None:
                candidates.append(DateSpan(when, match.start(), match.end()))
                break
        for match in _relative().finditer(text):
            if match["word"] and match["word"].lower() == "tadi":
                continue
            when = _from_relative(match, base)
            if when is not None:
                candidates.append(DateSpan(when, match.start(), match.end()))
                break
    return min(candidates, key=lambda found: found.start, default=None)


def date_like(text: str) -> list[tuple[int, int]]:
    """Where a text has something shaped like a date with its year, possible or not.

    >>> date_like("Kamis, 32 Maret 2023 | Medan")
    [(0, 20)]
    """
    return [match.span() for match in _absolute().finditer(text)]


def find_published(text: str) -> DateSpan | None:
    """The date of first publication in a line that may also name an update.

    >>> find_published("Diperbarui 18 Sep 2024, 07:00 WIBDiterbitkan 17 Sep 2024").when.day
    17
    """
    label = _published_label().search(text)
    while label is not None:
        match = _absolute().match(text, label.end())
        when = _from_absolute(match) if match is not None else None
        if match is not None and when is not None:
            return DateSpan(when, label.start(), match.end())
        label = _published_label().search(text, label.end())
    return find_date(text)


# Days meant by a query --------------------------------------------------------------

#: First and last day, both inclusive; None is open.
Days: TypeAlias = tuple[date | None, date | None]

_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}

#: How many months each part of a year has.
_YEAR_PARTS = {
    "kuartal": 3, "triwulan": 3, "kwartal": 3, "q": 3, "caturwulan": 4, "semester": 6,
}  # fmt: skip

_SINCE = ("sejak", "mulai", "dari", "since", "from")
_UNTIL = ("sampai dengan", "sampai", "hingga", "until", "till", "s.d.", "s/d")
_BEFORE = ("sebelum", "before")
_AFTER = ("sesudah", "setelah", "after")


def day_range(text: str, today: date) -> Days | None:
    """The days a query's date means, ``(first, last)``, both inclusive, None open.

    Years, months, days, parts of a year, weeks (Monday to Sunday), ranges and open
    ranges, in Indonesian and the common English words. A day or month without a year is
    the latest one begun. None when the text is no date or an impossible one.

    >>> today = date(2023, 3, 9)                       # a Thursday
    >>> [str(day) for day in day_range("1-7 Maret 2023", today)]
    ['2023-03-01', '2023-03-07']
    >>> [str(day) for day in day_range("pekan lalu", today)]
    ['2023-02-27', '2023-03-05']
    >>> day_range("sejak 2023-03", today)
    (datetime.date(2023, 3, 1), None)
    >>> day_range("31 Februari 2023", today) is None
    True
    """
    text = " ".join(text.lower().split()).strip(" ,.")
    if not text or len(text) > 100:
        return None
    for mark in _APOSTROPHES:
        text = text.replace(f"jum{mark}at", "jumat")
    text = re.sub(r"[–—]", "-", text)
    head, rest = _leading(text, _SINCE)
    if head:
        both = _split_range(rest, today)
        if both is not None:
            return both
        found = _period(rest, today)
        return None if found is None else (found[0], None)
    head, rest = _leading(text, _UNTIL)
    if head:
        found = _period(rest, today)
        return None if found is None else (None, found[1])
    head, rest = _leading(text, _BEFORE)
    if head:
        found = _period(rest, today)
        return None if found is None else (None, found[0] - timedelta(days=1))
    head, rest = _leading(text, _AFTER)
    if head:
        found = _period(rest, today)
        return None if found is None else (found[1] + timedelta(days=1), None)
    return _period(text, today) or _split_range(text, today)


def _leading(text: str, words: tuple[str, ...]) -> tuple[str, str]:
    for word in words:
        if text.startswith(word + " "):
            return word, text[len(word) :].strip()
    return "", text


def _split_range(text: str, today: date) -> tuple[date, date] | None:
    """``X sampai Y``, ``X - Y``; what X leaves unsaid (month, year) it takes from Y."""
    for separator in (" sampai dengan ", " sampai ", " hingga ", " s.d. ", " s/d ", " to ", "-"):
        if text.count(separator) != 1:
            continue
        left, right = (part.strip() for part in text.split(separator))
        last = _period(right, today)
        if last is None or not left:
            continue
        if left.isdigit() and len(left) <= 2:
            first_day = _day(last[0].year, last[0].month, int(left))
            first = None if first_day is None else (first_day, first_day)
        else:
            names_year = re.search(r"\d{4}", left) is not None
            names_month = re.fullmatch(r"(?:\d{1,2} )?([a-z]+)", left) is not None
            first = _period(
                f"{left} {last[1].year}" if names_month and not names_year else left, today
            ) or _period(left, today)
        if first is not None and first[0] <= last[1]:
            return first[0], last[1]
    return None


def _month_days(year: int, month: int) -> tuple[date, date] | None:
    if not (FIRST_YEAR <= year <= LAST_YEAR and 1 <= month <= 12):
        return None
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def _one(found: date | None) -> tuple[date, date] | None:
    return None if found is None else (found, found)


def _period(text: str, today: date) -> tuple[date, date] | None:
    """One closed stretch of days, or None."""
    return _named_period(text, today) or _numeric_period(text, today) or _month_period(text, today)


def _week(today: date, back: int) -> tuple[date, date]:
    monday = today - timedelta(days=today.weekday() + 7 * back)
    return monday, monday + timedelta(days=6)


def _named_period(text: str, today: date) -> tuple[date, date] | None:
    """``kemarin``, ``pekan lalu``, ``senin lalu``, ``7 hari terakhir``, ``kuartal I 2023``."""
    if text in ("hari ini", "today"):
        return today, today
    if text in ("kemarin", "yesterday"):
        return _one(today - timedelta(days=1))
    if text in ("kemarin lusa", "dua hari lalu"):
        return _one(today - timedelta(days=2))
    match = re.fullmatch(r"(pekan|minggu|bulan|tahun) (ini|lalu|kemarin)", text) or re.fullmatch(
        r"(?P<when>this|last) (?P<unit>week|month|year)", text
    )
    if match:
        named = match.groupdict()
        unit = {"week": "pekan", "month": "bulan", "year": "tahun"}.get(named.get("unit", ""), "")
        unit = unit or match[1]
        back = 0 if "ini" in match.groups() or named.get("when") == "this" else 1
        if unit in ("pekan", "minggu"):
            return _week(today, back)
        if unit == "tahun":
            return date(today.year - back, 1, 1), date(today.year - back, 12, 31)
        year, month = divmod(today.year * 12 + today.month - 1 - back, 12)
        return _month_days(year, month + 1)
    match = re.fullmatch(
        r"(senin|selasa|rabu|kamis|jumat|sabtu|minggu|ahad) "
        r"(lalu|kemarin|(?:pekan|minggu) lalu|ini)",
        text,
    )
    if match:
        weekday = WEEKDAYS[match[1]]
        if " " in match[2]:
            return _one(_week(today, 1)[0] + timedelta(days=weekday))
        if match[2] == "ini":
            return _one(_week(today, 0)[0] + timedelta(days=weekday))
        return _one(today - timedelta(days=(today.weekday() - weekday - 1) % 7 + 1))
    match = re.fullmatch(r"(\d{1,4}|se) ?(hari|pekan|minggu|bulan|tahun) (terakhir|lalu)", text)
    if match:
        count = 1 if match[1] == "se" else int(match[1])
        moment = datetime(today.year, today.month, today.day)
        try:
            if match[2] in ("bulan", "tahun"):
                start = _months_back(moment, count * (12 if match[2] == "tahun" else 1)).date()
            else:
                start = today - timedelta(days=count * (1 if match[2] == "hari" else 7))
        except (OverflowError, ValueError):
            return None
        return _one(start) if match[3] == "lalu" else (start + timedelta(days=1), today)
    match = re.fullmatch(
        r"(kuartal|triwulan|kwartal|q|caturwulan|semester) ?(?:ke-?)?"
        r"([1-4]|i{1,3}|iv)[ ,/-]{0,3}(\d{4})?",
        text,
    )
    if match:
        months = _YEAR_PARTS[match[1]]
        number = _ROMAN.get(match[2]) or int(match[2])
        year = int(match[3]) if match[3] else today.year
        if number * months > 12 or not FIRST_YEAR <= year <= LAST_YEAR:
            return None
        last = number * months
        return (
            date(year, last - months + 1, 1),
            date(year, last, monthrange(year, last)[1]),
        )
    match = re.fullmatch(r"(awal|pertengahan|akhir) (.+)", text)
    if match:
        whole = _period(match[2], today)
        if whole is None or whole == (today, today) or whole[0] == whole[1]:
            return None
        first, last_day = whole
        if (first.month, last_day.month) == (1, 12):
            thirds = {"awal": (1, 4), "pertengahan": (5, 8), "akhir": (9, 12)}[match[1]]
            end = monthrange(first.year, thirds[1])[1]
            return date(first.year, thirds[0], 1), date(first.year, thirds[1], end)
        if first.month == last_day.month and first.day == 1:
            days = {"awal": (1, 10), "pertengahan": (11, 20), "akhir": (21, last_day.day)}[match[1]]
            return first.replace(day=days[0]), first.replace(day=days[1])
    return None


def _latest(month: int, day: int | None, today: date) -> tuple[date, date] | None:
    """The latest such day or month that has begun, for a text that names no year."""
    for year in range(today.year, today.year - 9, -1):
        found = _month_days(year, month) if day is None else _one(_day(year, month, day))
        if found is not None and found[0] <= today:
            return found
    return None


def _numeric_period(text: str, today: date) -> tuple[date, date] | None:
    match = re.fullmatch(r"(?:tahun )?(\d{4})", text)
    if match:
        year = int(match[1])
        if not FIRST_YEAR <= year <= LAST_YEAR:
            return None
        return date(year, 1, 1), date(year, 12, 31)
    match = re.fullmatch(r"(\d{4})[-/.](\d{1,2})", text)
    if match:
        return _month_days(int(match[1]), int(match[2]))
    match = re.fullmatch(r"(\d{1,2})[-/.](\d{4})", text)
    if match:
        return _month_days(int(match[2]), int(match[1]))
    match = re.fullmatch(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})", text)
    if match:
        return _one(_day(int(match[1]), int(match[3]), int(match[4])))
    match = re.fullmatch(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})", text)
    if match:
        return _one(_day(_full_year(match[4]), int(match[3]), int(match[1])))
    match = re.fullmatch(r"(\d{1,2})/(\d{1,2})", text)
    if match:
        return _latest(int(match[2]), int(match[1]), today)
    match = re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text)
    if match:
        return _one(_day(int(match[1]), int(match[2]), int(match[3])))
    return None


def _month_period(text: str, today: date) -> tuple[date, date] | None:
    match = re.fullmatch(
        r"(?:(?:senin|selasa|rabu|kamis|jumat|sabtu|minggu|ahad),? )?(?:tanggal |tgl )?"
        r"(?:(\d{1,2}) ?(?:(?:-|sampai|hingga|s\.d\.|s/d) ?(\d{1,2}) ?)?)?"
        r"(?:bulan )?([a-z]+)\.?,?(?: ?(\d{4}))?",
        text,
    )
    if match is None or match[3] not in MONTHS:
        return None
    month = MONTHS[match[3]]
    if match[4] is None:
        if match[2]:
            last = _latest(month, int(match[2]), today)
            first = last and _day(last[0].year, month, int(match[1]))
            return (first, last[0]) if first and last and first <= last[0] else None
        return _latest(month, int(match[1]) if match[1] else None, today)
    year = int(match[4])
    if not match[1]:
        return _month_days(year, month)
    first, last_day = _day(year, month, int(match[1])), _day(year, month, int(match[2] or match[1]))
    return (first, last_day) if first and last_day and first <= last_day else None
