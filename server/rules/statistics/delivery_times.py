"""How long delivery took: a histogram whose buckets grow by the square root of two, and what is read off it."""

from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate
from math import ceil

from server.kit.clock import SECOND_US

EDGES_US = tuple(round(SECOND_US * 2 ** (step / 2)) for step in range(41))
"""Where buckets 1 to 41 begin: at 1 second, 1.41 seconds, 2 seconds, and so on up to 2^20 seconds, 12 days.

Bucket 0 has what took less than a second, the last one all that took longer.
Stored counts have these buckets, so that other edges would need a recount (`chappe rebuild-statistics`).
"""

_LAST = len(EDGES_US)
_TO_THE_MIDDLE = 2 ** (1 / 4)


def bucket_of(took_us: int) -> int:
    """Return the bucket of a time to delivery; one that seems negative, as after a clock was set back, is in the first."""
    return bisect_right(EDGES_US, took_us)


def quantile(counts: Mapping[int, int], share: float) -> float | None:
    """Return the seconds within which this share of the messages was delivered; None where none was.

    It is the geometric middle of the bucket that the message is in, and so right to within a fifth, or half a second.
    """
    buckets = sorted(counts)
    total = sum(counts.values())
    if not total:
        return None
    rank = ceil(share * total)
    reached = zip(buckets, accumulate(counts[bucket] for bucket in buckets), strict=True)
    return _middle(next(bucket for bucket, count in reached if count >= rank))


def _middle(bucket: int) -> float:
    """Return the seconds that stand for a bucket."""
    if bucket == 0:
        return 0.5
    seconds = EDGES_US[bucket - 1] / SECOND_US
    return round(seconds if bucket == _LAST else seconds * _TO_THE_MIDDLE, 2)
