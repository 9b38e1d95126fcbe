"""What workers do: run one result, and find those whose worker has gone silent."""

import logging
import uuid
from datetime import datetime, timedelta

import kombu.exceptions
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from sessions_app import jobs, resumable
from sessions_app.isolation.scope import required_owner, scope
from sessions_app.isolation.tasks import ScopedTask
from sessions_app.models import AnalysisResult

MOST_AT_ONCE = 500

logger = logging.getLogger(__name__)


@shared_task(base=ScopedTask, name="sessions_app.run_result")
def run_result(result_id: str) -> None:
    """Compute one result, unless another worker has it or it is over."""
    owner_id = required_owner()
    result = jobs.claim(owner_id, uuid.UUID(result_id))
    if result is None:
        return
    try:
        jobs.run_claimed(result)
    except jobs.TRANSIENT as error:
        logger.warning(
            "result %s, attempt %s: %s; trying again", result.pk, result.attempt, type(error).__name__
        )
        if jobs.release(owner_id, result):
            publish(owner_id, result.pk, countdown=5 * result.attempt)


def publish(owner_id: uuid.UUID, result_id: uuid.UUID, countdown: float | None = None) -> None:
    """Hand a committed result to the workers.

    The row is what counts: when the broker is away, `requeue_expired` finds it again.
    """
    try:
        with scope(owner_id):
            run_result.publish(result_id, countdown=countdown)
    except kombu.exceptions.OperationalError:
        logger.warning("result %s waits: the broker does not answer", result_id)


def patience_end() -> datetime:
    """Until when a queued result is left alone."""
    return timezone.now() + timedelta(seconds=settings.RESULTS["patience_seconds"])


@shared_task(name="sessions_app.requeue_expired")
def requeue_expired() -> int:
    """Publish again what no worker is at work on: a killed worker's results, and those that a broker lost."""
    expired = AnalysisResult.objects.using("system").filter(
        status__in=(AnalysisResult.Status.QUEUED, AnalysisResult.Status.RUNNING),
        lease_until__lt=timezone.now(),
    )
    found = list(expired.order_by("lease_until").values_list("owner_id", "pk")[:MOST_AT_ONCE])
    # Those that wait are left alone for a while, or a long queue would be published over and over.
    again = AnalysisResult.objects.using("system").filter(pk__in=[pk for _, pk in found])
    again.filter(status=AnalysisResult.Status.QUEUED).update(lease_until=patience_end())
    for owner_id, result_id in found:
        publish(owner_id, result_id)
    return len(found)


@shared_task(name="sessions_app.remove_expired_uploads")
def remove_expired_uploads() -> int:
    """Remove what was begun and not finished in time, with its parts."""
    return resumable.remove_expired(most=MOST_AT_ONCE)
