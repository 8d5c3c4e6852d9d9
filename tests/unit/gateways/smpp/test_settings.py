"""A link's settings: how its receipts are read, and the link of a URL."""

import re
from collections.abc import Mapping

import pytest

from server.gateways.smpp.options import LinkOptions, SessionOptions
from server.gateways.smpp.receipts import Receipt
from server.gateways.smpp.settings import LinkSettings, link_from_url
from server.gateways.smpp.statuses import Refusal, Status
from server.kit.clock import SECOND_US
from server.rules.dispatch.delivery_state import State
from server.rules.dispatch.routing import Route
from server.rules.links.smpp import BindMode, DefaultAlphabet, FlashForm, IdForm, LongForm
from server.rules.messages.ptt import DeliveryStatus


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
        refusals={0x444: Refusal(28)},
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
    """By word and error, then by word; a ptt implies its status, but an intermediate receipt ends nothing."""
    table = {
        "UNDELIV:27": 26, "UNDELIV": 24, "UNDELIV:29": 1, "UNDELIV:30": 999, "ENROUTE:24": 24, "REJECTD:7": 28,
        "WEIRD": 39,
    }  # fmt: skip
    read = settings(table, frozenset({"REJECTD", "REJECTD:7"})).receipt_table()
    assert read.state(Receipt("1", stat, err)) == State(DeliveryStatus(expected[0]), expected[1])


def test_an_error_may_be_the_ptt_itself() -> None:
    """If the link says so."""
    read = settings({}, err_is_ptt=True).receipt_table()
    assert read.state(Receipt("1", "UNDELIV", "24")) == State(DeliveryStatus.FAILED, 24)


def test_the_links_own_statuses_come_to_those_of_the_specification() -> None:
    """Each with its ptt."""
    table = settings({}).refusal_table()
    assert (table.refusal(0x444), table.refusal(Status.ESME_RINVDSTADR)) == (Refusal(28), Refusal(23))


def test_a_url_stands_for_a_link_that_takes_everything() -> None:
    """With a fixed name."""
    link = link_from_url("smpp://me:pass@smsc.example.com:2776")
    assert (link.name, link.options.host, link.options.port, link.route) == (
        "smpp", "smsc.example.com", 2776, Route(link="smpp"),
    )  # fmt: skip
    with pytest.raises(ValueError, match="smpp://user:password@host:port"):
        link_from_url("http://me:pass@example.com")


def test_a_urls_query_sets_what_is_one_value() -> None:
    """With the API's names, in any case; the rest has default values."""
    link = link_from_url(
        "smpp://me:pass@smsc.example.com?systemType=SMPP&addressRange=336&bindTon=1&bindNpi=8&mode=pair&binds=2"
        "&window=20&perSecond=50&enquireSeconds=15&responseSeconds=20&alphabet=latin_1&FLASH=class_group"
        "&longMessages=SAR&serviceType=CMT&priorityFlag=1&protocolId=64&registeredDelivery=17&validitySeconds=0"
        "&idForm=SAME&errIsPtt=true"
    )
    options, bind = link.options, link.options.binds()[1]
    assert (bind.system_type, bind.address_range, bind.addr_ton, bind.addr_npi) == ("SMPP", "336", 1, 8)
    assert (options.mode, options.count) == (BindMode.PAIR, 2)
    assert options.session == SessionOptions(
        window=20, rate=50, enquire_every_us=15 * SECOND_US, response_us=20 * SECOND_US
    )
    assert (link.alphabet, link.flash_form, link.long_messages) == (
        DefaultAlphabet.LATIN_1, FlashForm.CLASS_GROUP, LongForm.SAR,
    )  # fmt: skip
    assert (link.service_type, link.priority_flag, link.protocol_id, link.registered_delivery) == (
        "CMT",
        1,
        64,
        17,
    )
    assert (link.validity_seconds, link.ids, link.err_is_ptt) == (0, IdForm.SAME, True)
    plain = link_from_url("smpp://me:pass@smsc.example.com?")
    assert plain == link_from_url("smpp://me:pass@smsc.example.com")
    assert plain.options.session == SessionOptions()


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("s3cr3t=1", "can only set these: systemType, "),
        ("window=s3cr3t", "window: a number."),
        ("window=0", "window: This has to be 1 to 1000."),
        ("window=1&Window=2", "window is set twice."),
        ("flash=s3cr3t", "flash: one of GENERAL, CLASS_GROUP."),
        ("errIsPtt=s3cr3t", "errIsPtt: true or false."),
        ("serviceType=s3cr3t", "serviceType: This has to be 0 to 5 printable ASCII characters."),
        ("registeredDelivery=3", "registeredDelivery: This has to be 0 for no receipts"),
    ],
)
def test_a_wrong_query_is_refused_and_not_repeated(query: str, says: str) -> None:
    """It may be the end of a password with an unescaped question mark."""
    with pytest.raises(ValueError, match=re.escape(says)) as refusal:
        link_from_url(f"smpp://me:pass@smsc.example.com?{query}")
    assert "s3cr3t" not in str(refusal.value)
