"""The proof of the ledger: it holds for what operations write, and finds all other changes."""

import asyncio

import pytest

from server.errors import NotFound
from server.operations.core.services import Services
from server.operations.credits import verification
from server.operations.credits.credits import transfer_credits
from server.operations.credits.verification import verify_account, verify_conservation
from server.operations.messages.screening import Draft
from server.operations.messages.sending import send_message
from server.rules.credits.ledger import EntryKind
from server.store.models import LedgerEntry
from tests.factories.accounts.accounts import World
from tests.factories.credits.ledgers import KINDS, tamper, varied_ledger

AT = "UPDATE ledger_entries SET {} WHERE sequence = {}"


async def test_what_operations_write_is_sound(world: World) -> None:
    """A ledger with entries of nearly every kind is sound, and its totals are shown."""
    account = await varied_ledger(world)
    found = await verify_account(account.id)
    assert (found.account, found.entries, found.breach) == (account.name, len(KINDS), None)
    assert found.totals[EntryKind.GRANT] == 200_001
    assert found.totals[EntryKind.MESSAGE] == -1_500
    assert found.totals[EntryKind.REFUND] == 500


async def test_an_account_without_entries_is_sound(world: World) -> None:
    """Nothing is proved by nothing."""
    account = await world.account(credits=0)
    found = await verify_account(account.id)
    assert (found.entries, found.breach) == (0, None)


async def test_an_account_that_is_not_there_is_refused(world: World) -> None:
    """There is nothing to prove of an unknown account."""
    del world
    with pytest.raises(NotFound):
        await verify_account(424_242)


@pytest.mark.parametrize(
    ("sql", "sequence"),
    [
        (AT.format("account_delta = account_delta + 1", 1), 1),
        (AT.format("quota_delta = quota_delta - 1", 3), 3),
        (AT.format("account_balance = account_balance + 1", 4), 4),
        (AT.format("quota_balance = quota_balance + 1", 3), 3),
        (AT.format("quota_balance = NULL", 3), 3),
        (AT.format("user_id = NULL", 3), 3),
        (AT.format("kind = 'ALERT_SMS'", 4), 4),
        (AT.format("kind = 'TRANSFER_IN'", 1), 1),
        (AT.format("kind = 'GIFT'", 5), 5),
        (AT.format("reference = 'grant:x'", 5), 5),
        (AT.format("sequence = 77", 9), 77),
        (AT.format("sequence = -1", 2), -1),
        ("DELETE FROM ledger_entries WHERE sequence = 1", 2),
        ("DELETE FROM ledger_entries WHERE sequence = 5", 6),
        ("DELETE FROM ledger_entries WHERE sequence = 9", None),
        ("UPDATE accounts SET credits_left = credits_left + 1", None),
        ("UPDATE accounts SET ledger_sequence = ledger_sequence + 1", None),
        ("UPDATE users SET quota_left = quota_left + 1", None),
        ("UPDATE messages SET credits = credits + 1 WHERE status = 0", None),
        ("UPDATE messages SET status = 16 WHERE status = 0", None),
        ("DELETE FROM messages WHERE status = 0", None),
    ],
)
async def test_tampering_is_found_where_it_was_done(world: World, sql: str, sequence: int | None) -> None:
    """The first entry that is wrong is named; a doctored balance or message is nobody's entry, and found."""
    account = await varied_ledger(world)
    await tamper(sql)
    found = await verify_account(account.id)
    assert found.breach is not None
    assert found.breach.sequence == sequence
    assert found.breach.reason


async def test_one_accounts_breach_is_not_anothers(world: World) -> None:
    """Tampering with one account does not affect the proof of another."""
    sound, broken = await varied_ledger(world), await varied_ledger(world, "sms-demo-2")
    await tamper(f"UPDATE accounts SET credits_left = 7 WHERE id = {broken.id}")
    assert (await verify_account(sound.id)).breach is None
    assert (await verify_account(broken.id)).breach is not None


async def test_a_ledger_is_read_in_batches(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger longer than a batch is read completely, with progress."""
    monkeypatch.setattr(verification, "BATCH", 2)
    account = await varied_ledger(world)
    told: list[tuple[int, int]] = []
    found = await verify_account(account.id, progress=lambda done, total: told.append((done, total)))
    assert (found.entries, found.breach) == (len(KINDS), None)
    assert told == [(2, 9), (4, 9), (6, 9), (8, 9), (9, 9)]


async def test_sending_goes_on_meanwhile(services: Services, world: World) -> None:
    """A proof that runs while messages are sent is of one moment: it never sees half of a send."""
    account = await world.account()
    draft = Draft(account=account.name, sender="Chappe", receivers=("+33612345678",), text="Hello")

    async def send() -> None:
        for _ in range(20):
            await send_message(services, world.holder, draft, idempotency_key=None)

    sending = asyncio.create_task(send())
    while not sending.done():
        assert (await verify_account(account.id)).breach is None
        assert (await verify_conservation()).holds
    await sending
    assert (await verify_account(account.id)).entries == await LedgerEntry.all().count() == 21


async def test_credits_are_conserved_over_the_server(services: Services, world: World) -> None:
    """What was granted is left, held or spent, with transfers between accounts cancelling out."""
    await varied_ledger(world)
    await world.account("sms-demo-2", credits=10_000)
    await transfer_credits(
        services, world.holder, source="sms-demo-1", target="sms-demo-2", credits=3_000, key="one"
    )
    found = await verify_conservation()
    assert found.holds
    assert (found.granted, found.corrected, found.transferred) == (210_001, -5_000, 0)
    assert (found.spent, found.refunded, found.held_by_quotas) == (1_500, 500, 0)
    assert found.left_on_accounts == 204_001


async def test_an_empty_server_conserves_nothing(world: World) -> None:
    """Without accounts everything is 0."""
    del world
    found = await verify_conservation()
    assert found.holds
    assert found.granted == 0


@pytest.mark.parametrize(
    ("sql", "missing"),
    [
        ("UPDATE accounts SET credits_left = credits_left + 7 WHERE name = 'sms-demo-1'", -7),
        ("UPDATE ledger_entries SET account_delta = account_delta + 7 WHERE sequence = 1", 7),
        ("DELETE FROM messages WHERE status = 0", 1_000),
    ],
)
async def test_credits_from_nowhere_are_found(world: World, sql: str, missing: int) -> None:
    """The sum over the server tells how much is missing, or came from nowhere."""
    await varied_ledger(world)
    await tamper(sql)
    found = await verify_conservation()
    assert not found.holds
    assert found.missing == missing
