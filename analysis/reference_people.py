"""The people of some wards out of a reference population, with where the figures are from."""

import uuid
from dataclasses import dataclass
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
        found = read_people(path, row.file_name, row.facts["columns"])
    people, _, notes = match_people(found, wards, group)
    words = f"{row.name}, version {row.version} ({row.source})"
    return CountedPeople(people, (*found.notes, *notes), words, row.year, row.cited() | {"group": group})
