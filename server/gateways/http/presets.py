"""The templates of known APIs, each written from its public documentation."""

from collections.abc import Mapping
from types import MappingProxyType

import orjson

from server.gateways.http.signatures import CallSignature, RequestSigning
from server.gateways.http.template import Meaning, Template
from server.rules.links.http import BodyFormat, HttpPreset, MessagePaths, ReceiptPaths

_UNDELIVERABLE_PTT = 20
_WRONG_NUMBER_PTT = 23
_NETWORK_PTT = 25

# docs.ovhcloud.com, "API SMS Cookbook" and "Everything you need to know about SMS users". The STOP clause is
# this server's own. Receivers in `invalidReceivers` were refused, although the status says success.
_OVHCLOUD = Template(
    url="https://eu.api.ovh.com/1.0/sms/{account}/jobs",
    body=orjson.dumps(
        {
            "message": "{text}",
            "receivers": ["{receiver}"],
            "sender": "{sender}",
            "noStopClause": True,
            "charset": "UTF-8",
            "coding": "{coding}",
            "class": "{class}",
            "priority": "high",
            "validityPeriod": "{validity_minutes}",
        }
    ).decode(),
    signing=RequestSigning.OVHCLOUD,
    codings=("7bit", "8bit"),
    classes=("flash", "phoneDisplay", "sim", "toolkit"),
    max_validity_seconds=2 * 86_400,
    id_path="ids.0",
    error_path="invalidReceivers.0",
    rejected_ptt=_WRONG_NUMBER_PTT,
    receipts=ReceiptPaths(id="id", status="description", error="ptt"),
    statuses=MappingProxyType({"0": 3, "1": 4, "2": 5, "4": 3, "8": 1, "16": 5}),
    unbilled=frozenset({"16"}),
    error_is_ptt=True,
    messages=MessagePaths(id="id", sender="senderid", text="message"),
)

_TWILIO_REASONS: Mapping[str, int] = MappingProxyType(
    {
        "30001": _NETWORK_PTT,  # the queue is full
        "30002": _NETWORK_PTT,  # the account is suspended
        "30003": 24,  # the handset is off or unreachable
        "30004": _WRONG_NUMBER_PTT,  # blocked by the receiver or its operator
        "30005": _WRONG_NUMBER_PTT,  # an unknown number
        "30006": _WRONG_NUMBER_PTT,  # a landline, or an operator that can't be reached
        "30007": 28,  # filtered
        "30010": _UNDELIVERABLE_PTT,  # above the maximum price
        "30036": 8,  # its validity ended
        "30410": _NETWORK_PTT,  # the operator did not answer Twilio
    }
)

# twilio.com/docs, "Messages resource", "Error and warning dictionary" and "Outbound Message Status in Status
# Callbacks".
_TWILIO = Template(
    url="https://api.twilio.com/2010-04-01/Accounts/{account}/Messages.json",
    body_format=BodyFormat.FORM,
    body=(
        "To={receiver}&From={sender}&Body={text}&ValidityPeriod={validity_seconds}&StatusCallback={receipts_url}"
    ),
    basic_auth=True,
    call_signature=CallSignature.TWILIO,
    max_validity_seconds=36_000,
    id_path="sid",
    error_path="code",
    refusals=MappingProxyType(
        {
            **dict.fromkeys(("14107", "20429", "21611", "30001"), Meaning(_NETWORK_PTT, again=True)),
            # No number, no mobile number, one that can't be reached, or one that has asked to stop.
            **dict.fromkeys(("21211", "21214", "21217", "21610", "21614"), Meaning(_WRONG_NUMBER_PTT)),
            # A sender that the account does not have, a country that it may not write to, or a missing text.
            **dict.fromkeys(
                ("21212", "21408", "21602", "21603", "21606", "21612", "21617", "21659", "21660"),
                Meaning(_UNDELIVERABLE_PTT),
            ),
        }
    ),
    receipts=ReceiptPaths(id="MessageSid", status="MessageStatus", error="ErrorCode"),
    statuses=MappingProxyType(
        {
            **dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent"), 3),
            **dict.fromkeys(("delivered", "read"), 4),
            **dict.fromkeys(("undelivered", "failed", "canceled"), 5),
            **{
                f"{word}:{reason}": ptt
                for word in ("undelivered", "failed")
                for reason, ptt in _TWILIO_REASONS.items()
            },
        }
    ),
    messages=MessagePaths(id="MessageSid", sender="From", receiver="To", text="Body"),
)

# docs.sms-gate.app, "API" and "Webhooks". The phone always sends from its own number.
_SMSGATE = Template(
    url="https://api.sms-gate.app/3rdparty/v1/messages",
    body=orjson.dumps(
        {
            "textMessage": {"text": "{text}"},
            "phoneNumbers": ["{receiver}"],
            "withDeliveryReport": True,
            "ttl": "{validity_seconds}",
        }
    ).decode(),
    basic_auth=True,
    call_signature=CallSignature.SMSGATE,
    id_path="id",
    receipts=ReceiptPaths(id="payload.messageId", status="event"),
    statuses=MappingProxyType({"sms:sent": 3, "sms:delivered": 4, "sms:failed": 5}),
    messages=MessagePaths(
        id="id",
        sender="payload.sender payload.phoneNumber",
        receiver="payload.recipient",
        text="payload.message",
    ),
)

PRESETS: Mapping[HttpPreset, Template] = MappingProxyType(
    {
        HttpPreset.OVHCLOUD: _OVHCLOUD,
        HttpPreset.TWILIO: _TWILIO,
        HttpPreset.SMSGATE: _SMSGATE,
    }
)
"""The presets by the names under which operators of the server choose them."""
