"""What staff may keep for everybody: ward boundaries, people per ward, covariate rasters."""

from reference.kinds import ReferenceKind

BOUNDARIES = ReferenceKind(
    name="boundaries",
    label="ward boundaries",
    extensions=(".zip", ".gpkg", ".geojson", ".json", ".parquet"),
    inspect="analysis.reference_inspect.inspect_boundaries",
    options=(("layer", "which one, where the file has several with wards"),),
)

POPULATION = ReferenceKind(
    name="population",
    label="population tables",
    extensions=(".csv", ".tsv", ".xlsx", ".xls", ".parquet"),
    inspect="analysis.reference_inspect.inspect_population",
    options=(
        ("total", "the column that counts all people"),
        ("u5", "the column that counts children under five"),
        ("women_15_49", "the column that counts women of 15 to 49"),
        ("sheet", "which one of a workbook, where several have wards"),
    ),
)

RASTER = ReferenceKind(
    name="raster",
    label="rasters",
    extensions=(".tif", ".tiff"),
    inspect="analysis.reference_inspect.inspect_reference_raster",
    options=(
        ("variable", "what it holds, such as rainfall"),
        ("unit", "needed for a variable that is not known"),
        ("valid_min", "smallest possible value, where it is narrower or the variable is not known"),
        ("valid_max", "largest possible value"),
        (
            "temporal",
            "static, month (its year is then a month), annual_sum or annual_mean; needed for one band of rainfall, temperature or vegetation: "
            "twelve bands are put together by the last two",
        ),
        ("band", "the one band that is meant, from 1"),
    ),
)
