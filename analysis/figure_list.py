"""Which figure of a ranking stands on which page, and where its files are."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from sessions_app.models import AnalysisResult, StoredFile

# Page -> how the names of its figures begin.
PAGES = {
    "maps": ("map_rank", "map_tier", "map_score"),
    "variables": ("map_variable_", "histogram_"),
    "lgas": ("lga_variable_",),
    "scaled": ("map_scaled_",),
    "raw": ("map_raw_",),
    "years": ("map_year_",),
    "urban": ("map_urban_",),
    "gaps": ("map_gaps",),
    "models": ("models_",),
    "stability": ("stability_",),
    "ranks": ("rank_boxes_",),
    "pca": ("scree", "loadings", "correlation"),
    "comparison": ("map_rank", "map_pca_", "comparison_ranks", "tier_table"),
    "workflow": ("workflow",),
}
MAIN_MAP = "map_rank"


def figures_of(result: AnalysisResult, files: Mapping[str, StoredFile], page: str) -> list[dict[str, Any]]:
    listed = [drawn for drawn in result.summary["figures"] if drawn["name"].startswith(PAGES[page])]
    return [_shown(result, files, drawn) for drawn in listed if f"{drawn['name']}.svg" in files]


def figure(result: AnalysisResult, files: Mapping[str, StoredFile], name: str) -> dict[str, Any] | None:
    drawn = next((drawn for drawn in result.summary["figures"] if drawn["name"] == name), None)
    return _shown(result, files, drawn) if drawn and f"{name}.svg" in files else None


def _shown(result: AnalysisResult, files: Mapping[str, StoredFile], drawn: dict[str, Any]) -> dict[str, Any]:
    name = drawn["name"]
    download = reverse("file_download", args=[files[f"{name}.svg"].pk])
    return {
        "name": name,
        "result": str(result.pk),
        "svg_url": reverse("result_picture", args=[result.session_id, result.pk, f"{name}.svg"]),
        "svg_file": download,
        "png_file": f"{download}?as=png",
        "title": drawn["title"],
        "alt": drawn["alt"],
        "width": round(drawn["width"]),
        "height": round(drawn["height"]),
    }
