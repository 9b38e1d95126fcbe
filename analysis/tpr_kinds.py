"""What test positivity adds to the ledger: facility reports as an upload, ward positivity as a result."""

from django.utils.translation import gettext_noop

from sessions_app.kinds import FileKind, ResultKind

HANDED_OVER = "ward_table.csv"
"""What a result leaves for the ranking: a session's ward table with these very bytes was made from it."""

# What the trends page reads; an export without dates leaves none of them.
TRENDS, LGA_TRENDS, TREND_MAP = "trends.csv", "lga_trends.csv", "trend_map.svg"
YEAR_MAP = "year_map_{}.svg"
WARD_SERIES, LGA_SERIES, UNUSUAL = "ward_series.csv", "lga_series.csv", "unusual_months.csv"
# Where positivity is high or low together; none where nothing could be judged.
HOTSPOTS, HOTSPOT_MAP = "hotspots.csv", "hotspots.svg"
# The burden of each complete year and how it moves; none without a population and two such years.
BURDEN_TRENDS, BURDEN_LGA_TRENDS = "burden_trends.csv", "burden_lga_trends.csv"
BURDEN_TREND_MAP = "burden_trend_map.svg"
# The LGAs of one page of the heat map, and its newest periods.
HEAT_LGAS, HEAT_PERIODS = 60, 120
# What the comparison page reads.
AREA_COMBINATIONS = "area_combinations.csv"

FACILITIES = FileKind(
    name="facilities",
    label=gettext_noop("facility reports"),
    extensions=(".xlsx", ".xls", ".csv", ".zip", ".txt", ".tsv"),
    inspect="analysis.tpr_inspect.inspect_facilities",
    part="sheet",
    help=gettext_noop(
        "Instead of a ward table: a DHIS2 export of malaria tests by health facility. Excel, CSV or a zipped CSV."
    ),
    optional=True,
)

POPULATION = FileKind(
    name="population",
    label=gettext_noop("population table"),
    extensions=(".csv", ".tsv", ".xlsx", ".xls", ".parquet"),
    inspect="analysis.readers.people.inspect_people",
    part="sheet",
    help=gettext_noop(
        "Your own people per ward, for the burden: one row per ward, with a column such as population, under5_pop or f1549_pop."
    ),
    optional=True,
)

REGISTER = FileKind(
    name="facility_register",
    label=gettext_noop("facility register"),
    extensions=(".csv", ".tsv", ".txt", ".xlsx", ".xls"),
    inspect="analysis.readers.registers.inspect_register",
    part="sheet",
    help=gettext_noop(
        "Which ward and LGA each facility is in, where the facility reports do not say it: CSV or Excel with Facility, Ward and LGA."
    ),
    optional=True,
)

TPR = ResultKind(
    name="tpr",
    label=gettext_noop("Test positivity"),
    params="analysis.tpr_params.TprParams",
    run="analysis.tpr_runs.run_tpr",
    steps=(
        ("read", gettext_noop("Reading the facility reports")),
        ("clean", gettext_noop("Repairing the export")),
        ("count", gettext_noop("Reading the counts")),
        ("match", gettext_noop("Matching wards")),
        ("rates", gettext_noop("Computing positivity")),
        ("quality", gettext_noop("Checking the data")),
        ("export", gettext_noop("Writing tables and the map")),
    ),
    files=("facilities", "boundaries"),
    optional_files=(("population_file", "population"), ("register", "facility_register")),
    replaced="analysis.newer_sets.of_positivity",
    step_title=gettext_noop("Facilities"),
    url_name="session_tpr",
    optional=True,
    hands_over="ward_table",
)

# The kinds of files inside a sentence, for `FileKind.noun`.
NOUNS = (
    gettext_noop("the facility reports"),
    gettext_noop("the population table"),
    gettext_noop("the facility register"),
)
