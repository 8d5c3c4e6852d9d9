"""A real mail server, with mailboxes that misbehave according to their names."""

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from server.outbound.mail import SmtpMailer

HOST = "localhost"
SENDER = "chappe@example.org"
USER, PASSWORD = "mailer", "hunter22hunter22"

RECIPIENT_ANSWERS = {
    "unknown": "550 5.1.1 <unknown@example.com> is\tnot here",
    "greylisted": "451 4.7.1 Come back in a minute",
}
TEXT_ANSWERS = {
    "strict": "554 5.7.1 This looks like an advertisement",
    "full": "452 4.2.2 This mailbox is full at present",
}


@dataclass
class MailServer:
    """The server's address, and the mails that arrived.

    With `refuses_senders` it refuses every sender. With `breaks_after_taking` it closes the connection after
    taking a mail, before it answers.
    """

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    refuses_senders: bool = False
    breaks_after_taking: bool = False
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_MAIL(  # noqa: N802 the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer to a sender."""
        if self.refuses_senders:
            return "550 5.7.1 Not from here"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 the library's name
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Answer to a recipient."""
        name = address.partition("@")[0]
        if name == "silent":
            await self.released.wait()
        if name == "hangs-up":
            _hang_up(server)
        if name not in RECIPIENT_ANSWERS:
            envelope.rcpt_tos.append(address)
        return RECIPIENT_ANSWERS.get(name, "250 OK")

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Answer to a mail."""
        name = envelope.rcpt_tos[0].partition("@")[0]
        if name in TEXT_ANSWERS:
            return TEXT_ANSWERS[name]
        assert isinstance(envelope.content, bytes)
        self.mails.append(message_from_bytes(envelope.content, _class=EmailMessage, policy=default))
        if self.breaks_after_taking:
            _hang_up(server)
        return "250 OK"

    @staticmethod
    def sign_in(_server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: object) -> AuthResult:
        """Sign the only user in."""
        return AuthResult(success=data == LoginPassword(USER.encode(), PASSWORD.encode()), handled=False)

    def mailer(self, **more: Any) -> SmtpMailer:
        """Return a mailer for this server, by default without TLS."""
        given: dict[str, Any] = {"host": HOST, "port": self.port, "security": "none", "sender": SENDER}
        return SmtpMailer(**{**given, **more})


@dataclass(frozen=True)
class Authority:
    """A certificate authority for tests."""

    root: trustme.CA = field(default_factory=trustme.CA)

    def server_context(self, name: str = HOST) -> ssl.SSLContext:
        """Return the TLS context of a server with this name."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.root.issue_cert(name).configure_cert(context)
        return context

    def client_context(self) -> ssl.SSLContext:
        """Return the TLS context of a client that trusts only this authority."""
        context = ssl.create_default_context()
        self.root.configure_trust(context)
        return context


def _hang_up(server: SMTP) -> None:
    assert server.transport is not None
    server.transport.close()


@asynccontextmanager
async def running_mail_server(
    *, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None, signs_in: bool = False
) -> AsyncIterator[MailServer]:
    """Run a mail server: without TLS, with TLS or with STARTTLS; optionally only for its user."""
    mail_server = MailServer()
    loop = asyncio.get_running_loop()

    def build() -> SMTP:
        with warnings.catch_warnings():
            # The library only knows STARTTLS, and would refuse a sign-in over implicit TLS as unsafe.
            warnings.simplefilter("ignore", UserWarning)
            return SMTP(
                mail_server,
                loop=loop,
                hostname=HOST,
                tls_context=starttls,
                require_starttls=starttls is not None,
                auth_required=signs_in,
                auth_require_tls=starttls is not None,
                authenticator=MailServer.sign_in,
            )

    server = await loop.create_server(build, HOST, 0, ssl=tls)
    mail_server.port = server.sockets[0].getsockname()[1]
    try:
        yield mail_server
    finally:
        mail_server.released.set()
        server.close()
        await server.wait_closed()
