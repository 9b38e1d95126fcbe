"""Which rasters a client asks for: reference sets, or uploads of its own with what they hold."""

from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework import serializers

from analysis.core.errors import BadInput
from analysis.core.raster_kinds import RASTER_KINDS, YEARLY, as_stated
from analysis.core.variables import find_column
from reference.fields import ReferenceField
from reference.models import ReferenceSet
from reference.selectors import newest_version, offered
from sessions_app.models import StoredFile
from sessions_app.params import FileField, StrictSerializer
from sessions_app.selectors import Newest

MOST_RASTERS = 20


class RasterParams(StrictSerializer):
    """Either `reference`, or `file` with the `variable` that it holds and, of several bands, the one that is meant.

    `temporal` says whether one band of a variable of a year is one month or the whole year; twelve bands are its months.
    """

    reference = ReferenceField(kind="raster", required=False)
    file = FileField(kind="raster", required=False)
    variable = serializers.ChoiceField(choices=sorted(RASTER_KINDS), required=False)
    band = serializers.IntegerField(min_value=1, max_value=10_000, required=False)
    temporal = serializers.ChoiceField(choices=("static", "month", *YEARLY), required=False)

    def validate(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        if ("reference" in asked) == ("file" in asked):
            raise serializers.ValidationError("Name a reference raster or an uploaded one.")
        if "file" in asked and "variable" not in asked:
            raise serializers.ValidationError({"variable": ["Say what the raster holds."]})
        if "reference" in asked and {"variable", "band", "temporal"} & set(asked):
            raise serializers.ValidationError("A reference raster says itself what it holds.")
        if "file" in asked:
            refuse_values(asked)
            file = asked["file"]
            as_stated(RASTER_KINDS[asked["variable"]], asked.get("temporal", ""), file.name,
                      bands=len(file.report["bands"]), band=asked.get("band"))  # fmt: skip
        return asked


def refuse_values(asked: Mapping[str, Any]) -> None:
    """An upload was looked through when it came; only now is it said what it should hold."""
    kind, file = RASTER_KINDS[asked["variable"]], asked["file"]
    bands = [band for band in file.report["bands"] if asked.get("band") in (None, band["band"])]
    if not bands:
        raise serializers.ValidationError({"band": [f"{file.name} has {len(file.report['bands'])} bands."]})
    low, high = kind.valid_range
    for band in bands:
        if band["cells_with_data"] and (band["min"] < low or band["max"] > high):
            raise BadInput(
                "raster_out_of_range",
                "The raster holds impossible values",
                f"{file.name} holds {band['min']:,.6g} to {band['max']:,.6g}; {kind.variable} lies between {low:,g} "
                f"and {high:,g} {kind.unit}.",
                "Check which quantity and unit the file holds; it is not used.",
                where=f"{file.name}: band {band['band']}",
            )


def variable_of(asked: Mapping[str, Any]) -> str:
    row: ReferenceSet | None = asked.get("reference")
    return str(row.facts["variable"]) if row is not None else str(asked["variable"])


def refuse_doubles(rasters: Sequence[Mapping[str, Any]], table: StoredFile) -> None:
    """Each variable once: no two rasters of it, and no column of the ward table beside a raster."""
    names = [variable_of(asked) for asked in rasters]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise serializers.ValidationError({"rasters": [f"Two rasters hold {', '.join(twice)}; choose one."]})
    columns = [str(name) for name in table.report.get("columns", ())]
    for name in names:
        there = find_column(name, columns)
        if there is not None:
            message = f"The ward table has {name} already, in its column “{there}”; leave the raster out."
            raise serializers.ValidationError({"rasters": [message]})


def kept_rasters(newest: Newest) -> list[dict[str, Any]]:
    """What was chosen last and can still be had, each set in its newest version: one that nobody offers any more, or an
    upload that is gone, is left out."""
    last = newest.succeeded.get("dataset")
    chosen = [dict(asked) for asked in (last.params.get("rasters") or () if last else ())]
    if not chosen:
        return []
    sets = {str(row.pk) for row in offered("raster")}
    for asked in chosen:
        if (
            "reference" in asked
            and asked["reference"] not in sets
            and (row := newest_version(asked["reference"]))
        ):
            asked["reference"] = str(row.pk)
    named = [asked["file"] for asked in chosen if "file" in asked]
    files = {str(pk) for pk in StoredFile.objects.filter(pk__in=named).values_list("pk", flat=True)}
    return [asked for asked in chosen if asked.get("reference") in sets or asked.get("file") in files]
