"""The guide to links works as written, and its tables agree with the code."""

import json

from graphql import GraphQLInputObjectType

from server.gateways.smpp.receipts import FALLBACK
from server.graphql.schema.schema import schema
from server.operations.core.services import Services
from tests.acceptance.pages import block, blocks, read
from tests.factories.accounts.accounts import World
from tests.factories.graphql.api import Api

PAGE = "docs/guides/operator-link.md"


async def test_the_examples_work_as_written(services: Services) -> None:
    """The mutation sets the link up, and the query shows it."""
    api, world = Api(services), await World.create(services)
    mutation, query = [each.text for each in blocks(PAGE, "graphql")]
    variables = json.loads(block(PAGE, "json"))
    made = (await api.data(world.operator, mutation, **variables))["createLink"]
    assert made == {"link": {"name": "west", "state": "STOPPED", "lastError": None}, "userErrors": []}
    assert [link["name"] for link in (await api.data(world.operator, query))["links"]] == ["west"]


def test_every_field_of_a_link_is_told() -> None:
    """The page has every setting of a data sheet."""
    input = schema._schema.type_map["CreateLinkInput"]
    assert isinstance(input, GraphQLInputObjectType)
    page = read(PAGE)
    assert [name for name in input.fields if f"`{name}`" not in page and f"`{name}:" not in page] == []


def test_what_receipts_mean_is_told_as_it_is() -> None:
    """The table has every word of the specification, with its status and ptt."""
    rows = [f"| {stat} | {state.status.name} | {state.ptt} |" for stat, state in FALLBACK.items()]
    assert "\n".join(rows) in read(PAGE)
