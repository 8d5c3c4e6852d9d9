"""From a message to the PDUs of its parts, and from the operator's answers to what became of it."""

import asyncio
from collections.abc import Mapping, Sequence

from server.gateways.gateway import Accepted, NotSent, Part, Refused, Submission, Submitted, TryLater, Unknown
from server.gateways.link_settings import LinkSettings
from server.gateways.smpp.codec import Unencodable
from server.gateways.smpp.connection import SubmissionLost
from server.gateways.smpp.events import Full, NotBound
from server.gateways.smpp.link import Link
from server.gateways.smpp.long_messages import submissions
from server.gateways.smpp.pdu import SubmitSm, SubmitSmResponse
from server.gateways.smpp.receipts import MAX_ID_CHARS, IdForm, response_key
from server.gateways.smpp.statuses import Verdict, verdict
from server.gateways.smpp.text import TooManyParts, encode_parts
from server.gateways.smpp.times import relative_time

LONGEST_PAUSE_SECONDS = 300.0
LONGEST_WAIT_SECONDS = 30.0
_UNDELIVERABLE_PTT = 20

Answer = asyncio.Future[SubmitSmResponse] | Part
"""The answer to one part: awaited, or known without asking."""


def pdus(submission: Submission, settings: LinkSettings, *, validity_seconds: int) -> list[SubmitSm]:
    """Return the PDUs of a message, as the link's operator wants them.

    The reference that joins parts is made of the message's number, so that parts that are submitted later
    fit the earlier ones.

    Raises:
        KeyError: a text that is said to be 7-bit has a character outside GSM 03.38.
        TooManyParts: the operator's alphabet takes more parts than were charged.
    """
    coded = encode_parts(
        submission.parts,
        submission.coding,
        message_class=submission.message_class,
        alphabet=settings.alphabet,
        flash_form=settings.flash_form,
    )
    source = settings.addresses.source(submission.sender)
    destination = settings.addresses.destination(submission.receiver)
    validity_seconds = min(validity_seconds, settings.validity_seconds)
    base = SubmitSm(
        service_type=settings.service_type,
        source_addr_ton=source.ton,
        source_addr_npi=source.npi,
        source_addr=source.digits,
        dest_addr_ton=destination.ton,
        dest_addr_npi=destination.npi,
        destination_addr=destination.digits,
        protocol_id=settings.protocol_id,
        priority_flag=settings.priority_flag,
        validity_period=relative_time(validity_seconds) if validity_seconds else "",
        registered_delivery=settings.registered_delivery,
        data_coding=coded.data_coding,
    )
    return submissions(base, coded.parts, settings.long_messages, reference=submission.message_id)


def begin(
    link: Link, submission: Submission, settings: LinkSettings, *, validity_seconds: int
) -> list[Answer]:
    """Begin to submit the parts of a message that are to be handed over; return an answer for each."""
    try:
        parts: Sequence[SubmitSm | None] = pdus(submission, settings, validity_seconds=validity_seconds)
    except (KeyError, TooManyParts):
        return [Refused(_UNDELIVERABLE_PTT) for _ in submission.open_parts or submission.parts]
    if submission.open_parts:
        # A link that was set to another form since has other parts: what is left fits none of them.
        by_number = dict(enumerate(parts, start=1))
        parts = [by_number.get(number) for number in submission.open_parts]
    return [Refused(_UNDELIVERABLE_PTT) if pdu is None else _submit(link, pdu) for pdu in parts]


def outcome(
    submission: Submission, answers: Sequence[Answer], settings: LinkSettings, refusals: Mapping[int, int]
) -> Submitted | TryLater:
    """Return what became of a message from the answers to its parts, all of which have come."""
    parts = tuple(_part(answer, settings.ids, refusals) for answer in answers)
    if all(isinstance(part, NotSent) for part in parts):
        return TryLater(pause_seconds(submission.attempts, LONGEST_WAIT_SECONDS))
    again = pause_seconds(submission.attempts, LONGEST_PAUSE_SECONDS)
    return Submitted(parts, settings.name, again)


def pause_seconds(attempts: int, longest: float) -> float:
    """Return how long to wait after so many attempts: a second, then twice that and so on."""
    return min(2.0 ** min(attempts - 1, 16), longest)


def _submit(link: Link, pdu: SubmitSm) -> Answer:
    try:
        return link.submit(pdu)
    except (NotBound, Full):
        return NotSent()
    except Unencodable:
        return Refused(_UNDELIVERABLE_PTT)


def _part(answer: Answer, ids: IdForm, refusals: Mapping[int, int]) -> Part:
    if not isinstance(answer, asyncio.Future):
        return answer
    lost = answer.exception()
    if isinstance(lost, SubmissionLost):
        return Unknown() if lost.written else NotSent()
    response = answer.result()
    judged = verdict(response.status, refusals)
    if judged is Verdict.ACCEPTED:
        raw_id = response.message_id[:MAX_ID_CHARS]
        return Accepted(response_key(raw_id, ids), raw_id)
    return Refused(refusals[response.status]) if judged is Verdict.PERMANENT else NotSent()
