"""The demo: a holder with two accounts and everything that a newcomer wants to see, in an empty database.

Every step can be repeated, so the next start completes an interrupted demo. The operator is created last:
once it exists, the demo is complete, and later starts don't touch its data.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from server.cli.demo_secrets import DemoPasswords, read_passwords, secrets_path, write_passwords
from server.cli.terminal import CommandRefused, out
from server.errors import Conflict
from server.operations.access.authentication import user_principal
from server.operations.access.holders import create_holder
from server.operations.accounts.accounts import create_account, update_account
from server.operations.accounts.user_settings import set_user_ip_restrictions
from server.operations.accounts.users import create_user
from server.operations.core.offered_sign_ins import OfferedSignIn
from server.operations.core.principals import SERVER
from server.operations.core.services import Services
from server.operations.credits.credits import grant_credits, set_rate
from server.operations.credits.limits import set_user_limit
from server.operations.credits.quotas import set_user_quota
from server.operations.messages.screening import Draft
from server.operations.messages.sending import send_message
from server.operations.senders.senders import create_sender, set_sender_status
from server.rules.credits.thresholds import AlertChannel
from server.rules.senders.senders import SenderStatus
from server.settings import Profile, Settings
from server.store.models import Holder, User
from server.store.queries.access.holders import find_holder, some_emails
from server.store.queries.accounts import find_users

HOLDER_EMAIL = "demo@example.com"
OPERATOR_EMAIL = "operator@example.com"
ACCOUNT, OTHER_ACCOUNT = "sms-demo-1", "sms-demo-2"
LOGIN = "shop"
SENDER = "Chappe"

# Millicredits for one part, by country.
RATES = {
    "AU": 1_300, "BE": 1_200, "BR": 1_250, "CA": 1_050, "CH": 1_100, "DE": 1_400, "ES": 900, "FR": 1_000,
    "GB": 500, "IE": 950, "IN": 700, "IT": 1_150, "JP": 1_850, "NL": 1_600, "PT": 600, "US": 2_350,
}  # fmt: skip
# Receivers from ranges reserved for films and examples; their last digits choose what the simulator does.
MESSAGES = {
    "+447700900004": "Your parcel is on its way. It will be with you tomorrow.",
    "+447700900001": "Table for two, Friday, 19:30. See you then!",
    "+33639980024": "Votre rendez-vous est confirmé pour demain à 9 h.",
    "+447700900904": "No operator takes this one, so it is refunded.",
}


@dataclass(frozen=True, slots=True)
class DemoSignIn:
    """The demo's current passwords; None if one was changed, or its owner is gone.

    `offered` are the sign-ins that the sign-in page fills in.
    """

    holder: str | None
    operator: str | None
    user: str | None
    offered: Sequence[OfferedSignIn] = ()


def refuse_in_production(settings: Settings) -> None:
    """Raise `CommandRefused` in the production profile: demo data is for trying things out."""
    if settings.profile is Profile.PRODUCTION:
        raise CommandRefused("Demo data is not for production.")


async def prepare(settings: Settings, services: Services) -> DemoSignIn | None:
    """Add the demo to an empty database, or complete it; return its sign-in, or None if there is no demo.

    Raises:
        CommandRefused: the passwords stored next to the database can't be read.
    """
    path = secrets_path(settings)
    passwords = read_passwords(path)
    emails = await some_emails(3)
    if not emails or (passwords is not None and emails == {HOLDER_EMAIL}):
        if passwords is None:
            passwords = DemoPasswords.draw()
            write_passwords(path, passwords)
        # Over a real link the sample messages would reach somebody.
        await _create(services, passwords, with_messages=settings.simulated)
    return None if passwords is None else await _still_valid(services, passwords)


def print_sign_in(sign_in: DemoSignIn | None) -> None:
    """Print the demo's sign-ins and passwords."""
    if sign_in is None:
        out.print("The database already has data: no demo was added.")
        return
    for owner, password in (
        (HOLDER_EMAIL, sign_in.holder),
        (OPERATOR_EMAIL, sign_in.operator),
        (f"{ACCOUNT} {LOGIN}", sign_in.user),
    ):
        out.print(f"{owner}  {password or '(changed since)'}", markup=False)


async def _create(services: Services, passwords: DemoPasswords, *, with_messages: bool) -> None:
    for country, rate in RATES.items():
        await set_rate(services, SERVER, country=country, credits=rate)
    await _holder(services, HOLDER_EMAIL, "Demo holder", passwords.holder)
    await _account(services, ACCOUNT, "The web shop", credits=2_000_000, stop_clause="")
    await _account(
        services, OTHER_ACCOUNT, "The newsletter", credits=500_000, stop_clause="Reply STOP to end."
    )
    with suppress(Conflict):
        await create_sender(
            services, SERVER, account=ACCOUNT, name="Semaphore", kind=None, comment="waits for an operator"
        )
    await _users(services, passwords.user)
    if with_messages:
        await _messages(services)
    await _holder(services, OPERATOR_EMAIL, "Demo operator", passwords.operator, is_operator=True)


async def _holder(
    services: Services, email: str, name: str, password: str, *, is_operator: bool = False
) -> None:
    with suppress(Conflict):
        await create_holder(
            services, SERVER, email=email, name=name, password=password, is_operator=is_operator
        )


async def _account(
    services: Services, name: str, description: str, *, credits: int, stop_clause: str
) -> None:
    with suppress(Conflict):
        await create_account(
            services,
            SERVER,
            name=name,
            holder_email=HOLDER_EMAIL,
            changes={"description": description, "stop_clause": stop_clause},
        )
    await grant_credits(services, SERVER, account=name, credits=credits, key=f"demo {name}", reason="demo")
    with suppress(Conflict):
        await create_sender(services, SERVER, account=name, name=SENDER, kind=None, comment=None)
    await set_sender_status(services, SERVER, account=name, name=SENDER, status=SenderStatus.ENABLED)
    await update_account(services, SERVER, account=name, changes={"alert_sender": SENDER})


async def _users(services: Services, password: str) -> None:
    await _user(services, ACCOUNT, LOGIN, password)
    await _user(services, ACCOUNT, "monitoring")
    await set_user_quota(services, SERVER, account=ACCOUNT, login="monitoring", enabled=True, credits=150_000)
    await set_user_limit(
        services,
        SERVER,
        account=ACCOUNT,
        login="monitoring",
        enabled=True,
        threshold=50_000,
        channel=AlertChannel.MAIL,
        email=HOLDER_EMAIL,
    )
    await _user(services, ACCOUNT, "warehouse")
    await set_user_ip_restrictions(
        services, SERVER, account=ACCOUNT, login="warehouse", addresses=["192.0.2.10", "2001:db8::10"]
    )
    await _user(services, OTHER_ACCOUNT, "newsletter")
    await set_user_quota(
        services, SERVER, account=OTHER_ACCOUNT, login="newsletter", enabled=True, credits=100_000
    )


async def _user(services: Services, account: str, login: str, password: str | None = None) -> None:
    with suppress(Conflict):
        await create_user(services, SERVER, account=account, login=login, password=password)


async def _messages(services: Services) -> None:
    [shop] = await find_users([(ACCOUNT, LOGIN)])
    for receiver, text in MESSAGES.items():
        draft = Draft(account=ACCOUNT, sender=SENDER, receivers=(receiver,), text=text, tag="demo")
        await send_message(services, user_principal(shop), draft, idempotency_key=f"demo {receiver}")


async def _still_valid(services: Services, passwords: DemoPasswords) -> DemoSignIn:
    holder = await find_holder(HOLDER_EMAIL)
    operator = await find_holder(OPERATOR_EMAIL)
    user = next(iter(await find_users([(ACCOUNT, LOGIN)])), None)

    async def checked(owner: Holder | User | None, password: str) -> str | None:
        valid = owner is not None and await services.passwords.verify(owner.password_hash, password)
        return password if valid else None

    sign_in = DemoSignIn(
        holder=await checked(holder, passwords.holder),
        operator=await checked(operator, passwords.operator),
        user=await checked(user, passwords.user),
    )
    offered = [
        OfferedSignIn(owner.name, owner.email, password, owner.password_hash)
        for owner, password in ((holder, sign_in.holder), (operator, sign_in.operator))
        if owner is not None and password is not None
    ]
    return replace(sign_in, offered=offered)
