"""Words of a page that come from elsewhere: the languages there are, stored English, numbers by locale."""

from typing import Any

from django import template
from django.conf import settings

from sessions_app import stored_words

register = template.Library()


@register.simple_tag
def languages() -> list[tuple[str, str]]:
    """Each language by its own name; Django's tag would say “Anglais” on a French page."""
    return settings.LANGUAGES


@register.filter
def said(value: Any) -> Any:
    """A text that a core wrote in English, in the language of the page."""
    return stored_words.translated(value) if isinstance(value, str) else value
