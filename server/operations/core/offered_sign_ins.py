"""The sign-ins that a demo's sign-in page offers to the person who runs it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from server.store.queries.access.holders import holders_by_email


@dataclass(frozen=True, slots=True)
class OfferedSignIn:
    """A holder's sign-in. If the database has another `password_hash`, the password was changed since."""

    label: str
    email: str
    password: str = field(repr=False)
    password_hash: str = field(repr=False)


async def sign_ins_for(
    offered: Sequence[OfferedSignIn], *, address: str | None, host: str | None
) -> list[OfferedSignIn]:
    """Return the sign-ins that still work, for a request from this address and to this host.

    Only requests from this machine get any. The host must be a name of this machine too: a page elsewhere can
    make its own name lead here (DNS rebinding).
    """
    if not offered or not (_is_loopback(address) and _is_loopback(_name_of(host))):
        return []
    holders = await holders_by_email([sign_in.email for sign_in in offered])
    return [
        sign_in
        for sign_in in offered
        if (holder := holders.get(sign_in.email)) is not None
        and holder.enabled
        and holder.password_hash == sign_in.password_hash
    ]


def _name_of(host: str | None) -> str | None:
    """Return the name in a Host header, without its port."""
    try:
        return urlsplit(f"//{host or ''}").hostname
    except ValueError:
        return None


def _is_loopback(name: str | None) -> bool:
    if name == "localhost":
        return True
    try:
        return ip_address(name or "").is_loopback
    except ValueError:
        return False
