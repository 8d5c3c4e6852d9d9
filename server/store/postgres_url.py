"""Reading a PostgreSQL URL, with the parameters and their meanings in libpq.

Source: the PostgreSQL manual, "Connection URIs", "Parameter Key Words" and "SSL Support" of libpq.
"""

import ssl
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

MAX_POOL_SIZE = 10
PORT = 5432

_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_MODE_OF_SSL = {"true": "require", "1": "require", "false": "disable", "0": "disable"}
_POOL: Mapping[str, Callable[[str], float]] = {
    "minsize": int,
    "maxsize": int,
    "max_queries": int,
    "max_inactive_connection_lifetime": float,
}
_CONNECTION: Mapping[str, Callable[[str], float]] = {
    "timeout": float,
    "command_timeout": float,
    "statement_cache_size": int,
    "max_cached_statement_lifetime": int,
    "max_cacheable_statement_size": int,
}
_PLACE = ("host", "port", "user", "password", "dbname", "application_name")
_TLS = ("ssl", "sslmode", "sslrootcert", "sslcert", "sslkey")


def pool_arguments(url: str) -> dict[str, Any]:
    """Return the arguments of Tortoise's client for its pool of connections.

    Raises:
        ValueError: the URL has the wrong form. The text never quotes a password.
    """
    host, database, parameters = _parts(url)
    arguments = {
        "host": host["host"],
        "port": host["port"],
        "user": host["user"],
        "password": host["password"],
        "database": database,
        "maxsize": MAX_POOL_SIZE,
    }
    if "application_name" in parameters:
        arguments["application_name"] = parameters["application_name"]
    numbers = {**_POOL, **_CONNECTION}
    arguments |= {
        name: _number(name, parameters[name], numbers[name]) for name in numbers if name in parameters
    }
    tls = _tls(parameters)
    return arguments if tls is None else {**arguments, "ssl": tls}


def connection_arguments(url: str) -> dict[str, Any]:
    """Return the arguments of asyncpg for one connection: a pool's, without those for its size.

    Raises:
        ValueError: as `pool_arguments`.
    """
    arguments = {name: value for name, value in pool_arguments(url).items() if name not in _POOL}
    name = arguments.pop("application_name", None)
    return arguments if name is None else {**arguments, "server_settings": {"application_name": name}}


def _parts(url: str) -> tuple[dict[str, Any], str | None, dict[str, str]]:
    """Return host, port, user and password, the database's name, and the other parameters."""
    # Passwords are not always percent-encoded, so everything up to the last @ is user and password.
    user_and_password, _, place = url.partition("://")[2].rpartition("@")
    user, _, password = user_and_password.partition(":")
    address = urlsplit(f"//{place}")
    parameters = _parameters(address.query)
    try:
        port = int(parameters["port"]) if "port" in parameters else address.port or PORT
    except ValueError:
        raise ValueError("the port of a database URL is a number up to 65535") from None
    if "," in address.netloc:
        raise ValueError("a database URL names one host")
    host = {
        "host": parameters.get("host") or unquote(address.hostname or "") or None,
        "port": port,
        "user": parameters.get("user") or unquote(user) or None,
        "password": parameters.get("password") or unquote(password) or None,
    }
    return host, parameters.get("dbname") or unquote(address.path[1:]) or None, parameters


def _parameters(query: str) -> dict[str, str]:
    parameters = dict(parse_qsl(query, keep_blank_values=True))
    if "connect_timeout" in parameters:  # libpq's name of asyncpg's `timeout`
        parameters["timeout"] = parameters.pop("connect_timeout")
    known = {*_PLACE, *_TLS, *_POOL, *_CONNECTION}
    unknown = sorted(parameters.keys() - known)
    if unknown:
        raise ValueError(
            f"a database URL has no parameter {unknown[0]!r}; there are {', '.join(sorted(known))}"
        )
    return parameters


def _number(name: str, value: str, kind: Callable[[str], float]) -> float:
    try:
        return kind(value)
    except ValueError:
        raise ValueError(f"the parameter {name} of a database URL is a number") from None


def _tls(parameters: Mapping[str, str]) -> str | ssl.SSLContext | None:
    """Return asyncpg's `ssl`: a mode, or a context if files are named; with None asyncpg decides."""
    mode = parameters.get("sslmode", _MODE_OF_SSL.get(parameters.get("ssl", ""), parameters.get("ssl")))
    if mode is not None and mode not in _MODES:
        raise ValueError(f"sslmode is one of {', '.join(_MODES)}")
    files = [name for name in ("sslrootcert", "sslcert", "sslkey") if name in parameters]
    if not files or mode == "disable":
        return mode
    if mode in {"allow", "prefer"}:
        raise ValueError(f"{files[0]} needs sslmode=require, verify-ca or verify-full")
    return _context(mode or "verify-full", parameters)


def _context(mode: str, parameters: Mapping[str, str]) -> ssl.SSLContext:
    root = parameters.get("sslrootcert")
    try:
        # "system" is libpq's word for the authorities that the system trusts.
        context = ssl.create_default_context(cafile=None if root in {None, "system"} else root)
    except OSError as error:
        raise ValueError(f"sslrootcert can't be read: {error}") from error
    context.check_hostname = mode == "verify-full" or root == "system"
    if root is None and mode == "require":
        context.verify_mode = ssl.CERT_NONE
    if "sslcert" in parameters:
        try:
            context.load_cert_chain(parameters["sslcert"], parameters.get("sslkey"))
        except OSError as error:
            raise ValueError(f"sslcert or sslkey can't be read: {error}") from error
    return context
