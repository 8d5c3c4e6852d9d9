"""Sending mail, by a mail server (RFC 5321) or into a folder where somebody can read it."""

import asyncio
import os
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol

import aiosmtplib
import structlog

from server.kit.clock import to_datetime
from server.kit.described_enums import DescribedStr
from server.kit.redaction import redact_text

ANSWER_SECONDS = 20.0
TOTAL_SECONDS = 60.0
MAX_REASON = 200

_PERMANENT = 500
# Servers that only take 7 bits are rare, but a mail that all take is hardly longer.
_POLICY = WIRE.clone(cte_type="7bit")

log = structlog.get_logger()


class MailVerdict(DescribedStr):
    """The result of handing over a mail."""

    TAKEN = "taken", "The mail server took it."
    DELAYED = "delayed", "Not this time; it may be tried again."
    REFUSED = "refused", "Refused for good."


@dataclass(frozen=True, slots=True)
class MailOutcome:
    """A verdict, and, unless the mail was taken, the reason, in one line of at most 200 characters."""

    verdict: MailVerdict
    reason: str | None = None

    @classmethod
    def because(cls, verdict: MailVerdict, reason: object) -> "MailOutcome":
        """Return a verdict with its reason, which may be a foreign server's words."""
        line = "".join(char if char.isprintable() else " " for char in str(reason))
        return cls(verdict, redact_text(" ".join(line.split()))[:MAX_REASON])


TAKEN = MailOutcome(MailVerdict.TAKEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail to one person. `key` is unique to this mail, and makes its Message-ID."""

    key: str
    recipient: str
    subject: str
    body: str
    written_at_us: int

    def as_bytes(self, sender: str) -> bytes:
        """Return the mail as it is sent (RFC 5322), the same at each try."""
        message = EmailMessage(policy=_POLICY)
        message["From"] = Address("Chappe", addr_spec=sender)
        message["To"] = Address(addr_spec=self.recipient)
        message["Subject"] = self.subject
        message["Date"] = format_datetime(to_datetime(self.written_at_us))
        message["Message-ID"] = f"<{self.key}@{domain_of(sender)}>"
        # RFC 3834: no out-of-office reply must answer this.
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(self.body)
        return message.as_bytes()


class Mailer(Protocol):
    """Hands mails over. It never raises because of the server, and never waits for long."""

    async def send(self, mail: Mail) -> MailOutcome:
        """Hand over one mail, and return the outcome."""


class SmtpMailer:
    """Hands mails to one mail server, each over its own connection."""

    def __init__(
        self,
        *,
        host: str,
        port: int | None,
        security: str,
        sender: str,
        user: str | None = None,
        password: str | None = None,
        tls_context: ssl.SSLContext | None = None,
        answer_seconds: float = ANSWER_SECONDS,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        """`security` is "none", "starttls" (fails if the server does not offer it) or "tls".

        The default port is 25, 587 or 465. By default certificates are verified against those that the
        machine trusts.
        """
        self._host, self._port, self._security = host, port, security
        self._sender, self._user, self._password = sender, user, password
        if security != "none" and tls_context is None:
            tls_context = ssl.create_default_context()
        self._tls_context = tls_context
        self._answer_seconds, self._total_seconds = answer_seconds, total_seconds

    async def send(self, mail: Mail) -> MailOutcome:
        """Hand over one mail. A break after the server has it looks the same as one before."""
        client = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            local_hostname=domain_of(self._sender),
            timeout=self._answer_seconds,
            use_tls=self._security == "tls",
            start_tls=self._security == "starttls",
            username=self._user,
            password=self._password,
            tls_context=self._tls_context,
        )
        try:
            async with asyncio.timeout(self._total_seconds):
                await client.connect()
                await client.sendmail(self._sender, [mail.recipient], mail.as_bytes(self._sender))
                # The mail is handed over, so a failing QUIT changes nothing.
                with suppress(aiosmtplib.SMTPException, OSError):
                    await client.quit()
        except aiosmtplib.SMTPRecipientsRefused as error:
            return _answered(error.recipients[0])
        except aiosmtplib.SMTPDataError as error:
            return _answered(error)
        # A refused sign-in or sender can be fixed by the operator, which is worth waiting for.
        except aiosmtplib.SMTPResponseException as error:
            return MailOutcome.because(MailVerdict.DELAYED, f"{error.code} {error.message}")
        except TimeoutError:
            return MailOutcome.because(MailVerdict.DELAYED, "The mail server did not answer in time.")
        except (aiosmtplib.SMTPException, OSError) as error:
            return MailOutcome.because(MailVerdict.DELAYED, error)
        finally:
            client.close()
        return TAKEN


class OutboxMailer:
    """Writes mails into a folder and a line to the log, for a server without a mail server."""

    def __init__(self, folder: Path, *, sender: str) -> None:
        """The folder is made when it is needed."""
        self._folder, self._sender = folder, sender

    async def send(self, mail: Mail) -> MailOutcome:
        """Write one mail, completely or not at all. A repeat writes the same file again."""
        path = self._folder / f"{mail.key}.eml"
        try:
            await asyncio.to_thread(_write, path, mail.as_bytes(self._sender))
        except OSError as error:
            return MailOutcome.because(MailVerdict.DELAYED, f"{path}: {error.strerror}")
        log.info("mail written", recipient=mail.recipient, subject=mail.subject, file=str(path))
        return TAKEN


def domain_of(address: str) -> str:
    """Return what follows the @ of an e-mail address."""
    return address.rpartition("@")[2]


def _answered(error: aiosmtplib.SMTPResponseException) -> MailOutcome:
    """Return the outcome for a recipient or a text that the server refused (RFC 5321, section 4.2.1)."""
    verdict = MailVerdict.REFUSED if error.code >= _PERMANENT else MailVerdict.DELAYED
    return MailOutcome.because(verdict, f"{error.code} {error.message}")


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
