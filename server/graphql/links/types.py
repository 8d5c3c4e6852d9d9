"""Links to operators, as the schema shows them."""

from collections.abc import Sequence

import orjson
import strawberry

from server.gateways.link_state import BindKind, LinkStatus
from server.graphql.links.http_types import HttpLinkSettings
from server.graphql.schema.access import Access, field, object_type, resolved
from server.graphql.schema.context import Info
from server.graphql.schema.enums import BindStatus
from server.graphql.schema.ids import Node, node_id
from server.graphql.schema.scalars import CountryCode, DateTime
from server.operations.core.principals import Principal
from server.operations.links.links import ReportedState, reported_states
from server.rules.links.links import DEFAULT_LINK, LinkKind, UnknownOutcome
from server.rules.links.smpp import AddressTypes, BindMode, DefaultAlphabet, FlashForm, IdForm, LongForm
from server.rules.links.tables import read_ptt_table, read_refusals
from server.rules.senders.senders import SenderKind
from server.store.models import OperatorLink
from server.store.queries.visible_rows import visible_links


@object_type(access=Access.OPERATOR, description="One bind of a link, in one worker.")
class LinkBind:
    kind: BindKind = field(description="Whether it sends, receives or does both.")
    state: BindStatus = field(description="Its present state.")


@object_type(access=Access.OPERATOR, description="How one kind of address is marked for the operator.")
class TonNpi:
    ton: int = field(description="The type of number (TON).")
    npi: int = field(description="The numbering plan indicator (NPI).")


@object_type(access=Access.OPERATOR, description="How each kind of address is marked for the operator.")
class LinkAddresses:
    alphanumeric: TonNpi = field(description="Senders that are names.")
    short_code: TonNpi = field(description="Senders that are short codes.")
    international: TonNpi = field(description="Receivers, and senders that are numbers.")

    @classmethod
    def of(cls, json: str) -> "LinkAddresses":
        """Return them from their stored form, with the usual values for what is missing."""
        rules = AddressTypes(**orjson.loads(json))
        return cls(
            alphanumeric=TonNpi(ton=rules.alphanumeric[0], npi=rules.alphanumeric[1]),
            short_code=TonNpi(ton=rules.short_code[0], npi=rules.short_code[1]),
            international=TonNpi(ton=rules.international[0], npi=rules.international[1]),
        )


@object_type(
    access=Access.OPERATOR,
    description="The meaning of receipts with this `stat` and, if given, this `err`.",
)
class PttTableEntry:
    stat: str = field(description="The receipt's `stat`, in the specification's spelling.")
    err: str | None = field(description="The receipt's `err`, without leading zeros; null for any.")
    ptt: int = field(description="The ptt code for it.")
    billed: bool = field(description="Whether the operator bills the message. If not, it ends as NOT_BILLED.")


@object_type(
    access=Access.OPERATOR,
    description="The meaning of a command status in the operator's response to a submission.",
)
class RefusalPtt:
    status: int = field(description="The command status of the operator's response.")
    ptt: int = field(description="The message's final ptt code.")
    retry: bool = field(description="Whether the message is tried again before it ends.")


@object_type(access=Access.OPERATOR, description="The settings of a link.")
class LinkSettings:
    enabled: bool = field(description="Whether workers open it.")
    host: str = field(description="The name or IP address of the operator's SMSC.")
    port: int = field(description="The port there.")
    tls: bool = field(description="Whether the connection is over TLS.")
    system_id: str = field(description="The system_id that it binds with.")
    password_variable: str | None = field(
        description=(
            "The environment variable that holds the password; null if the server stores it, encrypted."
        )
    )
    system_type: str = field(description="The system type of its binds, often empty.")
    address_range: str = field(description="The address range of its binds, often empty.")
    bind_ton: int = field(description="The type of number (addr_ton) of its binds.")
    bind_npi: int = field(description="The numbering plan indicator (addr_npi) of its binds.")
    mode: BindMode = field(description="How it is bound.")
    binds: int = field(description="How many times each worker binds it in its mode.")
    window: int = field(description="How many submissions of a bind may be unanswered.")
    per_second: int = field(description="How many submissions per second a bind makes; each part counts.")
    enquire_seconds: int = field(description="The seconds between two enquire_links.")
    response_seconds: int = field(description="How many seconds to wait for the response to a submission.")
    alphabet: DefaultAlphabet = field(description="What data_coding 0 means to the operator.")
    flash: FlashForm = field(description="How a message's class (mainly flash) is encoded.")
    long_messages: LongForm = field(description="How a message of several parts is submitted.")
    service_type: str = field(description="The service_type of submissions, often empty.")
    priority_flag: int = field(description="The priority_flag of submissions.")
    protocol_id: int = field(description="The protocol_id of submissions.")
    registered_delivery: int = field(description="The registered_delivery of submissions.")
    validity_seconds: int = field(
        description="The longest validity of submissions, in seconds; 0 if none is sent."
    )
    id_form: IdForm = field(description="How ids in responses and in receipts differ.")
    addresses: LinkAddresses = field(description="How addresses are marked.")
    ptt_table: list[PttTableEntry] = field(
        description="The meanings of receipts, in addition to the usual ones."
    )
    refusal_ptts: list[RefusalPtt] = field(
        description="The meanings of command statuses that differ from the usual ones."
    )
    err_is_ptt: bool = field(description="Whether a receipt's `err` is the ptt code itself.")
    unknown_outcome: UnknownOutcome = field(
        description="What happens to a message that the operator may have."
    )
    unknown_resends: int = field(
        description="How often such a message is submitted again if `unknownOutcome` is RESEND."
    )
    priority: int = field(
        description=(
            "The link's priority. Of several links that fit a message, the lowest number is used first."
        )
    )
    prefixes: list[str] = field(description="The prefixes of the receivers that it takes.")
    countries: list[CountryCode] = field(
        description=(
            "The countries of the receivers that it takes; all if both countries and prefixes are empty."
        )
    )
    sender_kinds: list[SenderKind] = field(description="The kinds of senders that it takes; all if empty.")
    http: HttpLinkSettings | None = field(
        description=(
            "The settings of a link over HTTP, for which the SMPP settings mean nothing; null for one over "
            "SMPP."
        )
    )
    created_at: DateTime = field(description="When it was set up.")
    updated_at: DateTime = field(description="When it was last changed.")

    @classmethod
    def of(cls, row: OperatorLink) -> "LinkSettings":
        """Return a link's settings without the password."""
        return cls(
            enabled=row.enabled,
            host=row.host,
            port=row.port,
            tls=row.tls,
            system_id=row.system_id,
            password_variable=row.password_variable,
            system_type=row.system_type,
            address_range=row.address_range,
            bind_ton=row.bind_ton,
            bind_npi=row.bind_npi,
            mode=BindMode(row.mode),
            binds=row.binds,
            window=row.window_size,
            per_second=row.per_second,
            enquire_seconds=row.enquire_seconds,
            response_seconds=row.response_seconds,
            alphabet=DefaultAlphabet(row.alphabet),
            flash=FlashForm(row.flash_form),
            long_messages=LongForm(row.long_messages),
            service_type=row.service_type,
            priority_flag=row.priority_flag,
            protocol_id=row.protocol_id,
            registered_delivery=row.registered_delivery,
            validity_seconds=row.validity_seconds,
            id_form=IdForm(row.id_form),
            addresses=LinkAddresses.of(row.addresses),
            ptt_table=[
                PttTableEntry(stat=entry.stat, err=entry.err or None, ptt=entry.ptt, billed=entry.billed)
                for entry in read_ptt_table(row.ptt_table)
            ],
            refusal_ptts=[
                RefusalPtt(status=entry.status, ptt=entry.ptt, retry=entry.again)
                for entry in read_refusals(row.refusal_ptts)
            ],
            err_is_ptt=row.err_is_ptt,
            unknown_outcome=UnknownOutcome(row.unknown_outcome),
            unknown_resends=row.unknown_resends,
            priority=row.priority,
            prefixes=row.prefixes.split(),
            countries=[CountryCode(country) for country in row.countries.split()],
            sender_kinds=[SenderKind(kind) for kind in row.sender_kinds.split()],
            http=HttpLinkSettings.of(row) if row.kind == LinkKind.HTTP else None,
            created_at=DateTime(row.created_at_us),
            updated_at=DateTime(row.updated_at_us),
        )


@object_type(
    access=Access.OPERATOR,
    description=(
        "A link to an operator, and its state over all workers that hold it. A worker's report counts for "
        "15 seconds. The link of CHAPPE_SMPP_URL is listed too, but `node` can't fetch it."
    ),
)
class Link(Node):
    fault: strawberry.Private[str | None]
    reported: strawberry.Private[ReportedState | None]
    name: str = field(description="Its name, as messages and metrics show it.")
    kind: LinkKind = field(description="Its protocol.")
    settings: LinkSettings | None = field(
        description="Its settings; null for the link of CHAPPE_SMPP_URL, whose settings are in the URL."
    )

    @resolved(description="Whether it can take messages.")
    async def state(self, info: Info) -> LinkStatus:
        return (await self._state(info)).status

    @resolved(description="How many workers hold it.")
    async def workers(self, info: Info) -> int:
        return (await self._state(info)).workers

    @resolved(description="Its binds in all workers.")
    async def binds(self, info: Info) -> list[LinkBind]:
        return [
            LinkBind(kind=bind.kind, state=BindStatus(bind.state)) for bind in (await self._state(info)).binds
        ]

    @resolved(description="How many submissions are sent but not answered yet.")
    async def window(self, info: Info) -> int:
        return (await self._state(info)).in_flight

    @resolved(description="Whether it is slowed down because the operator said that it was too fast.")
    async def throttled(self, info: Info) -> bool:
        return (await self._state(info)).throttled

    @resolved(description="How often it has slowed down since its workers opened it.")
    async def times_throttled(self, info: Info) -> int:
        return (await self._state(info)).times_throttled

    @resolved(
        description=(
            "Why its settings can't be used, or else why one of its binds last failed or was closed; null "
            "if neither happened. It stays after the bind is open again."
        )
    )
    async def last_error(self, info: Info) -> str | None:
        return self.fault or (await self._state(info)).last_error

    @classmethod
    def of(cls, row: OperatorLink, reported: ReportedState | None = None) -> "Link":
        """Return a link as the schema shows it. Its state is read on demand if it is not given."""
        return cls(
            id=node_id("Link", row.id),
            name=row.name,
            kind=LinkKind(row.kind),
            fault=row.fault,
            reported=reported,
            settings=LinkSettings.of(row),
        )

    @classmethod
    async def all(cls, info: Info, principal: Principal) -> "list[Link]":
        """Return the links that the principal may see, sorted by name."""
        states = await reported_states(info.context.services)
        links = [cls.of(row, states.get(row.name, ReportedState())) for row in await visible_links(principal)]
        reported = states.get(DEFAULT_LINK)
        if reported is not None:
            id = node_id("Link", 0)
            links.append(
                cls(
                    id=id, name=DEFAULT_LINK, kind=LinkKind.SMPP, fault=None, reported=reported, settings=None
                )
            )
        return sorted(links, key=lambda link: link.name)

    async def _state(self, info: Info) -> ReportedState:
        """Return its state; the states of all links are read once for all fields."""
        if self.reported is not None:
            return self.reported

        async def load(_: Sequence[str]) -> dict[str, dict[str, ReportedState]]:
            return {"all": await reported_states(info.context.services)}

        states = info.context.loader("reported states", load, dict[str, ReportedState]())
        return (await states.load("all")).get(self.name, ReportedState())
