"""The people of some wards out of a reference set, a table or a raster of one's own, with where the figures are from."""

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from django.db import transaction

from analysis.core.errors import Note
from analysis.raster_notes import METHODS, summed_from
from reference import selectors as reference
from reference.models import ReferenceSet
from sessions_app.isolation.scope import scope
from sessions_app.isolation.tempfolders import temp_folder


@dataclass(frozen=True)
class CountedPeople:
    """`people` on the index of the wards; `words` and `year` stand beside every number made from them."""

    people: pd.Series
    notes: tuple[Note, ...]
    words: str
    year: str
    cited: dict[str, Any]


def reference_people(
    wanted: ReferenceSet | uuid.UUID | str, wards: pd.DataFrame, *, owner_id: uuid.UUID, group: str = "total"
) -> CountedPeople:
    """Match the wards of a reference population to `wards` by the one matcher; who is not found has no people.

    Of a raster the people are summed over the shapes of `wards`.
    """
    with scope(owner_id), transaction.atomic():
        row = wanted if isinstance(wanted, ReferenceSet) else reference.reference_set(wanted)
    if row.kind == "raster":
        return _summed(row, wards, owner_id, group)
    # The reader is heavy, and most requests don't need it.
    from analysis.readers.people import match_people, read_people

    with temp_folder(owner_id, row.pk) as folder, reference.local_copy(row, folder) as path:
        found = read_people(path, row.file_name, row.facts["columns"], sheet=row.facts.get("chosen", ""))
    people, _, notes = match_people(found, wards, group)
    words = f"{row.name}, version {row.version} ({row.source})"
    return CountedPeople(people, (*found.notes, *notes), words, row.year, row.cited() | {"group": group})


def own_people(
    path: Path, name: str, year: str, wards: pd.DataFrame, *, group: str = "total", sheet: str = ""
) -> CountedPeople:
    """The same out of a table that the user brought, of the year that the user says."""
    from analysis.readers.people import match_people, read_people

    found = read_people(path, name, sheet=sheet)
    people, _, notes = match_people(found, wards, group)
    name = f"{name} ({sheet})" if sheet else name
    cited = {"name": name, "year": year, "uploaded": True, "group": group}
    return CountedPeople(people, (*found.notes, *notes), f"{name} (uploaded)", year, cited)


def _summed(row: ReferenceSet, wards: pd.DataFrame, owner_id: uuid.UUID, group: str) -> CountedPeople:
    from analysis.raster_people import raster_people
    from analysis.reference_inspect import kind_of_facts

    with temp_folder(owner_id, row.pk) as folder, reference.local_copy(row, folder) as path:
        kind, band = kind_of_facts(row.facts), row.facts["band"]
        people, notes = raster_people(path, row.file_name, wards, group, band=band, kind=kind)
    cited = row.cited() | {"group": group, "method": METHODS["sum"]}
    return CountedPeople(people, tuple(notes), summed_from(cited), row.year, cited)


def own_raster_people(
    path: Path, name: str, year: str, wards: pd.DataFrame, *, group: str = "total", band: int | None = None
) -> CountedPeople:
    """The same out of a raster that the user brought: people of the group per cell, of the year that the user says."""
    from analysis.raster_people import raster_people

    people, notes = raster_people(path, name, wards, group, band=band)
    name = f"{name} (band {band})" if band else name
    cited = {"name": name, "year": year, "uploaded": True, "group": group, "method": METHODS["sum"]}
    return CountedPeople(people, tuple(notes), summed_from(cited), year, cited)
