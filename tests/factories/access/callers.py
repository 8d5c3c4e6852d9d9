"""All kinds of callers of the GraphQL endpoint, each with its own secret."""

from dataclasses import dataclass, replace

from server.gateways.protocol import OperatorMessage
from server.graphql.schema.ids import node_id
from server.operations.access.authentication import principal_of_secret, sign_in_holder, sign_in_user
from server.operations.access.tokens import create_access_token
from server.operations.core.principals import HOLDER_SCOPES, OPERATOR_SCOPES, Scope
from server.operations.dispatch.unclaimed import store_unclaimed
from server.rules.links.tables import PttEntry, RefusalEntry
from server.store.models import UnclaimedMessage
from tests.client import PEER
from tests.factories.access.tenants import Tenant, settle
from tests.factories.accounts.accounts import HOLDER_PASSWORD, USER_PASSWORD, World
from tests.factories.graphql.schema.inputs import HTTP_OPTIONS
from tests.factories.links.links import report, set_up_link

ELSEWHERE = "sms-demo-2"


@dataclass
class Callers:
    """Two tenants, an empty account of the first one's holder, and all callers."""

    world: World
    demo: Tenant
    other: Tenant

    @classmethod
    async def build(cls, world: World) -> "Callers":
        """Build it."""
        demo = await settle(world, "sms-demo-1", of=world.holder, digits="100")
        other = await settle(world, "sms-other-1", of=world.neighbour, digits="200")
        await world.account(ELSEWHERE, of=world.holder)
        link = await set_up_link(
            world,
            http=HTTP_OPTIONS,
            second_key="second",
            ptt_table=[PttEntry(stat="UNDELIV", err="27", ptt=23, billed=True)],
            refusal_ptts=[RefusalEntry(status=1_025, ptt=23)],
        )
        await report(world.services, link.name)
        demo.ids["Link"] = node_id("Link", link.id)
        await store_unclaimed(world.services, "main", [OperatorMessage(None, "1", "Orange", "Nobody", "Hi")])
        demo.ids["UnclaimedMessage"] = node_id("UnclaimedMessage", (await UnclaimedMessage.get()).id)
        callers = cls(world, demo, other)
        await callers.secret("operator:read")
        return callers

    async def secret(self, caller: str) -> str | None:
        """Return a fresh secret of a caller: "holder", "script" and so on, or "holder:read" for a token."""
        name, _, scopes = caller.partition(":")
        if name == "anonymous":
            return None
        if name in {"holder", "neighbour", "operator"}:
            session = await self._holder_session(name)
        else:
            session = await self._user_session(name)
        return await self._token(session, scopes) if scopes else session

    async def _holder_session(self, name: str) -> str:
        signed_in = await sign_in_holder(
            self.world.services, email=f"{name}@example.com", password=HOLDER_PASSWORD, address=PEER
        )
        return signed_in.secret

    async def _user_session(self, name: str) -> str:
        signed_in = await sign_in_user(
            self.world.services,
            account=self.demo.account.name,
            login=getattr(self.demo, name).login,
            password=USER_PASSWORD,
            address=PEER,
        )
        return signed_in.secret

    async def _token(self, session: str, scopes: str) -> str:
        """Create a token: with one scope or, for "bound", for the empty account with a holder's scopes."""
        principal = await principal_of_secret(self.world.services, session, PEER)
        bound = scopes == "bound"
        made = await create_access_token(
            self.world.services,
            replace(principal, in_session=True),
            label=scopes,
            scopes=sorted(HOLDER_SCOPES) if bound else [Scope(scopes)],
            lifetime_seconds=3_600,
            accounts=[ELSEWHERE] if bound else [],
        )
        return made.secret


ALL_CALLERS = (
    "anonymous", "script", "script:read", "script:send", "colleague", "holder",
    *(f"holder:{scope}" for scope in sorted(HOLDER_SCOPES)), "holder:bound",
    "neighbour", "operator", *(f"operator:{scope}" for scope in sorted(OPERATOR_SCOPES)),
)  # fmt: skip
