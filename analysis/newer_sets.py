"""Whether reference sets that a result was computed from have newer versions."""

from collections.abc import Mapping
from typing import Any

from reference.selectors import any_replaced


def of_positivity(params: Mapping[str, Any]) -> bool:
    """Of the population or the raster of urban shares of a test positivity."""
    cited = [params.get("population"), (params.get("urban") or {}).get("reference")]
    return any_replaced(pk for pk in cited if pk)


def of_dataset(params: Mapping[str, Any]) -> bool:
    """Of the rasters of a dataset."""
    rasters = params.get("rasters") or ()
    return any_replaced(asked["reference"] for asked in rasters if asked.get("reference"))
