"""All checks in the order in which one mends: what others stand on comes first."""

from collections.abc import Iterator

from django.conf import settings

from chatmrpt.doctor import configuration, databases, outside, running
from chatmrpt.doctor.findings import Check, Finding, warning

OF_THE_CODE = (
    Check("settings", configuration.settings_are_right, "see the settings reference"),
    Check("versions", configuration.packages_are_as_pinned, "make setup"),
)
START_POSTGRESQL = "start PostgreSQL, or correct its addresses"
START_VALKEY = "start Valkey, or correct REDIS_URL (runbook: Valkey down)"
OF_THE_SERVICES = (
    Check("disks", configuration.disks_have_room, "see that the folders can be reached"),
    Check("static files", configuration.static_files_are_collected, "manage.py collectstatic --no-input"),
    Check("database", databases.roles_are_right, START_POSTGRESQL),
    Check("clocks", databases.clocks_agree, START_POSTGRESQL),
    Check("isolation", databases.walls_stand, START_POSTGRESQL),
    Check("database log", databases.the_log_is_quiet, START_POSTGRESQL),
    Check("migrations", databases.tables_are_of_this_version, "manage.py migrate --database owner"),
    Check("claim keys", databases.claim_keys_agree, "manage.py migrate --database owner"),
    Check("valkey", running.valkey_answers, START_VALKEY),
    Check("cache", running.cache_remembers, START_VALKEY),
    Check(
        "queue", running.queue_is_short, "start Valkey, or correct CELERY_BROKER_URL (runbook: Valkey down)"
    ),
    Check(
        "storage", running.storage_keeps, "see that the folder or bucket can be written (runbook: full disk)"
    ),
    Check("worker", running.workers_live, START_VALKEY),
    Check("beat", running.beat_lives, START_VALKEY),
    Check("leases", databases.work_goes_on, START_POSTGRESQL),
    Check("retention", running.retention_is_applied, START_VALKEY),
    Check("backup", running.backup_is_fresh, START_VALKEY),
    Check("mail", running.mail_goes_out, "correct the MAIL_… settings"),
    Check("event streams", outside.streams_answer, "start docker/start streams"),
    Check("sign-in", outside.providers_describe_themselves, "correct the OIDC_… settings"),
    Check("watchers", outside.watchers_can_be_reached, "correct TRACES_URL and SENTRY_DSN"),
    Check("privacy notice", configuration.privacy_is_told, "correct the PRIVACY_… settings"),
    Check("language models", configuration.language_models_are_configured, "correct LANGUAGE_MODELS"),
)
ASKING = Check("language models", running.language_models_answer, "correct LANGUAGE_MODELS")


def examined(*, ask_models: bool) -> Iterator[Finding]:
    """Every finding, as it is found."""
    for check in OF_THE_CODE:
        yield from check.findings()
    if settings.HEADLESS:
        told = "no services are configured, so none was asked"
        yield warning("mode", told, 'make manage ARGS=doctor asks the stack that "make run" started')
        return
    for check in OF_THE_SERVICES:
        yield from check.findings()
    if ask_models:
        yield from ASKING.findings()
