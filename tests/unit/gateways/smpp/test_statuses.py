"""What a status says of a submission."""

import pytest

from server.gateways.smpp.statuses import PERMANENT_PTT, Status, Verdict, status_name, verdict
from server.rules.ptt import PTT_CODES


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (Status.ESME_ROK, Verdict.ACCEPTED),
        (Status.ESME_RTHROTTLED, Verdict.THROTTLED),
        (Status.ESME_RMSGQFUL, Verdict.THROTTLED),
        (Status.ESME_RINVDSTADR, Verdict.PERMANENT),
        (Status.ESME_RINVSRCADR, Verdict.PERMANENT),
        (Status.ESME_RSYSERR, Verdict.TEMPORARY),
        (Status.ESME_RSUBMITFAIL, Verdict.TEMPORARY),
        (0x0444, Verdict.TEMPORARY),
    ],
)
def test_each_status_has_a_verdict(status: int, expected: Verdict) -> None:
    """A vendor's too, which is tried again."""
    assert verdict(status) is expected


def test_a_link_may_have_a_table_of_its_own() -> None:
    """A vendor's status can end a message."""
    assert verdict(0x0444, {**PERMANENT_PTT, 0x0444: 28}) is Verdict.PERMANENT


def test_each_permanent_status_has_a_known_ptt() -> None:
    """A wrong destination says so; what the operator can't take in this form says that."""
    assert PERMANENT_PTT[Status.ESME_RINVDSTADR] == 23
    assert PERMANENT_PTT[Status.ESME_RINVSRCADR] == 20
    assert set(PERMANENT_PTT.values()) <= set(PTT_CODES)


def test_statuses_are_named_where_they_have_names() -> None:
    """Others are numbers."""
    assert status_name(0x58) == "ESME_RTHROTTLED"
    assert status_name(0x0444) == "0x00000444"
