"""How http2sms reads the values that people and other clients send."""

import httpx
import pytest

from server.rules.senders.senders import SenderKind, SenderStatus
from server.store.models import Account, Sender
from tests.factories.accounts.accounts import World
from tests.integration.web.conftest import Script, sent

pytestmark = pytest.mark.one_database


@pytest.mark.parametrize(
    "given", ["00447700900123", "%20447700900123", "+447700900123", "%2B44%207700%20900123%E2%80%8E"]
)
async def test_a_sender_that_is_a_number_is_read_like_a_receiver(
    script: Script, world: World, account: Account, given: str
) -> None:
    """However it is written: its plus sign bare, or with invisible marks that came along."""
    await world.sender(account, "+447700900123")
    del script.fields["from"]
    response = await script.send_raw(f"{httpx.QueryParams(script.fields)}&from={given}")
    assert response.text.startswith("OK\n"), response.text
    assert (await sent())[0].sender == "+447700900123"


async def test_a_message_may_come_from_the_number_that_takes_answers(
    script: Script, world: World, account: Account
) -> None:
    """As OVH's clients ask for it: the account's first virtual number that is enabled."""
    for number, status in [("+447700900120", SenderStatus.WAITING), ("+447700900121", SenderStatus.ENABLED)]:
        await world.sender(account, number, status)
        await Sender.filter(name=number).update(kind=SenderKind.VIRTUAL)
    for given in ("", None, "00447700900121"):
        assert (await script.send({"from": given, "senderForResponse": "true"})).text.startswith("OK\n")
    assert [message.sender for message in await sent()] == ["+447700900121"] * 3
    assert (await script.send({"from": "", "senderForResponse": "0"})).text == "KO\nMissing from"


@pytest.mark.parametrize(("given", "body"), [("true", "Hello"), ("ON", "Hello"), ("no", "Hello\nSTOP 36111")])
async def test_a_flag_may_be_a_word(script: Script, account: Account, given: str, body: str) -> None:
    """It is never passed over in silence."""
    await Account.filter(id=account.id).update(stop_clause="STOP 36111")
    await script.send({"noStop": given})
    assert (await sent())[0].body == body
