"""Signatures of requests and calls, against values or rules in the APIs' documentation."""

import hashlib
import hmac
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from server.gateways.http.signatures import CallSignature, RequestSigning, SignedCall, Signing

NOW = 1_790_000_000

# The example on Twilio's page about the security of webhooks.
TWILIOS = SignedCall(
    url="https://example.com/myapp.php?foo=1&bar=2",
    headers={"x-twilio-signature": "L/OH5YylLD5NRKLltdqwSvS0BnU="},
    body=urlencode(
        {
            "CallSid": "CA1234567890ABCDE",
            "Caller": "+14158675310",
            "Digits": "1234",
            "From": "+14158675310",
            "To": "+18005551212",
        }
    ).encode(),
)
TOKEN = Signing(user="AC1", password="12345")


def test_an_ovhcloud_request_is_signed_as_its_guide_has_it() -> None:
    """The secrets, the method, the URL, the body and the time, joined by pluses."""
    keys = Signing(user="app", password="secret", second_key="consumer")
    headers = RequestSigning.OVHCLOUD.headers(
        keys, "POST", "https://eu.api.ovh.com/1.0/sms/sms-ab1-1/jobs", '{"a":"é"}'.encode(), NOW
    )
    signed = f'secret+consumer+POST+https://eu.api.ovh.com/1.0/sms/sms-ab1-1/jobs+{{"a":"é"}}+{NOW}'
    assert headers == {
        "X-Ovh-Application": "app",
        "X-Ovh-Consumer": "consumer",
        "X-Ovh-Timestamp": str(NOW),
        "X-Ovh-Signature": "$1$" + hashlib.sha1(signed.encode()).hexdigest(),  # noqa: S324 the API's own
    }


def test_twilios_own_example_is_genuine() -> None:
    """And no call that differs from it in any part."""
    assert CallSignature.TWILIO.is_genuine(TWILIOS, TOKEN, now=NOW)
    for forged in (
        replace(TWILIOS, url=TWILIOS.url + "0"),
        replace(TWILIOS, body=TWILIOS.body + b"&MessageStatus=delivered"),
        replace(TWILIOS, headers={}),
        replace(TWILIOS, headers={"x-twilio-signature": "ä"}),
    ):
        assert not CallSignature.TWILIO.is_genuine(forged, TOKEN, now=NOW)
    assert not CallSignature.TWILIO.is_genuine(TWILIOS, replace(TOKEN, password="12346"), now=NOW)


def test_with_an_api_key_twilio_signs_with_the_second() -> None:
    """The account's token, not the API key's password."""
    keys = Signing(user="SK1", password="other", second_key="12345")
    assert CallSignature.TWILIO.is_genuine(TWILIOS, keys, now=NOW)


def smsgates(body: bytes, sent: str, key: str = "key") -> SignedCall:
    """Return a call as a phone signs it."""
    mac = hmac.digest(key.encode(), body + sent.encode(), "sha256").hex()
    return SignedCall(url="", headers={"x-signature": mac, "x-timestamp": sent}, body=body)


@pytest.mark.parametrize(
    ("call", "genuine"),
    [
        (smsgates(b"{}", str(NOW)), True),
        (smsgates(b"{}", str(NOW - 299)), True),
        (smsgates(b"{}", str(NOW - 301)), False),
        (smsgates(b"{}", str(NOW), key="other"), False),
        (replace(smsgates(b"{}", str(NOW)), body=b"{ }"), False),
        (smsgates(b"{}", "soon"), False),
        (smsgates(b"{}", "9" * 400), False),
        (SignedCall(url="", headers={}, body=b"{}"), False),
    ],
)
def test_a_phones_call_is_genuine_for_some_minutes(call: SignedCall, genuine: bool) -> None:  # noqa: FBT001
    """The body and the time are signed."""
    keys = Signing(second_key="key")
    assert CallSignature.SMSGATE.is_genuine(call, keys, now=NOW) is genuine


def test_without_a_key_there_is_nothing_to_look_at() -> None:
    """Only the URL identifies the caller."""
    call = SignedCall(url="", headers={}, body=b"{}")
    assert CallSignature.SMSGATE.is_genuine(call, Signing(), now=NOW)
    assert CallSignature.NONE.is_genuine(call, Signing(), now=NOW)
