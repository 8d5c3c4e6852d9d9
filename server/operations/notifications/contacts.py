"""Contacts: whether they want an account's alerts, and their answers when asked."""

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from server.errors import Conflict, ErrorCode, InvalidInput, NotFound, about
from server.kit.email_address import email_key
from server.kit.phone_number import parse_phone_number
from server.operations.audit import trail
from server.operations.core.principals import SERVER, Principal, Scope
from server.operations.core.services import Services
from server.operations.core.visibility import lock_account
from server.rules.credits.thresholds import AlertChannel
from server.rules.notifications.contacts import MAX_CODE_TRIES, WITHHELD, ContactState, check_code, state_now
from server.store.models import Contact
from server.store.queries.accounts import lock_account_id
from server.store.queries.notifications import (
    contact_with_account,
    contacts_at,
    fail_waiting,
    find_contact,
    get_contact,
    holders_addresses,
)
from server.store.writing import update

PAGE = "/alerts"
"""The path of the page that the links in mails and SMS lead to."""


class Place(NamedTuple):
    """A mail address (in the form of `email_key`) or a number that an account's alerts go to."""

    account_id: int
    channel: AlertChannel
    address: str

    @classmethod
    def of(cls, account_id: int, channel: AlertChannel, recipient: str) -> "Place":
        """Return the place of a recipient, which may be in any form."""
        return cls(account_id, channel, email_key(recipient) if channel is AlertChannel.MAIL else recipient)


async def states_of(places: Collection[Place], *, now_us: int) -> dict[Place, ContactState]:
    """Return whether these places want the alerts. A holder's sign-in address always counts as confirmed."""
    accounts, addresses = {place.account_id for place in places}, {place.address for place in places}
    states = dict.fromkeys(places, ContactState.UNCONFIRMED)
    for row in await contacts_at(accounts, addresses):
        place = Place(row.account_id, row.channel, row.address)
        if place in states:
            states[place] = state_now(row.state, row.expires_at_us, now_us)
    if any(place.channel is AlertChannel.MAIL for place in places):
        for account_id, email in await holders_addresses(accounts, addresses):
            if (place := Place(account_id, AlertChannel.MAIL, email)) in states:
                states[place] = ContactState.CONFIRMED
    return states


def link_of(services: Services, contact: Contact) -> str:
    """Return the link to the page where the contact answers; empty if no URL is set for this server."""
    base = services.policy.public_url
    return f"{base}{PAGE}?token={contact.id}-{services.signing_keys.link_token(contact.id)}" if base else ""


def code_of(services: Services, contact: Contact) -> str:
    """Return the code in the latest SMS to a contact."""
    return services.signing_keys.code(contact.id, contact.requests)


async def contact_of_token(services: Services, token: str) -> Contact | None:
    """Return the contact of a link's token; None for a token that this server never made."""
    id_, _, mac = token.partition("-")
    if not (id_.isascii() and id_.isdecimal() and len(id_) < len(str(2**63))):
        return None
    # Checked before any look-up, so that guessing costs no statement.
    if not hmac.compare_digest(mac.encode(), services.signing_keys.link_token(int(id_)).encode()):
        return None
    return await contact_with_account(int(id_))


async def answer(services: Services, contact: Contact, *, wanted: bool) -> bool:
    """Record a contact's answer by its link; return False if a yes comes too late or needs a code.

    A no counts at any time, and stops what waits to be sent there.
    """

    async def work() -> bool:
        account = await lock_account_id(contact.account_id)
        row = await get_contact(contact.id)
        now_us = services.clock.now_us()
        in_time = row.channel is AlertChannel.MAIL and now_us < row.expires_at_us
        state = ContactState.CONFIRMED if wanted else ContactState.REFUSED
        if row.state is state:
            return True
        if wanted and not in_time:
            return False
        await _settle(row, state, now_us)
        if not wanted:
            await _withhold(row, now_us)
        action = "confirmContact" if wanted else "refuseContact"
        await trail.record(SERVER, action, row.address, at_us=now_us, account=account)
        return True

    return await services.transactions.run(work)


@dataclass(frozen=True, slots=True)
class _Checked:
    contact: Contact
    right: bool


async def confirm_phone_number(
    services: Services, principal: Principal, *, account: str, phone_number: str, code: str
) -> Contact:
    """Confirm a number with the code from the SMS: whoever knows it has the phone.

    Raises:
        NotFound: UNKNOWN_ACCOUNT, UNKNOWN_CONTACT.
        Conflict: CONTACT_REFUSED, CONFIRMATION_EXPIRED (by time, or by wrong codes).
        InvalidInput: INVALID_PHONE_NUMBER; the code is malformed; WRONG_CODE, which counts as a try.
    """
    principal.require(Scope.MANAGE)
    with about("phoneNumber"):
        number = parse_phone_number(phone_number).e164
    with about("code"):
        check_code(code)

    async def work() -> _Checked:
        locked = await lock_account(principal, account)
        row = await find_contact(locked.id, AlertChannel.SMS, number)
        if row is None:
            raise unknown_contact("phoneNumber")
        now_us = services.clock.now_us()
        state = state_now(row.state, row.expires_at_us, now_us)
        if state is ContactState.CONFIRMED:
            return _Checked(row, right=True)
        if state is ContactState.REFUSED:
            raise refused_contact("phoneNumber")
        if state is ContactState.UNCONFIRMED or row.code_tries >= MAX_CODE_TRIES:
            raise Conflict(
                "The code is no longer valid: ask for a new one.",
                code=ErrorCode.CONFIRMATION_EXPIRED,
                field=("code",),
            )
        right = hmac.compare_digest(code.encode(), code_of(services, row).encode())
        row.code_tries += 1
        await update([row], ["code_tries"])
        if right:
            await _settle(row, ContactState.CONFIRMED, now_us)
            await trail.record(principal, "confirmPhoneNumber", number, at_us=now_us, account=locked)
        return _Checked(row, right)

    checked = await services.transactions.run(work)
    if not checked.right:
        # Raised outside the transaction, so that the try is counted.
        raise InvalidInput(
            f"This is not the code; {MAX_CODE_TRIES - checked.contact.code_tries} tries are left.",
            code=ErrorCode.WRONG_CODE,
            field=("code",),
        )
    return checked.contact


def unknown_contact(field: str) -> NotFound:
    """Return the error for an address or a number that no limit of the account names."""
    return NotFound(
        "No limit of this account sends its alerts there.", code=ErrorCode.UNKNOWN_CONTACT, field=(field,)
    )


def refused_contact(field: str) -> Conflict:
    """Return the error for an address or a number that said no."""
    return Conflict(WITHHELD[ContactState.REFUSED], code=ErrorCode.CONTACT_REFUSED, field=(field,))


async def _settle(row: Contact, state: ContactState, now_us: int) -> None:
    row.state, row.answered_at_us = state, now_us
    await update([row], ["state", "answered_at_us"])


async def _withhold(row: Contact, now_us: int) -> None:
    """Fail what waits to be sent to a contact that said no."""
    await fail_waiting(
        row.account_id,
        row.channel,
        row.address,
        failure=WITHHELD[ContactState.REFUSED],
        at_us=now_us,
        in_any_case=row.channel is AlertChannel.MAIL,
    )
