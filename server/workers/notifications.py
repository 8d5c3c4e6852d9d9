"""Sends mails and SMS about alerts, and other notices to people."""

import asyncio
from collections import defaultdict

import structlog

from server.operations.core.account_turns import Pauses
from server.operations.core.leases import Claims
from server.operations.core.services import Services
from server.operations.dispatch.notices import ClaimedMail, claim_mails, record_mail, send_due_sms
from server.outbound.mail import Mailer, MailOutcome, MailVerdict
from server.store.queries.core import MAILS

MAILS_AT_ONCE = 5
SMS_BATCH = 50
FAULT = MailOutcome(MailVerdict.DELAYED, "A fault in this server; see its log.")

log = structlog.get_logger()


class Notifier:
    """Sends one worker's notifications."""

    claimable = MAILS

    def __init__(self, services: Services, mailer: Mailer) -> None:
        self._services = services
        self._mailer = mailer
        self._pauses = Pauses(services.clock)
        self._under_way: set[ClaimedMail] = set()

    @property
    def claims(self) -> Claims:
        """The mails that are being sent."""
        claims: defaultdict[int, list[int]] = defaultdict(list)
        for mail in self._under_way:
            claims[mail.claim_id].append(mail.id)
        return claims

    async def send_mails(self) -> bool:
        """Send a few mails in parallel; return whether there was one."""
        claimed = await claim_mails(self._services, limit=MAILS_AT_ONCE)
        self._under_way.update(claimed)
        try:
            async with asyncio.TaskGroup() as group:
                for mail in claimed:
                    group.create_task(self._send(mail))
        finally:
            self._under_way.difference_update(claimed)
        return bool(claimed)

    async def send_sms(self) -> bool:
        """Send a batch of SMS; return whether there was one."""
        return await send_due_sms(self._services, limit=SMS_BATCH, pauses=self._pauses) > 0

    async def _send(self, claimed: ClaimedMail) -> None:
        try:
            outcome = await self._mailer.send(claimed.mail)
        except Exception:
            # A bug that concerns this mail: the others must not be interrupted.
            log.exception("mail failed", notification_id=claimed.id)
            outcome = FAULT
        self._services.meters.mails.labels(outcome.verdict.name.lower()).inc()
        await record_mail(self._services, claimed, outcome)
        self._under_way.discard(claimed)
