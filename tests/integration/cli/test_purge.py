"""purge: deletes what has expired, and says how much."""

import pytest

from server.operations.core.services import Services
from server.store.models import Receipt, Throttle
from tests.integration.cli.conftest import CommandLine


async def _expired(services: Services) -> None:
    now_us = services.clock.now_us()
    await Throttle.create(key="login:a", failures=9, blocked_until_us=0, updated_at_us=0)
    for days in (1, 3):
        await Receipt.create(
            gateway="simulator",
            operator_id=f"{days}",
            status=1,
            ptt=4,
            received_at_us=now_us - days * 86_400_000_000,
        )


async def _receipts_left(_: Services) -> int:
    return await Receipt.all().count()


@pytest.mark.parametrize(("kept_days", "deleted"), [(7, 0), (2, 1)])
def test_it_says_what_it_deleted(chappe: CommandLine, kept_days: int, deleted: int) -> None:
    """A line for each kind; how long receipts that fit no message are kept is a setting."""
    chappe.inside(_expired)
    result = chappe("purge", CHAPPE_ORPHANED_RECEIPT_SECONDS=str(kept_days * 86_400))
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "0 tokens deleted",
        "0 idempotency keys deleted",
        "1 throttles deleted",
        "0 sign in origins deleted",
        "0 rate buckets deleted",
        f"{deleted} receipts deleted",
        "0 incoming parts deleted",
        "0 unclaimed messages deleted",
        "0 events deleted",
        "0 callbacks deleted",
    ]
    assert chappe.inside(_receipts_left) == 2 - deleted


def test_purging_twice_deletes_nothing_more(chappe: CommandLine) -> None:
    """The second run finds nothing."""
    chappe.inside(_expired)
    chappe("purge")
    assert "0 throttles deleted" in chappe("purge").stdout
