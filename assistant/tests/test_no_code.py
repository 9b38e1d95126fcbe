"""Why code execution, unpickling, crossed output and shared figures can't happen: nothing here can do them.

A question is a typed `Query`; tools are the functions of a frozen list; results are JSON in the owner's rows; nothing
prints. The tests read the source of all that a turn runs through.
"""

import ast
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.module_loading import import_string

TOOLS = [tool for path in settings.ASSISTANT_TOOLS for tool in import_string(path)]
ROOT = Path(__file__).resolve().parents[2]
PARTS = (
    "assistant",
    "analysis/tools",
    "analysis/queries",
    "analysis/explained",
    "itn/tools.py",
    "itn/wished.py",
    "itn/explained.py",
    "reports/tools.py",
)
RUNS_CODE = {"exec", "eval", "compile", "__import__", "execfile", "getattr", "globals", "print", "breakpoint"}
IMPORTS = {
    "subprocess",
    "pickle",
    "importlib",
    "code",
    "runpy",
    "os",
    "sys",
    "builtins",
    "matplotlib",
    "plotly",
}


def sources():
    for part in PARTS:
        whole = ROOT / part
        for path in [whole] if whole.is_file() else sorted(whole.rglob("*.py")):
            if not {"tests", "migrations"} & set(path.parts):
                yield path, ast.parse(path.read_text())


def test_nothing_runs_text_prints_or_loads_modules_by_name():
    wrong = []
    for path, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RUNS_CODE:
                wrong.append(f"{path.name}:{node.lineno} {node.func.id}")
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            wrong += [f"{path.name}: {name}" for name in names if name.split(".")[0] in IMPORTS]
    assert wrong == []


def test_the_parts_are_there_and_hold_every_tool():
    read = {path for path, _ in sources()}
    for tool in TOOLS:
        assert ROOT / f"{tool.run.__module__.replace('.', '/')}.py" in read, tool.name


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_a_tool_is_a_function_of_ours(tool):
    assert tool.run.__module__.split(".")[0] in ("analysis", "itn", "reports", "assistant")
    assert "<" not in tool.run.__qualname__
