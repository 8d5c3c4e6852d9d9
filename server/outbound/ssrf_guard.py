"""Connections that go only where the policy allows: each address is judged as the connection to it is made."""

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
"""Returns the addresses that a host's name leads to, best first; OSError if there are none."""


class ForbiddenAddress(OSError):
    """The policy does not allow the address. An OSError, as aiohttp passes those on from where it connects."""


class SystemLookup:
    """The machine's own resolver, in threads of its own: a name server that hangs holds up nothing else."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(LOOKUP_THREADS, thread_name_prefix="lookup")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Return the addresses of a host.

        Raises:
            OSError: it has none, or the name is none.
        """
        look = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._threads, look)
        except UnicodeError as error:  # a label that is empty or too long
            raise socket.gaierror(socket.EAI_NONAME, "no host's name") from error
        return [str(address[0]) for *_, address in found]

    def close(self) -> None:
        """Let go of the threads, without waiting for look-ups that nobody waits for."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class GuardedResolver(AbstractResolver):
    """Leaves of a name's addresses those that may be called, and refuses a name that has no such address."""

    def __init__(self, policy: AddressPolicy, lookup: Lookup) -> None:
        self._policy = policy
        self._lookup = lookup

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 always the connector's, which is any
    ) -> list[ResolveResult]:
        """Look a name up once; aiohttp connects to exactly what is returned.

        Raises:
            ForbiddenAddress: it has addresses, and none that may be called.
            OSError: it has no address.
        """
        addresses = await self._lookup(host, port)
        allowed = [address for address in addresses if self._policy.allows(address, port)]
        if not allowed:
            raise ForbiddenAddress if addresses else OSError("no address")
        return [_result(host, address, port) for address in allowed[:MAX_ADDRESSES]]

    async def close(self) -> None:
        """Do nothing: whoever brought the look-up closes it."""


def open_guarded(policy: AddressPolicy, target: AddrInfoType) -> socket.socket:
    """Return a socket to be connected to that target; this is the judge of addresses that a URL itself names.

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
