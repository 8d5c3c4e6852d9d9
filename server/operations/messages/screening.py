"""Checking a message before it is sent or estimated, with the same code for both."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

from server.errors import Conflict, ErrorCode, InvalidInput, NotFound, about
from server.kit.passes import slices
from server.kit.phone_number import parse_phone_number, time_zones
from server.operations.core.principals import Principal, Scope
from server.operations.core.services import Services
from server.operations.core.visibility import find_account
from server.rules.core.free_texts import is_blank
from server.rules.credits.pricing import cost
from server.rules.messages.advertising_hours import first_wait
from server.rules.messages.batches import check_receiver_count
from server.rules.messages.deferral import WaitReason
from server.rules.messages.segments import Coding, Segments, analyse
from server.rules.messages.stop import append_clause
from server.rules.messages.tags import check_tag
from server.rules.senders.senders import SenderStatus, may_be_declared, sender_key
from server.store.models import Account, Sender
from server.store.models.accounts import AccountStatus
from server.store.queries.credits import rates_of
from server.store.queries.dispatch.inbound import barred_numbers
from server.store.queries.senders import senders_by_key

MAX_CLASS = 3
AT_ONCE = 50
"""How many receivers are checked before others get their turn. Each takes a tenth of a millisecond."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message to send: one text, one sender, up to 1,000 receivers.

    With `coding` None the text decides; `no_stop` leaves out the account's STOP clause.
    """

    account: str
    sender: str
    receivers: tuple[str, ...]
    text: str
    coding: Coding | None = None
    message_class: int | None = None
    no_stop: bool = False
    tag: str | None = None
    deferred_until_us: int | None = None

    def as_input(self) -> dict[str, object]:
        """Return the input that an idempotency key is compared by."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on one receiver: a price in millicredits, or a code and the reason for the refusal.

    `receiver` is the text as given, `number` the number that it names (E.164). A message that can't be handed
    over at once has an instant until which it waits, and a reason.
    """

    receiver: str
    number: str | None = None
    country: str | None = None
    credits: int = 0
    code: ErrorCode | None = None
    reason: str | None = None
    message_id: int | None = None
    waits_until_us: int | None = None
    wait_reason: WaitReason | None = None

    @property
    def accepted(self) -> bool:
        """Whether a message goes to this receiver."""
        return self.code is None

    def with_message(self, message_id: int) -> "Verdict":
        """Return the verdict with its message's id."""
        return replace(self, message_id=message_id)

    def refused(self, code: ErrorCode, reason: str) -> "Verdict":
        """Return the verdict as a refusal."""
        return replace(self, credits=0, code=code, reason=reason)


@dataclass(frozen=True, slots=True)
class Screening:
    """A draft that can be sent: the body with its clause, its parts, and a verdict on each receiver."""

    sender: str
    body: str
    bears_clause: bool
    segments: Segments
    verdicts: tuple[Verdict, ...]


class Grounds(NamedTuple):
    """What drafts are checked against: the account's senders by key, its blacklist, and rates by country."""

    senders: Mapping[str, Sender]
    stopped: AbstractSet[str]
    rates: Mapping[str, int]

    @classmethod
    async def load(cls, account: Account, drafts: Iterable[Draft], receivers: Iterable[Verdict]) -> Self:
        """Read what these drafts and parsed receivers need, with three statements however many there are."""
        keys = set(filter(may_be_declared, [sender_key(draft.sender) for draft in drafts]))
        known = [receiver for receiver in receivers if receiver.accepted]
        return cls(
            await senders_by_key(account.id, keys),
            (await barred_numbers(account.id, {receiver.number or "" for receiver in known})).keys(),
            await rates_of({receiver.country or "" for receiver in known}),
        )


async def estimate_message(services: Services, principal: Principal, draft: Draft) -> Screening:
    """Return what sending this draft would cost and what would be refused. Nothing changes.

    Raises:
        Refusal: as `screen`; TOO_MANY_RECEIVERS or NO_RECEIVERS.
    """
    principal.require(Scope.READ)
    with about("receivers"):
        check_receiver_count(len(draft.receivers))
    account = await find_account(principal, draft.account)
    return await screen_alone(
        account, draft, max_parts=services.policy.max_parts, now_us=services.clock.now_us()
    )


async def screen_alone(account: Account, draft: Draft, *, max_parts: int, now_us: int) -> Screening:
    """Read what a draft needs, and `screen` it."""
    receivers = await parse_receivers(draft.receivers)
    grounds = await Grounds.load(account, [draft], receivers)
    return await screen(account, draft, receivers, grounds, max_parts=max_parts, now_us=now_us)


async def screen(
    account: Account,
    draft: Draft,
    receivers: Sequence[Verdict],
    grounds: Grounds,
    *,
    max_parts: int,
    now_us: int,
) -> Screening:
    """Check a draft against its account. What concerns only one receiver is a verdict, not an error.

    `receivers` are the draft's, already parsed.

    Raises:
        Conflict: ACCOUNT_DISABLED, SENDER_NOT_ENABLED.
        NotFound: UNKNOWN_SENDER.
        InvalidInput: EMPTY_MESSAGE, MESSAGE_TOO_LONG, CODING_MISMATCH, INVALID_TAG, or a wrong message class.
    """
    if account.status is not AccountStatus.ENABLED:
        raise Conflict("The account is disabled.", code=ErrorCode.ACCOUNT_DISABLED, field=("account",))
    sender = _enabled_sender(grounds.senders.get(sender_key(draft.sender)))
    if draft.message_class is not None and not 0 <= draft.message_class <= MAX_CLASS:
        raise InvalidInput("The message class must be 0, 1, 2 or 3.", field=("messageClass",))
    if draft.tag is not None:
        with about("tag"):
            check_tag(draft.tag)
    body = append_clause(draft.text, account.stop_clause, no_stop=draft.no_stop)
    with about("text"):
        if is_blank(draft.text):
            raise InvalidInput("The message has no text.", code=ErrorCode.EMPTY_MESSAGE)
        segments = analyse(body, draft.coding, max_parts=max_parts)
    bears_clause = body != draft.text
    keeps_hours = bears_clause and account.keeps_advertising_hours
    verdicts: list[Verdict] = []
    async for some in slices(receivers, AT_ONCE):
        verdicts += [
            _wait(
                _price(receiver, grounds, segments.parts),
                draft.deferred_until_us,
                now_us,
                keeps_hours=keeps_hours,
            )
            if receiver.accepted
            else receiver
            for receiver in some
        ]
    return Screening(sender.name, body, bears_clause, segments, tuple(verdicts))


def _enabled_sender(sender: Sender | None) -> Sender:
    if sender is None:
        raise NotFound(
            "This sender is not declared on the account.",
            code=ErrorCode.UNKNOWN_SENDER,
            field=("sender",),
        )
    if sender.status is not SenderStatus.ENABLED:
        raise Conflict("This sender is not enabled.", code=ErrorCode.SENDER_NOT_ENABLED, field=("sender",))
    return sender


async def parse_receivers(receivers: Sequence[str]) -> list[Verdict]:
    """Return verdicts on receivers by their form alone: which numbers they name, and which are repeated."""
    seen: set[str] = set()
    verdicts: list[Verdict] = []
    async for some in slices(receivers, AT_ONCE):
        verdicts += [_parse(receiver, seen) for receiver in some]
    return verdicts


def _parse(receiver: str, seen: set[str]) -> Verdict:
    try:
        number = parse_phone_number(receiver)
    except InvalidInput as error:
        return Verdict(receiver).refused(error.code, error.message)
    verdict = Verdict(receiver, number.e164, number.country)
    if number.e164 in seen:
        return verdict.refused(
            ErrorCode.DUPLICATE_RECEIVER, "This receiver is listed twice; it gets the message once."
        )
    seen.add(number.e164)
    return verdict


def _price(receiver: Verdict, grounds: Grounds, parts: int) -> Verdict:
    if receiver.number in grounds.stopped:
        return receiver.refused(ErrorCode.RECEIVER_BLACKLISTED, "This receiver asked the account to stop.")
    rate = grounds.rates.get(receiver.country or "")
    if rate is None:
        return receiver.refused(ErrorCode.NO_RATE, "There is no rate for this receiver's country.")
    return replace(receiver, credits=cost(parts, rate))


def _wait(verdict: Verdict, deferred_until_us: int | None, now_us: int, *, keeps_hours: bool) -> Verdict:
    """Add until when a message to this receiver has to wait, and why."""
    if not verdict.accepted or verdict.number is None:
        return verdict
    if keeps_hours:
        held_until_us = first_wait(deferred_until_us, now_us, time_zones(verdict.number))
        if held_until_us is not None:
            return replace(verdict, waits_until_us=held_until_us, wait_reason=WaitReason.ADVERTISING_HOURS)
    if deferred_until_us is not None and deferred_until_us > now_us:
        return replace(verdict, waits_until_us=deferred_until_us, wait_reason=WaitReason.DEFERRED)
    return verdict
