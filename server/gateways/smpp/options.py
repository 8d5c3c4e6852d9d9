"""The options of a link and of each of its binds."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Self

from server.gateways.smpp.codec import encode
from server.gateways.smpp.pdu import Bind, BindReceiver, BindTransceiver, BindTransmitter
from server.gateways.smpp.statuses import THROTTLING
from server.kit.clock import SECOND_US
from server.rules.links.smpp import PORT, BindMode
from server.rules.links.smpp_url import read_place

BINDS: Mapping[BindMode, tuple[type[Bind], ...]] = MappingProxyType(
    {BindMode.TRANSCEIVER: (BindTransceiver,), BindMode.PAIR: (BindTransmitter, BindReceiver)}
)
"""The binds of a link by its mode."""


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """The options of each bind of a link: a window in messages, a rate in messages per second, and times.

    `wait_us` is how long a message may wait for its turn before it is handed back; `response_us` how long to
    wait for an answer; `alone_us` how long nothing else is written after a message that goes alone;
    `leave_us` the bound on each of the two steps of an unbind. At most `max_waiting` messages wait. At most
    `max_unanswered` PDUs of the operator are unanswered before reading stops. The statuses in `throttling`
    mean that the link is too fast.
    """

    window: int = 10
    rate: int = 20
    bind_us: int = 10 * SECOND_US
    response_us: int = 60 * SECOND_US
    wait_us: int = 30 * SECOND_US
    enquire_every_us: int = 30 * SECOND_US
    enquire_answer_us: int = 10 * SECOND_US
    alone_us: int = 3 * SECOND_US
    leave_us: int = 5 * SECOND_US
    max_waiting: int = 1_000
    max_unanswered: int = 100
    throttling: frozenset[int] = THROTTLING


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkOptions:
    """Where a link goes, with which login, and how; `count` is how many times it is bound in its mode.

    After a failure it is tried again within `first_retry_us`, then within twice that and so on, up to
    `longest_retry_us`.
    """

    name: str
    host: str
    port: int = PORT
    system_id: str
    password: str = field(repr=False)
    system_type: str = ""
    address_range: str = ""
    bind_ton: int = 0
    bind_npi: int = 0
    tls: ssl.SSLContext | None = None
    mode: BindMode = BindMode.TRANSCEIVER
    count: int = 1
    session: SessionOptions = field(default_factory=SessionOptions)
    connect_us: int = 10 * SECOND_US
    first_retry_us: int = SECOND_US
    longest_retry_us: int = 60 * SECOND_US

    def __post_init__(self) -> None:
        """Refuse at once what could not be written later (Unencodable)."""
        for bind in self.binds():
            encode(bind)

    @classmethod
    def from_url(cls, name: str, url: str, **more: Any) -> Self:
        """Return the options in `smpp://user:password@host:port`, and `more`; `smpps` means TLS.

        Raises:
            ValueError: it is no such URL. The message does not repeat it, because of the password.
        """
        place = read_place(url)
        return cls(
            name=name,
            host=place.host,
            port=place.port,
            system_id=place.system_id,
            password=place.password,
            tls=ssl.create_default_context() if place.tls else None,
            **more,
        )

    def binds(self) -> list[Bind]:
        """Return the bind of each session of the link."""
        return [
            bind(
                system_id=self.system_id,
                password=self.password,
                system_type=self.system_type,
                addr_ton=self.bind_ton,
                addr_npi=self.bind_npi,
                address_range=self.address_range,
            )
            for _ in range(self.count)
            for bind in BINDS[self.mode]
        ]
