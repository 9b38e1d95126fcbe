"""Colours inside a GeoPackage: QGIS shows a layer as the style says that stands in the table `layer_styles`."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from html import escape
from pathlib import Path

import pandas as pd
import pyogrio

from analysis.figures import palette
from analysis.writers.text import neutral_text

GEOMETRY = "geom"
_TABLE = """
CREATE TABLE layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
    f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
    useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
    update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now'))
)
"""


@dataclass(frozen=True)
class Rule:
    """Features that fit `filter`, an expression of QGIS, are filled with a colour; without one, all others, hatched."""

    label: str
    colour: str
    filter: str = ""


TIER_RULES = (
    *(
        Rule(f"{palette.TIER_LETTERS[name]}  {name}", colour, f"\"composite_tier\" = '{name}'")
        for name, colour in palette.TIERS.items()
    ),
    Rule("No data", palette.NO_DATA_LINE),
)


def qml(rules: Sequence[Rule]) -> str:
    """Return a style of QGIS that colours polygons by rules, first to last."""
    lines, symbols = [], []
    for number, rule in enumerate(rules):
        chosen = escape(rule.filter or "ELSE", quote=True)
        lines.append(
            f'<rule key="{{rule-{number}}}" symbol="{number}" label="{escape(rule.label, quote=True)}" filter="{chosen}"/>'
        )
        symbols.append(_symbol(number, rule))
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        '<qgis version="3.28.0" styleCategories="Symbology">'
        '<renderer-v2 type="RuleRenderer" symbollevels="0" enableorderby="0" forceraster="0">'
        f'<rules key="{{rules}}">{"".join(lines)}</rules><symbols>{"".join(symbols)}</symbols>'
        "</renderer-v2><layerGeometryType>2</layerGeometryType></qgis>"
    )


def _symbol(number: int, rule: Rule) -> str:
    wanted = {
        "color": _rgb(rule.colour), "style": "solid" if rule.filter else "b_diagonal", "outline_color": "255,255,255,255",
        "outline_style": "solid", "outline_width": "0.1", "outline_width_unit": "MM", "joinstyle": "bevel",
    }  # fmt: skip
    options = "".join(
        f'<Option name="{key}" type="QString" value="{value}"/>' for key, value in wanted.items()
    )
    older = "".join(f'<prop k="{key}" v="{value}"/>' for key, value in wanted.items())
    return (
        f'<symbol name="{number}" type="fill" alpha="1" clip_to_extent="1" force_rhr="0">'
        f'<layer class="SimpleFill" enabled="1" pass="0" locked="0"><Option type="Map">{options}</Option>{older}</layer></symbol>'
    )


def _rgb(colour: str) -> str:
    return ",".join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5)) + ",255"


def add_style(path: Path, layer: str, rules: Sequence[Rule], name: str) -> None:
    """Give a layer of a GeoPackage the style that QGIS shows it with."""
    with closing(sqlite3.connect(path)) as book, book:
        if not book.execute("SELECT 1 FROM sqlite_master WHERE name = 'layer_styles'").fetchone():
            book.execute(_TABLE)
            book.execute(
                "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('layer_styles', 'attributes', 'layer_styles')"
            )
        book.execute(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, "
            "styleQML, useAsDefault, description, owner) VALUES ('', '', ?, ?, ?, ?, 1, ?, '')",
            (layer, GEOMETRY, name[:30], qml(rules), name),
        )


def add_tables(path: Path, about: Mapping[str, str], columns: pd.DataFrame | None) -> None:
    """Add the tables `about` (parameter, value) and `columns` (what each column means) to a GeoPackage."""
    rows = {"parameter": list(about), "value": [neutral_text(value) for value in about.values()]}
    for layer, table in (("about", pd.DataFrame(rows, dtype="str") if about else None), ("columns", columns)):
        if table is not None:
            pyogrio.write_dataframe(table, path, layer=layer, driver="GPKG", append=True)
