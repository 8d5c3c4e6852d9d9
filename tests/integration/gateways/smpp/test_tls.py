"""A link over TLS."""

import ssl
from dataclasses import replace

import pytest
import trustme

from server.gateways.smpp.link import Link
from server.gateways.smpp.pdu import Pdu
from tests.factories.gateways.smpp.links import linked, message, options
from tests.factories.gateways.smpp.smsc import Smsc, running
from tests.factories.running.waiting import eventually


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """An authority that only these tests trust."""
    return trustme.CA()


@pytest.fixture
def server_side(authority: trustme.CA) -> ssl.SSLContext:
    """The certificate of a message centre on this machine."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    return context


async def test_messages_flow_over_tls(authority: trustme.CA, server_side: ssl.SSLContext) -> None:
    """Out, and their receipts back; and the link is closed in order."""
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    async with running(Smsc(), tls=server_side) as smsc, linked(options(smsc, tls=trusting)) as link:
        futures = [link.submit(message()) for _ in range(20)]
        assert [(await future).message_id for future in futures] == [str(number) for number in range(1, 21)]
        answered = 0
        while answered < 20:
            for received in await link.receive(20):
                received.answer()
                answered += 1


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_a_certificate_that_nobody_vouches_for_is_refused(
    authority: trustme.CA, server_side: ssl.SSLContext, host: str
) -> None:
    """By another authority, or for another name: the password is not sent."""
    context = ssl.create_default_context()
    if host != "localhost":
        authority.configure_trust(context)
    shown: list[Pdu] = []
    async with running(Smsc(), tls=server_side) as smsc:
        link = Link(replace(options(smsc, tls=context), host=host), lambda _, pdu: shown.append(pdu))
        link.start()

        async def told() -> bool:
            return "can't be trusted: " in (link.channels[0].last_error or "")

        await eventually(told)
        await link.stop()
        assert not any(peer.received for peer in smsc.peers)
        # A bind that was never sent is not shown either.
        assert shown == []
