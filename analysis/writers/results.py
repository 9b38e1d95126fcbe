"""All files of a finished ranking."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from analysis.core.matching import MatchReport
from analysis.core.pipeline import RiskResult
from analysis.figures.screen import simplify
from analysis.writers.geo import write_geoparquet, write_gpkg, write_lgas_geojson, write_map_geojson
from analysis.writers.styles import TIER_RULES
from analysis.writers.text import write_csv
from analysis.writers.workbook import column_table, parameters_told, result_sheets, write_xlsx

IMPUTATION_COLUMNS = ["ward_code", "ward_name", "variable", "value", "method", "donors"]
MATCH_COLUMNS = ["table_row", "table_name", "ward_code", "ward_name", "method", "score", "status"]


def write_tables(result: RiskResult, folder: Path, report: MatchReport | None = None) -> list[Path]:
    """Write wards, models, model scores, filled cells and (with `report`) matches as CSV."""
    wards = pd.DataFrame(result.wards.drop(columns="geometry"))
    paths = [
        write_csv(wards, folder / "wards.csv"),
        write_csv(result.models, folder / "models.csv"),
        write_csv(result.model_scores, folder / "model_scores.csv"),
        write_csv(result.imputation[IMPUTATION_COLUMNS], folder / "imputation.csv"),
    ]
    if report is not None:
        paths.append(write_matches(report, folder / "matches.csv"))
    return paths


def write_matches(report: MatchReport, path: Path) -> Path:
    """Write where every row of the table went, and why."""
    return write_csv(report.pairs[MATCH_COLUMNS], path)


def write_ranking_gpkg(result: RiskResult, path: Path, about: Mapping[str, str] | None = None) -> Path:
    """Write the ranked wards as a GeoPackage that opens in its colours and tells how it was made."""
    columns = column_table(pd.DataFrame(result.wards.drop(columns="geometry")), result.parameters)
    told = parameters_told(result.parameters, about)
    return write_gpkg(result.wards, path, style=TIER_RULES, about=told, columns=columns)


def _companions(result: RiskResult, folder: Path, about: Mapping[str, str] | None) -> list[Path]:
    """Write what the CSV files can't say themselves: the result's id and sources, and meanings and units of columns."""
    sheets = result_sheets(result, about)
    return [
        write_csv(sheets["Parameters"], folder / "ranking_parameters.csv"),
        write_csv(sheets["Columns"], folder / "ranking_columns.csv"),
    ]


def write_result(
    result: RiskResult,
    folder: Path,
    report: MatchReport | None = None,
    about: Mapping[str, str] | None = None,
) -> list[Path]:
    """Write every export of a result into `folder`.

    Parameters
    ----------
    report : MatchReport, optional
        Adds matches.csv.
    about : mapping of str to str, optional
        The id of the result, its sources, the program; stands in the workbook and the GeoPackage.

    Returns
    -------
    list of Path
        The files written.
    """
    simplified = simplify(result.wards.geometry.to_numpy())
    return [
        *write_tables(result, folder, report),
        write_xlsx(result_sheets(result, about), folder / "wards.xlsx"),
        write_ranking_gpkg(result, folder / "wards.gpkg", about),
        write_geoparquet(
            result.wards, folder / "wards.parquet", about=parameters_told(result.parameters, about)
        ),
        *_companions(result, folder, about),
        write_map_geojson(result.wards, folder / "map.geojson", simplified=simplified),
        write_lgas_geojson(result.wards, folder / "lgas.geojson", simplified=simplified),
    ]
