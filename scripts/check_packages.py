"""Checks what is installed against what is pinned, and asks for known weaknesses where an advisory service answers.

Without a network: every package that requirements*.txt needs, directly or not, is installed in the very version that
constraints.txt pins, and has a licence. With one: pip-audit asks about each. What could not be asked is said, never
taken for an all-clear.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from chatmrpt.stack.processes import run

ROOT = Path(__file__).resolve().parent.parent
LISTS = ("requirements.txt", "requirements-dev.txt")
PINS = "constraints.txt"
# They came with the environment and install the others.
TOOLS = {"pip", "setuptools", "wheel"}
# Whoever offers a service with code under these must offer its source as well.
REFUSED_LICENCES = re.compile(r"\bAGPL|Affero|SSPL|Commons Clause|Business Source", re.IGNORECASE)
PATIENCE = "4"
NO_ADVISORIES = "What was checked above are pins and licences; that is no check for known weaknesses."


@dataclass(frozen=True)
class Installed:
    version: str
    licence: str = ""
    requires: tuple[str, ...] = field(default=())


def installed_packages() -> dict[str, Installed]:
    return {
        canonicalize_name(one.metadata["Name"]): Installed(
            one.version, _licence(one), tuple(one.requires or ())
        )
        for one in metadata.distributions()
    }


def _licence(one: metadata.Distribution) -> str:
    told = one.metadata.get("License-Expression") or ""
    classified = [
        text.rpartition(" :: ")[2]
        for text in one.metadata.get_all("Classifier") or []
        if "License ::" in text
    ]
    first_line = (one.metadata.get("License") or "").strip().partition("\n")[0][:60]
    files = [
        str(path) for path in one.files or () if re.search(r"licen[cs]e|copying", path.name, re.IGNORECASE)
    ]
    return told or ", ".join(classified) or first_line or (f"see {files[0]}" if files else "")


def read_list(text: str) -> list[Requirement]:
    lines = (line.partition(" #")[0].strip() for line in text.splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def needed(listed: list[Requirement], installed: Mapping[str, Installed]) -> set[str]:
    """The listed packages and everything that they bring along, by name."""
    waiting = [
        (canonicalize_name(one.name), frozenset(one.extras)) for one in listed if _holds(one, frozenset())
    ]
    seen = set(waiting)
    while waiting:
        name, extras = waiting.pop()
        for text in installed[name].requires if name in installed else ():
            try:
                wanted = Requirement(text)
            except InvalidRequirement:
                continue
            found = (canonicalize_name(wanted.name), frozenset(wanted.extras))
            if found not in seen and _holds(wanted, extras):
                seen.add(found)
                waiting.append(found)
    return {name for name, _ in seen}


def _holds(wanted: Requirement, extras: frozenset[str]) -> bool:
    if wanted.marker is None:
        return True
    return any(wanted.marker.evaluate({"extra": extra}) for extra in (extras or {""}))


def wrong_pins(
    listed: list[Requirement], pinned: list[Requirement], installed: Mapping[str, Installed]
) -> Iterator[str]:
    """What is not pinned to one version, not installed in it, or without a licence that we can keep."""
    for one in (*listed, *pinned):
        if not re.fullmatch(r"==[0-9][\w.!+]*", str(one.specifier)):
            yield f"{one.name}: not pinned to one version"
    versions = {canonicalize_name(one.name): str(one.specifier).removeprefix("==") for one in pinned}
    for one in listed:
        if str(one.specifier) != f"=={versions.get(canonicalize_name(one.name))}":
            yield f"{one.name}: {PINS} pins another version or none"
    for name in sorted(needed(listed, installed) - TOOLS):
        there = installed.get(name)
        if there is None:
            yield f"{name}: needed and not installed"
        elif name not in versions:
            yield f"{name} {there.version}: needed by others and not in {PINS}"
        elif there.version != versions[name]:
            yield f"{name}: {there.version} is installed, {versions[name]} is pinned"
        elif not there.licence:
            yield f"{name} {there.version}: has no licence"
        elif REFUSED_LICENCES.search(there.licence):
            yield f"{name} {there.version}: {there.licence}"


def verdict(report: Mapping[str, object] | None) -> tuple[bool, str]:
    """Whether pip-audit's answer is acceptable, and what to say of it. A package it knows nothing of was not audited."""
    if report is None:
        return True, f"Advisories: not run: no network, or no advisory service answers. {NO_ADVISORIES}"
    entries: list[dict[str, object]] = list(report.get("dependencies", []))  # type: ignore[call-overload]
    skipped = [str(one["name"]) for one in entries if "skip_reason" in one]
    weak = [
        f"{one['name']} {one['version']}: {weakness['id']}"
        for one in entries
        for weakness in one.get("vulns", [])
    ]  # type: ignore[attr-defined]
    if weak:
        return False, "Known weaknesses:\n" + "\n".join(weak)
    if len(skipped) == len(entries):
        return (
            True,
            f"Advisories: not run: no network, or the service here knows none of our packages. {NO_ADVISORIES}",
        )
    words = f"Advisories: {len(entries) - len(skipped)} packages, no known weakness."
    return True, words + (f" Not audited: {', '.join(sorted(skipped))}." if skipped else "")


def ask(lines: list[str]) -> Mapping[str, object] | None:
    """What pip-audit says of these pins; None if it said nothing that can be read."""
    with tempfile.TemporaryDirectory() as folder:
        pins, answer = Path(folder) / "pins.txt", Path(folder) / "answer.json"
        pins.write_text("\n".join(lines) + "\n")
        command = [
            sys.executable,
            "-m",
            "pip_audit",
            "--disable-pip",
            "--no-deps",
            "-r",
            str(pins),
            "-f",
            "json",
        ]
        command += ["-o", str(answer), "--progress-spinner", "off", "--timeout", PATIENCE]
        run(command, environment=os.environ, log=Path(folder) / "said.log", cwd=Path(folder))
        try:
            return json.loads(answer.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return None


def main() -> int:
    listed = [one for name in LISTS for one in read_list((ROOT / name).read_text())]
    pinned = read_list((ROOT / PINS).read_text())
    installed = installed_packages()
    wrong = list(wrong_pins(listed, pinned, installed))
    if wrong:
        print("\n".join(wrong))
        return 1
    wanted = needed(listed, installed) - TOOLS
    licences = Counter(installed[name].licence.partition(",")[0] for name in wanted)
    print(f"{len(wanted)} packages, each installed as pinned; {len(licences)} licences, none refused.")
    if idle := sorted(installed.keys() - wanted - TOOLS):
        print(f"Installed and needed by nothing that is listed: {', '.join(idle)}.")
    # One first: where nobody answers, nobody has to wait a hundred times.
    lines = [str(one) for one in pinned if canonicalize_name(one.name) in wanted]
    asked_first = ask(lines[:1])
    good, words = verdict(asked_first)
    if good and "not run" not in words:
        good, words = verdict(ask(lines))
    print(words)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
