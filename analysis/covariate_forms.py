"""What the covariates page shows and sends: the rasters that can be had, and those that were chosen."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_noop

from analysis.core.raster_kinds import RASTER_KINDS, YEARLY
from analysis.core.variables import lookup
from reference.selectors import offered
from sessions_app import selectors
from sessions_app.models import AnalysisSession

TEMPORAL_WORDS = {
    "static": gettext_noop("does not change over time"),
    "month": gettext_noop("one month"),
    "annual_sum": gettext_noop("sum of a year"),
    "annual_mean": gettext_noop("mean of a year"),
}


def raster_choices(session: AnalysisSession, chosen: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Reference rasters and the session's own uploads, each with what it holds and where it is from."""
    picked = {asked.get("reference") or asked.get("file"): asked for asked in chosen}
    rows = []
    for row in offered("raster"):
        facts = row.facts
        rows.append(
            {
                "value": f"reference:{row.pk}",
                "variable": facts["variable"],
                "label": label_of(facts["variable"]),
                "unit": facts["unit"],
                "time": TEMPORAL_WORDS[facts["temporal"]],
                "statistic": facts.get("statistic", "mean"),
                "cited": row.cited(),
                "chosen": str(row.pk) in picked,
            }
        )
    for file in selectors.files_of(session).filter(kind="raster"):
        asked = picked.get(str(file.pk), {})
        bands = [band["band"] for band in file.report["bands"] if band["cells_with_data"]]
        rows.append(
            {
                "value": f"file:{file.pk}",
                "label": file.name,
                "file": file,
                "chosen": bool(asked),
                "variable": asked.get("variable", ""),
                "band": asked.get("band", ""),
                "temporal": asked.get("temporal", ""),
                "times": [(name, TEMPORAL_WORDS[name]) for name in ("month", *YEARLY)],
                "bands": bands if len(bands) > 1 else [],
                "variables": [(name, label_of(name)) for name in sorted(RASTER_KINDS)],
            }
        )
    return rows


def label_of(variable: str) -> str:
    known = lookup(variable)
    return known.label if known else variable


def read_rasters(sent: Any) -> list[dict[str, Any]]:
    """The ticked rasters as the API takes them."""
    rasters = []
    for value in sent.getlist("raster"):
        kind, _, pk = value.partition(":")
        if kind == "reference":
            rasters.append({"reference": pk})
        else:
            said = {name: sent.get(f"{name}:{pk}", "").strip() for name in ("variable", "band", "temporal")}
            rasters.append({"file": pk} | {name: text for name, text in said.items() if text})
    return rasters
