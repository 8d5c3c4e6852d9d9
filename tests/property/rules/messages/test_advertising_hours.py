"""Properties of advertising hours in every zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given
from hypothesis import strategies as st

from server.kit.clock import DAY_US, HOUR_US, MINUTE_US, from_datetime, to_datetime
from server.rules.messages.advertising_hours import SEARCHED_US, next_allowed

ZONES = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc"))
NEAR = ["Europe/Paris", "Europe/London", "Atlantic/Azores", "Africa/Casablanca", "America/St_Johns"]
instants = st.integers(
    from_datetime(datetime(2026, 1, 1, tzinfo=UTC)), from_datetime(datetime(2037, 1, 1, tzinfo=UTC))
)


def allowed(at_us: int, zone: str) -> bool:
    """Tell whether advertising may be sent, by a local clock and a calendar."""
    local = to_datetime(at_us).astimezone(ZoneInfo(zone))
    return local.strftime("%A") != "Sunday" and "08:00" <= local.strftime("%H:%M") < "20:00"


@given(instants, st.sampled_from(ZONES))
def test_the_first_allowed_instant_is_found_in_every_zone(at_us: int, zone: str) -> None:
    """It is allowed and at most a weekend away, and no earlier time is allowed."""
    found = next_allowed(at_us, (zone,))
    assert allowed(found, zone)
    assert at_us <= found <= at_us + 2 * DAY_US
    assert not any(allowed(between, zone) for between in range(at_us, found, 10 * MINUTE_US))
    assert found == at_us or not allowed(found - 1, zone)


@given(instants, st.lists(st.sampled_from(NEAR), min_size=1, max_size=5))
def test_several_zones_all_allow_what_is_found(at_us: int, zones: list[str]) -> None:
    """And no earlier time is allowed in all of them."""
    found = next_allowed(at_us, tuple(zones))
    assert all(allowed(found, zone) for zone in zones)
    for between in range(at_us, found, HOUR_US // 4):
        assert not all(allowed(between, zone) for zone in zones)


@given(instants, st.lists(st.sampled_from(ZONES), min_size=1, max_size=40))
def test_any_set_of_zones_has_an_answer(at_us: int, zones: list[str]) -> None:
    """Allowed in all of them within a fortnight, otherwise in the first one."""
    found = next_allowed(at_us, tuple(zones))
    assert allowed(found, zones[0])
    assert at_us <= found <= at_us + SEARCHED_US + DAY_US
    assert next_allowed(found, (zones[0],)) == found
