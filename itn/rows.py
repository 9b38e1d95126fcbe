"""Rows of tables as pages, answers and the API show them."""

from typing import Any

import pandas as pd


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON takes them: whole numbers whole, missing ones None."""
    plain = frame.astype(object).where(frame.notna(), None)
    rows = plain.to_dict("records")
    return [
        {str(key): value.item() if hasattr(value, "item") else value for key, value in row.items()}
        for row in rows
    ]
