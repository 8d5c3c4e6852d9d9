"""The meanings of an operator's own codes on its link: the tables of receipts and refusals."""

from dataclasses import dataclass

import orjson


@dataclass(frozen=True, slots=True, kw_only=True)
class PttEntry:
    """The meaning of a receipt's `stat` and `err`; an empty `err` matches any."""

    stat: str
    err: str
    ptt: int
    billed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalEntry:
    """The meaning of a response's status: the message's final ptt, at once or after trying `again`."""

    status: int
    ptt: int
    again: bool = False


def read_ptt_table(kept: str) -> list[PttEntry]:
    """Return a link's own table of receipts from its stored form."""
    return [PttEntry(**entry) for entry in orjson.loads(kept)]


def keep_ptt_table(entries: list[PttEntry]) -> str:
    """Return a table of receipts in its stored form."""
    return orjson.dumps(entries).decode()


def read_refusals(kept: str) -> list[RefusalEntry]:
    """Return a link's own table of refusals from its stored form.

    Entries from before there was a choice are final.
    """
    table: dict[str, int | list[int]] = orjson.loads(kept)
    return [
        RefusalEntry(status=int(status), ptt=entry, again=False)
        if isinstance(entry, int)
        else RefusalEntry(status=int(status), ptt=entry[0], again=bool(entry[1]))
        for status, entry in table.items()
    ]


def keep_refusals(entries: list[RefusalEntry]) -> str:
    """Return a table of refusals in its stored form."""
    return orjson.dumps({str(entry.status): [entry.ptt, int(entry.again)] for entry in entries}).decode()
