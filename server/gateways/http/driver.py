"""Links over HTTP: checking and storing their settings, and opening them."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from server.errors import InvalidInput, about
from server.gateways.drivers import LinkSecrets, OperatorCall, Unusable
from server.gateways.http.calls import read_call
from server.gateways.http.gateway import HttpGateway
from server.gateways.http.presets import PRESETS
from server.gateways.http.settings import HttpSettings
from server.gateways.http.signatures import RequestSigning, Signing
from server.gateways.http.template import Meaning, Template, check_template, endpoint
from server.gateways.protocol import OperatorMessage, OperatorReceipt, PooledLink
from server.kit.clock import Clock
from server.kit.http_exchange import HttpCaller
from server.rules.callbacks.addresses import AddressPolicy
from server.rules.dispatch.routing import Route
from server.rules.links import links as rules
from server.rules.links.http import (
    MAX_BODY_CHARS,
    MAX_HEADERS,
    MAX_PASSWORD_CHARS,
    MAX_PATH_CHARS,
    MAX_URL_CHARS,
    MAX_USER_CHARS,
    HttpMethod,
    HttpOptions,
    call_urls,
)
from server.rules.links.tables import (
    PttEntry,
    RefusalEntry,
    keep_ptt_table,
    keep_refusals,
    read_ptt_table,
    read_refusals,
)
from server.store.models import OperatorLink

_OVERRIDING = (
    "url", "method", "headers", "body_format", "body", "basic_auth", "id_path", "error_path", "receipts", "messages",
)  # fmt: skip
"""The options that override a preset's."""

_WORD = re.compile(r"[A-Za-z0-9_.:-]{1,40}")
_PATH = re.compile(r"[A-Za-z0-9_.:@$ -]*")


class HttpDriver:
    """The kind HTTP."""

    setup_class = HttpSettings
    own_field = "http"

    def __init__(
        self,
        clock: Clock,
        policy: AddressPolicy,
        open_caller: Callable[[], HttpCaller],
        call_token: Callable[[int], str],
        *,
        public_url: str,
        validity_seconds: int,
        lease_seconds: int,
    ) -> None:
        """`call_token` gives by link id the secret in the URLs, below `public_url`, that the operator calls.

        See `HttpGateway` for the times.
        """
        self._clock = clock
        self._policy = policy
        self._open_caller = open_caller
        self._call_token = call_token
        self._public_url = public_url
        self._validity_seconds = validity_seconds
        self._lease_seconds = lease_seconds

    def columns(self, changes: Mapping[str, Any], row: OperatorLink | None) -> dict[str, Any]:
        """Check the changes, and return them as columns; see `LinkDriver`."""
        checked: dict[str, Any] = {}
        for key, value in changes.items():
            if key == "http":
                checked |= self._options(None if row is None else row.options, value)
            elif key in _TABLES:
                field, keep = _TABLES[key]
                with about(field):
                    checked[key] = keep(value)
            else:
                raise InvalidInput("A link over HTTP has no such setting.", field=(key,))
        return checked

    def completed(self, columns: Mapping[str, Any]) -> dict[str, Any]:
        """Return the columns of a new link, which needs a second key if its requests have one."""
        if _needs_second_key(template_of(HttpOptions.of(columns["options"]))) and not columns.get(
            "second_key_encrypted"
        ):
            raise InvalidInput("The link's requests need a second key.", field=("http", "secondKey"))
        return {"system_id": "", **columns}

    def check_password(self, text: str) -> str:
        """Return the password if it has at most 250 characters, all printable ASCII."""
        return rules.check_printable(text, MAX_PASSWORD_CHARS)

    def place(self, row: OperatorLink) -> str:
        """Return where a link's requests go."""
        host = f"[{row.host}]" if ":" in row.host else row.host
        return f"{'https' if row.tls else 'http'}://{host}:{row.port}"

    def setup(self, row: OperatorLink, route: Route, secrets: LinkSecrets) -> HttpSettings:
        """Return a row's settings; raise Unusable if a secret or our own URL is missing."""
        options = HttpOptions.of(row.options)
        template = template_of(options)
        if secrets.second_key is None and _needs_second_key(template):
            raise Unusable("The link's requests need a second key, which is not set.")
        urls = call_urls(self._public_url, row.name, self._call_token(row.id))
        if urls is None and "receipts_url" in template.used:
            raise Unusable(
                "CHAPPE_PUBLIC_URL is not set: the operator would not know where to send receipts."
            )
        table = read_ptt_table(row.ptt_table)
        refusals = read_refusals(row.refusal_ptts)
        return HttpSettings(
            route=route,
            template=template,
            version=row.version,
            account=options.account or options.user,
            keys=Signing(user=options.user, password=secrets.password, second_key=secrets.second_key),
            urls=urls,
            per_second=row.per_second,
            window=row.window_size,
            response_seconds=row.response_seconds,
            max_resends=rules.max_resends(rules.UnknownOutcome(row.unknown_outcome), row.unknown_resends),
            refusals={str(entry.status): Meaning(entry.ptt, again=entry.again) for entry in refusals},
            ptt_table={f"{entry.stat}:{entry.err}" if entry.err else entry.stat: entry for entry in table},
            err_is_ptt=row.err_is_ptt,
        )

    def open(self, setup: Any, before: PooledLink | None) -> PooledLink:  # noqa: ARG002 nothing is taken over
        """Make a link from its settings."""
        return HttpGateway(
            setup,
            self._open_caller,
            self._clock,
            validity_seconds=self._validity_seconds,
            lease_seconds=self._lease_seconds,
        )

    def read_call(self, setup: Any, call: OperatorCall) -> OperatorReceipt | OperatorMessage | None:
        """Return what an operator's call reports."""
        return read_call(setup, call, now_us=self._clock.now_us())

    def _options(self, kept: str | None, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the columns that only links over HTTP have, made from the given and the stored options."""
        before = HttpOptions() if kept is None else HttpOptions.of(kept)
        options = replace(before, **given)
        _check_bounds(options)
        template = template_of(options)
        if not template.url:
            raise InvalidInput("A link over HTTP needs a preset or a URL.", field=("http", "url"))
        check_template(template, self._policy)
        if template.method is not HttpMethod.GET and not template.body:
            raise InvalidInput("The request needs a body with the message.", field=("http", "body"))
        _check_named(template, options)
        place = endpoint(template.url)
        return {"options": options.kept(), "host": place.host, "port": place.port, "tls": place.tls}


def template_of(options: HttpOptions) -> Template:
    """Return the template of a link: its preset's, with its own options in place of those."""
    base = Template() if options.preset is None else PRESETS[options.preset]
    given = {name: getattr(options, name) for name in _OVERRIDING if getattr(options, name) is not None}
    return replace(base, **given)


def _needs_second_key(template: Template) -> bool:
    return "second_key" in template.used or template.signing is RequestSigning.OVHCLOUD


def _check_named(template: Template, options: HttpOptions) -> None:
    """Check that the user and account in the requests are set; Twilio's user, if no key, is the account."""
    signs = template.signing is RequestSigning.OVHCLOUD
    if not options.user and (template.basic_auth or signs or "user" in template.used):
        raise InvalidInput("The requests name a user, which is not set.", field=("http", "user"))
    if "account" in template.used and not (options.account or (options.user and not signs)):
        raise InvalidInput("The requests name an account, which is not set.", field=("http", "account"))


def _check_bounds(options: HttpOptions) -> None:
    for name, most in (
        ("url", MAX_URL_CHARS),
        ("body", MAX_BODY_CHARS),
        ("user", MAX_USER_CHARS),
        ("account", MAX_USER_CHARS),
    ):
        if len(getattr(options, name) or "") > most:
            raise InvalidInput(f"At most {most} characters.", field=("http", name))
    for name in ("user", "account"):
        with about("http", name):
            rules.check_printable(getattr(options, name), MAX_USER_CHARS)
    if options.headers is not None and len(options.headers) > MAX_HEADERS:
        raise InvalidInput(f"At most {MAX_HEADERS} headers.", field=("http", "headers"))
    paths = {"idPath": options.id_path, "errorPath": options.error_path}
    for name, of in (("receipts", options.receipts), ("messages", options.messages)):
        if of is not None:
            paths |= {name: " ".join(getattr(of, field.name) for field in fields(of))}
    for name, path in paths.items():
        if path is not None and (len(path) > MAX_PATH_CHARS or _PATH.fullmatch(path) is None):
            raise InvalidInput("A path is names and indexes separated by dots.", field=("http", name))


def _ptt_table(entries: Sequence[PttEntry]) -> str:
    rules.check_length(entries)
    table: dict[tuple[str, str], PttEntry] = {}
    for entry in entries:
        if _WORD.fullmatch(entry.stat) is None or (entry.err and _WORD.fullmatch(entry.err) is None):
            raise InvalidInput("A status and its reason have up to 40 letters, digits, and _ . : -")
        rules.check_between(entry.ptt, 0, rules.MAX_PTT)
        key = (entry.stat.lower(), entry.err.lower().lstrip("0"))
        if key in table:
            raise InvalidInput(f"There are two entries for {' '.join(key).strip()}.")
        table[key] = PttEntry(stat=key[0], err=key[1], ptt=entry.ptt, billed=entry.billed)
    return keep_ptt_table(list(table.values()))


def _refusals(entries: Sequence[RefusalEntry]) -> str:
    return keep_refusals(rules.check_refusals(entries))


_TABLES: Mapping[str, tuple[str, Callable[[Any], str]]] = {
    "ptt_table": ("pttTable", _ptt_table),
    "refusal_ptts": ("refusalPtts", _refusals),
}
