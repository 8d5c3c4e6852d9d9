"""Handing mails to a real mail server, and writing them to a folder without one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from server.outbound.mail import TAKEN, Mail, MailOutcome, MailVerdict, OutboxMailer, SmtpMailer
from tests.factories.outbound.mail_server import (
    HOST,
    PASSWORD,
    SENDER,
    USER,
    Authority,
    MailServer,
    running_mail_server,
)

NOON_US = 1_789_992_000_000_000


def _mail(recipient: str = "ada@example.com", **more: str) -> Mail:
    given = {"key": "notification-7", "subject": "shop: 49.5 credits left", "body": "Hello,\n\n.\nBye\n"}
    return Mail(recipient=recipient, written_at_us=NOON_US, **{**given, **more})


@pytest.fixture
async def mail_server() -> AsyncIterator[MailServer]:
    """A mail server in the clear."""
    async with running_mail_server() as mail_server:
        yield mail_server


def _delayed(outcome: MailOutcome, *words: str) -> None:
    """Expect that a mail may be tried again, for a reason with these words."""
    assert outcome.verdict is MailVerdict.DELAYED
    assert outcome.reason
    assert [word for word in words if word not in outcome.reason] == []


async def test_a_mail_arrives_as_it_was_written(mail_server: MailServer) -> None:
    """Headers, text and every line of it come through, and a holiday notice is not asked for."""
    assert await mail_server.mailer().send(_mail()) == TAKEN
    [mail] = mail_server.mails
    assert mail["From"] == f"Chappe <{SENDER}>"
    assert (mail["To"], mail["Subject"]) == ("ada@example.com", "shop: 49.5 credits left")
    assert mail["Date"].datetime.timestamp() * 1_000_000 == NOON_US
    assert mail["Message-ID"] == "<notification-7@example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content().splitlines() == ["Hello,", "", ".", "Bye"]


@pytest.mark.parametrize(
    "text", ["Guten Tag, für 5 €: привет 🙂", "x" * 3_000, "From here\n.\n..\n", "\ttab\n"]
)
async def test_any_text_arrives_whole(mail_server: MailServer, text: str) -> None:
    """Other alphabets, endless lines and lines that SMTP has its own mind about."""
    assert await mail_server.mailer().send(_mail(body=text, subject=" ".join(text.split())[:200])) == TAKEN
    [mail] = mail_server.mails
    assert mail.get_content().split() == text.split()
    assert mail["Subject"].split() == " ".join(text.split())[:200].split()


async def test_a_repeat_is_the_same_mail(mail_server: MailServer) -> None:
    """What is sent again has the same Message-ID, by which a mailbox can tell."""
    for _ in range(2):
        assert await mail_server.mailer().send(_mail()) == TAKEN
    first, second = mail_server.mails
    assert first.as_bytes() == second.as_bytes()


@pytest.mark.parametrize("recipient", ["unknown@example.com", "strict@example.com"])
async def test_what_is_refused_for_good_is_told_with_the_reason(
    mail_server: MailServer, recipient: str
) -> None:
    """A mailbox that is not there, and a text that the server won't have; the words are made one line."""
    outcome = await mail_server.mailer().send(_mail(recipient))
    assert outcome.verdict is MailVerdict.REFUSED
    assert outcome.reason in {
        "550 5.1.1 <unknown@example.com> is not here",
        "554 5.7.1 This looks like an advertisement",
    }
    assert mail_server.mails == []


@pytest.mark.parametrize(
    ("recipient", "reason"), [("greylisted@example.com", "451 4.7.1"), ("full@example.com", "452 4.2.2")]
)
async def test_what_is_refused_for_now_may_be_tried_again(
    mail_server: MailServer, recipient: str, reason: str
) -> None:
    """Transient answers to the recipient and to the text."""
    _delayed(await mail_server.mailer().send(_mail(recipient)), reason)


async def test_a_refused_sender_may_be_tried_again(mail_server: MailServer) -> None:
    """It is the operator of this server who has something to put right, and the mail can wait for that."""
    mail_server.refuses_senders = True
    _delayed(await mail_server.mailer().send(_mail()), "550 5.7.1 Not from here")


async def test_a_connection_that_breaks_is_tried_again(mail_server: MailServer) -> None:
    """Before the mail is handed over, and after it, when nobody can tell whether it was."""
    _delayed(await mail_server.mailer().send(_mail("hangs-up@example.com")))
    assert mail_server.mails == []
    mail_server.breaks_after_taking = True
    _delayed(await mail_server.mailer().send(_mail()))
    mail_server.breaks_after_taking = False
    assert await mail_server.mailer().send(_mail()) == TAKEN
    assert {mail["Message-ID"] for mail in mail_server.mails} == {"<notification-7@example.org>"}
    assert len(mail_server.mails) == 2


@pytest.mark.parametrize("slow", ["answer_seconds", "total_seconds"])
async def test_a_server_that_does_not_answer_is_not_waited_for(mail_server: MailServer, slow: str) -> None:
    """Neither for one answer, nor for all of them together."""
    mailer = mail_server.mailer(**{slow: 0.2})
    _delayed(await mailer.send(_mail("silent@example.com")), "in time")


async def test_a_server_that_is_not_there_is_tried_again() -> None:
    """Nobody listens, and the name leads nowhere."""
    async with running_mail_server() as mail_server:
        port = mail_server.port
    gone = SmtpMailer(host=HOST, port=port, security="none", sender=SENDER)
    _delayed(await gone.send(_mail()))
    nameless = SmtpMailer(host="mail.invalid", port=port, security="none", sender=SENDER)
    _delayed(await nameless.send(_mail()))


@asynccontextmanager
async def _strange_server(banner: bytes) -> AsyncIterator[int]:
    """Listen on a port, and send what no mail server sends."""
    ended, left = asyncio.Event(), asyncio.Event()

    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(banner)
        await ended.wait()
        writer.transport.abort()
        left.set()

    server = await asyncio.start_server(talk, HOST, 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    ended.set()
    await left.wait()


@pytest.mark.parametrize(
    "banner",
    [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"x" * 2**20, b"220-" * 2**18, b"220-more\r\n" * 2**14,
     b"999 no\r\n", b"220 \xff\xfe\r\n", b"554 5.7.1 Go away\r\n", b"421 Busy\r\n"],
    ids=lambda banner: repr(banner[:12]),
)  # fmt: skip
async def test_whatever_a_server_says_is_no_fault_of_ours(banner: bytes) -> None:
    """Silence, another protocol, endless greetings and refusals: the mail waits, with a short reason."""
    async with _strange_server(banner) as port:
        mailer = SmtpMailer(host=HOST, port=port, security="none", sender=SENDER, answer_seconds=0.2)
        outcome = await mailer.send(_mail())
    _delayed(outcome)
    assert len(outcome.reason or "") <= 200


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_tls_and_sign_in(security: str) -> None:
    """A mail is handed over behind TLS from the start or by STARTTLS, by a user whom the server knows."""
    authority = Authority()
    given = {security: authority.server_context()}
    async with running_mail_server(**given, signs_in=True) as mail_server:
        client = authority.client_context()
        known = mail_server.mailer(security=security, tls_context=client, user=USER, password=PASSWORD)
        assert await known.send(_mail()) == TAKEN
        wrong = mail_server.mailer(security=security, tls_context=client, user=USER, password="wrong-secret")
        with capture_logs() as logs:
            outcome = await wrong.send(_mail())
        _delayed(outcome, "535")
        assert "wrong-secret" not in repr((outcome, logs))
        nobody = mail_server.mailer(security=security, tls_context=client)
        _delayed(await nobody.send(_mail()), "530")
    assert len(mail_server.mails) == 1


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize("whose", ["a stranger's", "another name's"])
async def test_a_certificate_is_verified(security: str, whose: str) -> None:
    """No mail and no password goes to a server that can't prove who it is."""
    authority = Authority()
    server = authority.server_context("mail.example.net" if whose == "another name's" else HOST)
    async with running_mail_server(**{security: server}) as mail_server:  # type: ignore[arg-type]
        trusting = authority.client_context() if whose == "another name's" else None
        mailer = mail_server.mailer(security=security, tls_context=trusting, user=USER, password=PASSWORD)
        _delayed(await mailer.send(_mail()), "certificate")
    assert mail_server.mails == []


async def test_starttls_is_not_done_without(mail_server: MailServer) -> None:
    """A server that has no STARTTLS (or between whom and us somebody hides it) gets no mail in the clear."""
    _delayed(await mail_server.mailer(security="starttls").send(_mail()), "STARTTLS")
    assert mail_server.mails == []


async def test_without_a_server_a_mail_is_a_file(tmp_path: Path) -> None:
    """The folder is made, the log names recipient, subject and file, and a repeat writes the same file."""
    folder = tmp_path / "var" / "outbox"
    mailer = OutboxMailer(folder, sender=SENDER)
    with capture_logs() as logs:
        for _ in range(2):
            assert await mailer.send(_mail()) == TAKEN
    [path] = folder.iterdir()
    assert path.name == "notification-7.eml"
    parsed = message_from_bytes(path.read_bytes(), policy=default)
    assert (parsed["To"], parsed["Subject"]) == ("ada@example.com", "shop: 49.5 credits left")
    assert parsed["Message-ID"] == "<notification-7@example.org>"
    assert logs[0]["recipient"] == "ada@example.com"
    assert (logs[0]["subject"], logs[0]["file"]) == ("shop: 49.5 credits left", str(path))


async def test_a_folder_that_can_not_be_written_is_tried_again(tmp_path: Path) -> None:
    """A full or foreign disk loses no mail."""
    (tmp_path / "outbox").write_text("a file")
    mailer = OutboxMailer(tmp_path / "outbox", sender=SENDER)
    _delayed(await mailer.send(_mail()), "outbox")
