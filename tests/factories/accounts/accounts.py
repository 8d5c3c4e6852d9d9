"""A small world for tests: an operator, two holders, accounts with credits, users and senders."""

from dataclasses import dataclass

from server.kit.ids import new_secret
from server.operations.access.authentication import user_principal
from server.operations.accounts.users import create_user
from server.operations.core.principals import HOLDER_SCOPES, OPERATOR_SCOPES, Principal
from server.operations.core.services import Services
from server.operations.credits.credits import grant_credits
from server.rules.senders.senders import SenderKind, SenderStatus
from server.store.models import Account, Holder, Rate, Sender, User

HOLDER_PASSWORD = "correct horse battery"
USER_PASSWORD = "abcd1234"


@dataclass
class World:
    """Builds a test's data, through the operations that a person would use."""

    services: Services
    operator: Principal
    holder: Principal
    neighbour: Principal

    @classmethod
    async def create(cls, services: Services) -> "World":
        """Create the operator and two holders, and rates for the countries that tests write to."""
        principals = []
        for name, is_operator in (("operator", True), ("holder", False), ("neighbour", False)):
            holder = await Holder.create(
                email=f"{name}@example.com",
                name=name.capitalize(),
                password_hash=await services.passwords.hash(HOLDER_PASSWORD),
                is_operator=is_operator,
                created_at_us=services.clock.now_us(),
            )
            scopes = OPERATOR_SCOPES if is_operator else HOLDER_SCOPES
            principals.append(Principal(name=holder.email, scopes=scopes, holder_id=holder.id))
        for country, credits in (("FR", 1_000), ("GB", 500), ("US", 2_350)):
            await Rate.create(country=country, credits=credits, updated_at_us=services.clock.now_us())
        return cls(services, *principals)

    async def account(
        self, name: str = "sms-demo-1", *, credits: int = 200_000, of: Principal | None = None
    ) -> Account:
        """Create an account with millicredits granted, and an enabled sender named Chappe."""
        now_us = self.services.clock.now_us()
        account = await Account.create(
            name=name, holder_id=(of or self.holder).holder_id, created_at_us=now_us
        )
        if credits:
            await grant_credits(
                self.services, self.operator, account=name, credits=credits, key=new_secret("")[:40]
            )
        await self.sender(account)
        return await Account.get(id=account.id)

    async def sender(
        self, account: Account, name: str = "Chappe", status: SenderStatus = SenderStatus.ENABLED
    ) -> Sender:
        """Declare a sender."""
        now_us = self.services.clock.now_us()
        return await Sender.create(
            account_id=account.id,
            name=name,
            name_key=name.lower(),
            kind=SenderKind.ALPHANUMERIC,
            status=status,
            created_at_us=now_us,
            status_changed_at_us=now_us,
        )

    async def user(self, account: Account, login: str = "script") -> User:
        """Create a user with the usual password."""
        created = await create_user(
            self.services,
            await self.owner(account),
            account=account.name,
            login=login,
            password=USER_PASSWORD,
        )
        return created.user

    async def owner(self, account: Account) -> Principal:
        """Return the account's holder as a principal."""
        holder = await Holder.get(id=account.holder_id)
        return Principal(name=holder.email, scopes=HOLDER_SCOPES, holder_id=holder.id)

    @staticmethod
    def as_user(user: User) -> Principal:
        """Return a user as a principal."""
        return user_principal(user)
