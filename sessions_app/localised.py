"""Numbers of a page as its language writes and reads them. Never for files or the API."""

import re
from typing import Any

from django.utils.formats import get_format, number_format

GROUPED = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d*)?")


def whole(number: Any) -> str:
    """1,234 in English, 1 234 in French."""
    return number_format(int(number), 0, force_grouping=True)


def decimal(number: Any, places: int) -> str:
    """So many decimals, with the language's own sign."""
    return number_format(f"{float(number):.{places}f}", places, force_grouping=True)


def plain_number(text: str) -> str:
    """What a person typed, as Python reads it: `1 234,5` of a French page and `1,234.5` of an English one are 1234.5.

    French pages take `1.5` as well. What is no number stays as it is, to be refused by whoever reads it.
    """
    bare = "".join(text.split())  # split() knows the spaces that never break, too
    if get_format("DECIMAL_SEPARATOR") != ",":
        # 1,5 is no English number: taken for 15 it would be an invented one.
        return bare.replace(",", "") if GROUPED.fullmatch(bare) else bare
    return (bare.replace(".", "") if "," in bare else bare).replace(",", ".")
