"""A link over HTTP: the result of messages for any answer of the operator, and the link's pace."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from server.gateways.http.gateway import HttpGateway
from server.gateways.http.settings import HttpSettings
from server.gateways.http.template import Template
from server.gateways.link_state import LinkStatus
from server.gateways.protocol import (
    Accepted,
    Refused,
    Submission,
    SubmitOutcome,
    Submitted,
    TryLater,
    Unknown,
)
from server.kit.clock import ManualClock
from server.outbound.operator_client import OperatorClient
from server.rules.dispatch.routing import Route
from server.rules.messages.segments import Coding
from tests.factories.gateways.http.operators import OWN_TEMPLATE, HttpOperator, here, serving
from tests.factories.outbound.webhook_client import NOON_US
from tests.factories.running.waiting import eventually


def message(id: int = 1, **more: Any) -> Submission:
    """Return a message."""
    return Submission(
        **{
            "message_id": id,
            "sender": "Chappe",
            "receiver": f"+4477009{id:05d}",
            "parts": ("Hello", " you"),
            "coding": Coding.GSM_7BIT,
            "message_class": None,
            **more,
        }
    )


@asynccontextmanager
async def link(operator: HttpOperator, *ports: int, **more: Any) -> AsyncIterator[HttpGateway]:
    """Run a link to an operator, as fast as it may be."""
    gateway = HttpGateway(
        HttpSettings(
            **{
                "route": Route(link="web"),
                "template": Template(url=operator.url("/send"), **OWN_TEMPLATE),
                "per_second": 1_000,
                **more,
            }
        ),
        lambda: OperatorClient(here(*(ports or (operator.port,)))),
        ManualClock(NOON_US),
        validity_seconds=3_600,
        lease_seconds=60,
    )
    gateway.start()
    try:
        yield gateway
    finally:
        await gateway.stop()


def status_of(gateway: HttpGateway) -> LinkStatus:
    """Return whether it takes messages at present."""
    return gateway.state.status


async def submit_one(gateway: HttpGateway, submission: Submission | None = None) -> SubmitOutcome:
    """Submit one message."""
    [outcome] = await gateway.submit([submission or message()])
    return outcome


async def test_a_message_goes_out_as_a_whole() -> None:
    """In one request, whatever its parts; the operator's id is on record as it came."""
    async with serving(HttpOperator()) as operator, link(operator) as gateway:
        outcome = await submit_one(gateway)
        assert isinstance(outcome, Submitted)
        assert (outcome.parts, outcome.link) == ((Accepted("id-1", "Id-1"),), "web")
        [asked] = operator.asked
        assert (asked.method, asked.path) == ("POST", "/send")
        assert asked.body == b'{"to":"+447700900001","from":"Chappe","text":"Hello you","ref":"1"}'
        assert gateway.state.status is LinkStatus.BOUND
        assert gateway.state.last_error is None


async def test_what_is_refused_ends_and_what_may_be_taken_does_not() -> None:
    """By its own reason; what the operator has no good word for is unknown."""
    async with serving(HttpOperator()) as operator, link(operator) as gateway:
        operator.says = [web.json_response({"error": {"code": 9}}, status=400), web.Response(status=500)]
        refused, unknown = await submit_one(gateway), await submit_one(gateway)
    assert isinstance(refused, Submitted)
    assert isinstance(unknown, Submitted)
    assert (refused.parts, unknown.parts) == ((Refused(5),), (Unknown(),))
    assert unknown.retry_seconds > 0


async def test_parts_that_another_kind_of_link_left_are_no_message() -> None:
    """They are refused without a request."""
    async with serving(HttpOperator()) as operator, link(operator) as gateway:
        outcome = await submit_one(gateway, message(open_parts=(2,), link="web"))
        assert isinstance(outcome, Submitted)
        assert (outcome.parts, operator.asked) == ((Refused(20),), [])


async def test_a_text_that_no_request_can_bear_is_refused() -> None:
    """And takes no other message along."""
    async with serving(HttpOperator()) as operator, link(operator) as gateway:
        half, whole = await gateway.submit([message(1, parts=("\ud83d",)), message(2)])
        assert isinstance(half, Submitted)
        assert isinstance(whole, Submitted)
        assert (half.parts, whole.parts) == ((Refused(20),), (Accepted("id-1", "Id-1"),))


async def test_silence_is_unknown_and_is_never_asked_twice() -> None:
    """After the timeout; and so is a broken connection."""
    async with serving(HttpOperator()) as operator, link(operator, response_seconds=1) as gateway:
        operator.speaks.clear()
        outcome = await submit_one(gateway)
        assert isinstance(outcome, Submitted)
        assert outcome.parts == (Unknown(),)
        assert len(operator.asked) == 1
        assert gateway.state.last_error == "no answer in time"
        assert gateway.state.status is LinkStatus.BOUND


async def test_what_never_left_waits_and_the_link_stands_back() -> None:
    """No message ends by it; the link says why, and tries one after a while."""
    async with serving(HttpOperator()) as operator:
        pass
    async with link(operator) as gateway:
        outcome = await submit_one(gateway)
        assert isinstance(outcome, TryLater)
        assert outcome.ptt is None
        assert (gateway.capacity, gateway.is_open, gateway.state.status) == (0, False, LinkStatus.DOWN)
        assert gateway.state.last_error == "connection refused"
        assert isinstance(await submit_one(gateway), TryLater)

        async def tries_again() -> bool:
            return gateway.capacity == 1

        await eventually(tries_again)
        assert gateway.state.status is LinkStatus.CONNECTING


async def test_an_address_that_is_not_allowed_is_not_called() -> None:
    """Whatever the row says."""
    async with serving(HttpOperator()) as operator, link(operator, 1) as gateway:
        assert isinstance(await submit_one(gateway), TryLater)
        assert "CHAPPE_OPERATOR_ALLOWED_NETWORKS" in (gateway.state.last_error or "")
        assert operator.asked == []


@pytest.mark.parametrize("status", [401, 302])
async def test_wrong_credentials_end_no_message(status: int) -> None:
    """They are the link's fault; once they are right, it goes on."""
    async with serving(HttpOperator()) as operator, link(operator) as gateway:
        operator.says = [web.Response(status=status, headers={"Location": "/elsewhere"})]
        assert isinstance(await submit_one(gateway), TryLater)
        assert str(status) in (gateway.state.last_error or "")
        assert gateway.state.status is LinkStatus.DOWN

        async def passes() -> bool:
            return isinstance(await submit_one(gateway), Submitted)

        await eventually(passes)
        assert status_of(gateway) is LinkStatus.BOUND
        assert [asked.path for asked in operator.asked] == ["/send", "/send"]


async def test_many_unknown_outcomes_in_a_row_are_the_links_own() -> None:
    """An operator that is away for long uses up the tries of few messages."""
    async with serving(HttpOperator()) as operator, link(operator, window=1) as gateway:
        operator.says = [web.Response(status=502) for _ in range(9)]
        outcomes = await gateway.submit([message(id) for id in range(1, 10)])
        unknown = [outcome for outcome in outcomes if isinstance(outcome, Submitted)]
        assert (len(unknown), len(operator.asked)) == (3, 3)
        assert all(
            isinstance(outcome, TryLater) and outcome.ptt is None
            for outcome in outcomes
            if outcome not in unknown
        )
        assert gateway.state.status is LinkStatus.DOWN
        assert gateway.state.last_error == "HTTP 502, and no id of the message"
        operator.says = []

        async def passes() -> bool:
            return isinstance(await submit_one(gateway), Submitted)

        await eventually(passes)
        assert status_of(gateway) is LinkStatus.BOUND


async def test_haste_slows_the_link_down_and_loses_nothing() -> None:
    """It pauses for the requested time, and others go first; then one message is tried."""
    async with serving(HttpOperator()) as operator, link(operator) as gateway:
        operator.says = [web.Response(status=429, headers={"Retry-After": "2"})]
        outcome = await submit_one(gateway)
        assert isinstance(outcome, TryLater)
        assert outcome.ptt == 25
        assert gateway.pauses
        state = gateway.state
        assert (gateway.capacity, state.throttled, state.times_throttled) == (0, True, 1)
        assert isinstance(await submit_one(gateway), TryLater)
        assert len(operator.asked) == 1

        async def passes() -> bool:
            return isinstance(await submit_one(gateway), Submitted)

        await eventually(passes)
        assert not gateway.state.throttled


async def test_no_more_requests_than_the_window_are_unanswered() -> None:
    """Those that wait for a place are sent when there is one."""
    async with serving(HttpOperator()) as operator, link(operator, window=2) as gateway:
        operator.speaks.clear()
        submitting = asyncio.create_task(gateway.submit([message(id) for id in range(1, 7)]))

        async def full() -> bool:
            return operator.under_way == 2

        await eventually(full)
        assert (gateway.state.in_flight, gateway.capacity) == (2, 1_000 + 2 - 6)
        operator.speaks.set()
        outcomes = await submitting
        assert [type(outcome) for outcome in outcomes] == [Submitted] * 6
        assert operator.most_at_once == 2


async def test_what_is_answered_is_told_while_others_wait() -> None:
    """Their answers are on record before the slow one comes."""
    told: list[int] = []

    async def tell(outcomes: Mapping[int, Submitted]) -> None:
        told.extend(outcomes)

    async with serving(HttpOperator(slow_about=b'"ref":"2"')) as operator, link(operator) as gateway:
        operator.speaks.clear()
        submitting = asyncio.create_task(gateway.submit([message(1), message(2)], tell))

        async def first_is_told() -> bool:
            return told == [1]

        await eventually(first_is_told)
        operator.speaks.set()
        assert len(await submitting) == 2


async def test_a_link_that_is_closed_waits_for_answers_and_takes_no_more() -> None:
    """What was sent is answered; what was not waits for another."""
    async with serving(HttpOperator()) as operator, link(operator, window=1) as gateway:
        operator.speaks.clear()
        submitting = asyncio.create_task(gateway.submit([message(1), message(2)]))

        async def sent() -> bool:
            return operator.under_way == 1

        await eventually(sent)
        stopping = asyncio.create_task(gateway.stop())
        await asyncio.sleep(0)
        operator.speaks.set()
        first, second = await submitting
        await stopping
    assert isinstance(first, Submitted)
    assert isinstance(second, TryLater)
    assert gateway.state.status is LinkStatus.STOPPED
