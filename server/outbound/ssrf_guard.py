"""Connections only to addresses that the policy allows. Each address is checked when connecting to it."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from aiohttp import AddrInfoType
from aiohttp.abc import AbstractResolver, ResolveResult

from server.rules.callbacks.addresses import AddressPolicy

MAX_ADDRESSES = 8
LOOKUP_THREADS = 32

Lookup = Callable[[str, int], Awaitable[Sequence[str]]]
"""Returns the addresses of a host's name, best first; raises OSError if there are none."""


class ForbiddenAddress(OSError):
    """The policy does not allow the address. An OSError, because aiohttp passes those on when connecting."""


class SystemLookup:
    """The machine's resolver, in its own threads, so that a hanging name server holds up nothing else."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(LOOKUP_THREADS, thread_name_prefix="lookup")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Return the addresses of a host.

        Raises:
            OSError: it has none, or the name is not a host's.
        """
        look = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._threads, look)
        except UnicodeError as error:  # a label that is empty or too long
            raise socket.gaierror(socket.EAI_NONAME, "no host's name") from error
        return [str(address[0]) for *_, address in found]

    def close(self) -> None:
        """Release the threads, without waiting for look-ups under way."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class GuardedResolver(AbstractResolver):
    """Filters a name's addresses to those that may be called, and refuses a name without one."""

    def __init__(self, policy: AddressPolicy, lookup: Lookup) -> None:
        self._policy = policy
        self._lookup = lookup

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 the connector always asks for any
    ) -> list[ResolveResult]:
        """Look up a name once. aiohttp connects to exactly what is returned.

        Raises:
            ForbiddenAddress: none of its addresses may be called.
            OSError: it has no address.
        """
        addresses = await self._lookup(host, port)
        allowed = [address for address in addresses if self._policy.allows(address, port)]
        if not allowed:
            raise ForbiddenAddress if addresses else OSError("no address")
        return [_result(host, address, port) for address in allowed[:MAX_ADDRESSES]]

    async def close(self) -> None:
        """Do nothing: the owner of the look-up closes it."""


def open_guarded(policy: AddressPolicy, target: AddrInfoType) -> socket.socket:
    """Return a socket to connect to a target. This also checks addresses that a URL names directly.

    Raises:
        ForbiddenAddress: the policy does not allow the target.
    """
    family, kind, protocol, _, (address, port, *_) = target
    if not policy.allows(address, port):
        raise ForbiddenAddress
    return socket.socket(family, kind, protocol)


def _result(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(
        hostname=host, host=address, port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST
    )
