"""Information about the server, as the schema shows it."""

from importlib.metadata import version

from server.graphql.schema.access import Access, field, object_type, resolved
from server.graphql.schema.context import Info
from server.operations.core.offered_sign_ins import OfferedSignIn, sign_ins_for

NAME = "Chappe"


@object_type(
    access=Access.ANYONE,
    description="A sign-in of the demo.",
)
class DemoSignIn:
    label: str = field(description="The person's name, in English.")
    email: str = field(description="The e-mail address to sign in with.")
    password: str = field(description="The password that the demo generated.")

    @classmethod
    def of(cls, offered: OfferedSignIn) -> "DemoSignIn":
        return cls(label=offered.label, email=offered.email, password=offered.password)


@object_type(access=Access.ANYONE, description="Public information about this server.")
class About:
    name: str = field(description="The name of the software.")
    version: str = field(description="The version of the software.")
    graphiql: bool = field(description="Whether this server has GraphiQL, at /graphiql.")

    @resolved(
        description=(
            "The sign-ins of the demo, which its sign-in page fills in. Only a server started by `chappe "
            "demo --serve` on a loopback address has them, for requests from the same machine; otherwise "
            "empty. A sign-in whose password was changed is left out."
        )
    )
    async def demo_sign_ins(self, info: Info) -> list[DemoSignIn]:
        context = info.context
        offered = await sign_ins_for(
            context.services.offered_sign_ins,
            address=context.address,
            host=context.request.headers.get("host"),
        )
        return [DemoSignIn.of(sign_in) for sign_in in offered]

    @classmethod
    def load(cls, info: Info) -> "About":
        """Return the information about this server."""
        return cls(name=NAME, version=version("chappe"), graphiql=info.context.services.policy.graphiql)
