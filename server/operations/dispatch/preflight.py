"""The last check of messages before they are handed over: some must wait, and some must not go at all."""

from collections.abc import Mapping, Sequence
from typing import Any

from server.kit.clock import SECOND_US
from server.kit.phone_number import time_zones
from server.operations.core.services import Services
from server.operations.dispatch.attempts import may_resend
from server.operations.dispatch.results import GivenUp, Held
from server.rules.dispatch.delivery_state import expired_here, no_final_receipt, stopped_here
from server.rules.messages.advertising_hours import first_wait
from server.rules.messages.deferral import could_go_us
from server.store.queries.accounts import accounts_keeping_hours
from server.store.queries.dispatch.inbound import barred_receivers
from server.store.queries.messages import stopped_messages

Row = Mapping[str, Any]


async def look_over(
    services: Services, rows: Sequence[Row], max_resends: int | None, now_us: int
) -> dict[int, GivenUp | Held]:
    """Return by message id the claimed messages that must not be handed over now.

    A message that an earlier worker may have handed over ends without a final status if it may not be resent:
    because of a setting, because it expired, because its sender was stopped, or because its receiver asked to
    stop. It is not refunded, since the operator may have billed it. `max_resends` is the bound of the link
    that they go by, if it has one.
    """
    stopped = set(await stopped_messages([row["id"] for row in rows if row["outcome_unknown"]]))
    barred = await barred_receivers({row["account_id"] for row in rows}, {row["receiver"] for row in rows})
    keepers = await accounts_keeping_hours({row["account_id"] for row in rows if row["bears_clause"]})
    decisions: dict[int, GivenUp | Held] = {}
    for row in rows:
        expired = age_us(row, now_us) >= services.policy.validity_seconds * SECOND_US
        unwanted = (row["account_id"], row["receiver"]) in barred
        if _reached_operator(row):
            given_up = not may_resend(services.policy, max_resends, row["times_unknown"])
            if expired or unwanted or row["id"] in stopped or given_up:
                decisions[row["id"]] = GivenUp(no_final_receipt())
                continue
        elif expired or unwanted:
            decisions[row["id"]] = GivenUp(stopped_here() if unwanted else expired_here())
            continue
        if row["bears_clause"] and row["account_id"] in keepers:
            held_until_us = first_wait(None, now_us, time_zones(row["receiver"]))
            if held_until_us is not None:
                decisions[row["id"]] = Held(held_until_us)
    return decisions


def age_us(row: Row, now_us: int) -> int:
    """Return how long ago a message could first be handed over. It does not age before that."""
    return now_us - could_go_us(row["created_at_us"], row["deferred_until_us"], row["held_until_us"])


def _reached_operator(row: Row) -> bool:
    """Tell whether the operator has parts of the message, or may have."""
    return bool(row["outcome_unknown"]) or row["sent_at_us"] is not None
