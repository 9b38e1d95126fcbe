"""0 people is a number, unless somebody says that it stands for an unknown one."""

import pandas as pd
import pytest

from itn.core.population import RULES, fill_population, rule_told
from itn.labels import POPULATION_RULES
from itn.sources import population_told

WARDS = pd.DataFrame(
    {
        "ward_name": list("ABCDE"), "lga_name": "East", "lga_code": None, "state_name": "Adamawa",
        "population": pd.array([100, 0, None, 300, 0], dtype="Int64"), "population_source": "column population",
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "expected", "codes"),
    [
        ("leave", [100, 0, None, 300, 0], []),
        ("lga_median", [100, 0, 50, 300, 0], ["population_filled"]),
        ("zero_unknown", [100, None, None, 300, None], ["zero_taken_for_unknown"]),
        ("zero_lga_median", [100, 200, 200, 300, 200], ["zero_taken_for_unknown", "population_filled"]),
    ],
)
def test_zeros_are_taken_for_unknown_by_the_rules_that_say_so(rule, expected, codes):
    filled, notes = fill_population(WARDS, rule)
    assert [None if pd.isna(value) else int(value) for value in filled["population"]] == expected
    assert [note.code for note in notes] == codes
    if rule in ("zero_unknown", "zero_lga_median"):
        assert (notes[0].count, notes[0].examples) == (2, ("B", "E"))
    # What was given stays as it was.
    assert WARDS["population"].fillna(-1).tolist() == [100, 0, -1, 300, 0]


def test_every_rule_is_offered_and_told_on_figures():
    assert [code for code, _ in POPULATION_RULES] == list(RULES)
    for rule in RULES:
        source = {"population": "people.csv", "population_year": "2026", "population_rule": rule_told(rule)}
        assert population_told(source).endswith("0 too") is rule.startswith("zero")
