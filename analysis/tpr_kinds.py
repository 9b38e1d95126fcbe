"""What test positivity adds to the ledger: facility reports as an upload, ward positivity as a result."""

from sessions_app.kinds import FileKind, ResultKind

HANDED_OVER = "ward_table.csv"
"""What a result leaves for the ranking: a session's ward table with these very bytes was made from it."""

# What the trends page reads; an export without dates leaves none of them.
TRENDS, LGA_TRENDS, TREND_MAP = "trends.csv", "lga_trends.csv", "trend_map.svg"
YEAR_MAP = "year_map_{}.svg"
WARD_SERIES, LGA_SERIES, UNUSUAL = "ward_series.csv", "lga_series.csv", "unusual_months.csv"

FACILITIES = FileKind(
    name="facilities",
    label="facility reports",
    extensions=(".xlsx", ".xls", ".csv", ".zip", ".txt", ".tsv"),
    inspect="analysis.tpr_inspect.inspect_facilities",
    help="Instead of a ward table: a DHIS2 export of malaria tests by health facility. Excel, CSV or a zipped CSV.",
    optional=True,
)

TPR = ResultKind(
    name="tpr",
    label="Test positivity",
    params="analysis.tpr_params.TprParams",
    run="analysis.tpr_runs.run_tpr",
    steps=(
        ("read", "Reading the facility reports"),
        ("clean", "Repairing the export"),
        ("count", "Reading the counts"),
        ("match", "Matching wards"),
        ("rates", "Computing positivity"),
        ("quality", "Checking the data"),
        ("export", "Writing tables and the map"),
    ),
    files=("facilities", "boundaries"),
    step_title="Facilities",
    url_name="session_tpr",
    optional=True,
    hands_over="ward_table",
)
