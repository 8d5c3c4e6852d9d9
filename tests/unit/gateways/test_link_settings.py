"""What is set for a link: how its receipts are read, and the link that a URL stands for."""

from collections.abc import Mapping

import pytest

from server.gateways.link_settings import LinkSettings, link_from_url
from server.gateways.smpp.options import LinkOptions
from server.gateways.smpp.receipts import Receipt
from server.gateways.smpp.statuses import Status
from server.rules.delivery_state import State
from server.rules.ptt import DeliveryStatus
from server.rules.routing import Route


def settings(
    table: Mapping[str, int], not_billed: frozenset[str] = frozenset(), *, err_is_ptt: bool = False
) -> LinkSettings:
    """Return the settings of a link with a table."""
    options = LinkOptions(name="a", host="127.0.0.1", system_id="x", password="y")
    return LinkSettings(
        options=options,
        route=Route(link="a"),
        ptt_table=table,
        not_billed=not_billed,
        err_is_ptt=err_is_ptt,
        refusal_ptts={0x444: 28},
    )


@pytest.mark.parametrize(
    ("stat", "err", "expected"),
    [
        ("UNDELIV", "27", (2, 26)),
        ("UNDELIV", "28", (2, 24)),
        ("UNDELIV", "29", (8, 1)),
        ("UNDELIV", "30", (2, 999)),
        ("ENROUTE", "24", (8, 24)),
        ("REJECTD", "0", (16, 20)),
        ("REJECTD", "7", (16, 28)),
        ("DELIVRD", "0", (1, 4)),
        ("WEIRD", "0", (2, 39)),
    ],
)
def test_the_table_goes_before_what_the_words_mean(stat: str, err: str, expected: tuple[int, int]) -> None:
    """By word and error, then by word; a ptt brings its own status, but none ends what is under way."""
    table = {
        "UNDELIV:27": 26, "UNDELIV": 24, "UNDELIV:29": 1, "UNDELIV:30": 999, "ENROUTE:24": 24, "REJECTD:7": 28,
        "WEIRD": 39,
    }  # fmt: skip
    read = settings(table, frozenset({"REJECTD", "REJECTD:7"})).receipt_table()
    assert read.state(Receipt("1", stat, err)) == State(DeliveryStatus(expected[0]), expected[1])


def test_an_error_may_be_the_ptt_itself() -> None:
    """Where the link says so."""
    read = settings({}, err_is_ptt=True).receipt_table()
    assert read.state(Receipt("1", "UNDELIV", "24")) == State(DeliveryStatus.FAILED, 24)


def test_the_links_own_statuses_come_to_those_of_the_specification() -> None:
    """Each with its ptt."""
    refusals = settings({}).refusals()
    assert (refusals[0x444], refusals[Status.ESME_RINVDSTADR]) == (28, 23)


def test_a_url_stands_for_a_link_that_takes_everything() -> None:
    """Under a name of its own."""
    link = link_from_url("smpp://me:pass@smsc.example.com:2776")
    assert (link.name, link.options.host, link.options.port, link.route) == (
        "smpp", "smsc.example.com", 2776, Route(link="smpp"),
    )  # fmt: skip
    with pytest.raises(ValueError, match="smpp://user:password@host:port"):
        link_from_url("http://me:pass@example.com")
