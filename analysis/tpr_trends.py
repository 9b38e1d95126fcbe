"""How the positivity of wards and LGAs moves: their series, trends, seasons and unusual months. Needs no Django."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.core.tpr import positivity, trends
from analysis.core.tpr.anomalies import anomalies
from analysis.figures.classes import NO_CLASS, Classes, classify_alike
from analysis.figures.map_svg import draw_map, prepare
from analysis.tpr_compute import WardPositivity
from analysis.trend_words import SLOPE_COLOURS, SLOPE_EDGES, SLOPE_WORDS, TOO_FEW

WARDS, LGAS = ["ward_code", "ward_name", "lga_name", "state_name"], ["lga_name", "state_name"]


@dataclass(frozen=True)
class Moves:
    """Wards or LGAs over time.

    `table`: one row per place, its trend and the share of its cases in each month. `series`: one row per place and
    period (``span`` month or year). `unusual`: months that stand out.
    """

    table: pd.DataFrame
    series: pd.DataFrame
    unusual: pd.DataFrame


def ward_moves(result: WardPositivity, choice: positivity.Choice) -> Moves:
    """Return the series and trends of the wards."""
    names = pd.DataFrame(result.wards)[WARDS].reset_index(drop=True)
    return _moves(names, result.cube, result.raw, choice)


def lga_moves(result: WardPositivity, choice: positivity.Choice) -> Moves:
    """Return the series and trends of the LGAs, from the sums of their wards."""
    named, of_ward, names = lgas_of(pd.DataFrame(result.wards))
    cubes = [_summed(cube, named, of_ward, len(names)) for cube in (result.cube, result.raw)]
    return _moves(names, *cubes, choice)


def lgas_of(wards: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    """Return the positions of the wards with an LGA, the number of each one's LGA, and the LGAs, by name and state."""
    named = np.flatnonzero(wards["lga_name"].notna())
    groups = wards.iloc[named].groupby(LGAS, dropna=False, sort=True)
    return named, groups.ngroup().to_numpy(), groups.size().reset_index()[LGAS]


def slope_map(result: WardPositivity, table: pd.DataFrame, source: str) -> str:
    """Return a map of how many points a year each ward's positivity rises or falls."""
    said = ("Rise and fall of test positivity", "Change of positivity", "points a year", TOO_FEW)
    return draw_slopes(result, best_slope(table).to_numpy(), said, source)


def draw_slopes(
    result: WardPositivity, slope: np.ndarray, said: tuple[str, str, str, str], source: str
) -> str:
    """Return a map of yearly changes in five classes; `said`: title, label, unit, and why a ward has none."""
    title, label, unit, few = said
    known = np.isfinite(slope)
    at = np.full(len(slope), NO_CLASS, dtype=np.int64)
    first, second, third, fourth = SLOPE_EDGES
    s = slope[known]
    at[known] = np.select([s >= first, s >= second, s > third, s > fourth], [0, 1, 2, 3], default=4)
    counts = tuple(np.bincount(at[known], minlength=5).tolist())
    classes = Classes(at, SLOPE_COLOURS, SLOPE_WORDS, counts, int((~known).sum()), unit.capitalize(),
                      few.capitalize(), "steepest rise first")  # fmt: skip
    tips = [f"{name}: {few if not np.isfinite(value) else f'{value:+.1f} {unit}'}"
            for name, value in zip(result.wards["ward_name"], slope, strict=True)]  # fmt: skip
    return draw_map(
        result.wards.assign(slope=slope), "slope", kind="variable", title=title, label=label, unit=unit,
        source=source, classes=classes, tips=tips,
    )  # fmt: skip


def best_slope(table: pd.DataFrame) -> pd.Series:
    """Points a year: of equal months where the file has two years of some, else of its years."""
    return table["monthly_slope"].fillna(table["sen_slope"])


def year_maps(result: WardPositivity, table: pd.DataFrame, source: str) -> dict[str, str]:
    """Return a map of positivity for each complete year, all with the same classes.

    Parameters
    ----------
    table : pandas.DataFrame
        Of `ward_moves`, with a column ``tpr_<year>`` for each complete year. [%]
    """
    years = [str(name) for name in table.columns if str(name).removeprefix("tpr_").isdecimal()]
    if len(years) < 2:
        return {}
    drawing = prepare(result.wards)
    alike = classify_alike([table[name] for name in years], "%")
    return {
        name.removeprefix("tpr_"): draw_map(
            result.wards.assign(value=table[name].to_numpy()), "value", kind="variable",
            title=f"Malaria test positivity, {name.removeprefix('tpr_')}", label="Positive tests", unit="%",
            source=source, drawing=drawing, classes=classes,
        )
        for name, classes in zip(years, alike, strict=True)
    }  # fmt: skip


def _summed(cube: positivity.Cube, wards: np.ndarray, group: np.ndarray, groups: int) -> positivity.Cube:
    counts = np.zeros((groups, *cube.counts.shape[1:]))
    cells = np.zeros((groups, *cube.cells.shape[1:]), dtype=np.int64)
    np.add.at(counts, group, cube.counts[wards])
    np.add.at(cells, group, cube.cells[wards])
    return positivity.Cube(counts, cells, cube.pairs, cube.periods)


def _moves(
    names: pd.DataFrame, cube: positivity.Cube, raw: positivity.Cube, choice: positivity.Choice
) -> Moves:
    years = trends.complete_years(cube.periods)
    tested, positive = trends.yearly(cube, choice, years, raw=raw)
    rate = _rate(tested, positive)
    by_year = pd.DataFrame(rate, columns=pd.Index([f"tpr_{year}" for year in years]))
    moved = trends.trend(rate, np.array([float(year) for year in years]))
    month_tested, month_positive, labels = trends.monthly(cube, choice, raw=raw)
    month_rate = _rate(month_tested, month_positive)
    table = pd.concat(
        [names, by_year, moved, trends.seasonal_trend(month_rate, labels), trends.seasonality(month_positive, labels)],
        axis=1,
    )  # fmt: skip
    # Of the slope and the test that the pages put into words.
    monthly = table["monthly_slope"].notna()
    chance = table["monthly_p"].where(monthly, table["mk_p"])
    compared = table["month_years"].where(monthly, table["points"])
    table["label"] = trends.trend_label(best_slope(table).to_numpy(), chance.to_numpy(), compared.to_numpy())
    of_year = trends.reported_in(cube, choice, years)
    of_month = np.ones(month_tested.shape, dtype=np.int64)
    series = pd.concat(
        [_long(names, "year", years, tested, positive, of_year),
         _long(names, "month", labels, month_tested, month_positive, of_month)],
        ignore_index=True,
    )  # fmt: skip
    found = anomalies(month_tested, month_positive, labels)
    unusual = pd.concat(
        [names.iloc[found["place"].to_numpy(dtype=int)].reset_index(drop=True), found.drop(columns="place")],
        axis=1,
    )
    return Moves(table, series, unusual)


def _rate(tested: np.ndarray, positive: np.ndarray) -> np.ndarray:
    return np.divide(100 * positive, tested, out=np.full(tested.shape, np.nan), where=tested > 0)


def _long(
    names: pd.DataFrame, span: str, labels: list[str], tested: np.ndarray, positive: np.ndarray, reported: np.ndarray,
) -> pd.DataFrame:  # fmt: skip
    """One row per place and period of which something is known, place by place; `reported`: periods with a report."""
    at, when = np.nonzero(~np.isnan(tested))
    counts = pd.DataFrame({"tested": tested[at, when], "positive": positive[at, when]})
    said = pd.DataFrame(
        {"span": span, "period": np.array(labels, dtype=object)[when], "reported": reported[at, when]}
    )
    return pd.concat(
        [names.iloc[at].reset_index(drop=True), said, counts, positivity.rates(counts)["tpr_percent"]], axis=1
    )
