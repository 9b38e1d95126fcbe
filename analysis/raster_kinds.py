"""What covariates add to the ledger: rasters of one's own as an upload. Heavy libraries stay with the worker."""

from sessions_app.kinds import FileKind

RASTER = FileKind(
    name="raster",
    label="raster",
    extensions=(".tif", ".tiff"),
    inspect="analysis.readers.rasters.inspect_raster",
    help="Optional: a GeoTIFF of rainfall, distance to water, housing … Each ward gets the mean of its cells.",
    optional=True,
)
