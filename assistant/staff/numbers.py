"""What language models used today, for the first page of the staff site."""

from decimal import Decimal

from django.db.models import Count, F, Q, Sum
from django.utils.translation import gettext_lazy as _

from assistant.models import Conversation, ModelCall, Turn
from sessions_app.isolation.staff import STAFF_ALIAS
from sessions_app.staff.numbers import Number, Numbers, since, start_of_day


def language_models() -> Numbers:
    today = start_of_day()
    calls = ModelCall.objects.using(STAFF_ALIAS).filter(created_at__gte=today)
    used = calls.aggregate(
        tokens=Sum(F("input_tokens") + F("output_tokens")),
        cost=Sum("cost_micros"),
        unpriced=Count("pk", filter=Q(cost_micros=None)),
        failed=Count("pk", filter=Q(outcome=ModelCall.Outcome.FAILED)),
    )
    conversations = since(Conversation.objects.using(STAFF_ALIAS), "created_at", today).count()
    turns = since(Turn.objects.using(STAFF_ALIAS), "created_at", today).count()
    entries = [
        Number(_("Conversations begun today"), conversations),
        Number(_("Questions today"), turns),
        Number(_("Tokens today"), used["tokens"] or 0),
        Number(_("Cost today"), dollars(used["cost"] or 0)),
        Number(_("Failed answers today"), used["failed"], bad=used["failed"] > 0),
    ]
    if used["unpriced"]:
        entries.append(Number(_("Answers without a configured price"), used["unpriced"]))
    return Numbers(_("Conversations and language models"), entries)


def dollars(micros: int) -> str:
    return f"US$ {Decimal(micros) / 1_000_000:.2f}"
