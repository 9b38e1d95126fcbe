"""What the interactive map of a ranking can show, in the classes that the drawn maps have."""

import json
from typing import Any

import pyarrow as pa
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from analysis.figures import palette
from analysis.figures.class_limits import Kind, limits_of
from analysis.labels import unit_in, variable_label, variable_unit
from sessions_app.models import AnalysisResult

# key, how it becomes classes, label
RANKING: tuple[tuple[str, Kind, str], ...] = (
    ("composite_rank", "rank", _("Rank")),
    ("composite_tier", "tier", "Tier (high, medium, low)"),
    ("composite_score", "score", "Score (0–1)"),
)
FORCED_PCA: tuple[tuple[str, Kind, str], ...] = (
    ("pca_rank", "rank", _("PCA rank, forced")),
    ("pca_tier", "tier", _("PCA tier, forced")),
)
PCA: tuple[tuple[str, Kind, str], ...] = (
    ("pca_rank", "rank", _("PCA rank")),
    ("pca_tier", "tier", _("PCA tier")),
)


def layers_of(result: AnalysisResult, wards: pa.Table) -> list[dict[str, Any]]:
    """The layers in the order of the page's list; `wards` is the ward table of the result.

    `classes` is JSON for the script: label, colour and number of wards of each class, highest risk first. `parts` are
    the numbers between the classes, lowest first.
    """
    inverse = set(result.summary["parameters"]["inverse"])
    second = FORCED_PCA if result.summary.get("pca_forced") else PCA
    shown = RANKING + (second if result.summary["pca_ranked"] else ())
    layers = [_layer(wards, *one) for one in shown]
    for name in result.summary["parameters"]["variables"]:
        layer = _layer(wards, name, "variable", variable_label(name), name in inverse)
        layers.append(layer | {"unit": _unit(result.summary, name)})
    return layers


def rank_words(wards: pa.Table) -> str:
    """The legend of the rank map in words, for screens too small for the one that is drawn."""
    classes, _, _ = _numbers(wards["composite_rank"], "rank", False)
    missing = "" if sum(count for *_, count in classes) == wards.num_rows else gettext("; hatched: no data")
    return (
        gettext("Darkest: rank %(classes)s; lightest: rank %(classes_2)s%(missing)s.")
        % {"classes": classes[0][0], "classes_2": classes[-1][0], "missing": missing}
        if classes
        else ""
    )


def _layer(wards: pa.Table, key: str, kind: Kind, label: str, inverse: bool = False) -> dict[str, Any]:
    classes, parts, ascending = (
        (_tiers(wards[key]), [], True) if kind == "tier" else _numbers(wards[key], kind, inverse)
    )
    return {
        "key": key,
        "kind": kind,
        "label": label,
        "ascending": ascending,
        "classes": json.dumps(classes, ensure_ascii=False),
        "parts": json.dumps(parts),
        "missing": wards.num_rows - sum(count for _, _, count in classes),
    }


def _tiers(column: pa.ChunkedArray) -> list[tuple[str, str, int]]:
    counted = {row["values"]: row["counts"] for row in column.value_counts().to_pylist()}
    return [
        (f"{palette.TIER_LETTERS[name]}  {name}", colour, counted.get(name, 0))
        for name, colour in palette.TIERS.items()
    ]


def _numbers(
    column: pa.ChunkedArray, kind: Kind, inverse: bool
) -> tuple[list[tuple[str, str, int]], list[float], bool]:
    values = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    limits = limits_of(values, kind, inverse=inverse)
    found = limits.of(values).tolist()
    classes = [
        (label, colour, found.count(place))
        for place, (label, colour) in enumerate(zip(limits.labels, limits.colours, strict=True))
    ]
    return classes, limits.parts(), limits.ascending


def _unit(summary: dict[str, Any], name: str) -> str:
    """The unit beside each value on the map; nothing where the values do not fit it."""
    usual = variable_unit(name)
    return usual if unit_in(summary, name) == usual else ""
