"""Imports run one way, and the pure parts load without Django."""

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grimp
import pytest
from django.conf import settings
from django.urls import URLResolver, get_resolver

from sessions_app.staff.site import site

ROOT = Path(__file__).resolve().parent.parent
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


def test_every_module_of_a_pure_package_loads_without_django():
    """All in one interpreter: what none of them has loaded at the end none of them loads."""
    names = [name for package in PURE for name in modules_of(package)]
    assert all(len(modules_of(package)) > 1 for package in PURE)
    script = (
        "import importlib, sys\n"
        f"for name in {[*names, 'analysis.synthetic']!r}:\n"
        "    importlib.import_module(name)\n"
        f"    heavy = [one for one in {HEAVY!r} if one in sys.modules]\n"
        "    if heavy: sys.exit(f'{name} loads {heavy}')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_web_process_starts_without_what_only_computing_needs():
    """Each process of the server would load it again, and wait for it."""
    script = (
        "import sys, chatmrpt.wsgi, chatmrpt.urls\n"
        "print(*[name for name in ('scipy.sparse', 'scipy.stats', 'altair', 'rasterio') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.split()) == (0, []), done.stderr


def test_no_page_reaches_the_mail_server():
    """By imports, at whatever distance: web processes stand where no mail server is, and nobody waits for one in them."""
    graph = grimp.build_graph(*OURS, include_external_packages=False)
    sending = {name for name in graph.modules if set(imported(name)) & SENDS_MAIL}
    assert "sessions_app.accounts.mails" in sending
    pages = {callback.__module__ for callback in callbacks(get_resolver())} & graph.modules
    pages |= {name.rpartition(".")[0] for name in settings.MIDDLEWARE} & graph.modules
    # Views of the admin are methods of one class, wherever that is from; what they do stands in the module of each table.
    pages |= {type(found).__module__ for found in site._registry.values()} & graph.modules
    assert {"sessions_app.staff.users", "assistant.staff.battles"} <= pages
    assert {"sessions_app.accounts.views.sign_up", "sessions_app.privacy.views", "assistant.api"} <= pages
    found = [graph.find_shortest_chain(page, sender) for page in pages for sender in sending]
    assert [" > ".join(chain) for chain in found if chain] == []


SENDS_MAIL = {"django.core.mail", "smtplib"}
OURS = ("chatmrpt", "sessions_app", "reference", "analysis", "itn", "reports", "assistant")


def imported(module: str) -> Iterator[str]:
    path = ROOT / module.replace(".", "/")
    source = path.with_suffix(".py") if path.with_suffix(".py").exists() else path / "__init__.py"
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Attribute) and node.attr == "email_user":
            yield "django.core.mail"


def callbacks(resolver: URLResolver) -> Iterator[Callable[..., Any]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from callbacks(pattern)
        else:
            yield getattr(pattern.callback, "cls", pattern.callback)


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
