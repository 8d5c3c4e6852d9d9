"""An operator's bad day: it cuts, forgets and refuses at single messages, and the server is killed."""

import asyncio
import socket
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from server.gateways.smpp.statuses import Status
from server.operations.access.authentication import sign_in_holder
from server.operations.credits.verification import verify_account
from server.rules.messages.ptt import DeliveryStatus
from server.settings import Settings
from server.store.database import Database
from server.store.models import Account, Message
from server.wiring import build_services
from tests.factories.accounts.accounts import HOLDER_PASSWORD, World
from tests.factories.gateways.smpp import smsc_scripts as script
from tests.factories.gateways.smpp.smsc import Smsc, running
from tests.factories.running.chaos import Phoenix, send_all

CUT, FORGOTTEN, FULL, REFUSED = "+33611000001", "+33611000002", "+33611000003", "+33611000004"
GOOD = tuple(f"+336120001{number:02d}" for number in range(60))
ANSWERS_AFTER_SECONDS = 0.02
KILLS = 2
RESENDS = 4
PATIENCE_SECONDS = 150.0
LOOK_SECONDS = 0.1


@pytest.mark.timeout(300)
async def test_single_messages_that_do_harm_and_kills_cost_the_others_nothing(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    """All other messages are delivered; the harmful ones are tried a few times; the books are exact.

    On SQLite a lease is far longer than the test: a new process takes up the killed process's claims at its
    start.
    """
    services = build_services(settings)
    world = await World.create(services)
    account = await world.account(credits=1_000_000)
    session = await sign_in_holder(
        services, email=world.holder.name, password=HOLDER_PASSWORD, address="127.0.0.1"
    )
    receivers = [CUT, *GOOD[:20], FORGOTTEN, *GOOD[20:40], FULL, *GOOD[40:], REFUSED]
    peer = Smsc(
        script=script.cut_at(
            {CUT[1:]},
            script.never_answer(
                {FORGOTTEN[1:]},
                script.refuse_only(
                    {FULL[1:]},
                    Status.ESME_RMSGQFUL,
                    script.refuse_only(
                        {REFUSED[1:]}, Status.ESME_RSUBMITFAIL, script.slowly(ANSWERS_AFTER_SECONDS)
                    ),
                ),
            ),
        )
    )
    async with running(peer) as smsc:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        environment = {
            "CHAPPE_DATABASE_URL": database.url,
            "CHAPPE_PORT": str(port),
            "CHAPPE_SMPP_URL": f"smpp://chappe:s3cr3t@127.0.0.1:{smsc.port}?responseSeconds=2",
            "CHAPPE_CLAIM_LEASE_SECONDS": "600" if database.url.startswith("sqlite") else "4",
            "CHAPPE_UNKNOWN_OUTCOME_RESENDS": str(RESENDS),
        }
        server = Phoenix("serve", environment, tmp_path)
        try:
            await send_all(f"127.0.0.1:{port}", session.secret, receivers, batch=len(receivers))
            for kill in range(1, KILLS + 1):
                await _eventually(lambda kill=kill: _ended(kill * 10))  # type: ignore[misc]
                await asyncio.to_thread(server.rise)
            await _eventually(_all_through)
        finally:
            server.end()
            await services.drain()
            services.passwords.close()
        submitted = Counter(f"+{submit.destination_addr}" for submit in smsc.submits)
    assert "Traceback" not in server.errors
    # At most once with a harmful message and once at each kill, and then once alone.
    assert max(submitted[receiver] for receiver in GOOD) <= 2 + KILLS
    assert 1 <= submitted[CUT] <= 1 + RESENDS
    assert {message.status for message in await Message.filter(receiver__in=GOOD, state="ended")} == {
        DeliveryStatus.SUCCESS
    }
    unbilled = await Message.filter(status=DeliveryStatus.NOT_BILLED)
    assert {(message.receiver, message.ptt) for message in unbilled} <= {(REFUSED, 5)}
    assert submitted[REFUSED] <= 1 + KILLS
    assert (await verify_account(account.id)).breach is None
    assert (await Account.get(id=account.id)).credits_left == 1_000_000 - (64 - len(unbilled)) * 1_000


async def _all_through() -> bool:
    """Tell whether all are delivered, except those that met a cut and a kill, which wait for minutes."""
    left = Message.filter(receiver__in=[*GOOD, REFUSED]).exclude(
        status__in=[DeliveryStatus.SUCCESS, DeliveryStatus.NOT_BILLED]
    )
    return not await left.exclude(state="queued", times_unknown__gte=2).exists()


async def _ended(count: int) -> bool:
    return await Message.filter(receiver__in=GOOD, status=DeliveryStatus.SUCCESS).count() >= count


async def _eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await condition():  # noqa: ASYNC110 the server is another process
            await asyncio.sleep(LOOK_SECONDS)
