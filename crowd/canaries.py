"""Data that stands nowhere else: whoever meets a word of it knows whose it is.

A canary is `cnry` and twelve hexadecimal digits. It is in every name that one user gives: wards, columns, files,
sessions and notes. A response, file, log line or cache entry that holds another user's canary is a bleed.
"""

import json
import random
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

CANARY = re.compile(rb"cnry[0-9a-f]{12}", re.IGNORECASE)
WARDS = 20
COLUMNS = 5
# A corner of the map where nobody's wards are: the shapes are ours too.
WEST, SOUTH, SIDE = 8.0, 9.0, 0.05


def canaries_in(content: bytes) -> set[str]:
    return {found.decode().lower() for found in CANARY.findall(content)}


@dataclass(frozen=True)
class Belongings:
    """What one user brings: 20 wards with values of their own."""

    canary: str = field(default_factory=lambda: f"cnry{secrets.token_hex(6)}")

    @property
    def session_name(self) -> str:
        return f"Plan {self.canary}"

    @property
    def column(self) -> str:
        """A variable that only this user has, so that the parameters of the run carry the canary too."""
        return f"index {self.canary}"

    @property
    def ward_names(self) -> list[str]:
        # Letters and not numbers: names must differ by more than a number to be matched without doubt.
        return [f"{self.canary} {_letters(number)}" for number in range(WARDS)]

    @property
    def variables(self) -> list[str]:
        return ["rainfall", "elevation", "tpr", self.column]

    @cached_property
    def table(self) -> bytes:
        draw = random.Random(self.canary)
        lines = [",".join(["ward_name", "ward_code", "lga_name", *self.variables])]
        for number, name in enumerate(self.ward_names):
            values = [f"{draw.uniform(1, 900):.6f}" for _ in self.variables[:2]]
            values += [f"{draw.uniform(0.01, 0.9):.6f}", f"{draw.uniform(0, 1):.6f}"]
            lines.append(",".join([name, f"{self.canary}-{number:02d}", _lga(number), *values]))
        return ("\n".join(lines) + "\n").encode()

    @cached_property
    def rainfall(self) -> dict[str, float]:
        """The value of each ward code, as it was sent: what comes back must be the same."""
        rows = [line.split(",") for line in self.table.decode().splitlines()[1:]]
        return {row[1]: float(row[3]) for row in rows}

    @cached_property
    def boundaries(self) -> bytes:
        features = [self._feature(number, name) for number, name in enumerate(self.ward_names)]
        return json.dumps({"type": "FeatureCollection", "features": features}).encode()

    def _feature(self, number: int, name: str) -> dict[str, object]:
        west, south = WEST + SIDE * (number % COLUMNS), SOUTH + SIDE * (number // COLUMNS)
        ring = [[0, 0], [SIDE, 0], [SIDE, SIDE], [0, SIDE], [0, 0]]
        points = [[round(west + x, 4), round(south + y, 4)] for x, y in ring]
        return {
            "type": "Feature",
            "properties": {
                "ward_name": name,
                "ward_code": f"{self.canary}-{number:02d}",
                "lga_name": _lga(number),
                "state_name": "Plateau",
            },
            "geometry": {"type": "Polygon", "coordinates": [points]},
        }

    def foreign_in(self, content: bytes) -> set[str]:
        return canaries_in(content) - {self.canary}


def _letters(number: int) -> str:
    syllables = ("ba", "do", "fi", "gu", "ka", "le", "mo", "nu", "pe", "ri", "sa", "to", "wu", "ya", "zi")
    return (
        syllables[number % 15]
        + syllables[(number * 7 + 3) % 15]
        + syllables[(number * 4 + number // 15) % 15]
    )


def _lga(number: int) -> str:
    return "Lower" if number < WARDS // 2 else "Upper"


def crowd_of(size: int) -> list[Belongings]:
    made: Iterable[Belongings] = (Belongings() for _ in range(size))
    return list(made)
