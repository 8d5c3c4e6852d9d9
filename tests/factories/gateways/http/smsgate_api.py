"""A phone with SMSGate, with the requests, answers and calls that its documentation describes."""

import hmac
from base64 import b64encode
from typing import Any

import httpx
import orjson
from aiohttp import web

from server.kit.clock import SECOND_US, Clock
from tests.factories.gateways.http.operators import Asked, HttpOperator


class SmsgateApi(HttpOperator):
    """One phone with its own server."""

    def __init__(self, user: str, password: str, *, signing_key: str, clock: Clock) -> None:
        """Take the app's credentials, its signing key, and the time."""
        super().__init__()
        self.user, self.password, self.signing_key, self.clock = user, password, signing_key, clock
        self.messages: list[dict[str, Any]] = []
        self._calls = 0

    def answer(self, asked: Asked) -> web.Response:
        """Accept a message, or answer with an error."""
        expected = b64encode(f"{self.user}:{self.password}".encode()).decode()
        if asked.headers.get("Authorization") != f"Basic {expected}":
            return web.json_response({"message": "Unauthorized"}, status=401)
        if (asked.method, asked.path) != ("POST", "/messages"):
            return web.json_response({"message": "Not found"}, status=404)
        self.messages.append(orjson.loads(asked.body))
        state = {
            "id": self.id(len(self.messages) - 1),
            "state": "Pending",
            "recipients": [
                {"phoneNumber": number, "state": "Pending"} for number in self.messages[-1]["phoneNumbers"]
            ],
        }
        return web.json_response(state, status=202)

    def id(self, index: int) -> str:
        """Return the id of the message with this index."""
        return f"PyDmBQZZXYmyxMwED8Fz{index}"

    async def tell(
        self, client: httpx.AsyncClient, url: str, event: str, index: int, *, signing_key: str | None = None
    ) -> httpx.Response:
        """Call the webhook for an event of a sent message."""
        [number] = self.messages[index]["phoneNumbers"]
        payload = {"messageId": self.id(index), "phoneNumber": number, "simNumber": 1}
        return await self._call(client, url, event, payload, signing_key)

    async def pass_on(self, client: httpx.AsyncClient, url: str, sender: str, text: str) -> httpx.Response:
        """Call the webhook for a message from a phone."""
        payload = {"messageId": "1a2b3c", "message": text, "phoneNumber": sender, "simNumber": None}
        return await self._call(client, url, "sms:received", payload, None)

    async def _call(
        self,
        client: httpx.AsyncClient,
        url: str,
        event: str,
        payload: dict[str, Any],
        signing_key: str | None,
    ) -> httpx.Response:
        self._calls += 1
        body = orjson.dumps(
            {
                "deviceId": "ffffffffceb0b1db0000018e937c815b",
                "event": event,
                "id": f"Ey6ECgOkVVFjz3CL48B{self._calls}",
                "payload": payload,
                "webhookId": "LreFUt-Z3sSq0JufY9uWB",
            }
        )
        sent = str(self.clock.now_us() // SECOND_US)
        key = (signing_key or self.signing_key).encode()
        headers = {
            "Content-Type": "application/json",
            "X-Timestamp": sent,
            "X-Signature": hmac.digest(key, body + sent.encode(), "sha256").hex(),
        }
        return await client.post(url, content=body, headers=headers)
