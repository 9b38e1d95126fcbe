"""Getis–Ord Gi* against a calculation by hand, and how many marks chance makes."""

import numpy as np
import pytest
from scipy import sparse

from analysis.core.neighbours import queen_neighbours
from analysis.core.tpr.hotspots import local_g, stands_out
from analysis.tests.core.conftest import square_wards
from analysis.tpr_hotspots import hotspot_map, hotspots


def test_by_hand():
    # Ten wards in a row; the first three have 10, the others 0: m = 3, s = √21.
    values = np.array([10.0] * 3 + [0.0] * 7)
    ties = sparse.csr_matrix(np.abs(np.subtract.outer(range(10), range(10))) == 1)
    z, p = local_g(values, ties)
    # The second: Σ = 30, k = 3: (30 − 9) / (√21 · √((30 − 9) / 9)) = 3. The first: k = 2: 14 / (√21 · √(16/9)).
    assert z[1] == pytest.approx(3.0) and z[0] == pytest.approx(14 / (np.sqrt(21) * 4 / 3))
    # The last: −6 / (√21 · 4/3); a standard score of 3 has a chance of 0.0027.
    assert z[9] == pytest.approx(-6 / (np.sqrt(21) * 4 / 3)) and p[1] == pytest.approx(0.0027, abs=1e-4)


def test_what_is_missing_takes_no_part():
    values = np.array([10.0, 10, 10, 0, 0, 0, 0, 0, 0, 0, np.nan, 5.0])
    ties = np.abs(np.subtract.outer(range(12), range(12))) == 1
    z, p = local_g(values, sparse.csr_matrix(ties))
    # Its only neighbour is missing, so that nothing is said of the last.
    assert np.isnan(z[[10, 11]]).all() and np.isnan(p[[10, 11]]).all() and np.isfinite(z[:10]).all()
    assert not stands_out(p)[[10, 11]].any()
    assert np.isnan(local_g(np.full(12, 3.0), sparse.csr_matrix(ties))[0]).all()
    assert np.isnan(local_g(values[:9], sparse.csr_matrix(ties[:9, :9]))[0]).all()


def test_a_patch_is_found_and_chance_makes_hardly_a_mark():
    wards = square_wards(12, 12)
    ties = queen_neighbours(wards.geometry)
    draw = np.random.default_rng(3)
    marked = [stands_out(local_g(draw.normal(30, 5, 144), ties)[1]).any() for _ in range(200)]
    assert np.mean(marked) < 0.1
    values = draw.normal(30, 3, 144).reshape(12, 12)
    values[2:6, 2:6] += 25
    wards = wards.assign(lga_code=None, state_code=None, tpr_percent=values.ravel())
    table = hotspots(wards)
    hot = (table["hotspot"] == "hot").to_numpy().reshape(12, 12)
    # Of a ward at the corner of the patch most neighbours are outside it.
    assert hot[3:5, 3:5].all() and not hot[8:, 8:].any()
    svg = hotspot_map(wards, table, "made up")
    assert "high together" in svg and "low together" in svg
