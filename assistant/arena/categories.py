"""The tables of the ranking."""

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from assistant.models import Battle

ALL = "all"
CATEGORIES: Mapping[str, str | Promise] = MappingProxyType(
    {
        ALL: _("All questions"),
        Battle.Kind.GENERAL.value: _("General questions"),
        Battle.Kind.RESULTS.value: _("Own results"),
    }
)
