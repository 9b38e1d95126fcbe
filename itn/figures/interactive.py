"""What the interactive map shows of a plan: the classes and colours that the drawn maps have, ward by ward."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from itn.core.plan import FILLED
from itn.figures.allocation import MEASURES, allocation_classes
from itn.figures.difference import CLASSES, COLOURS, NO_CLASS, OTHERS, change_class
from itn.labels import REASONS

CHANGE = "change"
UNKNOWN = "Population unknown"


def plan_values(wards: pd.DataFrame) -> dict[str, Any]:
    """Return the layers and ward cards of a plan.

    Parameters
    ----------
    wards : pandas.DataFrame
        `NetPlan.wards`.

    Returns
    -------
    dict
        ``layers``: key → ``classes`` (label, colour), ``missing``, ``hint``; ``facts``: names; ``wards``:
        code → ``classes`` (one per layer, None where unknown) and ``facts`` (text, in the order of the names).
    """
    drawn = {measure: allocation_classes(wards, measure) for measure in MEASURES}
    layers = {
        measure: {
            "classes": list(zip(found.labels, found.colours, strict=True)),
            "missing": found.missing_label,
            "hint": "Darker = more; other colours say why a ward gets none",
        }
        for measure, found in drawn.items()
    }
    facts = {
        "Outcome": wards["reason"].map(REASONS).tolist(),
        "Nets": _counts(wards["nets_allocated"]),
        "Needed": _counts(wards["need"]),
        "People": [
            f"{count}; not counted but filled: {source_words}" if source_words in FILLED else count
            for count, source_words in zip(
                _counts(wards["population"]), wards["population_source"].tolist(), strict=True
            )
        ],
        "Covered": [_text(value, "{:.1f} %") for value in wards["coverage_percent"].tolist()],
        "Rank": _counts(wards["rank"], "not ranked"),
    }
    return _values(wards["ward_code"], layers, [found.of_ward.tolist() for found in drawn.values()], facts)


def difference_values(changes: pd.DataFrame) -> dict[str, Any]:
    """Return the one layer and the ward cards of what changes between two plans.

    Parameters
    ----------
    changes : pandas.DataFrame
        From `scenarios.differences`.
    """
    reasons = zip(changes["reason_first"].tolist(), changes["reason_second"].tolist(), strict=True)
    classes = [
        change_class(value, of)
        for value, of in zip(changes["coverage_change"].tolist(), reasons, strict=True)
    ]
    told = [(text, colour) for (_, text), colour in zip(CLASSES, COLOURS, strict=True)]
    # What is not a change stands in the legend where there is any.
    last = max([*classes, len(CLASSES) - 1])
    others = OTHERS[: last + 1 - len(CLASSES)]
    layer = {
        "classes": [*told, *others],
        "missing": UNKNOWN,
        "hint": "Change in the coverage of people, from the first plan to the second",
    }
    facts = {
        "Nets before": _counts(changes["nets_first"]),
        "Nets after": _counts(changes["nets_second"]),
        "Change": [f"{int(value):+,}" for value in changes["nets_change"].tolist()],
        "Covered before": [_text(value, "{:.1f} %") for value in changes["coverage_first"].tolist()],
        "Covered after": [_text(value, "{:.1f} %") for value in changes["coverage_second"].tolist()],
        "Rank": _counts(changes["rank"], "not ranked"),
    }
    return _values(changes["ward_code"], {CHANGE: layer}, [classes], facts)


def _values(
    codes: pd.Series, layers: dict[str, Any], of_ward: Sequence[list[int]], facts: dict[str, list[str]]
) -> dict[str, Any]:
    classes = [[None if found == NO_CLASS else found for found in row] for row in zip(*of_ward, strict=True)]
    said = zip(*facts.values(), strict=True)
    return {
        "layers": {f"class:{name}": layer for name, layer in layers.items()},
        "facts": list(facts),
        "wards": {
            str(code): {"classes": of, "facts": list(words)}
            for code, of, words in zip(codes.tolist(), classes, said, strict=True)
        },
    }


def _counts(values: pd.Series, unknown: str = "unknown") -> list[str]:
    return [
        _text(value, "{:,.0f}", unknown)
        for value in values.to_numpy(dtype="float64", na_value=np.nan).tolist()
    ]


def _text(value: float | None, form: str, unknown: str = "unknown") -> str:
    return unknown if value is None or value != value else form.format(value)
