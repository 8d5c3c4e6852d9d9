"""What is counted of messages, in SQL; the same for stored counts and for counting the messages themselves.

Times are in microseconds, credits in millicredits.
"""

from server.rules.messages.ptt import DeliveryStatus
from server.rules.statistics.delivery_times import EDGES_US
from server.rules.statistics.slots import Slot

EVERYBODY = -1
"""The user id that stands for the whole account."""

NO_USER = 0
"""The user id that stands for the account's holder."""

NO_PTT = -1
"""The code that stands for none."""

NOT_DELIVERED = -1
"""The bucket of time to delivery of what was not delivered."""

SUMS = ("messages", "parts", "credits", "refunded", "delivered", "failed", "not_billed")

_SUCCESS, _FAILED, _NOT_BILLED = DeliveryStatus.SUCCESS, DeliveryStatus.FAILED, DeliveryStatus.NOT_BILLED
_COULD_GO = """
    CASE WHEN COALESCE(held_until_us, 0) > created_at_us AND COALESCE(held_until_us, 0) >= COALESCE(deferred_until_us, 0)
         THEN held_until_us
         WHEN COALESCE(deferred_until_us, 0) > created_at_us THEN deferred_until_us ELSE created_at_us END
"""
_TOOK = f"status_changed_at_us - ({_COULD_GO})"
_BUCKETS = " ".join(f"WHEN {_TOOK} < {edge:d} THEN {bucket:d}" for bucket, edge in enumerate(EDGES_US))

SUMS_OF_MESSAGE = f"""
    1 AS messages, parts, credits,
    CASE WHEN status = {_NOT_BILLED:d} THEN credits ELSE 0 END AS refunded,
    CASE WHEN status = {_SUCCESS:d} THEN 1 ELSE 0 END AS delivered,
    CASE WHEN status = {_FAILED:d} THEN 1 ELSE 0 END AS failed,
    CASE WHEN status = {_NOT_BILLED:d} THEN 1 ELSE 0 END AS not_billed
"""
"""What a message adds to the sums."""

SENDER = f"COALESCE(user_id, {NO_USER:d})"

WITH_OUTCOME = f"(status = {_SUCCESS:d} OR (status IN ({_FAILED:d}, {_NOT_BILLED:d}) AND ptt IS NOT NULL))"
"""Whether a message's outcome is counted."""

OUTCOME_PTT = f"COALESCE(ptt, {NO_PTT:d})"

TIME_BUCKET = f"CASE WHEN status <> {_SUCCESS:d} THEN {NOT_DELIVERED:d} {_BUCKETS} ELSE {len(EDGES_US):d} END"

COUNTED_FOR = f"""
    (SELECT 0 AS whole UNION ALL SELECT 1) counted_for CROSS JOIN
    ({" UNION ALL ".join(f"SELECT {slot:d} AS slot_minutes, {slot.length_us:d} AS length_us" for slot in Slot)}) slots
"""
"""Joined with messages, it has each message four times: for its sender and the whole account, in each kind of slot."""

COUNTED_SENDER = f"CASE WHEN whole = 1 THEN {EVERYBODY:d} ELSE {SENDER} END"

COUNTED_START = "created_at_us - created_at_us % length_us"


def added(columns: tuple[str, ...]) -> str:
    """Return the sums of these columns, under their names."""
    return ", ".join(f"CAST(SUM({column}) AS BIGINT) AS {column}" for column in columns)
