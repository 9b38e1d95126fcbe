"""Small worlds for the tests of net planning."""

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from itn.core.settings import STRATEGIES, URBAN_RULES, PlanSettings


def six_wards() -> pd.DataFrame:
    """The six wards A–F of the predecessor's test vectors: rank, urban share, people."""
    return pd.DataFrame(
        {
            "ward_code": list("ABCDEF"),
            "ward_name": [f"Ward {letter}" for letter in "ABCDEF"],
            "lga_name": ["One", "One", "One", "Two", "Two", "Two"],
            "rank": [1, 2, 3, 4, 5, 6],
            "urban_percentage": [10, 80, 74.9, 75.0, np.nan, 20],
            "population": [9000, 18000, 3600, 1800, 0, np.nan],
        }
    )


@st.composite
def worlds(draw: st.DrawFn) -> pd.DataFrame:
    """1–25 wards with ties, gaps, zeros, fractions and giants."""
    n = draw(st.integers(1, 25))
    people = st.one_of(
        st.none(),
        st.just(0),
        st.integers(0, 50),
        st.integers(0, 100_000_000),
        st.floats(0, 1e6, allow_nan=False),
    )
    percent = st.one_of(st.none(), st.sampled_from([0.0, 30.0, 75.0, 100.0]), st.floats(0, 100))
    return pd.DataFrame(
        {
            "ward_code": draw(st.permutations([f"W{i:02d}" for i in range(n)])),
            "ward_name": draw(st.lists(st.sampled_from(["Kawo", "Sabon Gari", "Kudu"]), min_size=n, max_size=n)),
            "lga_name": draw(st.lists(st.sampled_from(["East", "West", None]), min_size=n, max_size=n)),
            "rank": pd.array(draw(st.lists(st.one_of(st.none(), st.integers(1, n)), min_size=n, max_size=n)), dtype="Float64"),
            "urban_percentage": pd.array(draw(st.lists(percent, min_size=n, max_size=n)), dtype="Float64"),
            "population": pd.array(draw(st.lists(people, min_size=n, max_size=n)), dtype="Float64"),
        }
    )  # fmt: skip


@st.composite
def requests(draw: st.DrawFn, strategies: tuple[str, ...] = STRATEGIES) -> PlanSettings:
    """Any request that the settings accept."""
    strategy, rule = draw(st.sampled_from(strategies)), draw(st.sampled_from(URBAN_RULES))
    household = draw(st.booleans())
    return PlanSettings(
        draw(st.one_of(st.integers(1, 200), st.integers(1, 1_000_000_000))),
        strategy=strategy,
        urban_rule=rule,
        threshold=None if rule == "off" else draw(st.sampled_from([0, "30", 75.0, 100])),
        people_per_net=draw(st.sampled_from(["1", "1.8", "1.78", "2.3333", "3"])),
        buffer_percent=draw(st.sampled_from(["0", "7.25", "100"])),
        quantity="household" if household else "people_per_net",
        household_size=draw(st.sampled_from(["1", "4.5", "20"])) if household else None,
        cap_percent=draw(st.sampled_from(["0.01", "20", "100"])) if strategy == "capped" else None,
        risk_ratio=draw(st.sampled_from(["1", "2.5", "100"])),
    )
