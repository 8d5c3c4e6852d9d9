"""Command statuses (SMPP 3.4 §5.1.3), and the meaning of each for a submission."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType


class Status(IntEnum):
    """The statuses that have names. Operators use others too, which are plain numbers here."""

    ESME_ROK = 0x00
    ESME_RINVMSGLEN = 0x01
    ESME_RINVCMDLEN = 0x02
    ESME_RINVCMDID = 0x03
    ESME_RINVBNDSTS = 0x04
    ESME_RALYBND = 0x05
    ESME_RINVPRTFLG = 0x06
    ESME_RINVREGDLVFLG = 0x07
    ESME_RSYSERR = 0x08
    ESME_RINVSRCADR = 0x0A
    ESME_RINVDSTADR = 0x0B
    ESME_RINVMSGID = 0x0C
    ESME_RBINDFAIL = 0x0D
    ESME_RINVPASWD = 0x0E
    ESME_RINVSYSID = 0x0F
    ESME_RCANCELFAIL = 0x11
    ESME_RREPLACEFAIL = 0x13
    ESME_RMSGQFUL = 0x14
    ESME_RINVSERTYP = 0x15
    ESME_RINVNUMDESTS = 0x33
    ESME_RINVDLNAME = 0x34
    ESME_RINVDESTFLAG = 0x40
    ESME_RINVSUBREP = 0x42
    ESME_RINVESMCLASS = 0x43
    ESME_RCNTSUBDL = 0x44
    ESME_RSUBMITFAIL = 0x45
    ESME_RINVSRCTON = 0x48
    ESME_RINVSRCNPI = 0x49
    ESME_RINVDSTTON = 0x50
    ESME_RINVDSTNPI = 0x51
    ESME_RINVSYSTYP = 0x53
    ESME_RINVREPFLAG = 0x54
    ESME_RINVNUMMSGS = 0x55
    ESME_RTHROTTLED = 0x58
    ESME_RINVSCHED = 0x61
    ESME_RINVEXPIRY = 0x62
    ESME_RINVDFTMSGID = 0x63
    ESME_RX_T_APPN = 0x64
    ESME_RX_P_APPN = 0x65
    ESME_RX_R_APPN = 0x66
    ESME_RQUERYFAIL = 0x67
    ESME_RINVOPTPARSTREAM = 0xC0
    ESME_ROPTPARNOTALLWD = 0xC1
    ESME_RINVPARLEN = 0xC2
    ESME_RMISSINGOPTPARAM = 0xC3
    ESME_RINVOPTPARAMVAL = 0xC4
    ESME_RDELIVERYFAILURE = 0xFE
    ESME_RUNKNOWNERR = 0xFF


@dataclass(frozen=True, slots=True)
class Refusal:
    """The meaning of a status other than ESME_ROK: the ptt to end with, at once or after trying `again`."""

    ptt: int
    again: bool = False


THROTTLING = frozenset({Status.ESME_RTHROTTLED, Status.ESME_RMSGQFUL})
"""Too many at present: the link slows down."""

UNEXPLAINED_PTT = 5
"""For vendors' statuses, and for refusals that give no reason."""
_UNDELIVERABLE_PTT = 20
_WRONG_NUMBER_PTT = 23
_OPERATOR_PTT = 25

REFUSALS: Mapping[int, Refusal] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                Status.ESME_RINVMSGLEN,
                Status.ESME_RINVCMDLEN,
                Status.ESME_RINVCMDID,
                Status.ESME_RINVPRTFLG,
                Status.ESME_RINVREGDLVFLG,
                Status.ESME_RINVSRCADR,
                Status.ESME_RINVSERTYP,
                Status.ESME_RINVESMCLASS,
                Status.ESME_RINVSRCTON,
                Status.ESME_RINVSRCNPI,
                Status.ESME_RINVSCHED,
                Status.ESME_RINVEXPIRY,
                Status.ESME_RINVDFTMSGID,
                Status.ESME_RINVOPTPARSTREAM,
                Status.ESME_ROPTPARNOTALLWD,
                Status.ESME_RINVPARLEN,
                Status.ESME_RMISSINGOPTPARAM,
                Status.ESME_RINVOPTPARAMVAL,
                Status.ESME_RX_P_APPN,
            ),
            Refusal(_UNDELIVERABLE_PTT),
        ),
        **dict.fromkeys(
            (Status.ESME_RINVDSTADR, Status.ESME_RINVDSTTON, Status.ESME_RINVDSTNPI),
            Refusal(_WRONG_NUMBER_PTT),
        ),
        Status.ESME_RDELIVERYFAILURE: Refusal(_OPERATOR_PTT),
        **dict.fromkeys(
            # RINVBNDSTS is about the session, not about the message.
            (*THROTTLING, Status.ESME_RX_T_APPN, Status.ESME_RSYSERR, Status.ESME_RINVBNDSTS),
            Refusal(_OPERATOR_PTT, again=True),
        ),
    }
)
"""The meanings of known statuses. Any other status is a refusal for good."""


class RefusalTable:
    """The meanings of an operator's command statuses: the usual ones, and its link's own."""

    def __init__(self, own: Mapping[int, Refusal] = MappingProxyType({})) -> None:
        self._entries = {**REFUSALS, **own}

    @property
    def throttling(self) -> frozenset[int]:
        """The statuses that slow the link down, without those that end a message on this link."""
        return frozenset(status for status in THROTTLING if self._entries[status].again)

    def refusal(self, status: int) -> Refusal | None:
        """Return the meaning of a status; None if the operator took the submission."""
        if status == Status.ESME_ROK:
            return None
        return self._entries.get(status) or Refusal(UNEXPLAINED_PTT)


def status_name(status: int) -> str:
    """Return the specification's name of a status, or its number."""
    try:
        return Status(status).name
    except ValueError:
        return f"0x{status:08X}"
