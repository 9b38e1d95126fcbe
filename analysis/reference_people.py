"""The people of some wards out of a reference population or a table of one's own, with where the figures are from."""

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from django.db import transaction

from analysis.core.errors import Note
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
    """Match the wards of a reference population to `wards` by the one matcher; who is not found has no people."""
    with scope(owner_id), transaction.atomic():
        row = wanted if isinstance(wanted, ReferenceSet) else reference.reference_set(wanted)
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
