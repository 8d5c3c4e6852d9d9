"""Unusual requests to http2sms."""

from urllib.parse import quote_from_bytes

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.store.models import Account
from tests.integration.web.conftest import Script

pytestmark = pytest.mark.one_database

FIELDS = (
    "account", "login", "password", "from", "to", "message", "deferred", "class", "noStop", "tag", "smsCoding",
    "SMSencoding", "contentType", "idempotencyKey",
)  # fmt: skip
CODES = {100, 201, 202, 401}

unhurried = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

encoded = st.one_of(
    st.binary(max_size=40).map(lambda raw: quote_from_bytes(raw).encode()),
    st.text(max_size=40).map(lambda text: quote_from_bytes(text.encode("utf-8", "surrogatepass")).encode()),
    st.binary(max_size=40),
)


async def check(script: Script, raw: bytes) -> None:
    """Call with these bytes: a code that exists, and credits that move with the code 100 alone."""
    before = (await Account.get(name="sms-demo-1")).credits_left
    response = await script.send_raw(raw)
    after = (await Account.get(name="sms-demo-1")).credits_left
    assert response.status_code == 200
    if response.text.startswith("{"):
        assert response.json()["status"] in CODES
    accepted = response.text.startswith(("OK\n", '{"status":100,'))
    assert (after < before) is accepted


@pytest.mark.parametrize("method", ["GET", "POST"])
@given(raw=st.binary(max_size=400))
@unhurried
async def test_arbitrary_bytes_are_answered(script: Script, method: str, raw: bytes) -> None:
    """Never an error of the server, and never a debit."""
    script.method = method
    await check(script, raw)


@pytest.mark.parametrize("method", ["GET", "POST"])
@given(name=st.sampled_from(FIELDS), value=encoded)
@unhurried
async def test_one_arbitrary_value_among_good_ones_is_answered(
    script: Script, method: str, name: str, value: bytes
) -> None:
    """Whatever a field holds, it is accepted and debited, or refused and not."""
    script.method = method
    good = httpx.QueryParams({key: text for key, text in script.fields.items() if key != name})
    await Account.filter(name="sms-demo-1").update(credits_left=200_000)
    await check(script, f"{good}&contentType=text/json&{name}=".encode() + value)


@given(path=st.binary(max_size=40), header=st.binary(max_size=40))
@unhurried
async def test_arbitrary_addresses_are_answered(script: Script, path: bytes, header: bytes) -> None:
    """A path or a request id that nobody expects is no error of the server."""
    headers = [(b"x-request-id", header.replace(b"\r", b"").replace(b"\n", b""))]
    response = await script.client.get(f"/{quote_from_bytes(path)}", headers=headers)
    assert response.status_code < 500
