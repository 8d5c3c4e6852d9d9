"""OVHcloud's SMS jobs, with the requests, answers and calls that its guides describe."""

import hashlib
from collections.abc import Collection
from typing import Any
from urllib.parse import urlencode

import httpx
import orjson
from aiohttp import web

from tests.factories.gateways.http.operators import Asked, HttpOperator

_FIRST_ID = 26_929_925


class OvhcloudApi(HttpOperator):
    """OVHcloud for one application and one SMS account."""

    def __init__(
        self,
        application: str,
        application_secret: str,
        consumer_key: str,
        *,
        service: str,
        invalid: Collection[str] = (),
    ) -> None:
        """Take the keys, the account's name, and invalid numbers."""
        super().__init__()
        self.application, self.application_secret = application, application_secret
        self.consumer_key, self.service, self.invalid = consumer_key, service, invalid
        self.jobs: list[dict[str, Any]] = []

    def answer(self, asked: Asked) -> web.Response:
        """Create a job, or answer with an error."""
        if asked.headers.get("X-Ovh-Application") != self.application:
            return _error(403, "This application key is invalid")
        signed = "+".join(
            (
                self.application_secret, self.consumer_key, asked.method, self.url(asked.path),
                asked.body.decode(), asked.headers["X-Ovh-Timestamp"],
            )
        )  # fmt: skip
        signature = "$1$" + hashlib.sha1(signed.encode()).hexdigest()  # noqa: S324 the API's own
        if asked.headers.get("X-Ovh-Signature") != signature:
            return _error(403, "This call has not been granted")
        if (asked.method, asked.path) != ("POST", f"/1.0/sms/{self.service}/jobs"):
            return _error(404, "The requested object does not exist")
        assert asked.headers["Content-Type"] == "application/json"
        job = orjson.loads(asked.body)
        valid = [number for number in job["receivers"] if number not in self.invalid]
        if valid:
            self.jobs.append(job)
        return web.json_response(
            {
                "totalCreditsRemoved": len(valid),
                "invalidReceivers": [number for number in job["receivers"] if number in self.invalid],
                "ids": [_FIRST_ID + len(self.jobs) - 1 for _ in valid],
                "validReceivers": valid,
            }
        )

    async def tell(
        self, client: httpx.AsyncClient, url: str, text: str, dlr: str, ptt: int
    ) -> httpx.Response:
        """Call with the receipt of the message with this text."""
        [index] = [index for index, job in enumerate(self.jobs) if job["message"] == text]
        fields = {
            "id": _FIRST_ID + index,
            "ptt": ptt,
            "date": "2026-09-21 12:00:00",
            "description": dlr,
            "descriptionDlr": "words",
        }
        return await client.get(f"{url}&{urlencode(fields)}")

    async def stop(self, client: httpx.AsyncClient, url: str, phone: str) -> httpx.Response:
        """Call with a phone's STOP."""
        fields = {"id": 1, "senderid": phone, "date": "2026-09-21 12:00:00", "message": "STOP"}
        return await client.get(f"{url}&{urlencode(fields)}")


def _error(status: int, message: str) -> web.Response:
    return web.json_response({"class": "Client::Forbidden", "message": message}, status=status)
