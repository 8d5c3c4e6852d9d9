"""GraphQL as a signed-in client sees it, without a transport between."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from strawberry.types import ExecutionResult

from server.api.context import Context
from server.api.schema import schema
from server.operations.principals import Principal
from server.operations.services import Services
from tests.factories.refusals import snapshot

ADDRESS = "192.0.2.1"

Json = dict[str, Any]


@dataclass
class Api:
    """Executes documents for whomever a test names."""

    services: Services

    async def execute(self, caller: Principal | None, query: str, /, **variables: Any) -> ExecutionResult:
        """Execute a document for somebody (None: nobody), and return the whole answer."""
        context = Context(
            services=self.services,
            request=Request({"type": "http", "headers": []}),
            response=Response(),
            address=ADDRESS,
            secure_cookies=False,
            caller=caller,
        )
        result = await schema.execute(query, variable_values=variables, context_value=context)
        assert isinstance(result, ExecutionResult)
        return result

    async def data(self, caller: Principal | None, query: str, /, **variables: Any) -> Json:
        """Execute a document that has to succeed, and return its data."""
        result = await self.execute(caller, query, **variables)
        assert result.errors is None, result.errors
        assert result.data is not None
        return result.data

    async def code(self, caller: Principal | None, query: str, /, **variables: Any) -> str:
        """Execute a document that has to be refused as a whole, and return the code of its first error."""
        result = await self.execute(caller, query, **variables)
        assert result.errors, result.data
        return error_code(result)

    async def mutate(self, caller: Principal | None, name: str, selection: str = "", /, **input: Any) -> Json:
        """Call a mutation that has to be accepted, and return its payload."""
        payload = await self.payload(caller, name, selection, **input)
        assert payload.pop("userErrors") == []
        return payload

    async def refusal(self, caller: Principal | None, name: str, /, **input: Any) -> tuple[str, list[str]]:
        """Call a mutation that has to be refused for one reason and to change nothing; return code and field."""
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


def error_code(result: ExecutionResult) -> str:
    """Return the code of an answer's first error."""
    assert result.errors
    extensions = result.errors[0].extensions
    assert extensions is not None
    code = extensions["code"]
    assert isinstance(code, str)
    return code
