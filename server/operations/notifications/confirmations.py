"""Asking an address or a number whether it wants an account's alerts. Repeats are limited."""

from collections.abc import Mapping

from server.bus.bus import Queue
from server.errors import InvalidInput, about
from server.kit.email_address import parse_email
from server.kit.phone_number import parse_phone_number
from server.operations.audit import trail
from server.operations.core.outreach import charge
from server.operations.core.principals import Principal, Scope
from server.operations.core.services import Services
from server.operations.core.transactions import wake
from server.operations.core.visibility import lock_account
from server.operations.notifications.contacts import Place, refused_contact, states_of, unknown_contact
from server.rules.core.outreach import confirmation_charges
from server.rules.credits.thresholds import AlertChannel
from server.rules.notifications.contacts import ContactState, lifetime_us
from server.store.models import Account, Contact, Notification
from server.store.queries.notifications import find_contact, is_in_users_limit
from server.store.writing import add, update

_FIELDS: Mapping[AlertChannel, str] = {AlertChannel.MAIL: "email", AlertChannel.SMS: "phoneNumber"}


async def ask_whoever_is_new(
    account: Account, *, email: str | None, phone_number: str | None, now_us: int
) -> None:
    """Ask the new contacts of a locked account's limit, unless they were asked or have answered.

    Raises:
        Conflict: CONTACT_REFUSED, the contact said no.
        RateLimited: too many were asked recently, or the same one too often.
    """
    by_channel = {AlertChannel.MAIL: email, AlertChannel.SMS: phone_number}
    recipients = {
        Place.of(account.id, channel, recipient): recipient
        for channel, recipient in by_channel.items()
        if recipient
    }
    states = await states_of(recipients, now_us=now_us) if recipients else {}
    for place, state in states.items():
        if state is ContactState.REFUSED:
            raise refused_contact(_FIELDS[place.channel])
        if state is ContactState.UNCONFIRMED:
            await _ask(place, recipients[place], now_us)


async def request_confirmation(
    services: Services, principal: Principal, *, account: str, email: str | None, phone_number: str | None
) -> Contact:
    """Ask an address or a number of a limit again, unless it has said yes.

    Raises:
        NotFound: UNKNOWN_ACCOUNT, UNKNOWN_CONTACT.
        InvalidInput: INVALID_EMAIL, INVALID_PHONE_NUMBER; both or neither were given.
        Conflict: CONTACT_REFUSED.
        RateLimited: it was asked too often recently, or the account's contacts together were.
    """
    principal.require(Scope.MANAGE)
    channel, recipient = _parse(email, phone_number)

    async def work() -> Contact:
        locked = await lock_account(principal, account)
        now_us = services.clock.now_us()
        place = Place.of(locked.id, channel, recipient)
        field = _FIELDS[channel]
        if not await _is_named(locked, place):
            raise unknown_contact(field)
        state = (await states_of([place], now_us=now_us))[place]
        if state is ContactState.REFUSED:
            raise refused_contact(field)
        if state is ContactState.CONFIRMED:
            return await find_contact(*place) or Contact(
                account_id=locked.id, channel=channel, address=place.address, state=state,
                requested_at_us=now_us, expires_at_us=now_us,
            )  # fmt: skip
        with about(field):
            contact = await _ask(place, recipient, now_us)
        await trail.record(principal, "requestConfirmation", place.address, at_us=now_us, account=locked)
        return contact

    return await services.transactions.run(work)


async def _ask(place: Place, recipient: str, now_us: int) -> Contact:
    """Write a question to a contact of a locked account. Earlier questions become invalid."""
    charges = confirmation_charges(place.account_id, place.channel, place.address)
    await charge(charges, now_us=now_us, what="requests for confirmation")
    known = await find_contact(*place)
    contact = known or Contact(account_id=place.account_id, channel=place.channel, address=place.address)
    contact.state = ContactState.ASKED
    contact.requests += 1
    contact.code_tries = 0
    contact.requested_at_us, contact.expires_at_us = now_us, now_us + lifetime_us(place.channel)
    if known is None:
        await add(contact)
    else:
        await update([contact], ["state", "requests", "code_tries", "requested_at_us", "expires_at_us"])
    await add(
        Notification(
            account_id=place.account_id,
            contact_id=contact.id,
            channel=place.channel,
            recipient=recipient,
            subject="",
            body="",
            due_at_us=now_us,
            created_at_us=now_us,
        )
    )
    wake(Queue.NOTIFICATIONS)
    return contact


async def _is_named(account: Account, place: Place) -> bool:
    """Tell whether a limit of the account or of one of its users sends alerts to this place."""
    is_mail = place.channel is AlertChannel.MAIL
    own = account.alert_email if is_mail else account.alert_phone_number
    if own is not None and Place.of(account.id, place.channel, own) == place:
        return True
    if is_mail:
        return await is_in_users_limit(account.id, email_key=place.address)
    return await is_in_users_limit(account.id, phone_number=place.address)


def _parse(email: str | None, phone_number: str | None) -> tuple[AlertChannel, str]:
    if email is not None and phone_number is None:
        with about("email"):
            return AlertChannel.MAIL, parse_email(email)
    if phone_number is not None and email is None:
        with about("phoneNumber"):
            return AlertChannel.SMS, parse_phone_number(phone_number).e164
    raise InvalidInput("Give either an e-mail address or a phone number.")
