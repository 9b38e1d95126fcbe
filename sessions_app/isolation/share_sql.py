"""The function that opens a shared link for people of whom nothing is known. Installed with the table of links.

It gives back what was frozen when the link was made, and nothing else: nobody who has a link ever runs as its owner.
A link that was revoked, has ended or is nobody's answers like one that never was.
"""

from __future__ import annotations

from sessions_app.isolation.identity_sql import DEFINER
from sessions_app.isolation.roles import WEB

OPEN_SHARED = f"""
CREATE FUNCTION app.open_shared(asked_hash text) RETURNS text LANGUAGE plpgsql {DEFINER}
AS $$
DECLARE
    shown record;
BEGIN
    UPDATE public.assistant_sharedlink l SET opened_count = l.opened_count + 1, last_opened_at = clock_timestamp()
    FROM public.sessions_app_user u
    WHERE l.token_hash = asked_hash AND l.revoked_at IS NULL AND l.expires_at > now() AND l.snapshot IS NOT NULL
        AND u.id = l.owner_id AND u.is_active
    RETURNING l.id, l.owner_id, l.snapshot INTO shown;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    INSERT INTO public.sessions_app_event
        (id, owner_id, actor, verb, object_type, object_id, session_id, data, at)
    VALUES (gen_random_uuid(), shown.owner_id, NULL, 'share.opened', 'sharedlink', shown.id, NULL, '{{}}',
        clock_timestamp());
    RETURN shown.snapshot::text;
END
$$
"""  # noqa: S608  # nosec B608  # role and path are constants

SIGNATURE = "app.open_shared(text)"
INSTALL = [
    OPEN_SHARED,
    f"REVOKE ALL ON FUNCTION {SIGNATURE} FROM PUBLIC",
    f"GRANT EXECUTE ON FUNCTION {SIGNATURE} TO {WEB}",
]
REMOVE = [f"DROP FUNCTION {SIGNATURE}"]
