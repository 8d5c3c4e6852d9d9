"""Claiming messages that are due, and moving claimed ones on."""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from tortoise.expressions import F
from tortoise.functions import Coalesce

from server.rules.dispatch.routing import Criterion
from server.store.models import Message, MessageState
from server.store.queries.dispatch.lanes import lane_condition
from server.store.queries.messages import NOT_SWEPT
from server.store.sql import chosen_once, fetch, placeholders, skip_locked


class Doubts(StrEnum):
    """How a claim treats messages of unknown outcome."""

    INCLUDED = "included"
    LEFT_OUT = "left out"
    ALONE = "alone"


# A worker that died with a message, or still has it, may have handed it over. Only ALONE has its own index.
_OF_DOUBTS: Mapping[Doubts, str] = MappingProxyType(
    {
        Doubts.INCLUDED: "state IN ('queued', 'claimed')",
        Doubts.LEFT_OUT: "state IN ('queued', 'claimed') AND (state = 'claimed' OR NOT outcome_unknown)",
        Doubts.ALONE: "state = 'queued' AND outcome_unknown",
    }
)


async def claim_messages(
    claim_id: int,
    doubts: Doubts,
    *,
    criteria: Sequence[Criterion],
    link: str,
    overdue_us: int,
    at_us: int,
    lease_end_us: int,
    limit: int,
) -> list[dict[str, Any]]:
    """Claim due messages of a lane (see `lane_condition`), the longest due first; return them by id.

    Those whose lease had ended are marked as of unknown outcome. Rows locked by another transaction are
    skipped.
    """
    in_lane, values = lane_condition(criteria, link, overdue_us, after=4)
    due = f"""
        SELECT id FROM messages WHERE {_OF_DOUBTS[doubts]} AND due_at_us <= $3 {in_lane} AND {NOT_SWEPT}
        ORDER BY due_at_us, id LIMIT $4 {skip_locked()}
    """  # noqa: S608 clauses of constants and placeholders
    rows = await fetch(
        f"""
        UPDATE messages SET state = 'claimed', claim_id = $1, attempts = attempts + 1, due_at_us = $2,
            outcome_unknown = (outcome_unknown OR state = 'claimed'),
            times_unknown = times_unknown + CASE WHEN state = 'claimed' THEN 1 ELSE 0 END
        WHERE id {chosen_once(due)}
        RETURNING id, account_id, sender, receiver, body, coding, message_class, created_at_us,
            country, attempts, deferred_until_us, held_until_us, bears_clause, outcome_unknown, times_unknown,
            times_refused, sent_at_us, gateway
        """,  # noqa: S608 clauses of constants and placeholders
        claim_id,
        lease_end_us,
        at_us,
        limit,
        *values,
    )
    return sorted(rows, key=lambda row: int(row["id"]))


async def move_claimed(
    claim_id: int,
    ids: Sequence[int],
    *,
    state: str,
    link: str | None,
    sent_at_us: int | None,
    status: int,
    ptt: int | None,
    unknown: bool,
    at_us: int,
) -> list[dict[str, Any]]:
    """Update those of these messages that are still this claim's; return costs and payers, in no order.

    The link and the time of handing over stay if none is given, and so does an earlier time. `unknown` means
    that an operator may have them or not.
    """
    return await fetch(
        f"""
        UPDATE messages
        SET state = $1, gateway = COALESCE($2, gateway), sent_at_us = COALESCE(sent_at_us, $3), status = $4,
            ptt = $5, status_changed_at_us = $6, outcome_unknown = (outcome_unknown OR $7),
            times_unknown = times_unknown + CASE WHEN $7 THEN 1 ELSE 0 END
        WHERE state = 'claimed' AND claim_id = $8 AND id IN ({placeholders(ids, after=8)})
        RETURNING id, user_id, from_quota, credits, created_at_us, deferred_until_us, held_until_us
        """,  # noqa: S608 placeholders
        state,
        link,
        sent_at_us,
        status,
        ptt,
        at_us,
        unknown,
        claim_id,
        *ids,
    )


async def overdue_messages(*, sent_until_us: int, but_for: Sequence[int], limit: int) -> list[dict[str, Any]]:
    """Return messages handed over by then that have not ended, oldest first, without some accounts'."""
    others = f"AND account_id NOT IN ({placeholders(but_for, after=2)})" if but_for else ""
    return await fetch(
        f"""
        SELECT id, account_id FROM messages WHERE state = 'submitted' AND sent_at_us <= $1 {others}
        ORDER BY sent_at_us, id LIMIT $2
        """,  # noqa: S608 constant texts
        sent_until_us,
        limit,
        *but_for,
    )


async def queue_claimed(
    claim_id: int,
    ids: Collection[int],
    *,
    due_at_us: int,
    held_until_us: int | None = None,
    refused: bool = False,
    unknown: bool = False,
) -> int:
    """Queue again those of these messages that are still this claim's; return how many.

    If an operator `refused` them for now, or if it is `unknown` whether one has them, that is counted.
    """
    values: dict[str, Any] = {} if held_until_us is None else {"held_until_us": held_until_us}
    if refused:
        values["times_refused"] = F("times_refused") + 1
    if unknown:
        values |= {"outcome_unknown": True, "times_unknown": F("times_unknown") + 1}
    claimed = Message.filter(id__in=list(ids), state=MessageState.CLAIMED, claim_id=claim_id)
    return await claimed.update(state=MessageState.QUEUED, due_at_us=due_at_us, **values)


async def note_partly_sent(message_id: int, *, link: str | None, at_us: int) -> None:
    """Store the link whose operator has parts of a message, and the earliest time since when."""
    await Message.filter(id=message_id).update(gateway=link, sent_at_us=Coalesce("sent_at_us", at_us))


async def overdue_of(ids: Collection[int]) -> list[int]:
    """Return which of these messages are handed over and have not ended, by id."""
    overdue = Message.filter(id__in=ids, state=MessageState.SUBMITTED).order_by("id")
    return [message.id for message in await overdue]
