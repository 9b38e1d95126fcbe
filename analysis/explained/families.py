"""Which facts belong to which figure or table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Facts = dict[str, Any]
Asked = Mapping[str, str]


class Told(Protocol):
    """What is explained: a stored result, or what was computed just now and has a summary like one."""

    @property
    def summary(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Family:
    """Figures and tables that are explained alike: `name` is the whole name, or how the names of a row of them begin.

    `say` names the sentences, `facts` computes what stands in them from `(told, figure, asked)`; `asked` is what an
    address says besides, such as the ward. None means that this result has no such figure.
    """

    name: str
    say: str
    title: str
    facts: Callable[[Any, str, Asked], Facts | None]

    def fits(self, figure: str) -> bool:
        return figure == self.name or (self.name.endswith("_") and figure.startswith(self.name))


def explained(families: Sequence[Family], told: Told, figure: str, asked: Asked) -> Facts | None:
    """The facts of one figure or table, with its title and the name of its sentences; None when there is none."""
    family = next((one for one in families if one.fits(figure)), None)
    found = family.facts(told, figure, asked) if family else None
    if family is None or found is None:
        return None
    drawn = next((row for row in told.summary.get("figures", ()) if row["name"] == figure), None)
    return {"figure": figure, "title": drawn["title"] if drawn else family.title, "say": family.say, **found}


def names_of(families: Sequence[Family], told: Told) -> list[str]:
    """Every figure and table of a result that can be explained without saying more than its name."""
    drawn = [row["name"] for row in told.summary.get("figures", ())]
    whole = [one.name for one in families if not one.name.endswith("_") and one.name not in drawn]
    known = [name for name in (*drawn, *whole) if any(one.fits(name) for one in families)]
    return [name for name in known if explained(families, told, name, {}) is not None]


def place(row: Mapping[str, Any]) -> str:
    """A ward with its LGA."""
    name = row["ward_name"] or row["ward_code"]
    return f"{name} ({row['lga_name']})" if row.get("lga_name") else str(name)
