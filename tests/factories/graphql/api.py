"""GraphQL as a signed-in client sees it, without a transport."""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from server.graphql.schema.context import Context
from server.graphql.transport.answers import GraphqlResponse
from server.graphql.transport.asgi import EdgePolicy, build_engine
from server.graphql.transport.documents import Operation
from server.graphql.transport.engine import NewDocument, Request
from server.graphql.transport.limits import Limits
from server.operations.core.principals import Principal
from server.operations.core.services import Services
from tests.client import PATIENCE_SECONDS
from tests.factories.core.refusals import snapshot

ADDRESS = "192.0.2.1"

Json = dict[str, Any]


@dataclass
class Failure:
    """An error of an answer."""

    message: str
    path: list[str | int] | None
    extensions: Json


@dataclass
class Executed:
    """An answer."""

    data: Json | None
    errors: list[Failure] | None

    @classmethod
    def of(cls, answer: GraphqlResponse) -> "Executed":
        """Return an answer in the form for tests."""
        failures = [Failure(e["message"], e.get("path"), e["extensions"]) for e in answer.errors]
        # As a client reads it: long values are JSON already.
        data = orjson.loads(orjson.dumps(answer.payload.get("data")))
        return cls(data, failures or None)


class Api:
    """Executes documents for any caller."""

    def __init__(self, services: Services, policy: EdgePolicy | None = None) -> None:
        """Build the engine, by default without a limit on the cost."""
        self.services = services
        self.engine = build_engine(services, policy or EdgePolicy(limits=Limits(cost=10**9)))

    async def answer(self, caller: Principal | None, query: str, /, **variables: Any) -> GraphqlResponse:
        """Execute a document for a caller (None: not signed in), and return the answer as it is sent."""
        admitted = await self._admit(caller, query, variables)
        return (
            admitted
            if isinstance(admitted, GraphqlResponse)
            else await self.engine.execute(*admitted, variables)
        )

    async def followed(self, caller: Principal | None, query: str, /, **variables: Any) -> GraphqlResponse:
        """Follow a subscription for a caller, and return the first answer."""
        admitted = await self._admit(caller, query, variables)
        if isinstance(admitted, GraphqlResponse):
            return admitted
        async with (
            asyncio.timeout(PATIENCE_SECONDS),
            aclosing(self.engine.run(*admitted, variables)) as answers,
        ):
            return await anext(answers)

    async def _admit(
        self, caller: Principal | None, query: str, variables: Json
    ) -> tuple[Context, Operation] | GraphqlResponse:
        context = Context(
            services=self.services,
            request=HttpRequest({"type": "http", "headers": []}),
            response=Response(),
            address=ADDRESS,
            secure_cookies=False,
            caller=caller,
        )
        request = Request(query, variables=variables)
        operation = self.engine.look_up(request)
        if isinstance(operation, NewDocument):
            operation = await self.engine.look_over(context, operation)
        if isinstance(operation, GraphqlResponse):
            return operation
        return await self.engine.admit(context, operation, variables) or (context, operation)

    async def execute(self, caller: Principal | None, query: str, /, **variables: Any) -> Executed:
        """Execute a document for a caller (None: not signed in), and return the whole answer."""
        return Executed.of(await self.answer(caller, query, **variables))

    async def data(self, caller: Principal | None, query: str, /, **variables: Any) -> Json:
        """Execute a document that has to succeed, and return its data."""
        result = await self.execute(caller, query, **variables)
        assert result.errors is None, result.errors
        assert result.data is not None
        return result.data

    async def code(self, caller: Principal | None, query: str, /, **variables: Any) -> str:
        """Execute a document that has to be refused completely, and return the code of its first error."""
        result = await self.execute(caller, query, **variables)
        assert result.errors, result.data
        return error_code(result)

    async def mutate(self, caller: Principal | None, name: str, selection: str = "", /, **input: Any) -> Json:
        """Call a mutation that has to be accepted, and return its payload."""
        payload = await self.payload(caller, name, selection, **input)
        assert payload.pop("userErrors") == []
        return payload

    async def refusal(self, caller: Principal | None, name: str, /, **input: Any) -> tuple[str, list[str]]:
        """Call a mutation that has to be refused for one reason without any change; return code and field."""
        before = await snapshot()
        payload = await self.payload(caller, name, **input)
        [error] = payload["userErrors"]
        assert await snapshot() == before
        assert error["message"]
        return error["code"], error["field"]

    async def payload(
        self, caller: Principal | None, name: str, selection: str = "", /, **input: Any
    ) -> Json:
        """Call a mutation, and return its payload with the `userErrors`."""
        payload: Json = (await self.data(caller, mutation_text(name, selection), input=input))[name]
        return payload


def mutation_text(name: str, selection: str = "") -> str:
    """Return the document that calls a mutation with the variable `input`."""
    return (
        f"mutation($input: {name[0].upper()}{name[1:]}Input!) "
        f"{{ {name}(input: $input) {{ {selection} userErrors {{ field code message }} }} }}"
    )


def error_code(result: Executed) -> str:
    """Return the code of an answer's first error."""
    assert result.errors
    code = result.errors[0].extensions["code"]
    assert isinstance(code, str)
    return code
