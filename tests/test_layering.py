"""Imports run one way, and the pure parts load without Django."""

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("chatmrpt", "assistant", "reports", "itn", "analysis", "reference", "sessions_app")
PURE = (
    "analysis.core",
    "analysis.queries",
    "assistant.core",
    "analysis.readers",
    "analysis.writers",
    "analysis.figures",
    "itn.core",
    "reports.core",
    "reports.renderers",
)
HEAVY = ("django", "rest_framework", "celery", "redis", "psycopg", "boto3", "sessions_app", "chatmrpt")


def modules_of(package: str) -> list[str]:
    folder = ROOT / package.replace(".", "/")
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in folder.rglob("*.py")]
    return sorted(name.removesuffix(".__init__") for name in names)


@pytest.mark.parametrize("package", PURE)
def test_every_module_of_a_pure_package_loads_without_django(package):
    names = modules_of(package)
    assert len(names) > 1, f"{package} has no modules"
    script = (
        "import importlib, sys\n"
        f"[importlib.import_module(name) for name in {names!r}]\n"
        f"print(*sorted(name for name in {HEAVY!r} if name in sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_synthetic_data_needs_no_django():
    if importlib.util.find_spec("analysis.synthetic") is None:
        pytest.skip("analysis.synthetic doesn't exist")
    script = f"import sys, analysis.synthetic; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_import_contracts_hold():
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


@pytest.mark.parametrize("package", ["assistant", "reports", "itn", "analysis", "reference", "sessions_app"])
def test_packages_that_everybody_imports_stay_empty(package):
    """A line here would run, and import, whenever a pure module below is loaded."""
    assert (ROOT / package / "__init__.py").read_text().strip() == ""


def our_modules() -> list[Path]:
    return [
        path
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if "tests" not in path.parts and "migrations" not in path.parts
    ]


def test_only_the_stack_starts_processes():
    starters = ("subprocess", "multiprocessing", "pty")
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in our_modules()
        if "stack" not in path.parts
        for name in imported_names(path)
        if name.split(".")[0] in starters
    ]
    assert found == []


def test_nothing_can_be_unpickled():
    unsafe = ("pickle", "shelve", "marshal", "dill", "cloudpickle", "joblib")
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in our_modules()
        for name in imported_names(path)
        if name.split(".")[0] in unsafe
    ]
    assert found == []


def imported_names(path: Path) -> list[str]:
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.append(node.module)
    return names
