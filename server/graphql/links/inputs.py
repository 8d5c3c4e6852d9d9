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


@strawberry.input(description="How one kind of address is to be marked.")
class TonNpiInput:
    ton: int = strawberry.field(description="The type of number (TON), 0 to 255.")
    npi: int = strawberry.field(description="The numbering plan indicator (NPI), 0 to 255.")


@strawberry.input(description="How addresses are to be marked; what is left out or null stays as it is.")
class LinkAddressesInput:
    alphanumeric: TonNpiInput | None = strawberry.field(
        default=None, description="Senders that are names; 5 and 0 at first."
    )
    short_code: TonNpiInput | None = strawberry.field(
        default=None, description="Senders that are short codes; 3 and 1 at first."
    )
    international: TonNpiInput | None = strawberry.field(
        default=None, description="Receivers, and senders that are numbers; 1 and 1 at first."
    )


@strawberry.input(description="What receipts with a stat, and maybe an err, mean.")
class PttTableEntryInput:
    stat: str = strawberry.field(description="The receipt's `stat`, like UNDELIV.")
    err: str | None = strawberry.field(default=None, description="The receipt's `err`; null for any.")
    ptt: int = strawberry.field(description="The ptt code that it stands for.")
    billed: bool = strawberry.field(
        default=True, description="Whether the operator bills it; if not, the message ends as NOT_BILLED."
    )


@strawberry.input(description="What a command status of the operator's answer to a submission means.")
class RefusalPttInput:
    status: int = strawberry.field(
        description="The command status of the operator's answer; over HTTP the number of its reason, else the HTTP status."
    )
    ptt: int = strawberry.field(description="The ptt code that the message ends with.")
    retry: bool = strawberry.field(
        default=False,
        description=(
            "Whether the message is tried again, CHAPPE_MAX_REFUSALS times in all, before it ends; if not, it "
            "ends at once."
        ),
    )


@strawberry.input(description="What may be set for a link.")
class LinkDetails:
    """What creating and changing a link have in common."""

    enabled: bool | None = strawberry.field(default=None, description="Whether workers open it.")
    port: int | None = strawberry.field(
        default=None, description="The port of the SMSC; 2775 at first, or 3550 over TLS."
    )
    tls: bool | None = strawberry.field(
        default=None, description="Whether the connection is over TLS; the certificate is verified."
    )
    password: str | None = strawberry.field(
        default=None, description="The password, which is kept encrypted and never shown again."
    )
    password_variable: str | None = strawberry.field(
        default=None,
        description=(
            "In its place, the workers' environment variable that has it: CHAPPE_LINK_ and a name. Another one, "
            "whose name ends in _URL beyond that, says where it may go: smpp://host:port, or smpps over TLS."
        ),
    )
    system_type: str | None = strawberry.field(default=None, description="The system type of its binds.")
    address_range: str | None = strawberry.field(default=None, description="The address range of its binds.")
    bind_ton: int | None = strawberry.field(
        default=None, description="The type of number (addr_ton) of its binds, 0 to 255; 0 at first."
    )
    bind_npi: int | None = strawberry.field(
        default=None,
        description="The numbering plan indicator (addr_npi) of its binds, 0 to 255; 0 at first.",
    )
    mode: BindMode | None = strawberry.field(
        default=None, description="How it is bound; as a transceiver at first."
    )
    binds: int | None = strawberry.field(
        default=None, description="How many times each worker binds it in its mode, 1 to 10; 1 at first."
    )
    window: int | None = strawberry.field(
        default=None,
        description="How many submissions of a bind, or requests, may be unanswered, 1 to 1,000; 10 at first.",
    )
    per_second: int | None = strawberry.field(
        default=None,
        description="How many submissions a bind makes a second, or requests a link, 1 to 1,000; 20 at first.",
    )
    enquire_seconds: int | None = strawberry.field(
        default=None,
        description="After how many seconds each enquire_link follows the last, 5 to 3,600; 30 at first.",
    )
    response_seconds: int | None = strawberry.field(
        default=None,
        description="How many seconds the answer to a submission is waited for, 1 to 300; 60 at first.",
    )
    alphabet: DefaultAlphabet | None = strawberry.field(
        default=None, description="What data_coding 0 means to the operator; GSM_7BIT at first."
    )
    flash: FlashForm | None = strawberry.field(
        default=None, description="How a message's class is marked, flash above all; GENERAL at first."
    )
    long_messages: LongForm | None = strawberry.field(
        default=None, description="How a message of several parts is submitted; UDH at first."
    )
    service_type: str | None = strawberry.field(
        default=None, description="The service_type of submissions, at most 5 characters; empty at first."
    )
    priority_flag: int | None = strawberry.field(
        default=None, description="The priority_flag of submissions, 0 to 3; 0 at first."
    )
    protocol_id: int | None = strawberry.field(
        default=None, description="The protocol_id of submissions, 0 to 255; 0 at first."
    )
    registered_delivery: int | None = strawberry.field(
        default=None,
        description=(
            "The registered_delivery of submissions: 1, as at first, asks for a receipt of how each ended, 2 of "
            "failures alone, 0 of nothing; 16 more asks for intermediate ones too. What gets no receipt ends as "
            "FAILED with ptt 6."
        ),
    )
    validity_seconds: int | None = strawberry.field(
        default=None,
        description=(
            "The longest validity that submissions are given, 60 to 2,678,399, as at first: less where less is "
            "left of CHAPPE_VALIDITY_SECONDS. With 0 they are given none, and the operator's own counts."
        ),
    )
    id_form: IdForm | None = strawberry.field(
        default=None, description="How ids in answers and in receipts differ; ANY at first."
    )
    addresses: LinkAddressesInput | None = strawberry.field(
        default=None, description="How addresses are marked."
    )
    ptt_table: list[PttTableEntryInput] | None = strawberry.field(
        default=None, description="What receipts mean, beside the usual; replaces the whole table."
    )
    refusal_ptts: list[RefusalPttInput] | None = strawberry.field(
        default=None,
        description=(
            "What command statuses mean, where they don't mean the usual; replaces the whole table. Usually "
            "ESME_RTHROTTLED, ESME_RMSGQFUL, ESME_RX_T_APPN, ESME_RSYSERR and ESME_RINVBNDSTS are tried again, "
            "and all others are for good."
        ),
    )
    err_is_ptt: bool | None = strawberry.field(
        default=None, description="Whether a receipt's `err` is the ptt code itself."
    )
    unknown_outcome: UnknownOutcome | None = strawberry.field(
        default=None,
        description="What becomes of a message that the operator may have; what the server's settings say at first.",
    )
    unknown_resends: int | None = strawberry.field(
        default=None,
        description="How often it is handed over again where `unknownOutcome` is RESEND, 1 to 10; 2 at first.",
    )
    priority: int | None = strawberry.field(
        default=None,
        description="Of several links that fit a message, the lowest goes first, 0 to 1,000; 100 at first.",
    )
    prefixes: list[str] | None = strawberry.field(
        default=None, description="Receivers' prefixes that it takes, like +447; replaces all."
    )
    countries: list[CountryCode] | None = strawberry.field(
        default=None, description="Receivers' countries that it takes; replaces all."
    )
    sender_kinds: list[SenderKind] | None = strawberry.field(
        default=None, description="Kinds of senders that it takes; replaces all."
    )

    http: HttpLinkInput | None = strawberry.field(
        default=None,
        description=(
            "What is set for a link over HTTP, which takes the place of SMPP. Of what else is set, such a link has "
            "enabled, password, passwordVariable, window, perSecond, responseSeconds, pttTable, refusalPtts, "
            "errIsPtt, unknownOutcome, unknownResends, priority, prefixes, countries and senderKinds."
        ),
    )

    def changes(self) -> LinkChanges:
        """Return what is to change: what was left out or is null stays."""
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


@strawberry.input(description="A link to be set up; it needs a password, or the variable that has it.")
class CreateLinkInput(LinkDetails):
    name: str = strawberry.field(
        description="Lower-case letters, digits or hyphens, at most 40 characters; it never changes."
    )
    host: str | None = strawberry.field(
        default=None, description="The name or IP address of the operator's SMSC; SMPP needs it."
    )
    system_id: str | None = strawberry.field(
        default=None, description="As whom it is bound, at most 15 characters; SMPP needs it."
    )


@strawberry.input(description="What is to change of a link; what is left out or null stays as it is.")
class UpdateLinkInput(LinkDetails):
    name: str = strawberry.field(description=NAME)
    host: str | None = strawberry.field(default=None, description="Where the operator's SMSC is.")
    system_id: str | None = strawberry.field(default=None, description="As whom it is bound.")


@strawberry.input(description="The link to be deleted.")
class DeleteLinkInput:
    name: str = strawberry.field(description=NAME)
