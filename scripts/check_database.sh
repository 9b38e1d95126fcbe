#!/usr/bin/env bash
# What can only be checked against a migrated database; `make check` runs it inside a throwaway stack.
set -euo pipefail
cd "$(dirname "$0")/.."
python=.venv/bin/python
$python manage.py makemigrations --check --dry-run
$python -m scripts.check_migrations
$python manage.py check --database default --fail-level WARNING
$python -m scripts.check_templates
$python manage.py check_isolation
