"""The meaning of a status for a submission."""

import pytest

from server.gateways.smpp.statuses import REFUSALS, Refusal, RefusalTable, Status, status_name
from server.rules.messages.ptt import PTT_CODES


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (Status.ESME_ROK, None),
        (Status.ESME_RTHROTTLED, Refusal(25, again=True)),
        (Status.ESME_RMSGQFUL, Refusal(25, again=True)),
        (Status.ESME_RSYSERR, Refusal(25, again=True)),
        (Status.ESME_RX_T_APPN, Refusal(25, again=True)),
        (Status.ESME_RINVDSTADR, Refusal(23)),
        (Status.ESME_RINVSRCADR, Refusal(20)),
        (Status.ESME_RINVCMDLEN, Refusal(20)),
        (Status.ESME_RSUBMITFAIL, Refusal(5)),
        (Status.ESME_RUNKNOWNERR, Refusal(5)),
        (0x0444, Refusal(5)),
    ],
)
def test_each_status_is_for_good_but_for_those_that_tell_of_the_moment(
    status: int, expected: Refusal | None
) -> None:
    """Vendor-specific and unspecific ones too."""
    assert RefusalTable().refusal(status) == expected


def test_a_link_may_have_a_table_of_its_own() -> None:
    """It says for any status whether to try again; a status that ends a message slows nothing down."""
    own = {
        0x0444: Refusal(28),
        Status.ESME_RSUBMITFAIL: Refusal(25, again=True),
        Status.ESME_RMSGQFUL: Refusal(26),
    }
    table = RefusalTable(own)
    assert {status: table.refusal(status) for status in own} == own
    assert table.throttling == {Status.ESME_RTHROTTLED}
    assert RefusalTable().throttling == {Status.ESME_RTHROTTLED, Status.ESME_RMSGQFUL}


def test_each_refusal_has_a_known_ptt() -> None:
    """They are all in the table of ptt codes."""
    assert {refusal.ptt for refusal in REFUSALS.values()} <= set(PTT_CODES)


def test_statuses_are_named_where_they_have_names() -> None:
    """Others are numbers."""
    assert status_name(0x58) == "ESME_RTHROTTLED"
    assert status_name(0x0444) == "0x00000444"
