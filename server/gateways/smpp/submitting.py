"""From a message to the PDUs of its parts, and from the operator's answers to its outcome."""

import asyncio
import random
from collections.abc import Sequence

from server.gateways.protocol import (
    UNTRIED_SECONDS,
    Accepted,
    NotSent,
    Part,
    Refused,
    Submission,
    SubmitOutcome,
    Submitted,
    TryLater,
    Unknown,
)
from server.gateways.smpp.codec import Unencodable
from server.gateways.smpp.connection import SubmissionLost
from server.gateways.smpp.events import Full, NotBound
from server.gateways.smpp.link import Link
from server.gateways.smpp.long_messages import submissions
from server.gateways.smpp.pdu import SubmitSm, SubmitSmResponse
from server.gateways.smpp.receipts import MAX_ID_CHARS, response_key
from server.gateways.smpp.settings import LinkSettings
from server.gateways.smpp.statuses import RefusalTable
from server.gateways.smpp.text import TooManyParts, encode_parts
from server.gateways.smpp.times import relative_time
from server.rules.dispatch.attempts import after_refusal_seconds, after_unknown_seconds
from server.rules.links.smpp import IdForm

_UNDELIVERABLE_PTT = 20

PartAnswer = asyncio.Future[SubmitSmResponse] | Part
"""The answer to one part: still awaited, or known without asking."""


def pdus(submission: Submission, settings: LinkSettings, *, validity_seconds: int) -> list[SubmitSm]:
    """Return the PDUs of a message, in the form that the link's operator wants.

    The reference that links the parts comes from the message's id, so that parts submitted later fit the
    earlier ones.

    Raises:
        KeyError: a 7-bit text has a character outside GSM 03.38.
        TooManyParts: in the operator's alphabet the message takes more parts than were charged.
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
) -> list[PartAnswer]:
    """Begin to submit the open parts of a message; return an answer for each."""
    try:
        parts: Sequence[SubmitSm | None] = pdus(submission, settings, validity_seconds=validity_seconds)
    except (KeyError, TooManyParts):
        return [Refused(_UNDELIVERABLE_PTT) for _ in submission.open_parts or submission.parts]
    if submission.open_parts:
        # If the link's form was changed since, its parts are others, and the rest does not fit them.
        by_index = dict(enumerate(parts, start=1))
        parts = [by_index.get(index) for index in submission.open_parts]
    alone = submission.times_unknown > 0
    return [Refused(_UNDELIVERABLE_PTT) if pdu is None else _submit(link, pdu, alone=alone) for pdu in parts]


def read_outcome(
    submission: Submission, answers: Sequence[PartAnswer], settings: LinkSettings, refusals: RefusalTable
) -> SubmitOutcome:
    """Return the outcome of a message from the answers to its parts, which have all come."""
    parts = tuple(_part(answer, settings.ids, refusals) for answer in answers)
    seconds = _pause_seconds(submission, parts)
    if all(isinstance(part, NotSent) for part in parts):
        return TryLater(seconds, _refused_with(parts))
    return Submitted(parts, settings.name, seconds, settings.max_resends)


def _pause_seconds(submission: Submission, parts: Sequence[Part]) -> float:
    """Return how long a message waits before it is submitted again; not long if it was not refused."""
    chance = random.random()  # noqa: S311 it spreads load, and keeps no secret
    if any(isinstance(part, Unknown) for part in parts):
        return after_unknown_seconds(submission.times_unknown + 1, chance)
    if _refused_with(parts) is not None:
        return after_refusal_seconds(submission.times_refused + 1, chance)
    return UNTRIED_SECONDS


def _refused_with(parts: Sequence[Part]) -> int | None:
    return next((part.ptt for part in parts if isinstance(part, NotSent) and part.ptt is not None), None)


def _submit(link: Link, pdu: SubmitSm, *, alone: bool) -> PartAnswer:
    try:
        return link.submit(pdu, alone=alone)
    except (NotBound, Full):
        return NotSent()
    except Unencodable:
        return Refused(_UNDELIVERABLE_PTT)


def _part(answer: PartAnswer, ids: IdForm, refusals: RefusalTable) -> Part:
    if not isinstance(answer, asyncio.Future):
        return answer
    lost = answer.exception()
    if isinstance(lost, SubmissionLost):
        return Unknown() if lost.written else NotSent()
    response = answer.result()
    refusal = refusals.refusal(response.status)
    if refusal is None:
        raw_id = response.message_id[:MAX_ID_CHARS]
        return Accepted(response_key(raw_id, ids), raw_id)
    return NotSent(refusal.ptt) if refusal.again else Refused(refusal.ptt)
