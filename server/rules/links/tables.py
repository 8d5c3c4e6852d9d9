"""What an operator's own words mean on its link: the tables of receipts and of refusals."""

from dataclasses import dataclass

import orjson


@dataclass(frozen=True, slots=True, kw_only=True)
class PttEntry:
    """What a receipt's `stat` and `err` mean; an empty `err` stands for any."""

    stat: str
    err: str
    ptt: int
    billed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalEntry:
    """What a status of an operator's answer means: the ptt that a message ends with, at once or when trying `again` ends."""

    status: int
    ptt: int
    again: bool = False


def read_ptt_table(kept: str) -> list[PttEntry]:
    """Return a link's own table of receipts from the form in which it is kept."""
    return [PttEntry(**entry) for entry in orjson.loads(kept)]


def keep_ptt_table(entries: list[PttEntry]) -> str:
    """Return a table of receipts in the form in which it is kept."""
    return orjson.dumps(entries).decode()


def read_refusals(kept: str) -> list[RefusalEntry]:
    """Return a link's own table of refusals from the form in which it is kept.

    One that was set before there was a choice is for good.
    """
    table: dict[str, int | list[int]] = orjson.loads(kept)
    return [
        RefusalEntry(status=int(status), ptt=entry, again=False)
        if isinstance(entry, int)
        else RefusalEntry(status=int(status), ptt=entry[0], again=bool(entry[1]))
        for status, entry in table.items()
    ]


def keep_refusals(entries: list[RefusalEntry]) -> str:
    """Return a table of refusals in the form in which it is kept."""
    return orjson.dumps({str(entry.status): [entry.ptt, int(entry.again)] for entry in entries}).decode()
