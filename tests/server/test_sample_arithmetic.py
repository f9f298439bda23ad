"""The numbers behind the sample: time, ids, who works where. All of it must be computable from anywhere."""

from datetime import UTC, date, datetime

import pytest

from app.server.sample.companies import domain
from app.server.sample.layout import COUNTS, Shuffle, Staff, count_of
from app.server.sample.moments import DAY_MS, HOUR_MS, Calendar, moment_text
from app.server.sample.names import CULTURES
from app.server.sample.series import Series
from app.server.sample.workspace import TODAY
from app.server.store.identifiers import parse_id

SIZES = (1, 2, 3, 10, 200, 1_234)


def at(moment_ms: int) -> datetime:
    return datetime.fromtimestamp(moment_ms / 1000, UTC)


@pytest.mark.parametrize("today", [date(2026, 11, day) for day in range(16, 23)], ids=str)
def test_now_is_the_evening_of_the_last_weekday(today: date) -> None:
    """On a weekend the sample ends on Friday."""
    now = at(Calendar(today).now_ms)
    assert now.date() == min(today, date(2026, 11, 20))
    assert now.hour == 17


def test_working_time_leaves_out_nights_and_weekends() -> None:
    """Every hour of working time back lies on a weekday between 7 and 18, before the one after it."""
    calendar = Calendar(TODAY)
    moments = [at(calendar.moment_ms(hour * HOUR_MS)) for hour in range(400)]
    assert all(moment.weekday() < 5 and 7 <= moment.hour < 18 for moment in moments)
    assert moments == sorted(moments, reverse=True)


@pytest.mark.parametrize("moment_ms", [0, 1, 59_999, DAY_MS - 1, 1_795_197_596_937])
def test_a_moment_is_written_in_milliseconds_with_a_z(moment_ms: int) -> None:
    """The text reads back as the same moment."""
    text = moment_text(moment_ms)
    assert len(text) == 24
    assert datetime.fromisoformat(text).timestamp() * 1000 == pytest.approx(moment_ms, abs=0.1)


@pytest.mark.parametrize("count", [1, 7, 5_000, 100_000_000])
def test_ids_sort_as_the_records_were_made(count: int) -> None:
    """Ids and moments grow with the number, are never in the future, and the id holds the moment."""
    calendar = Calendar(TODAY)
    series = Series("contact", count, 1, calendar)
    first, last = range(min(count, 2_000)), range(max(0, count - 2_000), count)
    for numbers in (first, last):
        stamps = [series.stamp(number) for number in numbers]
        assert stamps == sorted(stamps)
        assert len({record_id for record_id, _ in stamps}) == len(stamps)
        for record_id, moment_ms in stamps:
            assert parse_id(record_id) == record_id
            assert record_id[14] == "7"
            assert int(record_id[:8] + record_id[9:13], 16) == moment_ms <= calendar.now_ms


def test_records_of_two_kinds_or_seeds_have_different_ids() -> None:
    """The kind and the seed go into the id."""
    calendar = Calendar(TODAY)
    made = [Series(*row, calendar).id(0) for row in (("a", 9, 1), ("b", 9, 1), ("a", 9, 2))]
    assert len(set(made)) == 3


@pytest.mark.parametrize("count", SIZES)
def test_a_shuffle_meets_every_number_once_and_finds_back(count: int) -> None:
    """It is an order of the same numbers, computable in both directions."""
    shuffle = Shuffle.of(count)
    places = [shuffle.there(number) for number in range(count)]
    assert sorted(places) == list(range(count))
    assert [shuffle.back(place) for place in places] == list(range(count))


@pytest.mark.parametrize("contacts", SIZES)
def test_both_sides_agree_on_who_works_where(contacts: int) -> None:
    """An account's contacts are those who name it, in the order of their turns."""
    accounts = count_of("account", contacts)
    staff = Staff(contacts, accounts)
    named: dict[int, dict[int, int]] = {account: {} for account in range(accounts)}
    for contact in range(contacts):
        if employer := staff.account_of(contact):
            named[employer[0]][employer[1]] = contact
    for account, turns in named.items():
        assert [turns[turn] for turn in range(len(turns))] == staff.contacts_of(account, contacts)


def test_few_accounts_have_many_contacts() -> None:
    """The biggest has ten times the median and more; some have none."""
    staff = Staff(10_000, 2_500)
    sizes = sorted(len(staff.contacts_of(account, 10_000)) for account in range(2_500))
    assert sizes[0] == 0
    assert sizes[-1] > 10 * sizes[1_250] > 0


@pytest.mark.parametrize("kind", COUNTS)
def test_there_is_at_least_one_of_each_kind(kind: str) -> None:
    """Also in the smallest workspace."""
    assert count_of(kind, 1) >= 1


def test_no_two_accounts_have_the_same_domain() -> None:
    """Not even with more accounts than there are words."""
    accounts = [*range(20_000), *range(1_000_000, 1_005_000)]
    assert len({domain(account) for account in accounts}) == len(accounts)


def test_last_names_of_two_cultures_differ_in_their_letters() -> None:
    """E-mail addresses are unique because they do."""
    names = [{name.letters for name in culture.last_names} for culture in CULTURES]
    assert sum(map(len, names)) == len(set().union(*names))
    assert all(letters.isascii() and letters.islower() for each in names for letters in each)
