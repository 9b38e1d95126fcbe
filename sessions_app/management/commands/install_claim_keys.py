from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from sessions_app.isolation.installation import install_claim_keys


class Command(BaseCommand):
    help = (
        "Makes the database verify claims with exactly the keys in CLAIM_KEYS (needs the owner's connection)."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        names = install_claim_keys()
        self.stdout.write(f"Claims are verified with: {', '.join(names)}. {names[0]} signs.")
