"""Real work of one user for tests above the apps: uploads that were stored, results that were computed."""

import uuid
from dataclasses import dataclass

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from crowd.canaries import Belongings
from sessions_app import actions, jobs
from sessions_app.isolation.scope import scope
from sessions_app.models import AnalysisResult, AnalysisSession, PersonalToken, StoredFile, User


@dataclass
class Work:
    user: User
    belongings: Belongings
    session: AnalysisSession
    table: StoredFile
    boundaries: StoredFile
    dataset: AnalysisResult
    risk: AnalysisResult
    artifact: StoredFile


def upload(user: User, session: AnalysisSession, kind: str, name: str, content: bytes) -> StoredFile:
    with scope(user.pk):
        return actions.store_file(
            by=user, session=session, kind=kind, upload=SimpleUploadedFile(name, content)
        )


def ask_for(user: User, session: AnalysisSession, kind: str, **params: object) -> AnalysisResult:
    """A result in the ledger that no worker was told of."""
    with scope(user.pk):
        return actions.request_result(by=user, session=session, kind=kind, params=params, publish=False)


def computed(user: User, result: AnalysisResult) -> AnalysisResult:
    assert jobs.run_here(user.pk, result.pk)
    return own(user, AnalysisResult, result.pk)


def own(user: User, model: type, pk: uuid.UUID):
    with scope(user.pk), transaction.atomic():
        return model.objects.get(pk=pk)


def prepared(
    user: User, belongings: Belongings | None = None
) -> tuple[Belongings, AnalysisSession, StoredFile, StoredFile]:
    """A session with both files in it."""
    mine = belongings or Belongings()
    with scope(user.pk):
        session = actions.create_session(by=user, name=mine.session_name)
    table = upload(user, session, "ward_table", f"{mine.canary}.csv", mine.table)
    boundaries = upload(user, session, "boundaries", f"{mine.canary}.geojson", mine.boundaries)
    return mine, session, table, boundaries


def finished_work(user: User) -> Work:
    """The whole way to a ranking, computed in this process."""
    mine, session, table, boundaries = prepared(user)
    files = {"ward_table": str(table.pk), "boundaries": str(boundaries.pk)}
    dataset = computed(user, ask_for(user, session, "dataset", **files))
    assert dataset.status == "succeeded", dataset.error
    asked = ask_for(user, session, "risk", dataset=str(dataset.pk), variables=mine.variables)
    risk = computed(user, asked)
    assert risk.status == "succeeded", risk.error
    with scope(user.pk), transaction.atomic():
        artifact = StoredFile.objects.get(result_id=risk.pk, name="wards.csv")
    return Work(user, mine, session, table, boundaries, dataset, risk, artifact)


def asked_plan(user: User, kept: Work) -> AnalysisResult:
    """A net plan of the ranking; any column may count people."""
    people = {"source": "column", "column": "rainfall"}
    return ask_for(user, kept.session, "itn_plan", risk=str(kept.risk.pk), nets=1_000, population=people)


def removed(user: User, session: AnalysisSession) -> None:
    with scope(user.pk), transaction.atomic():
        if AnalysisSession.objects.filter(pk=session.pk).exists():
            actions.delete_session(by=user, session=session)


def new_token(user: User) -> PersonalToken:
    with scope(user.pk), transaction.atomic():
        return PersonalToken.objects.create(
            owner=user, name="token", prefix="t", secret_hash=uuid.uuid4().hex + uuid.uuid4().hex
        )
