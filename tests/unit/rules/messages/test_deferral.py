"""Deferred dates."""

from datetime import UTC, datetime

import pytest

from server.errors import ErrorCode, InvalidInput
from server.kit.clock import DAY_US, MINUTE_US, from_datetime, to_datetime
from server.rules.messages.deferral import check_deferred, check_time_zone, parse_http_local_time


def instant(text: str) -> int:
    """Return an ISO time in UTC as an instant."""
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=UTC))


def read(text: str, time_zone: str, now_us: int) -> int:
    """Read a date as http2sms and sending do."""
    return check_deferred(parse_http_local_time(text, time_zone), now_us)


NOW = instant("2026-01-01T00:00")


@pytest.mark.parametrize(
    ("text", "time_zone", "utc"),
    [
        ("123001022026", "UTC", "2026-02-01T12:30"),
        ("000031122026", "UTC", "2026-12-31T00:00"),
        ("235931122026", "UTC", "2026-12-31T23:59"),
        ("123001022026", "Europe/Paris", "2026-02-01T11:30"),
        ("123001072026", "Europe/Paris", "2026-07-01T10:30"),
        ("123001022026", "America/New_York", "2026-02-01T17:30"),
        ("123001022026", "Asia/Kathmandu", "2026-02-01T06:45"),
        ("123001022026", "Etc/GMT+5", "2026-02-01T17:30"),
        ("015929032026", "Europe/Paris", "2026-03-29T00:59"),
        ("020029032026", "Europe/Paris", "2026-03-29T01:00"),
        ("023029032026", "Europe/Paris", "2026-03-29T01:30"),
        ("030029032026", "Europe/Paris", "2026-03-29T01:00"),
        ("015925102026", "Europe/Paris", "2026-10-24T23:59"),
        ("020025102026", "Europe/Paris", "2026-10-25T00:00"),
        ("023025102026", "Europe/Paris", "2026-10-25T00:30"),
        ("030025102026", "Europe/Paris", "2026-10-25T02:00"),
    ],
)
def test_a_local_time_names_one_instant(text: str, time_zone: str, utc: str) -> None:
    """A time in the gap of a clock change moves forward by the gap, and an ambiguous one is the first."""
    assert to_datetime(read(text, time_zone, NOW)) == to_datetime(instant(utc))


@pytest.mark.parametrize(
    "text",
    [
        "", "12300102202", "1230010220266", "12:30 01/02/2026", "240001022026", "126001022026", "120000022026",
        "120032012026", "120029022026", "120001132026", "120001002026", "120001010000", "+23001022026",
        "12300102202\uff16", "123001022026\n", " 23001022026", "-12300102202",
    ],
)  # fmt: skip
def test_what_is_no_date_is_refused(text: str) -> None:
    """Other forms, and days and times that do not exist, are refused."""
    with pytest.raises(
        InvalidInput, match=r"^A deferred date has to be in the form hhmmddMMYYYY, like 153024122026"
    ) as refusal:
        read(text, "UTC", NOW)
    assert refusal.value.code is ErrorCode.INVALID_DATE


@pytest.mark.parametrize("text", ["000001010001", "235931129999"])
@pytest.mark.parametrize("time_zone", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_the_ends_of_the_calendar_are_refused(text: str, time_zone: str) -> None:
    """A date beyond all instants is refused like any other date that is too far away."""
    with pytest.raises(InvalidInput) as refusal:
        read(text, time_zone, NOW)
    assert refusal.value.code is ErrorCode.INVALID_DATE


def test_a_date_is_bounded_after_its_zone_is_applied() -> None:
    """The same local time can be past in one zone and future in another."""
    assert read("000001012026", "UTC", NOW) == NOW
    with pytest.raises(InvalidInput) as refusal:
        read("000001012026", "Asia/Tokyo", NOW)
    assert refusal.value.code is ErrorCode.INVALID_DATE


def test_deferral_is_bounded_to_the_microsecond() -> None:
    """Five minutes past and 366 days ahead pass, and a microsecond more does not."""
    for at_us in (NOW - 5 * MINUTE_US, NOW, NOW + 366 * DAY_US):
        assert check_deferred(at_us, NOW) == at_us
    for at_us in (NOW - 5 * MINUTE_US - 1, NOW + 366 * DAY_US + 1):
        with pytest.raises(InvalidInput, match=r"^A message can be deferred by at most a year") as refusal:
            check_deferred(at_us, NOW)
        assert refusal.value.code is ErrorCode.INVALID_DATE


@pytest.mark.parametrize(
    "name",
    ["UTC", "Europe/Paris", "America/Argentina/Buenos_Aires", "Etc/GMT+5", "America/Port-au-Prince", "GMT0"],
)
def test_a_zone_of_the_iana_database_passes(name: str) -> None:
    """Each form of name in the database is accepted."""
    assert check_time_zone(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "", "Mars/Phobos", "Europe", "Europe/", "/Europe/Paris", "../Europe/Paris", "Europe/../Europe/Paris", "+05:00",
        "Europe/Paris\0", "Europe/Paris ", "Europe/Pariś", "right/Europe/Paris", "posix/Europe/Paris", "localtime",
        "posixrules", "Factory", "zone.tab", "tzdata.zi", "leapseconds", "x" * 65, "Europe//Paris", "America/Argentina",
    ],
)  # fmt: skip
def test_any_other_zone_is_refused(name: str) -> None:
    """Unknown names, folders, paths and machine-specific names are refused."""
    with pytest.raises(
        InvalidInput, match=r"^A time zone has to be a name in the IANA database, like Europe/Paris.$"
    ) as refusal:
        check_time_zone(name)
    assert refusal.value.code is ErrorCode.INVALID_TIME_ZONE
    with pytest.raises(InvalidInput) as refusal:
        read("123001022026", name, NOW)
    assert refusal.value.code is ErrorCode.INVALID_TIME_ZONE


def test_a_very_long_zone_is_not_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """No name beyond 64 characters reaches the disk."""
    names: list[str] = []
    monkeypatch.setattr("zoneinfo.ZoneInfo", names.append)
    check_time_zone("x" * 64)
    with pytest.raises(InvalidInput):
        check_time_zone("x" * 65)
    assert names == ["x" * 64]
