"""The explanation of one figure or table: facts that its owner's code computes, and sentences made of them."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import get_language

from analysis.explained import families
from analysis.own_charts import ASKED as CHART
from assistant.core.explaining import explanation
from reports.core.language import LANGUAGES
from sessions_app.models import AnalysisResult

# What an address may say besides the name: which place, which other plan, which series, and all of a chart.
ASKED = ("ward", "lga", "to", "of", *CHART)
LONGEST_ASKED = 200


def facts_of(result: AnalysisResult, figure: str, asked: Mapping[str, str]) -> dict[str, Any] | None:
    """The facts of one figure or table of a finished result; None when it has no such figure.

    Reads the result's own rows and artefacts. Call it in its owner's scope and outside a transaction.
    """
    known = settings.EXPLAINED.get(result.kind)
    if known is None or result.status != AnalysisResult.Status.SUCCEEDED:
        return None
    said = {name: str(asked.get(name, "")).replace("\x00", "")[:LONGEST_ASKED] for name in ASKED}
    return families.explained(import_string(known), result, figure, said)


def explained_figures(result: AnalysisResult) -> list[str]:
    """The names of all that can be explained of a result."""
    known = settings.EXPLAINED.get(result.kind)
    return families.names_of(import_string(known), result) if known else []


def lines_of(facts: Mapping[str, Any], language: str = "") -> list[str]:
    """The sentences, in the language asked for, else in that of the reader."""
    return explanation(spoken(language), facts)


def spoken(language: str = "") -> str:
    """One of the languages that there are sentences in."""
    wanted = (language or get_language() or "")[:2]
    return wanted if wanted in LANGUAGES else LANGUAGES[0]
