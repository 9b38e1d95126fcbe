"""What the ward analysis adds to the ledger: two kinds of upload, two kinds of result."""

from sessions_app.kinds import FileKind, ResultKind

WARD_TABLE = FileKind(
    name="ward_table",
    label="ward table",
    extensions=(".csv", ".tsv", ".txt", ".xlsx", ".xls"),
    inspect="analysis.readers.tables.inspect_ward_table",
    help="One row per ward, one column per variable: CSV or Excel.",
)

BOUNDARIES = FileKind(
    name="boundaries",
    label="ward boundaries",
    extensions=(".zip", ".gpkg", ".geojson", ".json", ".parquet"),
    inspect="analysis.readers.boundaries.inspect_boundaries",
    help="One polygon per ward: a zipped shapefile, a GeoPackage, GeoJSON or GeoParquet.",
)

DATASET = ResultKind(
    name="dataset",
    label="Matched wards",
    params="analysis.params.DatasetParams",
    run="analysis.runs.run_dataset",
    steps=(
        ("read_table", "Reading the ward table"),
        ("read_boundaries", "Reading the boundaries"),
        ("match", "Matching wards"),
        ("covariates", "Reading the rasters"),
        ("store", "Storing the matched wards"),
    ),
    optional_parents=("tpr",),
    files=("ward_table", "boundaries"),
    step_title="Check",
    waits="review",
    url_name="session_check",
)

RISK = ResultKind(
    name="risk",
    label="Risk ranking",
    params="analysis.params.RiskParams",
    run="analysis.runs.run_risk",
    steps=(
        ("prepare", "Preparing variables"),
        ("impute", "Filling gaps"),
        ("normalise", "Scaling to 0–1"),
        ("models", "Scoring all models"),
        ("pca", "Principal components"),
        ("compare", "Comparing both rankings"),
        ("export", "Writing tables and maps"),
        ("figures", "Drawing figures"),
    ),
    parents=("dataset",),
    step_title="Variables",
    url_name="session_variables",
    result_title="Results",
    result_url_name="result_detail",
)
