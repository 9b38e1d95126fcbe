"""What the owner thinks of an answer: one verdict for each turn, which may change or be taken back."""

import uuid

from django.db import transaction

from assistant.models import Conversation, Feedback, Turn
from sessions_app.events import record
from sessions_app.models import User
from sessions_app.problems import Problem


@transaction.atomic
def judge(*, by: User, turn: Turn, verdict: str, reason: str | None = None) -> Feedback:
    """Enter or change the verdict. Without a reason the earlier one stays, unless the verdict turns round."""
    if verdict not in Feedback.Verdict.values:
        raise Problem("invalid_request", "The verdict is “up” or “down”.", where="verdict")
    if turn.status == Turn.Status.RUNNING:
        raise Problem("no_answer_yet", where=str(turn.pk))
    earlier = Feedback.objects.filter(owner_id=by.pk, turn_id=turn.pk).select_for_update().first()
    if reason is None:
        reason = earlier.reason if earlier and earlier.verdict == verdict else ""
    row, _ = Feedback.objects.update_or_create(
        owner_id=by.pk,
        turn=turn,
        defaults={"verdict": verdict, "reason": reason.replace("\x00", "").strip()[:500]},
    )
    record(
        owner_id=by.pk,
        verb="feedback.given",
        of=turn,
        session_id=_session_of(turn),
        verdict=verdict,
        with_reason=bool(row.reason),
    )
    return row


@transaction.atomic
def take_back(*, by: User, turn: Turn) -> None:
    if Feedback.objects.filter(owner_id=by.pk, turn_id=turn.pk).delete()[0]:
        record(owner_id=by.pk, verb="feedback.withdrawn", of=turn, session_id=_session_of(turn))


def _session_of(turn: Turn) -> uuid.UUID:
    return Conversation.objects.values_list("session_id", flat=True).get(pk=turn.conversation_id)
