"""Static files are collected and compressed when they changed, and only then."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from chatmrpt.stack import prepare
from chatmrpt.stack.prepare import collect_static, static_fingerprint
from tests.running_stack import ROOT


def test_a_second_start_collects_nothing_and_a_lost_or_interrupted_folder_is_made_again(
    stack, tmp_path, monkeypatch
):
    (tmp_path / "log").mkdir()
    environment = stack.environment() | {"CHATMRPT_MODE": "embedded"}
    collect_static(environment, tmp_path)
    manifest = tmp_path / "static" / "staticfiles.json"
    assert manifest.exists()
    first, collected = manifest.stat(), []

    def quick(arguments: list[str], environment: Mapping[str, str], state: Path) -> None:
        """In place of the command, which takes seconds and has just been seen to work."""
        collected.append(arguments)
        Path(environment["STATIC_ROOT"]).mkdir()
        (Path(environment["STATIC_ROOT"]) / manifest.name).write_text("{}")

    monkeypatch.setattr(prepare, "manage", quick)
    collect_static(environment, tmp_path)
    assert (manifest.stat(), collected) == (first, [])

    # Interrupted after the old folder went and before the new one came.
    shutil.rmtree(tmp_path / "static")
    collect_static(environment, tmp_path)
    assert manifest.exists()
    assert collected == [["collectstatic", "--no-input"]]


def test_whatever_is_collected_counts(tmp_path):
    for name in ("chatmrpt/settings.py", "chatmrpt/static_files.py", "static/css/base.css"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    seen = [static_fingerprint(tmp_path)]
    assert static_fingerprint(tmp_path) == seen[0]
    (tmp_path / "static/css/base.css").write_text("body { color: red }")
    seen.append(static_fingerprint(tmp_path))
    (tmp_path / "static/css/base.css").rename(tmp_path / "static/css/other.css")
    seen.append(static_fingerprint(tmp_path))
    (tmp_path / "itn" / "static").mkdir(parents=True)
    (tmp_path / "itn" / "static" / "more.js").write_text("")
    seen.append(static_fingerprint(tmp_path))
    (tmp_path / "chatmrpt/static_files.py").write_text("")
    seen.append(static_fingerprint(tmp_path))
    assert len(set(seen)) == 5
