"""What language models have used: one row per answer, and the limits that are held against these rows.

An answer sets tokens aside before it begins, so that answers side by side can't all spend what is left for one.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet, Sum
from django.utils import timezone

from assistant.language.configured import configured
from assistant.models import Entry, ModelCall, ModelReservation, Turn
from sessions_app.events import record
from sessions_app.isolation.scope import scope
from sessions_app.models import User
from sessions_app.problems import Problem, fault

ONE_DAY = timedelta(days=1)
MOST_AT_ONCE = 200


def refuse_over_budget(owner_id: uuid.UUID) -> None:
    """Raise the problem when the tokens of 24 hours are used up or set aside, by this user or by everybody together."""
    most = settings.LANGUAGE_BUDGET
    # What is set aside first: an answer that is entered in between is then counted twice, and never not at all.
    with transaction.atomic():
        held = _held(ModelReservation.objects.filter(owner_id=owner_id))
        used = _used(ModelCall.objects.filter(owner_id=owner_id))
    if used >= most["user_tokens"]:
        raise Problem("model_budget_used", "Your language model budget of these 24 hours is used up.")
    # One number over all users, from the maintenance connection; no row of anybody's is read out.
    held_by_all = _held(ModelReservation.objects.using("system"))
    used_by_all = _used(ModelCall.objects.using("system"))
    if used_by_all >= most["all_tokens"]:
        raise Problem(
            "model_budget_used",
            "The language model budget of everybody together is used up for these 24 hours.",
        )
    if used + held >= most["user_tokens"] or used_by_all + held_by_all >= most["all_tokens"]:
        raise Problem(
            "model_budget_used",
            "What is left of the language model budget is set aside for answers under way.",
            fix="Wait until they are there, then ask again.",
        )


def _used(calls: QuerySet[ModelCall]) -> int:
    within = calls.filter(created_at__gt=timezone.now() - ONE_DAY)
    return int(within.aggregate(n=Sum(F("input_tokens") + F("output_tokens")))["n"] or 0)


def _held(reservations: QuerySet[ModelReservation]) -> int:
    within = reservations.filter(created_at__gt=timezone.now() - ONE_DAY)
    return int(within.aggregate(n=Sum("tokens"))["n"] or 0)


@transaction.atomic
def reserve(*, turn: Turn | Entry, session_id: uuid.UUID | None, tokens: int) -> ModelReservation:
    """Set tokens aside for one answer, or raise the problem. `enter` gives them back."""
    # One at a time, of this user and then of all: two must not both find room for themselves.
    User.objects.select_for_update().get(pk=turn.owner_id)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('assistant_modelreservation'))")
    refuse_over_budget(turn.owner_id)
    return ModelReservation.objects.create(
        owner_id=turn.owner_id, turn_id=turn.pk, session_id=session_id, model=turn.model,
        is_blind=isinstance(turn, Entry), tokens=tokens, until=_lease(),
    )  # fmt: skip


def _lease() -> datetime:
    return timezone.now() + timedelta(seconds=settings.LANGUAGE_LIMITS["lease_seconds"])


@transaction.atomic
def note(held: ModelReservation, used: dict[str, Any]) -> bool:
    """Keep the reservation, with what was used so far; False when maintenance took its worker for dead."""
    return bool(ModelReservation.objects.filter(pk=held.pk).update(used=used, until=_lease()))


@transaction.atomic
def enter(
    held: ModelReservation,
    *,
    outcome: str,
    used: dict[str, Any],
    error_code: str = "",
    only_lost: bool = False,
) -> None:
    """Write down what an answer used instead of what was set aside for it; once, whoever comes first.

    With `only_lost` nothing happens where its worker has renewed it meanwhile.
    `used` holds requests, both tokens, estimated and milliseconds. The event of an answer in a comparison doesn't say whose
    it is: its owner is to find out at the end only.
    """
    # Locked in the order of `reserve`, so that neither waits for the other.
    User.objects.select_for_update().filter(pk=held.owner_id).first()
    still = ModelReservation.objects.filter(pk=held.pk)
    if only_lost:
        still = still.filter(until__lt=timezone.now())
    gone, _ = still.delete()
    if not gone:
        return
    model, cost = configured(held.model), None
    if model is not None and model.prices is not None:
        # Dollars for a million tokens are millionths of a dollar for one.
        cost = -int(-(used["input_tokens"] * model.prices[0] + used["output_tokens"] * model.prices[1]) // 1)
    call = ModelCall.objects.create(
        owner_id=held.owner_id, turn_id=held.turn_id, model=held.model, outcome=outcome, error_code=error_code,
        cost_micros=cost, **used,
    )  # fmt: skip
    record(
        owner_id=held.owner_id,
        verb="model.called",
        of=call,
        session_id=held.session_id,
        outcome=outcome,
        **({} if held.is_blind else _told(call)),
    )


def enter_lost() -> int:
    """Enter what workers had used that are gone since; what they had set aside is free again.

    One that can't be entered is logged as an incident and stays; it doesn't keep the others.
    """
    lost = ModelReservation.objects.using("system").filter(until__lt=timezone.now())
    found = list(lost.order_by("until")[:MOST_AT_ONCE])
    nothing = {"requests": 0, "input_tokens": 0, "output_tokens": 0, "milliseconds": 0}
    entered = 0
    for held in found:
        try:
            with scope(held.owner_id, kind="task"):
                used = nothing | held.used | {"estimated": True}
                enter(
                    held,
                    outcome=ModelCall.Outcome.FAILED,
                    used=used,
                    error_code="worker_lost",
                    only_lost=True,
                )
        except Exception as error:  # noqa: BLE001 - whatever it was, the others are entered
            fault(error, doing="entering what a lost worker had used")
        else:
            entered += 1
    return entered


def _told(call: ModelCall) -> dict[str, Any]:
    return {"model": call.model, "input_tokens": call.input_tokens, "output_tokens": call.output_tokens}
