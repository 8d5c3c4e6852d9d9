"""The fields of callbacks, where they go, and how long a failing URL is left alone."""

import pytest

from server.errors import ErrorCode, InvalidInput
from server.rules.callbacks.addresses import AddressPolicy
from server.rules.callbacks.callbacks import (
    CONNECTION_FAILURES,
    TryVerdict,
    call_capacity,
    called_url,
    check_destination,
    host_of,
    pause_us,
    status_query,
    stop_query,
)
from server.rules.messages.ptt import DeliveryStatus

NOON_US = 1_789_992_000_000_000
SECOND_US = 1_000_000


def test_a_status_is_told_in_five_parameters() -> None:
    """The number, the ptt (empty if there is none), the time in UTC, the status and its description."""
    told = status_query(number=7, status=DeliveryStatus.SUCCESS, ptt=4, at_us=NOON_US + 5_000)
    assert told == (
        "id=7&ptt=4&date=2026-09-21T12%3A00%3A00.005Z&description=1&descriptionDlr=Delivered%20to%20the%20handset."
    )
    assert "&ptt=&" in status_query(number=7, status=DeliveryStatus.NOT_BILLED, ptt=None, at_us=NOON_US)


def test_a_stop_is_told_in_four_parameters() -> None:
    """Any text stays one value."""
    told = stop_query(number=7, sender="+33612345678", text="STOP & é\n", at_us=NOON_US)
    assert told == (
        "id=7&senderid=%2B33612345678&date=2026-09-21T12%3A00%3A00.000Z&message=STOP%20%26%20%C3%A9%0A"
    )


@pytest.mark.parametrize(
    ("url", "called"),
    [
        ("https://a.example", "https://a.example/?id=1"),
        ("https://a.example/", "https://a.example/?id=1"),
        ("https://a.example?", "https://a.example/?id=1"),
        ("https://a.example/x?", "https://a.example/x?id=1"),
        ("https://a.example/x?k=v", "https://a.example/x?k=v&id=1"),
        ("https://a.example/x?k=v&", "https://a.example/x?k=v&id=1"),
        ("HTTPS://A.Example/X", "https://a.example/X?id=1"),
        ("https://a.example:443/x", "https://a.example/x?id=1"),
        ("http://a.example:80/x", "http://a.example/x?id=1"),
        ("http://a.example:443/x", "http://a.example:443/x?id=1"),
        ("http://[2001:DB8::1]:8080/x", "http://[2001:db8::1]:8080/x?id=1"),
        ("http://a.example/%7Ex?q=%2F+", "http://a.example/%7Ex?q=%2F+&id=1"),
    ],
)
def test_the_url_that_is_called(url: str, called: str) -> None:
    """Its own path and query stay unchanged; host and port are as the endpoint sees them."""
    assert called_url(url, "id=1") == called


def test_the_host_of_a_url() -> None:
    """In lower case and without a port, so that all ports of a host count as one."""
    assert host_of("https://A.example:8443/x") == "a.example"
    assert host_of("http://[2001:db8::1]/") == "2001:db8::1"


@pytest.mark.parametrize("verdict", sorted(CONNECTION_FAILURES))
def test_one_out_of_reach_is_left_alone_longer_and_longer(verdict: TryVerdict) -> None:
    """From a second to five minutes, doubled each time."""
    pauses = [pause_us(verdict, failures, None) // SECOND_US for failures in (0, 1, 2, 3, 9, 10, 1_000)]
    assert pauses == [1, 1, 2, 4, 256, 300, 300]


def test_one_that_answers_is_left_alone_only_if_it_asks() -> None:
    """And for at most five minutes."""
    refused = TryVerdict.REFUSED_STATUS
    pauses = [pause_us(refused, 5, seconds) // SECOND_US for seconds in (None, 0, 7, 86_400)]
    assert pauses == [0, 0, 7, 300]


@pytest.mark.parametrize(
    ("url", "code", "said"),
    [
        ("https://shop.example:8443/hook", ErrorCode.URL_NOT_ALLOWED, "port 8443, only to 80, 443"),
        ("http://shop.example:25/", ErrorCode.URL_NOT_ALLOWED, "port 25"),
        ("http://10.0.0.1/", ErrorCode.URL_NOT_ALLOWED, "10.0.0.1: it is not a public address"),
        ("http://169.254.169.254/latest/meta-data", ErrorCode.URL_NOT_ALLOWED, "not a public address"),
        ("https://[::1]/", ErrorCode.URL_NOT_ALLOWED, "not a public address"),
        ("https://[::ffff:10.0.0.1]/", ErrorCode.URL_NOT_ALLOWED, "not a public address"),
        ("http://localhost/", ErrorCode.URL_NOT_ALLOWED, "localhost"),
        ("http://2130706433/", ErrorCode.INVALID_URL, "2130706433"),
        ("http://0x7f.1/", ErrorCode.INVALID_URL, "0x7f.1"),
    ],
)
def test_where_no_callback_may_go_is_told_from_the_url_alone(url: str, code: ErrorCode, said: str) -> None:
    """Ports, literal addresses, this machine's names, and ambiguous hosts."""
    with pytest.raises(InvalidInput, match=said) as refusal:
        check_destination(url, AddressPolicy())
    assert refusal.value.code is code


@pytest.mark.parametrize(
    "url",
    ["http://shop.example", "https://shop.example:443/a?b", "HTTP://1.1.1.1/", "https://[2606:4700::1]/"],
)
def test_where_a_callback_may_go_passes_unchanged(url: str) -> None:
    """A name passes, whatever its addresses."""
    assert check_destination(url, AddressPolicy()) == url


def test_an_account_has_a_quarter_of_the_calls() -> None:
    """The last quarter is for accounts with few calls."""

    def of(in_all: int, of_account: int) -> int:
        return call_capacity(parallel=64, per_host=8, in_all=in_all, of_account=of_account)

    assert [of(0, 0), of(10, 10), of(16, 16), of(40, 0), of(47, 3), of(48, 3)] == [16, 6, 0, 8, 1, 0]
    assert [of(48, 0), of(50, 1), of(60, 2), of(63, 0), of(64, 0)] == [2, 1, 0, 1, 0]


def test_two_hosts_of_an_account_are_called_side_by_side_where_few_calls_are_made_at_once() -> None:
    """Otherwise, with a small setting, one would wait for the other; at least one call is always made."""
    assert call_capacity(parallel=10, per_host=4, in_all=0, of_account=0) == 8
    assert call_capacity(parallel=8, per_host=8, in_all=0, of_account=0) == 6
    assert call_capacity(parallel=1, per_host=8, in_all=0, of_account=0) == 1
