"""Models whose highest wards are not all urban, against a count by hand."""

import numpy as np
import pandas as pd

from analysis.core.model_flags import flagged_models, model_flags

NAN = np.nan
# Seven wards; the fifth and sixth share the fifth place in the second model, the fifth has no score in the third.
SCORES = np.array(
    [[7, 1, 7], [6, 2, 6], [5, 9, 5], [4, 8, 4], [3, 3, NAN], [2, 3, 3], [1, 7, 2]], dtype=float
)
URBAN = np.array([90, 50, 80, NAN, 70, 10, 99], dtype=float)


def test_the_highest_wards_of_each_model_are_looked_at_and_unknown_shares_flag_nothing():
    flags = model_flags(SCORES, URBAN)
    assert [np.flatnonzero(column).tolist() for column in flags.first.T] == [
        [0, 1, 2, 3, 4],
        [2, 3, 4, 5, 6],
        [0, 1, 2, 3, 5],
    ]
    # Ward 1 is 50 % urban, which counts; ward 3 is unknown.
    assert [np.flatnonzero(column).tolist() for column in flags.rural.T] == [[], [5], [5]]
    assert flags.flagged.tolist() == [False, True, True] and flags.unknown.tolist() == [1, 1, 1]


def test_flagged_models_are_listed_with_their_wards():
    models = pd.DataFrame({"model": ["model_1", "model_2", "model_3"], "variables": ["a;b", "a;c", "b;c"]})
    wards = pd.DataFrame({"ward_code": list("stuvwxy"), "ward_name": list("STUVWXY"), "lga_name": None})
    told = flagged_models(models, wards, model_flags(SCORES, URBAN), URBAN)
    ward = {"ward_code": "x", "ward_name": "X", "lga_name": None, "urban": 10.0}
    assert told == {
        "top": 5, "urban_from": 50.0, "models": 3, "unknown": 1,
        "flagged": [
            {"model": "model_2", "variables": "a;c", "wards": [ward]},
            {"model": "model_3", "variables": "b;c", "wards": [ward]},
        ],
    }  # fmt: skip


def test_without_any_share_nothing_is_flagged():
    assert not model_flags(SCORES, np.full(7, NAN)).flagged.any()
