"""Reading: sessions, files and results of one owner, and how far a session has come."""

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Case, F, Func, IntegerField, JSONField, Q, QuerySet, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.utils.timezone import localtime
from django.utils.translation import gettext_noop

from sessions_app import kinds
from sessions_app.models import AnalysisResult, AnalysisSession, ResultParent, StoredFile, User

Status = AnalysisResult.Status
ACTIVE = (Status.QUEUED, Status.RUNNING)


def sessions_of(user: User) -> QuerySet[AnalysisSession]:
    return AnalysisSession.objects.filter(owner_id=user.pk).order_by("-created_at")


def files_of(session: AnalysisSession) -> QuerySet[StoredFile]:
    """The uploads of a session; what results left is found through the result."""
    uploads = StoredFile.objects.filter(owner_id=session.owner_id, session_id=session.pk)
    return uploads.exclude(kind=kinds.ARTIFACT).order_by("-created_at")


def results_of(session: AnalysisSession) -> QuerySet[AnalysisResult]:
    results = AnalysisResult.objects.filter(owner_id=session.owner_id, session_id=session.pk)
    return results.order_by("-created_at")


def all_files_of(user: User) -> QuerySet[StoredFile]:
    """Uploads and artefacts alike, to be looked up by id."""
    return StoredFile.objects.filter(owner_id=user.pk)


def all_results_of(user: User) -> QuerySet[AnalysisResult]:
    return AnalysisResult.objects.filter(owner_id=user.pk)


class _Without(Func):
    """A JSON object without one of its keys."""

    template, arg_joiner, output_field = "(%(expressions)s)", " - ", JSONField()


def told_without(results: QuerySet[AnalysisResult], key: str) -> dict[uuid.UUID, AnalysisResult]:
    """Results by id whose summaries lack one key, for readers who need all but what makes it long; none can be saved."""
    rows = results.defer("summary").annotate(told=_Without(F("summary"), Value(key)))
    for row in rows:
        row.summary, row.is_shortened = row.told, True
    return {row.pk: row for row in rows}


def artifacts_of(result: AnalysisResult) -> QuerySet[StoredFile]:
    return StoredFile.objects.filter(owner_id=result.owner_id, result_id=result.pk).order_by("name")


def artifacts_named(
    results: Iterable[AnalysisResult], names: Sequence[str]
) -> dict[tuple[uuid.UUID, str], StoredFile]:
    """The artefacts of these names of one owner's results, by result and name: one query."""
    rows = list(results)
    owners = {row.owner_id for row in rows}
    files = StoredFile.objects.filter(
        owner_id__in=owners, result_id__in=[row.pk for row in rows], name__in=names
    )
    return {(file.result_id, file.name): file for file in files.defer("report")}


def newest_file(session: AnalysisSession, kind: str) -> StoredFile | None:
    return files_of(session).filter(kind=kind).first()


def newest_result(session: AnalysisSession, kind: str, status: str | None = None) -> AnalysisResult | None:
    """The newest result of a kind; with a status, the newest that has it."""
    results = results_of(session).filter(kind=kind)
    return (results.filter(status=status) if status else results).first()


def under_way(
    session: AnalysisSession, kind: str, params: Mapping[str, object], input_hashes: Mapping[str, str]
) -> AnalysisResult | None:
    """The waiting or running result of exactly this request, unless somebody has asked to stop it."""
    same = results_of(session).filter(
        kind=kind,
        params=params,
        input_hashes=input_hashes,
        code_version=settings.CODE_VERSION,
        status__in=ACTIVE,
        cancel_requested_at__isnull=True,
    )
    return same.first()


def built_on(file: StoredFile) -> list[str]:
    """The finished results that were computed from an upload, in words, newest first."""
    results = AnalysisResult.objects.filter(
        session_id=file.session_id, status=Status.SUCCEEDED, input_hashes__has_key=str(file.pk)
    ).order_by("-created_at")
    return [
        f"{kinds.result_kind(result.kind).label} of {localtime(result.created_at):%-d %b %Y, %H:%M %Z}"
        for result in results.only("kind", "created_at")
    ]


def parent_ids(result: AnalysisResult) -> list[uuid.UUID]:
    return list(ResultParent.objects.filter(result_id=result.pk).values_list("parent_id", flat=True))


def fingerprint(result: AnalysisResult) -> str:
    """One hash over everything a finished result left, for those that build on it."""
    lines = artifacts_of(result).values_list("name", "sha256")
    return hashlib.sha256("\n".join(f"{name} {digest}" for name, digest in lines).encode()).hexdigest()


@dataclass(frozen=True)
class Newest:
    """The newest upload of each kind, the newest result of each kind, and the newest that succeeded."""

    files: Mapping[str, StoredFile]
    results: Mapping[str, AnalysisResult]
    succeeded: Mapping[str, AnalysisResult]


def newest_of(session: AnalysisSession) -> Newest:
    """Two queries, however many files and results there are; reports and summaries are left where they are.

    A result has one number of its summary as `waiting`: how much of it waits for a person.
    """
    files = files_of(session).defer("report").order_by("kind", "-created_at", "pk").distinct("kind")
    over = Q(status=Status.SUCCEEDED)
    waiting = Case(
        *(
            When(kind=kind.name, then=Cast(KeyTextTransform(kind.waits, "summary"), IntegerField()))
            for kind in kinds.result_kinds()
            if kind.waits
        ),
        default=Value(0),
    )
    results = results_of(session).defer("summary").annotate(over=over, waiting=waiting)
    results = results.order_by("kind", "over", "-created_at", "pk")
    newest: dict[str, AnalysisResult] = {}
    succeeded: dict[str, AnalysisResult] = {}
    for result in results.distinct("kind", "over"):
        if result.kind not in newest or newest[result.kind].created_at < result.created_at:
            newest[result.kind] = result
        if result.status == Status.SUCCEEDED:
            succeeded[result.kind] = result
    return Newest({file.kind: file for file in files}, newest, succeeded)


def stale(result: AnalysisResult, newest: Newest | None = None, *, sets: bool = True) -> bool:
    """Has anything this result was computed from been replaced by something newer?

    Costs the two queries of `newest_of` unless `newest` is passed, and one where it was computed from a shared set,
    unless newer versions of these `sets` are no matter. What it was computed from are the keys of its
    input hashes: files and parents.
    """
    newest = newest or newest_of(AnalysisSession(pk=result.session_id, owner_id=result.owner_id))
    described = kinds.result_kind(result.kind)
    if described.describes:
        about = AnalysisResult.objects.filter(session_id=result.session_id, pk__in=result.input_hashes)
        return any(outdated(one, newest) for one in about.defer("summary"))
    for kind in described.files:
        upload = newest.files.get(kind)
        if upload and str(upload.pk) not in result.input_hashes:
            return True
    for name, kind in described.optional_files:
        chosen, upload = result.params.get(name), newest.files.get(kind)
        if chosen and upload and str(upload.pk) != chosen:
            return True
    if sets and described.is_replaced(result.params):
        return True
    used = tuple(kind for kind in described.optional_parents if result.params.get(kind))
    for kind in described.parents + used:
        parent = newest.succeeded.get(kind)
        if parent is None or str(parent.pk) not in result.input_hashes or stale(parent, newest, sets=sets):
            return True
    return False


def outdated(result: AnalysisResult, newest: Newest) -> bool:
    """Is a finished result stale, or replaced by a newer one of its kind?"""
    latest = newest.succeeded.get(result.kind)
    replaced = latest is None or latest.pk != result.pk
    return (replaced and not kinds.result_kind(result.kind).alternatives) or stale(result, newest)


@dataclass(frozen=True)
class Step:
    """One step in the bar above a session's pages.

    `state` is one of blocked (`missing` says what for), ready, running, failed, stale and done. `result_id` is the
    result that the step shows, if there is one. `waiting` counts what a step that is done still asks a person.
    `offered` is a ready step that nothing is owed by: results of its kind stand side by side, and there is none yet.
    """

    code: str
    title: str
    state: str
    url_name: str
    percent: float | None = None
    missing: tuple[str, ...] = ()
    result_id: uuid.UUID | None = None
    waiting: int = 0
    offered: bool = False


def handing_over(newest: Newest) -> dict[str, kinds.ResultKind]:
    """The kinds of upload that nobody is asked for, as a result of other files, which are there, can be used as one."""
    there = (kind for kind in kinds.result_kinds() if kind.hands_over and kind.files[0] in newest.files)
    return {kind.hands_over: kind for kind in there}


def step_states(session: AnalysisSession, newest: Newest | None = None) -> list[Step]:
    """The steps of a session: upload, then one per kind of result, and what each result shows."""
    newest = newest or newest_of(session)
    coming = handing_over(newest)
    lacking = tuple(
        f"Upload a {kind.label} file" if kind.name == "ward_table" else f"Upload the {kind.label}"
        for kind in kinds.file_kinds()
        if kind.name not in newest.files and not kind.optional and kind.name not in coming
    )
    steps = [
        Step("data", gettext_noop("Data"), "ready" if lacking else "done", "session_data", missing=lacking)
    ]
    for kind in kinds.result_kinds():
        if kind.describes or kind.fetches:
            continue
        if kind.optional and kind.name not in newest.results and kind.files[0] not in newest.files:
            continue
        steps.append(_step(kind, newest))
        if kind.result_url_name:
            shown = newest.succeeded.get(kind.name)
            state = "blocked" if shown is None else "stale" if stale(shown, newest) else "done"
            missing = () if shown else (f"Finish “{kind.step_title}”",)
            code = f"{kind.name}_result"
            shown_id = shown.pk if shown else None
            steps.append(Step(code, kind.result_title, state, kind.result_url_name, None, missing, shown_id))
    return steps


def _step(kind: kinds.ResultKind, newest: Newest) -> Step:
    result = newest.results.get(kind.name)
    missing = tuple(
        f"Upload the {kinds.file_kind(name).label}" for name in kind.files if name not in newest.files
    ) + tuple(
        f"Finish “{kinds.result_kind(name).step_title}”"
        for name in kind.parents
        if name not in newest.succeeded
    )
    shown = newest.succeeded.get(kind.name)
    percent = None
    if result and result.status in ACTIVE:
        state, percent, shown = "running", result.percent, result
    elif result and result.status == Status.FAILED:
        state, shown = "failed", result
    elif shown:
        state = "stale" if stale(shown, newest) else "done"
    else:
        state = "blocked" if missing else "ready"
    waiting = (shown.waiting or 0) if state == "done" else 0
    shown_id = shown.pk if shown else None
    offered = kind.alternatives and state == "ready"
    return Step(
        kind.name, kind.step_title, state, kind.url_name, percent, missing, shown_id, waiting, offered
    )
