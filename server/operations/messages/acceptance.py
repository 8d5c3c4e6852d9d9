"""Accepting messages in a locked account's transaction: one debit per sending, all rows written together."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from server.kit.passes import slices
from server.operations.core.principals import SERVER, Principal
from server.operations.core.transactions import count
from server.operations.credits.ledger import Movement, move, unfunded
from server.operations.messages.events import record_accepted
from server.operations.messages.screening import AT_ONCE, Draft, Screening, Verdict
from server.rules.credits.ledger import EntryKind
from server.rules.messages.deferral import WaitReason
from server.store.models import Account, Message, User
from server.store.writing import insert, new

HELD = WaitReason.ADVERTISING_HOURS


@dataclass(frozen=True, slots=True)
class Sent:
    """The result of a request to send: a verdict for each receiver, in their order.

    `credits` is what was debited, `credits_left` what was left afterwards of the user's quota (if that is on,
    and then `from_quota` is set) or else of the account, both in millicredits. `messages` are the newly
    accepted ones as written, or none if an earlier answer is repeated.
    """

    verdicts: tuple[Verdict, ...]
    credits: int
    credits_left: int
    from_quota: bool
    messages: tuple[Message, ...] = field(default=(), compare=False)

    @property
    def message_ids(self) -> list[int]:
        """The ids of the accepted messages."""
        return [verdict.message_id for verdict in self.verdicts if verdict.message_id is not None]


class Acceptance:
    """What one transaction accepts: sendings in their order, each paid for or refused."""

    def __init__(self, account: Account, *, at_us: int) -> None:
        """The account must be locked."""
        self._account = account
        self._at_us = at_us
        self._movements: list[Movement] = []
        self._messages: list[Message] = []
        self._account_left: int = account.credits_left
        self._quotas_left: dict[int, int] = {}

    async def add(
        self,
        principal: Principal,
        user: User | None,
        draft: Draft,
        screened: Screening,
        message_ids: Sequence[int],
        *,
        kind: EntryKind = EntryKind.MESSAGE,
        reference: str = "",
        confidential: bool = False,
    ) -> Sent:
        """Accept a draft for its acceptable receivers, if the credits left by earlier sendings cover it.

        A `confidential` text contains a code that only the receiver may see. `message_ids` are new, one for
        each receiver; without a `reference` the debit's is made from the first. The same user must always be
        the same object.

        Raises:
            Unfunded: the credits do not cover it; none of it is accepted.
        """
        verdicts = tuple(
            verdict.with_message(message_id) if verdict.accepted else verdict
            for verdict, message_id in zip(screened.verdicts, message_ids, strict=True)
        )
        accepted = [verdict for verdict in verdicts if verdict.accepted]
        credits = sum(verdict.credits for verdict in accepted)
        payer = user if user is not None and user.quota_on else None
        left = self._pay(payer, credits)
        if accepted:
            debit = Movement(
                kind=kind,
                reference=reference or f"send:{message_ids[0]}",
                account_delta=0 if payer else -credits,
                quota_delta=-credits if payer else 0,
                user=user,
                principal=principal,
            )
            self._movements.append(debit)
        messages: list[Message] = []
        async for some in slices(accepted, AT_ONCE):
            messages += [
                self._message(user, draft, screened, verdict, message_ids[0], confidential=confidential)
                for verdict in some
            ]
        self._messages += messages
        return Sent(verdicts, credits, left, payer is not None, tuple(messages))

    async def write(self) -> bool:
        """Debit and write what was accepted, with its first events; return whether any of it can be sent now."""
        accepted = len(self._messages)
        if not accepted:
            return False
        await move(self._account, self._movements, principal=SERVER, at_us=self._at_us, events=accepted)
        await insert(self._messages)
        await record_accepted(self._account, self._messages)
        count(lambda meters: meters.messages_accepted.inc(accepted))
        return any(message.due_at_us <= self._at_us for message in self._messages)

    def _pay(self, payer: User | None, credits: int) -> int:
        """Reserve credits of a user's quota or else of the account; return what is left."""
        if payer is None:
            if credits > self._account_left:
                raise unfunded("account", self._account_left)
            self._account_left -= credits
            return self._account_left
        left: int = self._quotas_left.get(payer.id, payer.quota_left)
        if credits > left:
            raise unfunded("quota", left)
        self._quotas_left[payer.id] = left - credits
        return left - credits

    def _message(
        self,
        user: User | None,
        draft: Draft,
        screened: Screening,
        verdict: Verdict,
        batch_id: int,
        *,
        confidential: bool,
    ) -> Message:
        return new(
            Message,
            id=verdict.message_id,
            account_id=self._account.id,
            user_id=user.id if user else None,
            user_login=user.login if user else None,
            batch_id=batch_id,
            sender=screened.sender,
            receiver=verdict.number,
            country=verdict.country,
            body=screened.body,
            coding=screened.segments.coding,
            message_class=draft.message_class,
            parts=screened.segments.parts,
            credits=verdict.credits,
            from_quota=user is not None and user.quota_on,
            tag=draft.tag,
            confidential=confidential,
            created_at_us=self._at_us,
            deferred_until_us=draft.deferred_until_us,
            bears_clause=screened.bears_clause,
            held_until_us=verdict.waits_until_us if verdict.wait_reason is HELD else None,
            due_at_us=verdict.waits_until_us or draft.deferred_until_us or self._at_us,
            status_changed_at_us=self._at_us,
        )
