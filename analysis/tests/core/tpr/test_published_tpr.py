"""Ward positivity of Ilorin as published: 34 of 34 values."""

import numpy as np
import pandas as pd
import pytest

from analysis.core.errors import BadInput
from analysis.core.tpr import dhis2, months, positivity, schema
from analysis.readers.facilities import read_facilities

MAPPING = {"tested_u5": "conf_u5_new", "positive_u5": "tested_u5_new"}

pytestmark = pytest.mark.realdata


@pytest.fixture
def ilorin(realdata):
    found = read_facilities(realdata / "ilorin/ward_level_unsmoothed_tpr_u5.csv", "ilorin.csv")
    return dhis2.clean(found.frame, found.lines)[:2]


def test_published_ward_positivity_is_reproduced(ilorin, realdata):
    frame, lines = ilorin
    made = months.facility_months(frame, lines, schema.detect(frame, MAPPING), above_tested="keep")
    sums = positivity.select_sums(
        positivity.sum_reports(made, made.ward, len(made.wards)), positivity.Choice()
    )
    table = sums.join(positivity.rates(sums)).assign(WardName=made.wards["ward_name"])
    golden = pd.read_csv(realdata / "ilorin/golden/ward_levelsmoothed_tpr_u5.csv").dropna(subset="tpr_u5")
    both = golden.merge(table, on="WardName")
    assert len(both) == len(golden) == 34
    assert np.allclose(both["tpr_percent"], 100 * both["tpr_u5"], rtol=1e-12)
    assert table.loc[table["WardName"] == "Akanbi 2", "tpr_percent"].isna().all()


def test_its_exchanged_columns_are_found(ilorin):
    frame, lines = ilorin
    found = schema.detect(frame)
    with pytest.raises(BadInput) as refusal:
        months.refuse_swapped(months.facility_months(frame, lines, found), found, ("u5",))
    assert "tested_u5=conf_u5_new,positive_u5=tested_u5_new" in refusal.value.fix
