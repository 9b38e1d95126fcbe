"""Tables that are made for a request and saved as CSV."""

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
from django.http import HttpResponse

from analysis.writers.text import arrow_table, neutral


def csv_answer(rows: pd.DataFrame, name: str) -> HttpResponse:
    """A table to be saved as a CSV file; cells that a spreadsheet would calculate are made plain text."""
    sink = pa.BufferOutputStream()
    pa_csv.write_csv(neutral(arrow_table(rows)), sink)
    answer = HttpResponse(sink.getvalue().to_pybytes(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
