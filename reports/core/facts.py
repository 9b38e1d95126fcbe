"""What a report is written from: stored rows, their parameters and drawings. Every number is counted from the rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from itn.core.costs import lga_keys
from reports.core.document import Block, Bullets, Heading, Paragraph, Signatures
from reports.core.language import NOTHING, Language


@dataclass(frozen=True)
class Origin:
    """One stored computation: its id, parameters, version, day, summary, and its drawings by name."""

    id: str
    kind: str
    title: str
    params: Mapping[str, Any]
    summary: Mapping[str, Any]
    version: str
    finished: dt.datetime
    figures: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Upload:
    """A file that was uploaded."""

    kind: str
    name: str
    sha256: str


@dataclass(frozen=True)
class Setting:
    """What surrounds a computation: its session, its files, the matching, and the state of things today."""

    session: str
    written: dt.datetime
    program: str
    dataset: Mapping[str, Any]
    confirmed: int
    uploads: tuple[Upload, ...]
    is_demo: bool = False
    stale: bool = False


def cover_facts(
    say: Language, setting: Setting, origin: Origin, states: list[str]
) -> tuple[tuple[str, str], ...]:
    """Return what stands on the cover."""
    rows = [
        ("area", ", ".join(states)),
        ("session", setting.session),
        ("computed", say.date(origin.finished)),
        ("written", say.date(setting.written)),
        ("program", say.say("program_version", version=origin.version)),
        ("result", origin.id),
        ("words_used", say.say("words_text")),
    ]
    return tuple((say.say(key), value) for key, value in rows if value)


def warning(say: Language, setting: Setting) -> str:
    """Return what has to be said first, if anything."""
    told = [
        key for key, holds in (("demo_warning", setting.is_demo), ("stale_warning", setting.stale)) if holds
    ]
    return " ".join(say.say(key) for key in told)


def states_of(wards: pd.DataFrame) -> list[str]:
    """Return the states of the wards."""
    return sorted(wards["state_name"].dropna().astype(str).unique()) if "state_name" in wards else []


LGA_KEY = ("state_name", "lga_name")
"""What tells LGAs apart: one name stands in several states. Where there is no name the code stands for it."""


def lga_key(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what tells the LGA of a row apart."""
    return text(row.get("state_name")), text(row.get("lga_name")) or text(row.get("lga_code"))


def labelled(lgas: pd.DataFrame) -> pd.DataFrame:
    """Return LGAs with a column ``label``: the name, with its state where two states have an LGA of that name; or the code."""
    return lgas.assign(label=lga_keys(lgas))


def signatures(say: Language) -> Signatures:
    """Return the lines to sign on."""
    return Signatures(
        tuple(say.say(key) for key in ("role", "name", "date", "signature")),
        tuple(say.say(key) for key in ("prepared", "reviewed", "approved")),
    )


def ward_place(say: Language, row: Mapping[str, Any]) -> str:
    """Return a ward with its LGA."""
    ward, lga = text(row["ward_name"]) or say.say("no_name"), text(row["lga_name"])
    return say.say("place", ward=ward, lga=lga) if lga else ward


def text(value: Any) -> str:
    """Return a text, empty where it is missing."""
    return value if isinstance(value, str) else ""


def told(value: Any) -> str:
    """Return a text, a dash where it is missing."""
    return text(value) or NOTHING


def note_lines(say: Language, notes: list[Mapping[str, Any]]) -> Bullets | Paragraph:
    """Return the notes of a calculation, each with its count and up to five examples."""
    if not notes:
        return Paragraph(say.say("no_notes"))
    return Bullets(tuple(_note(say, note) for note in notes))


def _note(say: Language, note: Mapping[str, Any]) -> str:
    key = f"note_{note['code']}" if say.knows(f"note_{note['code']}") else "note_unknown"
    words = say.say(key, text=str(note["message"]).rstrip("."))
    count, examples = int(note.get("count") or 0), [str(one) for one in note.get("examples", ())][:5]
    if count and examples:
        return say.say("note_examples", count, text=words, examples="; ".join(examples))
    return say.say("note_count", count, text=words) if count else f"{words}."


def matching_lines(say: Language, setting: Setting) -> Bullets:
    """Return how the rows of the ward table found their wards."""
    found = setting.dataset
    lines = [say.say("q_matched", int(found["accepted"]), rows=int(found["rows"]))]
    counts = (
        ("q_confirmed", setting.confirmed),
        ("q_review", found["review"]),
        ("q_unmatched_rows", found["unmatched_table"]),
        ("q_unmatched_wards", found["unmatched_boundaries"]),
    )
    return Bullets((*lines, *(say.say(key, int(count)) for key, count in counts if count)))


def file_rows(say: Language, setting: Setting) -> list[tuple[str, str]]:
    """Return the uploads with their checksums, as rows of a table of parameters."""
    return [
        (
            say.say("p_file", kind=say.say(f"kind_{upload.kind}")),
            say.say("p_sha", name=upload.name, sha=upload.sha256),
        )
        for upload in setting.uploads
    ]


def chapter(say: Language, key: str, *blocks: Block | None, new_page: bool = False) -> list[Block]:
    """Return a chapter; nothing where it has no content."""
    kept = [block for block in blocks if block is not None]
    return [Heading(say.say(key), 1, new_page), *kept] if kept else []
