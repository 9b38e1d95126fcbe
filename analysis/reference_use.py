"""Taking reference boundaries into a session instead of uploading one's own."""

from pathlib import Path

from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from reference import selectors as reference
from reference.models import ReferenceSet
from sessions_app import actions
from sessions_app.isolation.tempfolders import temp_folder
from sessions_app.models import AnalysisSession, StoredFile, User
from sessions_app.problems import Problem

WHOLE = ""
"""Instead of a state: all of the set."""


def use_boundaries(*, by: User, session: AnalysisSession, boundaries: ReferenceSet, state: str) -> StoredFile:
    """Copy a state of a reference set into the session as its boundaries; where it is from stays with the file.

    Call it outside a transaction, as `store_file`.
    """
    known = [row["name"] for row in boundaries.facts["states"]]
    if state != WHOLE and state not in known:
        raise Problem(
            "invalid_request",
            f"“{state}” is not a state of {boundaries.name}.",
            where="state",
            examples=known,
        )
    # The reader is heavy, and most requests don't need it.
    from analysis.readers.boundaries import read_boundaries
    from analysis.writers.geo import write_gpkg

    with temp_folder(by.pk, boundaries.pk) as folder:
        with reference.local_copy(boundaries, folder) as path:
            layer = boundaries.facts.get("chosen", "")
            frame = read_boundaries(path, boundaries.file_name, layer=layer, folder=folder).frame
        if state != WHOLE:
            frame = frame[frame["state_name"].fillna(frame["state_code"]) == state].reset_index(drop=True)
        name = f"{boundaries.name} v{boundaries.version}{f' {state}' if state else ''}.gpkg"
        made = write_gpkg(frame, Path(folder) / "boundaries.gpkg")
        cited = boundaries.cited() | {"state": state}

        def cite(row: StoredFile) -> None:
            row.report = row.report | {"reference": cited}
            row.save(update_fields=["report"])

        with made.open("rb") as content:
            upload = UploadedFile(File(content), name.replace("/", "-"), size=made.stat().st_size)
            return actions.store_file(by=by, session=session, kind="boundaries", upload=upload, also=cite)


def offered_boundaries() -> list[ReferenceSet]:
    with transaction.atomic():
        return list(reference.offered("boundaries"))
