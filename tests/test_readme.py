"""What the README tells people to type works."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_commands_without_the_web_rank_the_demo_state(tmp_path):
    commands = re.findall(r"^\.venv/bin/python (manage\.py .+)$", README, re.MULTILINE)
    assert [command.split()[1] for command in commands] == ["make_demo_data", "analyse"]
    (tmp_path / "manage.py").symlink_to(ROOT / "manage.py")
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    for command in commands:
        subprocess.run([sys.executable, *shlex.split(command)], cwd=tmp_path, env=environment, check=True)
    assert (tmp_path / "out" / "wards.csv").exists()


def test_every_folder_of_the_layout_exists_and_every_link_leads_somewhere():
    folders = re.findall(r"`([a-z_]+(?:/[a-z_]+)*)/`", README)
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    assert len(folders) > 5
    assert [
        place for place in [*folders, *links] if not (ROOT / place).exists() and place not in NESTED
    ] == []


NESTED = {"core", "isolation", "stack"}


def test_it_stays_short():
    assert README.count("\n") < 80
