"""Delivery statuses, and the ptt codes that give the reasons."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from server.errors import InvalidInput
from server.kit.described_enums import DescribedInt, DescribedStr

DELIVERED = 4
"""The highest code of a message that was or may still be delivered."""


class DeliveryStatus(DescribedInt):
    """The delivery status of a message. The numbers are those of callbacks and http2sms."""

    CREATED = 0, "Created, or waiting for its time; not handed to the operator yet."
    SUCCESS = 1, "Delivered to the handset."
    FAILED = 2, "Accepted by the operator but not delivered; billed."
    PENDING = 4, "Accepted by the operator, on its way."
    BUFFERED = 8, "Held by the operator, which keeps trying."
    NOT_BILLED = 16, "Ended before the operator accepted any part of it; not billed."

    @property
    def final(self) -> bool:
        """Whether a message stays in this status."""
        return self in {DeliveryStatus.SUCCESS, DeliveryStatus.FAILED, DeliveryStatus.NOT_BILLED}


class PttDuration(DescribedStr):
    """How long the reason of a ptt code lasts."""

    TEMPORARY = "TEMPORARY", "The reason may pass: a later message may succeed."
    PERMANENT = "PERMANENT", "The reason will not pass: the same message would have the same result."
    INDETERMINATE = "INDETERMINATE", "It is not known whether the reason will pass."


@dataclass(frozen=True, slots=True)
class PttCode:
    """The meaning of a ptt code; status and finality are None if the code is unknown."""

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
        raise InvalidInput("A ptt code can't be negative.")
    return code


def ptt_code(code: int) -> PttCode:
    """Return the meaning of a ptt code. An unknown one is described as such, never refused."""
    return PTT_CODES.get(code) or PttCode(
        code=code,
        known=False,
        description="The operator gave a code that this server does not know.",
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
                "A later receipt will report the outcome.",
            ),
            _known(4, DeliveryStatus.SUCCESS, _PERMANENT, "Delivered to the handset."),
            _known(5, _FAILED, _INDETERMINATE, "Not delivered; the operator gave no reason."),
            _known(
                6, _FAILED, _INDETERMINATE,
                "The operator sent no final status in time.",
                "It is not known whether the message was delivered.",
            ),
            _known(
                8, _FAILED, _TEMPORARY,
                "Expired at the operator before it could be delivered; no reason given.",
                "With status NOT_BILLED, it expired on this server before an operator accepted it.",
            ),
            _known(20, _FAILED, _PERMANENT, "The message can't be delivered in this form."),
            _known(
                21, _FAILED, _TEMPORARY,
                "The subscriber did not have enough credit before the message expired.",
                "Some operators check their subscriber's credit only after accepting a message.",
            ),
            _known(
                23, _FAILED, _PERMANENT,
                "The number is wrong, not in use, blacklisted or barred.",
                "Remove the number from your lists: it will not work later either.",
            ),
            _known(24, _FAILED, _TEMPORARY, "The subscriber was absent: the phone was off or not found."),
            _known(
                25, _FAILED, _TEMPORARY,
                "Trouble in the operator's network.",
                "In its signalling, its message centre or a gateway between networks.",
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
                "In some countries also: there is no record that the subscriber agreed to messages.",
            ),
            _known(29, _FAILED, _PERMANENT, "This network or short code does not allow such content."),
            _known(33, _FAILED, _PERMANENT, "A parental lock stopped the message as adult content."),
            _known(
                39, _FAILED, _INDETERMINATE,
                "The operator reported a new kind of failure.",
                "No ptt code has been assigned to it yet.",
            ),
            _known(73, _FAILED, _PERMANENT, "The number was ported and can't be reached in its new network."),
            _known(74, _FAILED, _TEMPORARY, "The subscriber was roaming and could not be reached there."),
            _known(76, _FAILED, _PERMANENT, "The number was ported to a network that is closed to this client."),
            _known(
                202, _FAILED, _PERMANENT,
                "The number was ported to a network that is closed to this client; support may help.",
                "Ask the operator's support to open the destination.",
            ),
        )
    }
)  # fmt: skip
