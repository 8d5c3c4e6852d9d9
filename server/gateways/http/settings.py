"""The settings of one link over HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from server.gateways.http.signatures import Signing
from server.gateways.http.template import Meaning, Template
from server.gateways.protocol import Submission
from server.rules.dispatch.routing import Route
from server.rules.links.http import CallUrls
from server.rules.links.tables import PttEntry
from server.rules.messages.segments import Coding

DEFAULT_CLASS = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    """One link. Another `version` with the same name replaces it.

    `account` is the account at the operator, or the number of a phone that serves as gateway. `refusals` and
    `ptt_table` are the link's own tables, by reason or HTTP status, and by word and reason in lower case. At
    most `window` requests are unanswered, each for at most `response_seconds`.
    """

    route: Route
    template: Template
    version: int = 1
    account: str = ""
    keys: Signing = field(default_factory=Signing)
    urls: CallUrls | None = None
    per_second: int = 20
    window: int = 10
    response_seconds: int = 60
    max_resends: int | None = None
    refusals: Mapping[str, Meaning] = field(default_factory=dict)
    ptt_table: Mapping[str, PttEntry] = field(default_factory=dict)
    err_is_ptt: bool = False

    @property
    def name(self) -> str:
        """Return the link's name."""
        return self.route.link

    def values(self, submission: Submission, *, validity_seconds: int) -> dict[str, str | int]:
        """Return the values of the template's variables for one message."""
        seconds = min(validity_seconds, self.template.max_validity_seconds)
        gsm, unicode = self.template.codings
        message_class = DEFAULT_CLASS if submission.message_class is None else submission.message_class
        return {
            "receiver": submission.receiver,
            "receiver_digits": submission.receiver.removeprefix("+"),
            "sender": submission.sender,
            "text": "".join(submission.parts),
            "id": str(submission.message_id),
            "coding": gsm if submission.coding is Coding.GSM_7BIT else unicode,
            "class": self.template.classes[message_class],
            "validity_seconds": seconds,
            "validity_minutes": max(seconds // 60, 1),
            "user": self.keys.user,
            "account": self.account,
            "password": self.keys.password,
            "second_key": self.keys.second_key or "",
            "receipts_url": "" if self.urls is None else self.urls.receipts,
        }
