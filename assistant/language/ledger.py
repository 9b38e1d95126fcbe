"""What language models have used: one row per answer, and the limits that are held against these rows."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet, Sum
from django.utils import timezone

from assistant.language.configured import Configured
from assistant.models import Entry, ModelCall, Turn
from sessions_app.events import record
from sessions_app.problems import Problem

ONE_DAY = timedelta(days=1)
CHARACTERS_PER_TOKEN = 3


def refuse_over_budget(owner_id: uuid.UUID) -> None:
    """Raise the problem when this user, or everybody together, has used up the tokens of the last 24 hours."""
    since = timezone.now() - ONE_DAY
    with transaction.atomic():
        own = _tokens(ModelCall.objects.filter(owner_id=owner_id), since)
    if own >= settings.LANGUAGE_BUDGET["user_tokens"]:
        raise Problem("model_budget_used", "Your language model budget of these 24 hours is used up.")
    # One number over all users, from the maintenance connection; no row of anybody's is read out.
    if _tokens(ModelCall.objects.using("system"), since) >= settings.LANGUAGE_BUDGET["all_tokens"]:
        raise Problem(
            "model_budget_used",
            "The language model budget of everybody together is used up for these 24 hours.",
        )


def _tokens(calls: QuerySet[ModelCall], since: datetime) -> int:
    used = calls.filter(created_at__gt=since).aggregate(n=Sum(F("input_tokens") + F("output_tokens")))
    return int(used["n"] or 0)


@transaction.atomic
def enter(
    *, turn: Turn | Entry, session_id: uuid.UUID | None, model: Configured, outcome: str, used: dict[str, Any],
    error_code: str = "",
) -> ModelCall:  # fmt: skip
    """Write down what an answer used. `used` holds requests, both tokens, estimated and milliseconds.

    The event of an answer in a comparison doesn't say whose it is: its owner is to find out at the end only.
    """
    cost = None
    if model.prices is not None:
        # Dollars for a million tokens are millionths of a dollar for one.
        cost = -int(-(used["input_tokens"] * model.prices[0] + used["output_tokens"] * model.prices[1]) // 1)
    call = ModelCall.objects.create(
        owner_id=turn.owner_id, turn_id=turn.pk, model=model.name, outcome=outcome, error_code=error_code,
        cost_micros=cost, **used,
    )  # fmt: skip
    record(
        owner_id=turn.owner_id,
        verb="model.called",
        of=call,
        session_id=session_id,
        outcome=outcome,
        **({} if isinstance(turn, Entry) else _told(call)),
    )
    return call


def _told(call: ModelCall) -> dict[str, Any]:
    return {"model": call.model, "input_tokens": call.input_tokens, "output_tokens": call.output_tokens}
