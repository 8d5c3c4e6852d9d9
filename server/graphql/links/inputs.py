"""Inputs about links to operators."""

from dataclasses import asdict
from typing import Any, cast

import strawberry

from server.graphql.links.http_inputs import HttpLinkInput
from server.graphql.schema.scalars import CountryCode
from server.operations.links.validation import LinkChanges
from server.rules.links.links import UnknownOutcome
from server.rules.links.smpp import BindMode, DefaultAlphabet, FlashForm, IdForm, LongForm
from server.rules.links.tables import PttEntry, RefusalEntry
from server.rules.senders.senders import SenderKind

NAME = "The link's name."


@strawberry.input(description="How one kind of address is marked.")
class TonNpiInput:
    ton: int = strawberry.field(description="The type of number (TON), 0 to 255.")
    npi: int = strawberry.field(description="The numbering plan indicator (NPI), 0 to 255.")


@strawberry.input(description="How addresses are marked. A field that is left out or null keeps its value.")
class LinkAddressesInput:
    alphanumeric: TonNpiInput | None = strawberry.field(
        default=None, description="Senders that are names; 5 and 0 by default."
    )
    short_code: TonNpiInput | None = strawberry.field(
        default=None, description="Senders that are short codes; 3 and 1 by default."
    )
    international: TonNpiInput | None = strawberry.field(
        default=None, description="Receivers, and senders that are numbers; 1 and 1 by default."
    )


@strawberry.input(description="The meaning of receipts with this `stat` and, if given, this `err`.")
class PttTableEntryInput:
    stat: str = strawberry.field(description="The receipt's `stat`, like UNDELIV.")
    err: str | None = strawberry.field(default=None, description="The receipt's `err`; null for any.")
    ptt: int = strawberry.field(description="The ptt code for it.")
    billed: bool = strawberry.field(
        default=True, description="Whether the operator bills the message. If not, it ends as NOT_BILLED."
    )


@strawberry.input(description="The meaning of a command status in the operator's response to a submission.")
class RefusalPttInput:
    status: int = strawberry.field(
        description=(
            "The command status of the operator's response. Over HTTP: the number that gives its reason, "
            "otherwise the HTTP status."
        )
    )
    ptt: int = strawberry.field(description="The message's final ptt code.")
    retry: bool = strawberry.field(
        default=False,
        description=(
            "Whether to try the message again, CHAPPE_MAX_REFUSALS times in all. If not, it ends at once."
        ),
    )


@strawberry.input(description="The settings of a link.")
class LinkDetails:
    """The settings that creating and changing a link have in common."""

    enabled: bool | None = strawberry.field(default=None, description="Whether workers open it.")
    port: int | None = strawberry.field(
        default=None, description="The port of the SMSC; 2775 by default, or 3550 over TLS."
    )
    tls: bool | None = strawberry.field(
        default=None, description="Whether to connect over TLS. The certificate is verified."
    )
    password: str | None = strawberry.field(
        default=None, description="The password. It is stored encrypted and never shown again."
    )
    password_variable: str | None = strawberry.field(
        default=None,
        description=(
            "Instead of the password, the workers' environment variable that holds it: CHAPPE_LINK_ and a "
            "name. A second variable, with _URL added to that name, says where the password may be sent: "
            "smpp://host:port, or smpps://host:port over TLS."
        ),
    )
    system_type: str | None = strawberry.field(default=None, description="The system type of its binds.")
    address_range: str | None = strawberry.field(default=None, description="The address range of its binds.")
    bind_ton: int | None = strawberry.field(
        default=None, description="The type of number (addr_ton) of its binds, 0 to 255; 0 by default."
    )
    bind_npi: int | None = strawberry.field(
        default=None,
        description="The numbering plan indicator (addr_npi) of its binds, 0 to 255; 0 by default.",
    )
    mode: BindMode | None = strawberry.field(
        default=None, description="How it is bound; as a transceiver by default."
    )
    binds: int | None = strawberry.field(
        default=None, description="How many times each worker binds it in its mode, 1 to 10; 1 by default."
    )
    window: int | None = strawberry.field(
        default=None,
        description=(
            "How many submissions per bind, or HTTP requests, may be unanswered, 1 to 1,000; 10 by default."
        ),
    )
    per_second: int | None = strawberry.field(
        default=None,
        description=(
            "How many submissions per second a bind makes, or how many requests an HTTP link makes, 1 to "
            "1,000; 20 by default."
        ),
    )
    enquire_seconds: int | None = strawberry.field(
        default=None,
        description="The seconds between two enquire_links, 5 to 3,600; 30 by default.",
    )
    response_seconds: int | None = strawberry.field(
        default=None,
        description="How many seconds to wait for the response to a submission, 1 to 300; 60 by default.",
    )
    alphabet: DefaultAlphabet | None = strawberry.field(
        default=None, description="What data_coding 0 means to the operator; GSM_7BIT by default."
    )
    flash: FlashForm | None = strawberry.field(
        default=None, description="How a message's class (mainly flash) is encoded; GENERAL by default."
    )
    long_messages: LongForm | None = strawberry.field(
        default=None, description="How a message of several parts is submitted; UDH by default."
    )
    service_type: str | None = strawberry.field(
        default=None, description="The service_type of submissions, at most 5 characters; empty by default."
    )
    priority_flag: int | None = strawberry.field(
        default=None, description="The priority_flag of submissions, 0 to 3; 0 by default."
    )
    protocol_id: int | None = strawberry.field(
        default=None, description="The protocol_id of submissions, 0 to 255; 0 by default."
    )
    registered_delivery: int | None = strawberry.field(
        default=None,
        description=(
            "The registered_delivery of submissions. 1 (the default) requests a final receipt, 2 one for "
            "failures only, 0 none; add 16 for intermediate receipts. A message without a receipt ends as "
            "FAILED with ptt 6."
        ),
    )
    validity_seconds: int | None = strawberry.field(
        default=None,
        description=(
            "The longest validity of submissions, 60 to 2,678,399 seconds (the default); less if less is "
            "left of CHAPPE_VALIDITY_SECONDS. 0 sends none, and the operator's own applies."
        ),
    )
    id_form: IdForm | None = strawberry.field(
        default=None, description="How ids in responses and in receipts differ; ANY by default."
    )
    addresses: LinkAddressesInput | None = strawberry.field(
        default=None, description="How addresses are marked."
    )
    ptt_table: list[PttTableEntryInput] | None = strawberry.field(
        default=None,
        description="The meanings of receipts, in addition to the usual ones. Replaces the whole table.",
    )
    refusal_ptts: list[RefusalPttInput] | None = strawberry.field(
        default=None,
        description=(
            "The meanings of command statuses that differ from the usual ones. Replaces the whole table. "
            "Usually ESME_RTHROTTLED, ESME_RMSGQFUL, ESME_RX_T_APPN, ESME_RSYSERR and ESME_RINVBNDSTS are "
            "tried again, and all others are final."
        ),
    )
    err_is_ptt: bool | None = strawberry.field(
        default=None, description="Whether a receipt's `err` is the ptt code itself."
    )
    unknown_outcome: UnknownOutcome | None = strawberry.field(
        default=None,
        description=(
            "What happens to a message that the operator may have; by default what the server's settings say."
        ),
    )
    unknown_resends: int | None = strawberry.field(
        default=None,
        description=(
            "How often such a message is submitted again if `unknownOutcome` is RESEND, 1 to 10; 2 by "
            "default."
        ),
    )
    priority: int | None = strawberry.field(
        default=None,
        description=(
            "The link's priority, 0 to 1,000; 100 by default. Of several links that fit a message, the "
            "lowest number is used first."
        ),
    )
    prefixes: list[str] | None = strawberry.field(
        default=None, description="The prefixes of the receivers that it takes, like +447. Replaces all."
    )
    countries: list[CountryCode] | None = strawberry.field(
        default=None, description="The countries of the receivers that it takes. Replaces all."
    )
    sender_kinds: list[SenderKind] | None = strawberry.field(
        default=None, description="The kinds of senders that it takes. Replaces all."
    )

    http: HttpLinkInput | None = strawberry.field(
        default=None,
        description=(
            "The settings of a link over HTTP instead of SMPP. Of the other fields, such a link uses "
            "enabled, password, passwordVariable, window, perSecond, responseSeconds, pttTable, "
            "refusalPtts, errIsPtt, unknownOutcome, unknownResends, priority, prefixes, countries and "
            "senderKinds."
        ),
    )

    def changes(self) -> LinkChanges:
        """Return the changes: a field that was left out or is null is not changed."""
        changes: dict[str, Any] = {
            name: value for name, value in vars(self).items() if name != "name" and value is not None
        }
        if "window" in changes:
            changes["window_size"] = changes.pop("window")
        if "flash" in changes:
            changes["flash_form"] = changes.pop("flash")
        if self.http is not None:
            changes["http"] = self.http.changes()
            if self.http.second_key is not None:
                changes["second_key"] = self.http.second_key
        if self.addresses is not None:
            types = asdict(self.addresses)
            changes["addresses"] = {kind: (of["ton"], of["npi"]) for kind, of in types.items() if of}
        if self.ptt_table is not None:
            changes["ptt_table"] = [
                PttEntry(stat=entry.stat, err=entry.err or "", ptt=entry.ptt, billed=entry.billed)
                for entry in self.ptt_table
            ]
        if self.refusal_ptts is not None:
            changes["refusal_ptts"] = [
                RefusalEntry(status=entry.status, ptt=entry.ptt, again=entry.retry)
                for entry in self.refusal_ptts
            ]
        return cast("LinkChanges", changes)


@strawberry.input(description="The link to set up. It needs a password, or the variable that holds it.")
class CreateLinkInput(LinkDetails):
    name: str = strawberry.field(
        description=(
            "The link's name, which never changes: lower-case letters, digits or hyphens, at most 40 "
            "characters."
        )
    )
    host: str | None = strawberry.field(
        default=None, description="The name or IP address of the operator's SMSC. Required for SMPP."
    )
    system_id: str | None = strawberry.field(
        default=None,
        description="The system_id that it binds with, at most 15 characters. Required for SMPP.",
    )


@strawberry.input(description="The changes to a link. A field that is left out or null keeps its value.")
class UpdateLinkInput(LinkDetails):
    name: str = strawberry.field(description=NAME)
    host: str | None = strawberry.field(
        default=None, description="The name or IP address of the operator's SMSC."
    )
    system_id: str | None = strawberry.field(default=None, description="The system_id that it binds with.")


@strawberry.input(description="The link to delete.")
class DeleteLinkInput:
    name: str = strawberry.field(description=NAME)
