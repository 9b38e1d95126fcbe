"""What covariates add to the ledger: rasters of one's own as an upload. Heavy libraries stay with the worker."""

from django.utils.translation import gettext_noop

from sessions_app.kinds import FileKind

RASTER = FileKind(
    name="raster",
    label=gettext_noop("raster"),
    extensions=(".tif", ".tiff"),
    inspect="analysis.readers.rasters.inspect_raster",
    help=gettext_noop(
        "Optional: a GeoTIFF of rainfall, distance to water, housing … Each ward gets the mean of its cells, or their sum where they count people."
    ),
    optional=True,
)

# The kinds of files inside a sentence, for `FileKind.noun`.
NOUNS = (gettext_noop("the raster"),)
