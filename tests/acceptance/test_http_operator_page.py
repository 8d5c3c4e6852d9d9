"""The guide to operators with an HTTP API works as written, and has all settings."""

import json

from graphql import GraphQLInputObjectType

from server.gateways.http.answers import LINKS_OWN
from server.gateways.http.template import VARIABLES
from server.graphql.schema.schema import schema
from server.operations.core.services import Services
from server.operations.links.links import load_links
from tests.acceptance.pages import block, blocks, read
from tests.factories.accounts.accounts import World
from tests.factories.graphql.api import Api

PAGE = "docs/guides/http-operator.md"


async def test_the_examples_work_as_written(services: Services) -> None:
    """Each example sets up a link that workers can use."""
    api, world = Api(services), await World.create(services)
    mutation = block(PAGE, "graphql")
    names = []
    for example in blocks(PAGE, "json"):
        variables = json.loads(example.text)
        made = (await api.data(world.operator, mutation, **variables))["createLink"]
        assert (made["userErrors"], made["link"]["kind"], made["link"]["lastError"]) == ([], "HTTP", None)
        assert "/receipts?token=" in made["link"]["settings"]["http"]["receiptsUrl"]
        names.append(made["link"]["name"])
    assert [link.name for link in await load_links(services)] == sorted(names)
    assert {"ovhcloud", "twilio", "phone"} < {*names}


def test_every_field_and_every_variable_is_told() -> None:
    """The page has every setting."""
    input = schema._schema.type_map["HttpLinkInput"]
    assert isinstance(input, GraphQLInputObjectType)
    page = read(PAGE)
    assert [name for name in VARIABLES if f"{{{name}}}" not in page] == []
    assert [name for name in input.fields if f"`{name}`" not in page and f'"{name}"' not in page] == []


def test_what_is_the_links_own_fault_is_told_as_it_is() -> None:
    """The page lists the statuses that end no message."""
    assert f"| {', '.join(map(str, LINKS_OWN))}, a redirect, no connection |" in read(PAGE)
