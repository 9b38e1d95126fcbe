"""Functions that answer before it is known who asks. Each gives back one row, found by something only its owner has.

They run with the table owner's rights, so each is as small as it can be, is pinned to ``pg_catalog`` and may be
called by the web role alone.
"""

from __future__ import annotations

from sessions_app.isolation.claim_sql import PINNED
from sessions_app.isolation.roles import WEB

DEFINER = f"SECURITY DEFINER {PINNED}"

# The id alone: what stands in the row, the password's hash first of all, is read in the scope of that id.
USER_ID_BY_EMAIL = f"""
CREATE FUNCTION app.user_id_by_email(asked text) RETURNS uuid LANGUAGE sql STABLE {DEFINER}
AS $$ SELECT u.id FROM public.sessions_app_user u WHERE u.email = lower(asked) $$
"""  # noqa: S608  # nosec B608  # role and path are constants

PERSONAL_TOKEN_OWNER = f"""
CREATE FUNCTION app.personal_token_owner(asked_hash text) RETURNS uuid LANGUAGE sql STABLE {DEFINER}
AS $$
    SELECT t.owner_id
    FROM public.sessions_app_personaltoken t JOIN public.sessions_app_user u ON u.id = t.owner_id
    WHERE t.secret_hash = asked_hash AND u.is_active AND t.revoked_at IS NULL
        AND (t.expires_at IS NULL OR t.expires_at > now())
$$
"""  # noqa: S608  # nosec B608  # role and path are constants

WEB_SESSION_LOAD = f"""
CREATE FUNCTION app.web_session_load(asked_key text) RETURNS TABLE (data text, owner uuid)
LANGUAGE sql STABLE {DEFINER}
AS $$
    SELECT w.session_data, w.owner_id FROM public.sessions_app_websession w
    WHERE w.key_hash = asked_key AND w.expire_date > now()
$$
"""  # noqa: S608  # nosec B608  # role and path are constants

# A row without an owner may be given one, by that user; a row with an owner is written by that user alone and keeps
# its owner. So a browser session can be claimed at sign-in and never afterwards.
WEB_SESSION_SAVE = f"""
CREATE FUNCTION app.web_session_save(
    asked_key text, new_data text, new_expiry timestamptz, new_owner uuid, must_create boolean
) RETURNS boolean LANGUAGE plpgsql {DEFINER}
AS $$
DECLARE
    asker uuid := app.current_user_id();
BEGIN
    IF new_owner IS NOT NULL AND new_owner IS DISTINCT FROM asker THEN
        RAISE EXCEPTION 'a browser session is stored by its own user' USING ERRCODE = '42501';
    END IF;
    IF must_create THEN
        INSERT INTO public.sessions_app_websession (key_hash, session_data, expire_date, owner_id)
        VALUES (asked_key, new_data, new_expiry, new_owner) ON CONFLICT DO NOTHING;
    ELSE
        UPDATE public.sessions_app_websession w
        SET session_data = new_data, expire_date = new_expiry, owner_id = coalesce(new_owner, w.owner_id)
        WHERE w.key_hash = asked_key AND (w.owner_id IS NULL OR w.owner_id = asker);
    END IF;
    RETURN FOUND;
END
$$
"""  # noqa: S608  # nosec B608  # role and path are constants

WEB_SESSION_DELETE = f"""
CREATE FUNCTION app.web_session_delete(asked_key text) RETURNS void LANGUAGE sql {DEFINER}
AS $$ DELETE FROM public.sessions_app_websession w WHERE w.key_hash = asked_key $$
"""  # noqa: S608  # nosec B608  # role and path are constants

# Gives nothing back in any case: whether the row exists is for the staff who read the events.
NOTE_MISS = f"""
CREATE FUNCTION app.note_miss(asked_table text, asked_id uuid) RETURNS void LANGUAGE plpgsql {DEFINER}
AS $$
DECLARE
    asker uuid := app.current_user_id();
    holder uuid;
BEGIN
    IF asker IS NULL OR NOT EXISTS (
        SELECT 1 FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relname = asked_table AND c.relkind = 'r'
            AND c.relforcerowsecurity AND a.attname IN ('owner_id', 'id') AND a.atttypid = 'uuid'::regtype
        HAVING count(*) = 2
    ) THEN
        RETURN;
    END IF;
    EXECUTE format('SELECT owner_id FROM public.%I WHERE id = $1 AND owner_id <> $2 LIMIT 1', asked_table)
        INTO holder USING asked_id, asker;
    IF holder IS NOT NULL THEN
        INSERT INTO public.sessions_app_event
            (id, owner_id, actor, verb, object_type, object_id, session_id, data, at)
        VALUES (gen_random_uuid(), asker, asker, 'isolation.attempt', asked_table, asked_id, NULL,
            jsonb_build_object('holder', holder), clock_timestamp());
    END IF;
END
$$
"""  # noqa: S608  # nosec B608  # role and path are constants

SIGNATURES = (
    "app.user_id_by_email(text)",
    "app.personal_token_owner(text)",
    "app.web_session_load(text)",
    "app.web_session_save(text, text, timestamptz, uuid, boolean)",
    "app.web_session_delete(text)",
    "app.note_miss(text, uuid)",
)

INSTALL = [
    USER_ID_BY_EMAIL,
    PERSONAL_TOKEN_OWNER,
    WEB_SESSION_LOAD,
    WEB_SESSION_SAVE,
    WEB_SESSION_DELETE,
    NOTE_MISS,
    *(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC" for signature in SIGNATURES),
    *(f"GRANT EXECUTE ON FUNCTION {signature} TO {WEB}" for signature in SIGNATURES),
]
REMOVE = [f"DROP FUNCTION {signature}" for signature in SIGNATURES]
