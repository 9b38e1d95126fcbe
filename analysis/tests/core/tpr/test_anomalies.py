"""Unusual months: what was planted is found, what chance does is not, in short series as in long ones."""

import numpy as np
import pytest
from scipy import stats

from analysis.core.tpr.anomalies import anomalies


def calendar(years, first=2020):
    return [f"{first + k // 12}-{k % 12 + 1:02d}" for k in range(12 * years)]


def made(years, *, places=150, scatter=0.0, seed=3, tests=120):
    """Counts with a season, a trend of 3 points a year and, if wanted, more scatter than chance."""
    draw = np.random.default_rng(seed)
    when = np.arange(12 * years)
    level = draw.uniform(0.2, 0.6, (places, 1))
    share = level + 0.12 * np.sin(2 * np.pi * when / 12) + 0.03 * when / 12
    share = np.clip(share + scatter * draw.standard_normal(share.shape), 0.02, 0.98)
    tested = draw.poisson(draw.uniform(0.3, 2, (places, 1)) * tests, share.shape).astype(float)
    return tested, draw.binomial(tested.astype(int), share).astype(float)


@pytest.mark.parametrize("years", [3, 4, 6])
@pytest.mark.parametrize("scatter", [0.0, 0.06])
def test_chance_season_and_trend_alone_are_hardly_ever_marked(years, scatter):
    tested, positive = made(years, scatter=scatter)
    found = anomalies(tested, positive, calendar(years))
    # Without anything unusual, any mark at all has a probability of about 5 % (Benjamini and Hochberg, theorem 1):
    # of 150 places and up to 10,800 months, no more than a handful.
    assert len(found) <= 3


@pytest.mark.parametrize("years", [3, 5])
@pytest.mark.parametrize("scatter", [0.0, 0.03])
def test_planted_months_are_found_and_few_others(years, scatter):
    tested, positive = made(years, scatter=scatter, tests=200)
    draw = np.random.default_rng(8)
    planted = set()
    for place in draw.choice(150, 40, replace=False):
        when = int(draw.integers(12 * years))
        share = positive[place, when] / tested[place, when]
        moved = share + 0.35 if share < 0.5 else share - 0.35
        positive[place, when] = np.round(tested[place, when] * moved)
        planted.add((int(place), calendar(years)[when]))
    found = anomalies(tested, positive, calendar(years))
    marked = set(zip(found["place"].astype(int), found["period"], strict=True))
    # Three years leave little to judge by; five more.
    assert len(marked & planted) >= (0.7 if years == 3 else 0.8) * len(planted)
    # At most 5 % are to be expected; twice that leaves room for one draw.
    assert len(marked - planted) <= 0.1 * len(marked)


def test_a_month_is_judged_without_itself_as_least_squares_by_hand_does():
    tested, positive = made(4, places=1, scatter=0.05)
    labels = calendar(4)
    positive[0, 17] = tested[0, 17]
    found = anomalies(tested, positive, labels)
    assert found["period"].tolist() == ["2021-06"]
    # By another way: the fit of the other 47 months, its spread, and the distance of the month left out.
    x, n = positive[0], tested[0]
    value, weight = np.arcsin(np.sqrt((x + 0.375) / (n + 0.75))), 4 * n + 2
    design = np.array(
        [[k % 12 == m for m in range(12)] + [k // 12 == y for y in (1, 2, 3)] for k in range(48)], float
    )
    others = np.arange(48) != 17
    root = np.sqrt(weight[others])
    effect, *_ = np.linalg.lstsq(design[others] * root[:, None], value[others] * root, rcond=None)
    off = value - design @ effect
    freedom = 47 - 15
    spread = max((weight[others] * off[others] ** 2).sum() / freedom, 1.0)
    own = design[17] @ np.linalg.inv((design[others] * weight[others, None]).T @ design[others]) @ design[17]
    score = off[17] / np.sqrt(spread * (1 / weight[17] + own))
    assert found["score"][0] == pytest.approx(score)
    assert found["q"][0] == pytest.approx(48 * 2 * stats.t.sf(score, freedom))
    assert found["usual"][0] == pytest.approx(100 * np.sin(design[17] @ effect) ** 2)
    assert found["value"][0] == 100


def test_too_little_is_no_ground_for_a_mark():
    tested, positive = made(2, places=20)
    positive[:, 5] = tested[:, 5]
    assert anomalies(tested, positive, calendar(2)).empty
    tested, positive = made(5, places=20)
    tested[:, 30], positive[:, 30] = 9, 9
    found = anomalies(tested, positive, calendar(5))
    assert calendar(5)[30] not in set(found["period"])
    assert anomalies(np.full((3, 0), np.nan), np.full((3, 0), np.nan), []).empty
    assert anomalies(np.full((2, 36), np.nan), np.full((2, 36), np.nan), calendar(3)).empty


def test_gaps_stay_gaps():
    tested, positive = made(5, places=30)
    hole = np.random.default_rng(1).random(tested.shape) < 0.2
    tested[hole] = positive[hole] = np.nan
    when = int(np.flatnonzero(~hole[0])[20])
    positive[0, when] = tested[0, when]
    found = anomalies(tested, positive, calendar(5))
    assert (0, calendar(5)[when]) in set(zip(found["place"].astype(int), found["period"], strict=True))
    assert not found["value"].isna().any()
