from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_migrate
from django.utils.module_loading import import_string


class SessionsConfig(AppConfig):
    name = "sessions_app"
    verbose_name = "Sessions, files and results"
    default_auto_field = "django.db.models.BigAutoField"
    owned_tables: frozenset[str] = frozenset()
    guarded_tables: frozenset[str] = frozenset()

    def ready(self) -> None:
        from sessions_app.isolation import checks  # noqa: F401  (registers the system checks)
        from sessions_app.isolation.installation import after_migrate
        from sessions_app.isolation.owned import owned_models
        from sessions_app.isolation.shared import shared_models
        from sessions_app.staff.roles import after_migrate as keep_roles

        self.owned_tables = frozenset(model._meta.db_table for model, _ in owned_models())
        # Shared tables, too, answer with no rows to who carries no claim.
        self.guarded_tables = self.owned_tables | {model._meta.db_table for model in shared_models()}
        if settings.TASK_APP:
            import_string(settings.TASK_APP)
        post_migrate.connect(after_migrate, sender=self, dispatch_uid="sessions_app.isolation")
        # Of every app: each has just made its own permissions.
        post_migrate.connect(keep_roles, dispatch_uid="sessions_app.staff")
