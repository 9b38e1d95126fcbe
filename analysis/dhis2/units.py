"""The hierarchy of a DHIS2: which facility lies in which ward, LGA and state. Needs no Django."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from analysis.core.tpr.schema import level_of
from analysis.dhis2.connection import Server, too_much, unreadable
from analysis.dhis2.wishes import MOST_UNITS, UID

FIELDS = "id,name,level,path,organisationUnitGroups[name]"


@dataclass(frozen=True)
class Unit:
    """An organisation unit. `path`: the ids from the top down to it; `kind`: primary, secondary …, if a group says so."""

    id: str
    name: str
    level: int
    path: tuple[str, ...]
    kind: str | None


@dataclass(frozen=True)
class Hierarchy:
    """The units below one, and those above it."""

    root: Unit
    units: Mapping[str, Unit]

    @property
    def deepest(self) -> int:
        return max(unit.level for unit in self.units.values())

    def above(self, unit: Unit, level: int) -> str | None:
        """The name of the unit of that level in which it lies."""
        if level > len(unit.path):
            return None
        found = self.units.get(unit.path[level - 1])
        return found.name if found else None


def read_hierarchy(server: Server, org_unit: str, *, progress: Callable[[int], None]) -> Hierarchy:
    """Read a unit, those above it and all below it, page by page."""
    path = f"organisationUnits/{org_unit}.json"
    top = server.get(path, [("fields", f"{FIELDS},ancestors[{FIELDS}]")])
    root, above = _unit(top), top.get("ancestors", [])
    if root is None or not isinstance(above, list):
        raise unreadable(path, "It is not an organisation unit.")
    units = {unit.id: unit for unit in map(_unit, above) if unit is not None} | {root.id: root}
    # Paged in a fixed order, so that no unit slips from one page to another between two requests.
    query = [("fields", FIELDS), ("filter", f"path:like:{org_unit}"), ("order", "id:asc")]
    for row in server.rows("organisationUnits.json", query, size=1_000):
        unit = _unit(row)
        if unit is not None and root.id in unit.path:
            units[unit.id] = unit
        if len(units) > MOST_UNITS:
            raise too_much(f"There are more than {MOST_UNITS:,} organisation units below {root.name}.")
        progress(len(units))
    return Hierarchy(root, units)


def read_tops(server: Server, level: int, *, most: int = 1_000) -> list[Unit]:
    """The units down to a level, for a person who chooses; the highest first, then by name."""
    query = [("fields", FIELDS), ("filter", f"level:le:{level}"), ("order", "level:asc,name:asc")]
    found: list[Unit] = []
    for row in server.rows("organisationUnits.json", query):
        unit = _unit(row)
        if unit is not None:
            found.append(unit)
        if len(found) >= most:
            break
    return sorted(found, key=lambda unit: (unit.level, unit.name.casefold()))


def read_levels(server: Server) -> list[dict[str, Any]]:
    """Number and name of every level of the hierarchy."""
    rows = server.rows("organisationUnitLevels.json", [("fields", "level,name"), ("order", "level:asc")])
    found = [
        {"level": row["level"], "name": str(row.get("name", ""))[:100]}
        for row in rows
        if isinstance(row.get("level"), int)
    ]
    return sorted(found, key=lambda row: row["level"])


def _unit(row: Any) -> Unit | None:
    if not isinstance(row, Mapping) or not UID.fullmatch(str(row.get("id", ""))):
        return None
    name, path = row.get("name"), row.get("path")
    if not isinstance(name, str) or not isinstance(path, str):
        return None
    ids = tuple(part for part in path.split("/") if part)
    if not ids or ids[-1] != row["id"]:
        return None
    return Unit(
        row["id"], " ".join(name.split()), len(ids), ids, _kind(row.get("organisationUnitGroups", ()))
    )


def _kind(groups: Iterable[Any]) -> str | None:
    """The one facility level that its groups name; two that disagree name none."""
    names = {level_of(group.get("name", "")) for group in groups if isinstance(group, Mapping)} - {None}
    return names.pop() if len(names) == 1 else None
