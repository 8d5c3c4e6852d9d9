"""Queries of an account's ledger: what each entry stands for."""

from server.kit.clock import HOUR_US
from server.operations.dispatch.notices import send_due_sms
from server.operations.messages.cancellation import cancel_message
from server.store.models import Message
from tests.factories.accounts.accounts import World
from tests.factories.graphql.api import Api
from tests.factories.messages.messages import send
from tests.factories.notifications.alerts import raise_alert, watch_by_sms


async def test_an_entry_leads_to_its_message(api: Api, world: World) -> None:
    """A debit, its refund and the debit of an alert by SMS lead to their messages; a grant to none."""
    services, account = world.services, await world.account(credits=6_000)
    later_us = services.clock.now_us() + HOUR_US
    cancelled = await send(services, world.holder, account, "+33612345670", deferred_until_us=later_us)
    await cancel_message(services, world.holder, message_id=cancelled)
    await watch_by_sms(world, account, 5_000)
    await raise_alert(world, account)
    assert await send_due_sms(services, limit=10) == 1
    data = await api.data(
        world.holder, "{ accounts { nodes { creditEntries { nodes { kind message { number } } } } } }"
    )
    [shown] = data["accounts"]["nodes"]
    numbers = {message.receiver: str(message.id) for message in await Message.all()}
    sent = [str(cancelled), *(number for number in numbers.values() if number != str(cancelled))]
    entries = [(entry["kind"], entry["message"]) for entry in reversed(shown["creditEntries"]["nodes"])]
    assert entries == [
        ("GRANT", None),
        ("MESSAGE", {"number": sent[0]}),
        ("REFUND", {"number": sent[0]}),
        ("MESSAGE", {"number": sent[1]}),
        ("ALERT_SMS", {"number": sent[2]}),
    ]
