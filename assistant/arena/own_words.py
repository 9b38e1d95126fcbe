"""Whether a question may repeat what its user uploaded. In doubt it may."""

import io
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq
from django.db import transaction

from analysis import frames
from analysis.core.variables import VARIABLES
from analysis.models import RememberedName
from assistant.core.arena_words import quotes
from assistant.core.vocabulary import CONCEPTS, FILLERS
from sessions_app import kinds
from sessions_app.models import AnalysisResult, AnalysisSession, StoredFile, User
from sessions_app.problems import Problem

# Above this many results nothing is looked up any more, and every question counts as one that repeats data.
MOST_READ = 20
PLACES = ("ward_name", "lga_name", "ward_code")
# Words in names that give nobody away.
PUBLIC = """
    ward wards lga local government area state district region north south east west central upper lower new old plan
    work health primary secondary facility facilities hospital clinic centre center session index mean rate total
    under five children women pregnant people population nets insecticide treated bed season campaign programme program
    year month week country village town urban rural
"""


def repeats_own_data(user: User, question: str) -> bool:
    """Whether the question holds a name of this user's data, or something that could be a value of it.

    Reads the names of wards, LGAs, columns, files and sessions. Call it outside a transaction. An upload that no result
    was made of can't be looked into here, and what is gone can't be read: then the answer is yes.
    """
    known = [*FILLERS, *CONCEPTS.values(), PUBLIC, *_public_variables()]
    if quotes(question, _account_names(user), known):
        return True
    with transaction.atomic():
        results = list(_read_results(user)[: MOST_READ + 1])
        uploads = {
            str(pk)
            for pk in StoredFile.objects.filter(owner_id=user.pk)
            .exclude(kind=kinds.ARTIFACT)
            .values_list("pk", flat=True)
        }
    # Facility reports hold names of facilities, which no result keeps.
    read = {key for result in results if result.kind == "dataset" for key in result.input_hashes}
    if uploads - read or len(results) > MOST_READ:
        return True
    try:
        return any(quotes(question, _names_in(result), known) for result in results)
    except Problem:
        return True


def _read_results(user: User):  # type: ignore[no-untyped-def]
    """The results that hold the names of what was uploaded."""
    finished = AnalysisResult.objects.filter(owner_id=user.pk, status=AnalysisResult.Status.SUCCEEDED)
    return finished.filter(kind__in=("dataset", "tpr")).defer("summary").order_by("-created_at")


def _account_names(user: User) -> list[str]:
    with transaction.atomic():
        sessions = AnalysisSession.objects.filter(owner_id=user.pk).values_list("name", "note")
        files = StoredFile.objects.filter(owner_id=user.pk).exclude(kind=kinds.ARTIFACT)
        remembered = RememberedName.objects.filter(owner_id=user.pk).values_list("name", "ward_name")
        pairs = [*sessions, *remembered]
        return [
            user.email, user.display_name, *files.values_list("name", flat=True),
            *(text for pair in pairs for text in pair),
        ]  # fmt: skip


def _names_in(result: AnalysisResult) -> Iterator[str]:
    if result.kind == "tpr":
        for row in frames.csv_rows(result, frames.WARDS_CSV):
            yield from (str(row[name]) for name in PLACES if row.get(name))
        return
    file = pq.ParquetFile(io.BytesIO(frames.artifact_bytes(result, frames.DATASET)))
    yield from file.schema_arrow.names
    texts = [field.name for field in file.schema_arrow if _is_text(field.type)]
    for column in file.read(columns=texts, use_threads=False).columns:
        yield from (str(value) for value in column.unique().to_pylist() if value)


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _public_variables() -> Iterator[str]:
    for variable in VARIABLES:
        yield from (variable.id, variable.label, variable.unit, *variable.aliases)
