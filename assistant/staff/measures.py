"""Tokens that a user's questions have used, for the staff's list of users."""

from django.db.models import F, Sum
from django.utils.translation import gettext_lazy as _

from assistant.models import ModelCall
from sessions_app.staff.measures import Measure

TOKENS = Measure("tokens_used", _("tokens"), ModelCall, Sum(F("input_tokens") + F("output_tokens")))
