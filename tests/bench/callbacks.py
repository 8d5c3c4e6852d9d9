"""Callbacks: claimed, signed, called and settled, next to a bare httpx loop with the same endpoint."""

import time
from pathlib import Path
from statistics import median

import httpx

from server.operations.core.services import Services
from server.store.database import Database
from server.store.models import (
    Account,
    CallbackDelivery,
    CallbackKind,
    CallbackState,
    CallbackTarget,
    Message,
)
from server.wiring import build_services
from server.workers.callbacks import CallbackDispatcher
from tests.bench.measure import Row
from tests.factories.accounts.accounts import World
from tests.factories.outbound.endpoints import Endpoint, answering, running_endpoint
from tests.factories.outbound.webhook_client import calling
from tests.factories.running.settings import quick_settings
from tests.factories.store.population import add_messages

CALLBACKS = 1_000
ROUNDS = 5


async def run(folder: Path) -> list[Row]:
    """Run the scenario on an SQLite database in a folder."""
    settings = quick_settings(f"sqlite://{folder}/callbacks.db")
    database, services = Database(settings.database.url), build_services(settings)
    await database.open()
    await database.migrate()
    async with running_endpoint(answering(200)) as endpoint, calling(endpoint) as caller:
        await _write_down(services, endpoint)
        dispatcher = CallbackDispatcher(services, caller)
        rates: tuple[list[float], list[float]] = ([], [])
        for _ in range(ROUNDS):
            rates[0].append(await _dispatch(services, dispatcher))
            rates[1].append(await _bare(endpoint))
    services.passwords.close()
    await database.close()
    figure, by = map(median, rates)
    scenario = "callbacks delivered and on record / a bare httpx loop"
    return [Row(scenario, f"{figure:,.0f}/s", f"{by:,.0f}/s", figure / by, "over 0.5")]


async def _write_down(services: Services, endpoint: Endpoint) -> None:
    world = await World.create(services)
    account: Account = await world.account()
    await add_messages(world, account, CALLBACKS)
    target = await CallbackTarget.create(account_id=account.id, url=endpoint.url("/hook"), host="127.0.0.1")
    await CallbackDelivery.bulk_create(
        CallbackDelivery(
            account_id=account.id,
            target_id=target.id,
            message_id=message.id,
            kind=CallbackKind.STATUS,
            event_sequence=sequence,
            webhook_id=f"evt_{account.id}_{sequence}",
            query=f"id={message.id}&ptt=4&date=2026-09-21T12%3A00%3A00.000Z&description=1",
            due_at_us=0,
            created_at_us=0,
        )
        for sequence, message in enumerate(await Message.all().order_by("id"), start=1)
    )


async def _dispatch(services: Services, dispatcher: CallbackDispatcher) -> float:
    now_us = services.clock.now_us()
    await CallbackDelivery.all().update(state=CallbackState.WAITING, attempts=0, due_at_us=now_us)
    began = time.perf_counter()
    while await dispatcher.step():
        pass
    took = time.perf_counter() - began
    assert await CallbackDelivery.filter(state=CallbackState.DELIVERED).count() == CALLBACKS
    return CALLBACKS / took


async def _bare(endpoint: Endpoint) -> float:
    async with httpx.AsyncClient() as client:
        began = time.perf_counter()
        for number in range(CALLBACKS):
            await client.get(endpoint.url(f"/hook?id={number}"))
        return CALLBACKS / (time.perf_counter() - began)
