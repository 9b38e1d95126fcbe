"""What the ward analysis adds to the ledger: two kinds of upload, two kinds of result."""

from django.utils.translation import gettext_noop

from sessions_app.kinds import FileKind, ResultKind

WARD_TABLE = FileKind(
    name="ward_table",
    label=gettext_noop("ward table"),
    extensions=(".csv", ".tsv", ".txt", ".xlsx", ".xls"),
    inspect="analysis.readers.tables.inspect_ward_table",
    part="sheet",
    help=gettext_noop("One row per ward, one column per variable: CSV or Excel."),
)

BOUNDARIES = FileKind(
    name="boundaries",
    label=gettext_noop("ward boundaries"),
    extensions=(".zip", ".gpkg", ".geojson", ".json", ".parquet"),
    inspect="analysis.readers.boundaries.inspect_boundaries",
    part="layer",
    help=gettext_noop("One polygon per ward: a zipped shapefile, a GeoPackage, GeoJSON or GeoParquet."),
)

DATASET = ResultKind(
    name="dataset",
    label=gettext_noop("Matched wards"),
    params="analysis.params.DatasetParams",
    run="analysis.runs.run_dataset",
    steps=(
        ("read_table", gettext_noop("Reading the ward table")),
        ("read_boundaries", gettext_noop("Reading the boundaries")),
        ("match", gettext_noop("Matching wards")),
        ("covariates", gettext_noop("Reading the rasters")),
        ("store", gettext_noop("Storing the matched wards")),
    ),
    optional_parents=("tpr",),
    files=("ward_table", "boundaries"),
    replaced="analysis.newer_sets.of_dataset",
    step_title=gettext_noop("Check"),
    waits="review",
    url_name="session_check",
)

RISK = ResultKind(
    name="risk",
    label=gettext_noop("Risk ranking"),
    params="analysis.params.RiskParams",
    run="analysis.runs.run_risk",
    steps=(
        ("prepare", gettext_noop("Preparing variables")),
        ("impute", gettext_noop("Filling gaps")),
        ("normalise", gettext_noop("Scaling to 0–1")),
        ("models", gettext_noop("Scoring all models")),
        ("pca", gettext_noop("Principal components")),
        ("compare", gettext_noop("Comparing both rankings")),
        ("export", gettext_noop("Writing tables and maps")),
        ("figures", gettext_noop("Drawing figures")),
    ),
    parents=("dataset",),
    step_title=gettext_noop("Variables"),
    url_name="session_variables",
    result_title=gettext_noop("Results"),
    result_url_name="result_detail",
)

# The kinds of files inside a sentence, for `FileKind.noun`.
NOUNS = (
    gettext_noop("the ward table"),
    gettext_noop("the ward boundaries"),
)
