"""What whole bales take of a stock."""

import pandas as pd
import pytest

from itn.core.totals import delivery_list, whole_bales


@pytest.mark.parametrize(("stock", "lacking"), [(199, 1), (200, 0), (201, 0), (150, 50)])
def test_bales_rounded_up_may_hold_more_nets_than_the_stock(stock, lacking):
    listed = delivery_list(pd.DataFrame({"nets_allocated": [51, 50, 0, 49]}), nets_per_bale=50)
    assert listed["nets_rounded_up"].tolist() == [100, 50, 0, 50]
    assert whole_bales(listed, stock) == {"nets_rounded_up": 200, "nets_lacking": lacking}
