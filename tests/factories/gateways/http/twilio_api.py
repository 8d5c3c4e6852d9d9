"""Twilio's Messages resource, with the requests, answers and calls that its documentation describes."""

import hmac
from base64 import b64encode
from collections.abc import Collection
from urllib.parse import parse_qsl, urlencode

import httpx
from aiohttp import web

from tests.factories.gateways.http.operators import Asked, HttpOperator


class TwilioApi(HttpOperator):
    """Twilio for one account."""

    def __init__(self, account: str, token: str, *, invalid: Collection[str] = ()) -> None:
        """Take the account's SID and token, and invalid numbers."""
        super().__init__()
        self.account, self.token, self.invalid = account, token, invalid
        self.messages: list[dict[str, str]] = []

    def answer(self, asked: Asked) -> web.Response:
        """Create a message, or answer with an error."""
        expected = b64encode(f"{self.account}:{self.token}".encode()).decode()
        if asked.headers.get("Authorization") != f"Basic {expected}":
            return _error(401, 20003, "Authenticate")
        if (asked.method, asked.path) != ("POST", f"/2010-04-01/Accounts/{self.account}/Messages.json"):
            return _error(404, 20404, "The requested resource was not found")
        assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"
        fields = dict(parse_qsl(asked.body.decode(), strict_parsing=True))
        if fields["To"] in self.invalid:
            return _error(400, 21211, f"Invalid 'To' Phone Number: {fields['To']}")
        self.messages.append(fields)
        made = {
            "sid": self.sid(len(self.messages) - 1),
            "account_sid": self.account,
            "status": "queued",
            "to": fields["To"],
            "from": fields["From"],
            "body": fields["Body"],
            "num_segments": "1",
            "error_code": None,
            "error_message": None,
        }
        return web.json_response(made, status=201)

    def sid(self, index: int) -> str:
        """Return the id of the message with this index."""
        return f"SM{index:032x}"

    async def tell(
        self, client: httpx.AsyncClient, index: int, status: str, *, error: str | None = None
    ) -> httpx.Response:
        """Call the status callback of a message."""
        message = self.messages[index]
        fields = {
            "AccountSid": self.account,
            "ApiVersion": "2010-04-01",
            "From": message["From"],
            "MessageSid": self.sid(index),
            "MessageStatus": status,
            "SmsSid": self.sid(index),
            "SmsStatus": status,
            "To": message["To"],
        }
        if error is not None:
            fields["ErrorCode"] = error
        return await self._call(client, message["StatusCallback"], fields, self.token)

    async def pass_on(
        self,
        client: httpx.AsyncClient,
        url: str,
        sender: str,
        receiver: str,
        text: str,
        *,
        token: str | None = None,
    ) -> httpx.Response:
        """Call with a message from a phone."""
        fields = {
            "AccountSid": self.account,
            "Body": text,
            "From": sender,
            "MessageSid": "SM" + "f" * 32,
            "NumMedia": "0",
            "NumSegments": "1",
            "SmsMessageSid": "SM" + "f" * 32,
            "To": receiver,
        }
        return await self._call(client, url, fields, token or self.token)

    async def _call(
        self, client: httpx.AsyncClient, url: str, fields: dict[str, str], token: str
    ) -> httpx.Response:
        signed = url + "".join(name + fields[name] for name in sorted(fields))
        signature = b64encode(hmac.digest(token.encode(), signed.encode(), "sha1")).decode()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": signature,
        }
        return await client.post(url, content=urlencode(fields), headers=headers)


def _error(status: int, code: int, message: str) -> web.Response:
    more = f"https://www.twilio.com/docs/errors/{code}"
    body = {"code": code, "message": message, "more_info": more, "status": status}
    return web.json_response(body, status=status)
