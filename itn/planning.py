"""A plan as it was asked for: by a rule, or by the solver. Used alike by the worker and the preview."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis import frames
from itn.core.best_split import SECONDS, Split, best_split, kept_split
from itn.core.plan import NetPlan, make_plan
from itn.params import BEST_SPLIT, limits_of, settings_of
from sessions_app.models import AnalysisResult


def planned(
    wards: pd.DataFrame, params: Mapping[str, Any], *, seconds: float = SECONDS
) -> tuple[NetPlan, Split | None]:
    """The plan; with the strategy “best_split” also how good it is proven to be."""
    if params["strategy"] != BEST_SPLIT:
        return make_plan(wards, settings_of(params)), None
    split = best_split(wards, settings_of(params), limits_of(params), seconds=seconds)
    return split.plan, split


def kept(
    wards: pd.DataFrame, params: Mapping[str, Any], nets: Mapping[str, int]
) -> tuple[NetPlan, float, str]:
    """The plan of a split that was stored, its value, and the limit that it breaks, if any."""
    return kept_split(wards, settings_of(params), limits_of(params), nets)


def loaded(result: AnalysisResult) -> NetPlan:
    """A stored plan as the core takes it."""
    return NetPlan(frames.load_wards(result).to_pandas(), settings_of(result.params), ())
