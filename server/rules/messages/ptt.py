"""Delivery statuses and the ptt codes that give their reasons."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from server.errors import InvalidInput
from server.kit.described_enums import DescribedInt, DescribedStr

DELIVERED = 4
"""The highest code of a message that was delivered or still may be."""


class DeliveryStatus(DescribedInt):
    """The coarse delivery status of a message, numbered as callbacks and http2sms clients know it."""

    CREATED = 0, "Created, or waiting for its date; not handed to the operator yet."
    SUCCESS = 1, "Delivered to the handset."
    FAILED = 2, "Accepted by the operator and not delivered; billed."
    PENDING = 4, "Accepted by the operator, on its way."
    BUFFERED = 8, "Kept by the operator, which goes on trying."
    NOT_BILLED = 16, "Ended before the operator accepted any part of it; not billed."

    @property
    def final(self) -> bool:
        """Tell whether this status is never left."""
        return self in {DeliveryStatus.SUCCESS, DeliveryStatus.FAILED, DeliveryStatus.NOT_BILLED}


class PttDuration(DescribedStr):
    """How long the reason that a ptt code gives will hold."""

    TEMPORARY = "TEMPORARY", "The reason may pass: a later message may fare better."
    PERMANENT = "PERMANENT", "The reason will not pass: the same message would fare the same."
    INDETERMINATE = "INDETERMINATE", "Whether the reason will pass is not known."


@dataclass(frozen=True, slots=True)
class PttCode:
    """What one ptt code means; status and finality are None where the code alone does not tell."""

    code: int
    known: bool
    description: str
    comment: str | None
    duration: PttDuration
    delivery_status: DeliveryStatus | None
    final: bool | None


def check_ptt_code(code: int) -> int:
    """Return the number of a ptt code.

    Raises:
        InvalidInput: it is negative.
    """
    if code < 0:
        raise InvalidInput("A ptt code is not negative.")
    return code


def ptt_code(code: int) -> PttCode:
    """Return the meaning of a ptt code; an unknown one is described as such, never refused."""
    return PTT_CODES.get(code) or PttCode(
        code=code,
        known=False,
        description="The operator gave a code that this server has no words for.",
        comment=None,
        duration=PttDuration.INDETERMINATE,
        delivery_status=None,
        final=None,
    )


def _known(
    code: int, status: DeliveryStatus, duration: PttDuration, description: str, comment: str | None = None
) -> PttCode:
    return PttCode(code, True, description, comment, duration, status, status.final)  # noqa: FBT003


_BUFFERED, _FAILED = DeliveryStatus.BUFFERED, DeliveryStatus.FAILED
_TEMPORARY, _PERMANENT = PttDuration.TEMPORARY, PttDuration.PERMANENT
_INDETERMINATE = PttDuration.INDETERMINATE

PTT_CODES: Mapping[int, PttCode] = MappingProxyType(
    {
        entry.code: entry
        for entry in (
            _known(
                1, _BUFFERED, _TEMPORARY,
                "Not delivered yet because of the phone; the operator keeps trying.",
                "Typical of a phone that is switched off, out of coverage or full.",
            ),
            _known(
                2, _BUFFERED, _TEMPORARY,
                "Not delivered yet because of an operator; the network keeps trying.",
            ),
            _known(
                3, DeliveryStatus.PENDING, _TEMPORARY,
                "The operator has accepted the message.",
                "What becomes of it is told by a later receipt.",
            ),
            _known(4, DeliveryStatus.SUCCESS, _PERMANENT, "Delivered to the handset."),
            _known(5, _FAILED, _INDETERMINATE, "Not delivered; the operator gave no reason."),
            _known(
                6, _FAILED, _INDETERMINATE,
                "The operator sent no final status in time.",
                "Whether the message was delivered can't be told.",
            ),
            _known(
                8, _FAILED, _TEMPORARY,
                "Expired at the operator before it could be delivered; no reason given.",
                "With status NOT_BILLED it expired here, before an operator accepted it.",
            ),
            _known(20, _FAILED, _PERMANENT, "The message can't be delivered in the form that it has."),
            _known(
                21, _FAILED, _TEMPORARY,
                "The subscriber's credit did not suffice until the message expired.",
                "Some operators look at their subscriber's credit only after accepting a message.",
            ),
            _known(
                23, _FAILED, _PERMANENT,
                "The number is wrong, not in use, blacklisted or barred.",
                "Take the number off your lists: it will not work later either.",
            ),
            _known(24, _FAILED, _TEMPORARY, "The subscriber was absent: phone off, or not found."),
            _known(
                25, _FAILED, _TEMPORARY,
                "Trouble in the operator's network.",
                "In its signalling, its message centre or a gateway between two networks.",
            ),
            _known(
                26, _FAILED, _TEMPORARY,
                "Trouble with the phone.",
                "It was busy, or its memory or SIM card was full.",
            ),
            _known(27, _FAILED, _PERMANENT, "The handset can't receive this kind of message."),
            _known(
                28, _FAILED, _PERMANENT,
                "Stopped as suspected spam.",
                "In some countries also: there is no record that the subscriber agreed to be written to.",
            ),
            _known(29, _FAILED, _PERMANENT, "This network or short code does not allow such content."),
            _known(33, _FAILED, _PERMANENT, "A parental lock stopped the message as adult content."),
            _known(
                39, _FAILED, _INDETERMINATE,
                "The operator reported a failure that is new.",
                "No code of its own has been assigned to it yet.",
            ),
            _known(73, _FAILED, _PERMANENT, "The number was ported, and can't be reached where it is now."),
            _known(74, _FAILED, _TEMPORARY, "The subscriber was roaming, where messages did not reach it."),
            _known(76, _FAILED, _PERMANENT, "The number was ported to where this client may not send."),
            _known(
                202, _FAILED, _PERMANENT,
                "The number was ported to where this client may not send; support can look into it.",
                "Ask the operator's support to open the destination.",
            ),
        )
    }
)  # fmt: skip
