"""Words of a page that come from elsewhere: the languages there are, stored English, numbers by locale."""

from typing import Any

from django import template
from django.conf import settings
from django.utils.html import json_script
from django.utils.translation import gettext

from sessions_app import stored_words
from sessions_app.script_words import SCRIPT_WORDS

register = template.Library()


@register.simple_tag
def languages() -> list[tuple[str, str]]:
    """Each language by its own name; Django's tag would say “Anglais” on a French page."""
    return settings.LANGUAGES


@register.filter
def said(value: Any) -> Any:
    """A text that a core wrote in English, in the language of the page."""
    return stored_words.translated(value) if isinstance(value, str) else value


@register.simple_tag
def script_words(script: str) -> str:
    """The words of a script as a block of JSON; nothing where the page is in English."""
    told = {text: gettext(text) for text in SCRIPT_WORDS[script]}
    differing = {text: words for text, words in told.items() if words != text}
    return json_script(differing, "script-words") if differing else ""
