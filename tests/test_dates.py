"""Dates as newsrooms write them are read as they mean them, and nothing is guessed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searcher.dates import MONTHS, day_range, find_date, find_published, parse_date

#: A Friday morning; relative dates count from here.
BASE = datetime(2023, 3, 10, 8, 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # as portals print them
        ("Kamis, 09 Maret 2023 – 21:32 WIB", "2023-03-09T21:32:00+07:00"),
        ("Kamis, 9 Maret 2023 21.32 WITA", "2023-03-09T21:32:00+08:00"),
        ("Rabu 15 Feb 2023 16:30 WIT", "2023-02-15T16:30:00+09:00"),
        ("9 Maret 2023 pukul 10.00 WIT", "2023-03-09T10:00:00+09:00"),
        ("20.15 WIB, 9 Maret 2023", "2023-03-09T20:15:00+07:00"),
        ("09 Mar 2023 | 10:15 WIB", "2023-03-09T10:15:00+07:00"),
        ("Minggu, 18 Mar 2018 07:30", "2018-03-18T07:30:00"),
        ("Jum'at, 10 Maret 2023", "2023-03-10T00:00:00"),
        ("Jum’at, 10 Maret 2023", "2023-03-10T00:00:00"),
        ("Jumat (10/3/2023)", "2023-03-10T00:00:00"),
        ("6 Nop 2019", "2019-11-06T00:00:00"),
        ("17 Agt 2021", "2021-08-17T00:00:00"),
        ("17 Agu 2021", "2021-08-17T00:00:00"),
        ("3 Peb 2004", "2004-02-03T00:00:00"),
        ("01 Okt 2024, 21:35 WIB", "2024-10-01T21:35:00+07:00"),
        ("Portalwarta.com - 09/03/2023, 21:32 WIB", "2023-03-09T21:32:00+07:00"),
        ("Tanggal: 9 Maret 2023", "2023-03-09T00:00:00"),
        ("Diterbitkan pada 9 Maret 2023", "2023-03-09T00:00:00"),
        ("Diperbarui 18 Sep 2024, 07:00 WIBDiterbitkan 17 Sep 2024, 20:46 WIB",
         "2024-09-17T20:46:00+07:00"),
        ("March 9, 2023 10:15 PM", "2023-03-09T22:15:00"),
        # numbers: the day comes first unless a year of four digits does
        ("09/03/2023", "2023-03-09T00:00:00"),
        ("9-3-2023", "2023-03-09T00:00:00"),
        ("9.3.2023", "2023-03-09T00:00:00"),
        ("28-Sep-24", "2024-09-28T00:00:00"),
        ("2023-03-09", "2023-03-09T00:00:00"),
        ("2023/03/09 10:15:00", "2023-03-09T10:15:00"),
        # as software writes them
        ("2023-03-09T21:32:00+07:00", "2023-03-09T21:32:00+07:00"),
        ("2023-03-09T21:32:00+0700", "2023-03-09T21:32:00+07:00"),
        ("2023-03-09T14:32:00.123Z", "2023-03-09T14:32:00+00:00"),
        ("2023-03-09 10:15:00.123456", "2023-03-09T10:15:00"),
        ("Thu, 09 Mar 2023 21:32:00 +0700", "2023-03-09T21:32:00+07:00"),
        ("Thu, 09 Mar 2023 14:32:00 GMT", "2023-03-09T14:32:00+00:00"),
        ("21+January+2019", "2019-01-21T00:00:00"),
        ("1678372320", "2023-03-09T14:32:00+00:00"),
        ("1678372320000", "2023-03-09T14:32:00+00:00"),
        ("20230309", "2023-03-09T00:00:00"),
        ("20230309213200", "2023-03-09T21:32:00"),
    ],
)  # fmt: skip
def test_a_date_with_its_year_needs_no_base(text, expected):
    assert parse_date(text).isoformat() == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kamis (9/3)", "2023-03-09T00:00:00"),
        ("(9/3)", "2023-03-09T00:00:00"),
        ("(11/3)", "2023-03-11T00:00:00"),  # tomorrow, in a paper closed the evening before
        ("(12/3)", "2022-03-12T00:00:00"),
        ("Sabtu (31/12)", "2022-12-31T00:00:00"),
        ("(29/2)", "2020-02-29T00:00:00"),
        ("kemarin", "2023-03-09T00:00:00"),
        ("hari ini", "2023-03-10T00:00:00"),
        ("2 jam yang lalu", "2023-03-10T06:00:00"),
        ("3 hari lalu", "2023-03-07T00:00:00"),
        ("sebulan lalu", "2023-02-10T00:00:00"),
        ("10:15", "2023-03-10T10:15:00"),
        ("pukul 10.00 WIT", "2023-03-10T10:00:00+09:00"),
    ],
)
def test_what_leaves_the_year_unsaid_is_read_from_the_base_and_only_so(text, expected):
    assert parse_date(text, BASE).isoformat() == expected
    assert parse_date(text) is None


@pytest.mark.parametrize(
    "text",
    ["", "  ", "31 Februari 2023", "32/01/2024", "31/02/2023", "29 Februari 2023", "0/0/2023",
     "9 Maret 2023 25:10", "25:99, 9 Maret 2023", "9 Maret 99999", "9 Maret", "2024", "Maret 2023",
     "2023-13-01", "9 Maret 2023 10.000 orang", "dua orang", "-1", "1" * 300, "99999999999999"],
)  # fmt: skip
def test_an_impossible_or_half_date_is_none(text):
    assert parse_date(text) is None
    assert parse_date(text.upper()) is None


def test_a_zone_makes_the_date_aware_and_its_absence_leaves_it_naive():
    assert parse_date("9 Maret 2023 10:00 WIB").utcoffset() == timedelta(hours=7)
    assert parse_date("9 Maret 2023 10:00").tzinfo is None
    aware = BASE.replace(tzinfo=UTC)
    assert parse_date("Kamis (9/3)", aware).tzinfo is UTC


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.sampled_from(sorted(MONTHS)))
def test_every_day_is_read_back_from_every_way_of_writing_it(day, name):
    """Round trip: numbers, ISO, and each name its month goes by."""
    assert parse_date(f"{day.day}/{day.month}/{day.year}").date() == day
    assert parse_date(day.isoformat()).date() == day
    if MONTHS[name] == day.month:
        for form in (name, name.title(), name.upper()):
            assert parse_date(f"{day.day} {form} {day.year}").date() == day
            assert parse_date(f"Kamis, {day:%d} {form} {day.year} 10.15 WIB").date() == day


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(text):
    for result in (parse_date(text), parse_date(text, BASE)):
        assert result is None or isinstance(result, datetime)
    find_date(text, BASE)
    find_published(text)
    found = day_range(text, BASE.date())
    assert found is None or len(found) == 2


def test_the_first_date_of_a_line_is_found_with_its_place():
    line = "Warga berkumpul di alun-alun, Kamis (9/3/2023), setelah rapat 1 Maret 2023."
    found = find_date(line)
    assert found.when == datetime(2023, 3, 9)
    assert line[found.start : found.end] == "Kamis (9/3/2023)"


def test_in_running_text_a_bare_fraction_is_no_date():
    assert find_date("menang 9/3 atas lawannya", BASE) is None
    assert find_date("kata dia, Kamis 9/3.", BASE).when == datetime(2023, 3, 9)


def test_an_impossible_date_is_passed_over_for_the_next_one():
    assert find_date("dari 31 Februari 2023 sampai 1 Maret 2023").when == datetime(2023, 3, 1)


def test_publication_wins_over_the_update():
    line = "Diperbarui 18 Sep 2024, 07:00 WIBDiterbitkan 17 Sep 2024, 20:46 WIB"
    assert find_published(line).when.isoformat() == "2024-09-17T20:46:00+07:00"
    assert find_published("Kamis, 9 Maret 2023").when == datetime(2023, 3, 9)


#: A Thursday.
TODAY = date(2023, 3, 9)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2023", "2023-01-01", "2023-12-31"),
        ("2023-03", "2023-03-01", "2023-03-31"),
        ("2023-03-09", "2023-03-09", "2023-03-09"),
        ("03/2023", "2023-03-01", "2023-03-31"),
        ("9/3/2023", "2023-03-09", "2023-03-09"),
        ("Maret 2023", "2023-03-01", "2023-03-31"),
        ("Februari 2024", "2024-02-01", "2024-02-29"),
        ("9 Maret 2023", "2023-03-09", "2023-03-09"),
        ("Kamis, 9 Maret 2023", "2023-03-09", "2023-03-09"),
        ("1-7 Maret 2023", "2023-03-01", "2023-03-07"),
        ("1 – 7 Maret 2023", "2023-03-01", "2023-03-07"),
        ("1 sampai 7 Maret 2023", "2023-03-01", "2023-03-07"),
        ("28 Februari - 3 Maret 2023", "2023-02-28", "2023-03-03"),
        ("Maret-April 2023", "2023-03-01", "2023-04-30"),
        ("2021-2023", "2021-01-01", "2023-12-31"),
        ("dari Januari 2022 sampai Maret 2023", "2022-01-01", "2023-03-31"),
        ("hari ini", "2023-03-09", "2023-03-09"),
        ("kemarin", "2023-03-08", "2023-03-08"),
        ("pekan lalu", "2023-02-27", "2023-03-05"),
        ("minggu lalu", "2023-02-27", "2023-03-05"),
        ("pekan ini", "2023-03-06", "2023-03-12"),
        ("bulan lalu", "2023-02-01", "2023-02-28"),
        ("bulan ini", "2023-03-01", "2023-03-31"),
        ("tahun lalu", "2022-01-01", "2022-12-31"),
        ("tahun ini", "2023-01-01", "2023-12-31"),
        ("last month", "2023-02-01", "2023-02-28"),
        ("Senin lalu", "2023-03-06", "2023-03-06"),
        ("Kamis lalu", "2023-03-02", "2023-03-02"),
        ("Jum'at pekan lalu", "2023-03-03", "2023-03-03"),
        ("7 hari terakhir", "2023-03-03", "2023-03-09"),
        ("sejak 2023-03", "2023-03-01", None),
        ("sejak Maret 2022 sampai Mei 2022", "2022-03-01", "2022-05-31"),
        ("sampai Maret 2023", None, "2023-03-31"),
        ("hingga 9/3/2023", None, "2023-03-09"),
        ("sebelum 2023", None, "2022-12-31"),
        ("setelah 9 Maret 2023", "2023-03-10", None),
        ("kuartal I 2023", "2023-01-01", "2023-03-31"),
        ("triwulan 4 2022", "2022-10-01", "2022-12-31"),
        ("Q2 2022", "2022-04-01", "2022-06-30"),
        ("semester 1 2023", "2023-01-01", "2023-06-30"),
        ("awal Maret 2023", "2023-03-01", "2023-03-10"),
        ("akhir Februari 2023", "2023-02-21", "2023-02-28"),
        # without a year, the latest that has begun
        ("Maret", "2023-03-01", "2023-03-31"),
        ("April", "2022-04-01", "2022-04-30"),
        ("9/3", "2023-03-09", "2023-03-09"),
        ("10 Maret", "2022-03-10", "2022-03-10"),
    ],
)
def test_a_query_date_means_these_days(text, first, last):
    found = day_range(text, TODAY)
    assert tuple(day and day.isoformat() for day in found) == (first, last)
    assert day_range(f"  {text.upper()} ", TODAY) == found


def test_last_month_in_january_is_december():
    assert day_range("bulan lalu", date(2023, 1, 15)) == (date(2022, 12, 1), date(2022, 12, 31))


@pytest.mark.parametrize(
    "text",
    ["", "sejak", "31 Februari 2023", "2023-13", "13/2023", "7-1 Maret 2023", "kuartal 5 2023",
     "semester 3 2023", "beras", "99999", "0000", "sampai kapan", "1-2-3-4"],
)  # fmt: skip
def test_what_is_no_date_is_none(text):
    assert day_range(text, TODAY) is None
