"""What counts as the same number."""

import numpy as np
import pandas as pd
import pytest

from reports.core.agreement import compared


def table(**columns):
    return pd.DataFrame({"ward_code": ["a", "b", "c"], **columns})


def test_order_of_rows_and_columns_does_not_matter():
    one = table(x=[1.5, 2.5, np.nan], n=[1, 2, 3], t=["u", None, "w"])
    other = one.iloc[::-1][["t", "n", "x", "ward_code"]]
    found = compared(one, other)
    assert found.identical and found.cells == 9 and found.largest == 0


@pytest.mark.parametrize(
    ("value", "same"),
    [(2.5, True), (2.5 + 2e-12, True), (2.5 + 4e-12, False), (np.nan, False), (np.inf, False)],
)
def test_numbers_may_differ_by_a_part_in_ten_to_the_twelfth(value, same):
    found = compared(table(x=[1.5, 2.5, 0.25]), table(x=[1.5, value, 0.25]))
    assert found.identical is same
    if not same:
        assert (found.differences[0]["ward"], found.differences[0]["column"]) == ("b", "x")


def test_whole_numbers_must_be_equal_whatever_their_type():
    whole = table(n=pd.array([1, 2, None], dtype="Int64"))
    assert compared(whole, table(n=[1.0, 2.0, np.nan])).identical
    assert compared(whole, table(n=[1.0, 2.0 + 1e-13 * 8, np.nan])).different == 1
    assert compared(whole, table(n=[1, 3, None])).different == 1


def test_missing_wards_and_columns_are_told():
    found = compared(table(x=[1, 2, 3], y=[1, 2, 3]), table(x=[1, 2, 3], z=[1, 2, 3]).iloc[:2])
    told = {(one["ward"], one["column"]) for one in found.differences}
    assert told == {("c", "ward_code"), (None, "y"), (None, "z")} and not found.identical


def test_texts_and_missing_texts_differ():
    assert compared(table(t=["u", None, "w"]), table(t=["u", "v", "w"])).different == 1
