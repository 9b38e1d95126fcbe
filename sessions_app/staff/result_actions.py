"""What staff do to computations of users, over their own connection: one transaction, and one event for each result."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from sessions_app import tasks
from sessions_app.isolation.staff import STAFF_ALIAS
from sessions_app.models import AnalysisResult, Event
from sessions_app.selectors import ACTIVE

Status = AnalysisResult.Status


def run_again(*, by: uuid.UUID, ids: Sequence[uuid.UUID]) -> int:
    """Let failed results run once more, with all their tries, by the code of today; the others stay. Returns how many."""
    return _change(
        by,
        ids,
        Q(status=Status.FAILED),
        "staff.result_run_again",
        lambda result: {
            "status": Status.QUEUED,
            "attempts_before": F("attempt"),
            "code_version": settings.CODE_VERSION,
            "error": {},
            "percent": 0,
            "step": "",
            "steps": [step | {"state": "waiting", "seconds": None} for step in result.steps],
            "finished_at": None,
            "cancel_requested_at": None,
            "lease_until": tasks.patience_end(),
        },
        publish=True,
    )


def cancel(*, by: uuid.UUID, ids: Sequence[uuid.UUID]) -> int:
    """End waiting results now and ask the workers of running ones to stop. Returns how many it was new to."""
    now = timezone.now()
    ended = {"status": Status.CANCELLED, "finished_at": now, "lease_until": None, "cancel_requested_at": now}
    return _change(
        by,
        ids,
        Q(status__in=ACTIVE, cancel_requested_at=None),
        "staff.result_cancelled",
        lambda result: ended if result.status == Status.QUEUED else {"cancel_requested_at": now},
    )


def requeue(*, by: uuid.UUID, ids: Sequence[uuid.UUID]) -> int:
    """Hand out again what waits and what its worker has left; what a worker is busy with stays. Returns how many."""
    left = Q(status=Status.QUEUED) | Q(status=Status.RUNNING, lease_until__lt=timezone.now())
    return _change(
        by,
        ids,
        left,
        "staff.result_handed_out",
        # Of a lease that has run out nothing is changed: it is what lets the next worker take the result.
        lambda result: {"lease_until": tasks.patience_end()} if result.status == Status.QUEUED else {},
        publish=True,
    )


def _change(
    by: uuid.UUID,
    ids: Sequence[uuid.UUID],
    fits: Q,
    verb: str,
    changes: Callable[[AnalysisResult], dict[str, Any]],
    *,
    publish: bool = False,
) -> int:
    results = AnalysisResult.objects.using(STAFF_ALIAS)
    with transaction.atomic(using=STAFF_ALIAS):
        fitting: models.QuerySet[AnalysisResult] = results.filter(fits, pk__in=ids).select_for_update()
        for result in (found := list(fitting.order_by("pk").defer("summary", "params", "input_hashes"))):
            if changed := changes(result):
                results.filter(pk=result.pk).update(**changed)
            _record(by, verb, result)
            if publish:
                again = partial(tasks.publish, result.owner_id, result.pk)
                transaction.on_commit(again, using=STAFF_ALIAS)
    return len(found)


def _record(by: uuid.UUID, verb: str, result: AnalysisResult) -> None:
    told = {"kind": result.kind, "attempt": result.attempt}
    if code := (result.error or {}).get("code"):
        told["error"] = code
    Event.objects.using(STAFF_ALIAS).create(
        owner_id=result.owner_id,
        actor=by,
        verb=verb,
        object_type="analysisresult",
        object_id=result.pk,
        session_id=result.session_id,
        data=told,
    )
