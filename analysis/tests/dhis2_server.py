"""A server that speaks the part of the DHIS2 web API which an import asks, fed by a made-up export; and that misbehaves
as asked."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from analysis.synthetic_dhis2 import PAIRS, Export

TOKEN = "d2pat_5xVA12xyUbWNedQxy4ohH77WlxRGVvZZ1151814092"
USER, PASSWORD = "reader", "a pass word: with colon"
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
          "November", "December")  # fmt: skip
GROUPS = {"u5": "<5yrs", "o5": "≥5yrs (excl PW)", "pw": "Preg Women (PW)"}
PLACES = 6
STYLES = ("flat", "groups", "groups and sexes")
Fault = Callable[["Answering"], bool]


def uid(*words: object) -> str:
    digits = hashlib.sha256("|".join(map(str, words)).encode()).hexdigest()
    return f"u{digits[:10]}"


class Holdings:
    """Units, elements and values of an export (layout B), as a server would hold them.

    `style`: elements that carry their age group in the name, in category option combos, or there together with the sex.
    `keeps_zero`: as zeroIsSignificant; without it a typed zero isn't there.
    """

    def __init__(self, export: Export, *, style: str = "flat", keeps_zero: bool = True) -> None:
        self.style, self.keeps_zero = style, keeps_zero
        self.units: dict[str, dict[str, Any]] = {}
        self.elements: dict[str, dict[str, Any]] = {}
        self.values: dict[tuple[str, str, str, str], str] = {}
        self.country = self._unit(None, "Country")
        self.state = ""
        columns = export.headers[PLACES:]
        for row in export.cells:
            period, state, lga, ward, facility, level = (str(cell) for cell in row[:PLACES])
            name, _, year = period.partition(" ")
            month = f"{year}{MONTHS.index(name) + 1:02d}"
            self.state = self._unit(self.country, state)
            unit = self._unit(self._unit(self._unit(self.state, lga), ward), facility, level)
            for header, cell in zip(columns, row[PLACES:], strict=True):
                self._hold(unit, month, header, cell)
        self.data_set = uid("data set")

    def _unit(self, parent: str | None, name: str, level: str = "") -> str:
        above = self.units[parent]["path"] if parent else ""
        key = uid(above, name)
        groups = (
            [{"name": f"{level.title()} Health Facility"}, {"name": "Public"}]
            if level
            else [{"name": "Areas"}]
        )
        path = f"{above}/{key}"
        self.units.setdefault(
            key, {"id": key, "name": name, "path": path, "level": path.count("/"), "organisationUnitGroups": groups}
        )  # fmt: skip
        return key

    def _hold(self, unit: str, month: str, header: str, cell: object) -> None:
        group = next((name for name, words in GROUPS.items() if words in header), None)
        counts_tests = "Persons presenting" in header or "positive" in header
        if self.style == "flat" or group is None or not counts_tests:
            combos = {"default": cell}
            name = header
        elif self.style == "groups":
            name, combos = header.replace(GROUPS[group], "").strip(), {GROUPS[group]: cell}
        else:
            half = None if cell is None else int(str(cell).partition(".")[0]) // 2
            rest = None if cell is None or half is None else float(str(cell)) - half
            name = header.replace(GROUPS[group], "").strip()
            combos = {f"{GROUPS[group]}, Male": half, f"{GROUPS[group]}, Female": rest}
        element = self.elements.setdefault(uid("element", name), {
            "id": uid("element", name), "name": name, "zeroIsSignificant": self.keeps_zero, "domainType": "AGGREGATE",
            "categoryCombo": {"categoryOptionCombos": []},
        })  # fmt: skip
        options = element["categoryCombo"]["categoryOptionCombos"]
        for combo, value in combos.items():
            key = uid("combo", combo)
            if key not in {option["id"] for option in options}:
                options.append({"id": key, "name": combo})
            if value is not None and (self.keeps_zero or float(str(value)) != 0):
                self.values[unit, month, element["id"], key] = str(value)

    @property
    def test_elements(self) -> list[str]:
        return [one["id"] for one in self.elements.values() if "Artesu" not in one["name"]]


class Answering(BaseHTTPRequestHandler):
    server: Dhis2
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        holdings, parts = self.server.holdings, urlsplit(self.path)
        self.query = parse_qs(parts.query)
        path = parts.path.removeprefix(self.server.prefix)
        with self.server.lock:
            self.server.asked.append(self.path)
            self.server.logins.append(self.headers.get("Authorization", ""))
            faults = self.server.faults
            fault = next((one for one in faults if re.search(one, self.path) and faults[one]), None)
            behave = faults[fault].pop(0) if fault else None
        if behave is not None and behave(self):
            return
        basic = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if self.headers.get("Authorization") not in (f"ApiToken {TOKEN}", f"Basic {basic}"):
            self.send({"httpStatusCode": 401, "message": "Unauthorized"}, 401)
        elif path == "/api/system/info.json":
            self.send(
                {
                    "version": "2.41.3",
                    "systemName": "Made-up DHIS2",
                    "contextPath": "http://elsewhere.example",
                }
            )
        elif path == "/api/organisationUnitLevels.json":
            names = ("Country", "State", "LGA", "Ward", "Facility")
            self._list(
                "organisationUnitLevels", [{"level": n, "name": name} for n, name in enumerate(names, 1)]
            )
        elif match := re.fullmatch(r"/api/organisationUnits/(\w+)\.json", path):
            unit = holdings.units.get(match[1])
            if unit is None:
                self.send({"httpStatusCode": 404, "message": "Organisation unit does not exist"}, 404)
                return
            above = [holdings.units[one] for one in unit["path"].split("/")[1:-1]]
            self.send(unit | {"ancestors": above})
        elif path == "/api/organisationUnits.json":
            self._list("organisationUnits", [one for one in holdings.units.values() if self._passes(one)])
        elif path == "/api/dataElements.json":
            self._list("dataElements", [one for one in holdings.elements.values() if self._passes(one)])
        elif path == "/api/dataSets.json":
            self._list("dataSets", [{"id": holdings.data_set}])
        elif path == "/api/analytics.json":
            self._analytics()
        elif path == "/api/dataValueSets.json":
            self._data_value_sets()
        else:
            self.send({"httpStatusCode": 404, "message": "Not found"}, 404)

    def _passes(self, row: Mapping[str, Any]) -> bool:
        for one in self.query.get("filter", ()):
            name, operator, value = one.split(":", 2)
            if operator == "like" and value not in str(row[name]):
                return False
            if operator == "le" and row[name] > int(value):
                return False
            if operator == "eq" and str(row[name]) != value:
                return False
            if operator == "in" and row[name] not in value.strip("[]").split(","):
                return False
        return True

    def _list(self, key: str, rows: list[Any]) -> None:
        size, page = int(self.query["pageSize"][0]), int(self.query["page"][0])
        size = min(size, self.server.largest_page)
        count = -(-len(rows) // size)
        pager = {"page": page, "pageSize": size, "total": len(rows), "pageCount": count}
        if page < count:
            pager["nextPage"] = "http://169.254.169.254/api/next"
        self.send({"pager": pager, key: rows[(page - 1) * size : page * size]})

    def _analytics(self) -> None:
        wanted = dict(one.partition(":")[::2] for one in self.query["dimension"])
        elements, month = set(wanted["dx"].split(";")), wanted["pe"]
        root = wanted["ou"].split(";")[0]
        rows = [
            [element, combo, unit, period, value]
            for (unit, period, element, combo), value in self.server.holdings.values.items()
            if element in elements and period == month and root in self.server.holdings.units[unit]["path"]
        ]
        names = ("dx", "co", "ou", "pe", "value")
        self.send(
            {"headers": [{"name": name} for name in names], "rows": rows, "width": 5, "height": len(rows)}
        )

    def _data_value_sets(self) -> None:
        month = self.query["startDate"][0].replace("-", "")[:6]
        root = self.query["orgUnit"][0]
        names = ("orgUnit", "period", "dataElement", "categoryOptionCombo", "value")
        rows = [
            dict(zip(names, (*key, value), strict=True))
            | {"attributeOptionCombo": "HllvX50cXC0", "storedBy": "x"}
            for key, value in self.server.holdings.values.items()
            if key[1] == month and root in self.server.holdings.units[key[0]]["path"]
        ]
        if rows:
            week = rows[0] | {"period": f"{month[:4]}W05", "value": "900"}
            rows += [week, rows[0] | {"deleted": True, "value": "777"}]
        self.send({"dataValues": rows} if rows else {})

    def send(self, body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(content)),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


class Dhis2(ThreadingHTTPServer):
    """`faults`: pattern of an address to what happens instead, once each, in their order."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, holdings: Holdings, prefix: str = "") -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.holdings, self.prefix = holdings, prefix
        self.lock = threading.Lock()
        self.asked: list[str] = []
        self.logins: list[str] = []
        self.faults: dict[str, list[Fault]] = {}
        self.largest_page = 50

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def address(self) -> str:
        return self.origin + self.prefix

    def handle_error(self, *_: object) -> None:
        """A client that goes away in the middle is nothing to print."""


@contextmanager
def dhis2(holdings: Holdings, prefix: str = "") -> Iterator[Dhis2]:
    server = Dhis2(holdings, prefix)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def status(code: int, message: str = "", **headers: str) -> Fault:
    def behave(answering: Answering) -> bool:
        answering.send(
            {"httpStatusCode": code, "message": message},
            code,
            {name.replace("_", "-"): value for name, value in headers.items()},
        )
        return True

    return behave


def redirect(location: str) -> Fault:
    return status(302, Location=location)


def body(content: bytes) -> Fault:
    def behave(answering: Answering) -> bool:
        answering.send(content)
        return True

    return behave


def slow(seconds: float) -> Fault:
    """Says nothing for a while, then answers as if nothing had been."""

    def behave(answering: Answering) -> bool:
        time.sleep(seconds)
        return False

    return behave


def cut(answering: Answering) -> bool:
    """Promises more than it sends."""
    answering.send_response(200)
    answering.send_header("Content-Length", "1000")
    answering.end_headers()
    answering.wfile.write(b'{"half": ')
    answering.close_connection = True
    return True


def endless(answering: Answering) -> bool:
    """Sends, byte for byte and without an end, as long as somebody listens."""
    answering.send_response(200)
    answering.send_header("Transfer-Encoding", "chunked")
    answering.end_headers()
    try:
        while True:
            answering.wfile.write(b"1\r\n \r\n")
            answering.wfile.flush()
            time.sleep(0.02)
    except OSError:
        answering.close_connection = True
    return True


__all__ = ["PAIRS", "STYLES", "TOKEN", "Dhis2", "Holdings", "dhis2"]
