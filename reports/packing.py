"""The data package: tables, maps, figures, what was uploaded, and a manifest that the same numbers come from again."""

import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from analysis import frames
from analysis.raster_notes import SUMMED
from analysis.writers.text import write_csv
from analysis.writers.workbook import column_table
from itn.columns import meanings
from itn.core.plan import TOTALS
from itn.core.settings import QUANTITY_MODES
from itn.planning import loaded
from itn.selectors import title_of
from reports import manifest
from reports.core.document import Report
from reports.core.language import Language
from reports.selectors import Material
from sessions_app.jobs import Job
from sessions_app.models import AnalysisResult, StoredFile

PAGES = frozenset({frames.TABLE})
"""What only our own pages read."""
MADE = (1980, 1, 1, 0, 0, 0)
EXPECTED = {"risk": "wards.parquet", "itn_plan": "plan.parquet"}
ALSO_EXPECTED = {"risk": {"model_scores": "model_scores.csv"}, "itn_plan": {"lgas": "plan_lgas.csv"}}
OUT_OF_FILES = ("column", "registration")
"""Populations that come from files of the package."""


def pack(job: Job, found: Material, report: Report, written: Sequence[Path], target: Path) -> Path:
    """Write the package of what a report describes; the report's own files stand in it too."""
    root = job.folder / "package"
    root.mkdir()
    packer = _Packer(job, found, root)
    single = len(found.described) == 1
    for number, result in enumerate(found.described, 1):
        packer.add_result(result, "" if single else f"plan-{number}/")
    for path in written:
        shutil.copyfile(path, root / path.name)
    say = Language(report.language)
    (root / "README.txt").write_text(_readme(say, report, root), encoding="utf-8")
    manifest.write(root, _about(job, found, report), packer.steps)
    return _zipped(root, target)


def _about(job: Job, found: Material, report: Report) -> dict[str, Any]:
    first = found.described[0]
    return {
        "title": report.title,
        "language": report.language,
        "kind": "comparison" if len(found.described) > 1 else first.kind,
        "session": {"id": str(found.session.pk), "name": found.session.name},
        "report": str(job.result.pk),
        "made_at": job.result.created_at.isoformat(),
        "results": [
            {
                "id": str(one.pk), "kind": one.kind, "title": title_of(one) if one.kind == "itn_plan" else "",
                "program_version": one.code_version,
                "finished_at": one.finished_at.isoformat() if one.finished_at else None,
            }
            for one in found.described
        ],
    }  # fmt: skip


class _Packer:
    """Copies files into the package and notes the steps that lead from one to the next, each once."""

    def __init__(self, job: Job, found: Material, root: Path) -> None:
        self.job, self.found, self.root = job, found, root
        self.steps: list[dict[str, Any]] = []
        self._inputs: dict[str, str] = {}

    def add_result(self, result: AnalysisResult, place: str) -> None:
        if result.kind == "risk":
            self._risk(result, place)
        else:
            self._plan(result, place)

    def _risk(self, risk: AnalysisResult, place: str) -> None:
        if self._known(risk):
            return
        dataset = self._dataset(self.found.datasets[risk.params["dataset"]])
        self._artifacts(risk, place)
        self._step(risk, {"dataset": dataset}, place)

    def _plan(self, plan: AnalysisResult, place: str) -> None:
        risk = self.found.risks[plan.params["risk"]]
        self._risk(risk, f"ranking-{len([s for s in self.steps if s['kind'] == 'risk']) + 1}/")
        self._artifacts(plan, place)
        inputs: dict[str, Any] = {"risk": str(risk.pk)}
        people = plan.params["population"]
        if people.get("file"):
            listed = self.found.uploads.get(people["file"])
            if listed is not None:
                inputs["registration"] = self._upload(listed)
        summed = plan.summary["source"]["population"].endswith(SUMMED)
        if (
            summed
            or people["source"] not in OUT_OF_FILES
            or (people.get("file") and "registration" not in inputs)
        ):
            inputs["population"] = {"path": self._population(plan)}
        self._step(plan, inputs, place)

    def _dataset(self, dataset: AnalysisResult) -> str:
        """The matched wards: made again from both uploads where these are all that went into them."""
        if self._known(dataset):
            return str(dataset.pk)
        place = f"inputs/dataset-{len([s for s in self.steps if s['kind'] == 'dataset']) + 1}"
        expected = f"{place}.parquet"
        self._fetch(self.found.files[str(dataset.pk)][frames.DATASET], expected)
        uploads = {
            kind: self.found.uploads.get(dataset.params.get(kind, ""))
            for kind in ("ward_table", "boundaries")
        }
        inputs = {kind: self._upload(file) for kind, file in uploads.items() if file is not None}
        step = {
            "id": str(dataset.pk), "kind": "dataset", "params": dataset.params, "inputs": inputs,
            "program_version": dataset.code_version, "expected": {"wards": expected},
            "from_uploads": len(inputs) == len(uploads) and not dataset.summary.get("covariates"),
        }  # fmt: skip
        self.steps.append(step)
        return str(dataset.pk)

    def _step(self, result: AnalysisResult, inputs: dict[str, Any], place: str) -> None:
        expected = {"wards": f"{place}maps/{EXPECTED[result.kind]}"}
        expected |= {name: f"{place}tables/{file}" for name, file in ALSO_EXPECTED[result.kind].items()}
        step = {
            "id": str(result.pk), "kind": result.kind, "params": result.params, "inputs": inputs,
            "program_version": result.code_version, "expected": expected,
        }  # fmt: skip
        if result.kind == "itn_plan":
            step |= {"figures": _figures(result.summary), "split": result.summary.get("split")}
        self.steps.append(step)

    def _known(self, result: AnalysisResult) -> bool:
        return any(step["id"] == str(result.pk) for step in self.steps)

    def _artifacts(self, result: AnalysisResult, place: str) -> None:
        files = self.found.files[str(result.pk)]
        for name, file in files.items():
            if name not in PAGES:
                self._fetch(file, f"{place}{_folder(name)}/{name}")
        wards = pq.read_table(self.root / f"{place}maps/{EXPECTED[result.kind]}")
        numbers = wards.drop_columns(["geometry"]).to_pandas()
        plan = result.kind == "itn_plan"
        meant = meanings(result.summary["settings"].get("quantity", QUANTITY_MODES[0])) if plan else {}
        told = column_table(numbers, result.summary.get("parameters", {}), meant)
        write_csv(told, self.root / f"{place}tables/columns.csv")

    def _population(self, plan: AnalysisResult) -> str:
        """The people as the plan counted them, where they come from no file of the package."""
        path = f"inputs/population-{plan.pk}.csv"
        made = loaded(plan)
        wards = made.wards[["ward_code", "population", "population_source"]].assign(population=made.people())
        (self.root / path).parent.mkdir(exist_ok=True)
        write_csv(wards, self.root / path)
        return path

    def _upload(self, file: StoredFile) -> dict[str, str]:
        """An upload under a name of ours; the one it had is in the manifest."""
        key = str(file.pk)
        if key not in self._inputs:
            taken = sum(1 for path in self._inputs.values() if path.startswith(f"inputs/{file.kind}"))
            self._inputs[key] = (
                f"inputs/{file.kind}{f'-{taken + 1}' if taken else ''}{Path(file.storage_key).suffix}"
            )
            self._fetch(file, self._inputs[key])
        chosen = getattr(file, "chosen_part", None)
        return {"path": self._inputs[key], "name": file.name} | ({"part": chosen} if chosen else {})

    def _fetch(self, file: StoredFile, place: str) -> None:
        target = self.root / place
        target.parent.mkdir(parents=True, exist_ok=True)
        with self.job.local_copy(file.pk) as path:
            shutil.copyfile(path, target)


def _figures(summary: dict[str, Any]) -> dict[str, Any]:
    """The figures of a plan that its wards must give again: totals, evenness, candidates, and what other stocks would do."""
    names = ("curve", "more_nets", "cost_total", "reasons", "gini", "candidates")
    totals = {name: value for name, value in summary.items() if name in TOTALS}
    return totals | {name: summary[name] for name in names if name in summary}


def _folder(name: str) -> str:
    suffix = name[name.rindex(".") :]
    if suffix == ".svg":
        return "figures"
    return "tables" if suffix in (".csv", ".xlsx") else "maps"


def _readme(say: Language, report: Report, root: Path) -> str:
    title = say.say("readme_title", title=f"{report.title}, {report.subtitle}")
    lines = [title, "=" * len(title), "", *([report.warning, ""] if report.warning else [])]
    lines += [say.say("colon", name=name, value=value) for name, value in report.facts]
    lines += ["", say.say("readme_personal"), "", say.say("readme_units"), "", say.say("readme_qgis"), ""]
    lines += [
        say.say("readme_reproduce"),
        "",
        "    python manage.py reproduce package.zip",
        "",
        f"{say.say('readme_files')}:",
    ]
    lines += [f"  {path.relative_to(root).as_posix()}" for path in sorted(root.rglob("*")) if path.is_file()]
    return "\n".join([*lines, f"  {manifest.NAME}", ""])


def _zipped(root: Path, target: Path) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(root.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(path.relative_to(root).as_posix(), MADE)
                entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                with path.open("rb") as content, archive.open(entry, "w") as sink:
                    shutil.copyfileobj(content, sink)
    return target
