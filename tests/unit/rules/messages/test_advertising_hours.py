"""The hours of advertising."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from server.kit.clock import HOUR_US, from_datetime, to_datetime
from server.rules.messages.advertising_hours import first_wait, next_allowed

PARIS, LONDON, AUCKLAND, HONOLULU = "Europe/Paris", "Europe/London", "Pacific/Auckland", "Pacific/Honolulu"


def at(text: str, zone: str = PARIS) -> int:
    """Return the instant of a local time."""
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)))


def shown(at_us: int, zone: str = PARIS) -> str:
    """Return an instant as a local time."""
    return to_datetime(at_us).astimezone(ZoneInfo(zone)).strftime("%a %Y-%m-%dT%H:%M:%S.%f")


@pytest.mark.parametrize(
    ("when", "allowed"),
    [
        ("2026-09-21T07:59:59.999999", "Mon 2026-09-21T08:00:00.000000"),
        ("2026-09-21T08:00", "Mon 2026-09-21T08:00:00.000000"),
        ("2026-09-21T12:34:56.789", "Mon 2026-09-21T12:34:56.789000"),
        ("2026-09-21T19:59:59.999999", "Mon 2026-09-21T19:59:59.999999"),
        ("2026-09-21T20:00", "Tue 2026-09-22T08:00:00.000000"),
        ("2026-09-22T00:00", "Tue 2026-09-22T08:00:00.000000"),
        ("2026-09-26T19:59", "Sat 2026-09-26T19:59:00.000000"),
        ("2026-09-26T20:00", "Mon 2026-09-28T08:00:00.000000"),
        ("2026-09-27T00:00", "Mon 2026-09-28T08:00:00.000000"),
        ("2026-09-27T12:00", "Mon 2026-09-28T08:00:00.000000"),
        ("2026-09-28T00:00", "Mon 2026-09-28T08:00:00.000000"),
        ("2026-12-31T23:00", "Fri 2027-01-01T08:00:00.000000"),
    ],
)
def test_advertising_waits_for_the_morning_of_a_working_day(when: str, allowed: str) -> None:
    """From 20:00 it waits for 08:00, and Sundays are skipped; within the hours it goes at once."""
    assert shown(next_allowed(at(when), (PARIS,))) == allowed


@pytest.mark.parametrize(
    ("evening", "hours"), [("2026-03-27T20:00", 12), ("2026-03-28T20:00", 35), ("2026-10-24T20:00", 37)]
)
def test_a_night_with_a_clock_change_is_an_hour_shorter_or_longer(evening: str, hours: int) -> None:
    """08:00 is local time, whatever happened to the clock on Sunday."""
    assert next_allowed(at(evening), (PARIS,)) - at(evening) == hours * HOUR_US


def test_a_number_in_several_zones_is_written_to_when_all_allow_it() -> None:
    """Paris opens an hour before London and closes an hour before it."""
    zones = (LONDON, PARIS)
    assert next_allowed(at("2026-09-21T08:30"), zones) == at("2026-09-21T08:00", LONDON)
    assert next_allowed(at("2026-09-21T20:30"), zones) == at("2026-09-22T08:00", LONDON)
    assert next_allowed(at("2026-09-21T19:30"), zones) == at("2026-09-21T19:30")


@pytest.mark.parametrize("zones", [(AUCKLAND, PARIS), (PARIS, AUCKLAND)])
def test_zones_that_never_agree_leave_it_to_the_first(zones: tuple[str, ...]) -> None:
    """In the northern winter New Zealand closes just when France opens."""
    begun = at("2026-12-14T21:00", zones[0])
    assert next_allowed(begun, zones) == at("2026-12-15T08:00", zones[0])


def test_zones_on_both_sides_of_the_date_line_agree_on_few_days() -> None:
    """A Saturday in Honolulu is a Sunday in Auckland."""
    zones = (AUCKLAND, HONOLULU)
    saturday = at("2026-09-26T08:00", HONOLULU)
    assert shown(next_allowed(saturday, zones), HONOLULU) == "Mon 2026-09-28T09:00:00.000000"


def test_only_what_has_to_wait_is_told_until_when() -> None:
    """The wait begins at the deferred time, or now if that is past; others don't wait."""
    noon, evening, night = at("2026-09-21T12:00"), at("2026-09-21T19:00"), at("2026-09-21T23:00")
    assert first_wait(None, noon, [PARIS]) is None
    assert first_wait(evening, noon, [PARIS]) is None
    assert first_wait(night, noon, [PARIS]) == at("2026-09-22T08:00")
    assert first_wait(noon, night, [PARIS]) == at("2026-09-22T08:00")
    assert first_wait(None, night, [PARIS]) == at("2026-09-22T08:00")
