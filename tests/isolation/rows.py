"""One row of a user in every owned table, with values that stand nowhere else."""

import hashlib
import uuid
from datetime import timedelta
from types import SimpleNamespace

from django.utils import timezone

from analysis.models import Dhis2Login, RememberedColumns, RememberedName
from assistant.models import (
    Battle,
    Conversation,
    Entry,
    Feedback,
    Message,
    ModelCall,
    ModelReservation,
    Round,
    SharedLink,
    Turn,
    Vote,
)
from sessions_app.isolation import identity
from sessions_app.isolation.storage import part_key, storage_key
from sessions_app.isolation.testing import acting_as
from sessions_app.models import (
    AnalysisResult,
    AnalysisSession,
    DataExport,
    Event,
    LinkedSignIn,
    PersonalToken,
    RefreshGrant,
    ResultParent,
    ResumableUpload,
    StoredFile,
    UploadPart,
    WebSession,
)


def rows_of(user) -> SimpleNamespace:
    canary, later = f"canary-{uuid.uuid4().hex}", timezone.now() + timedelta(hours=1)
    with acting_as(user):
        session = AnalysisSession.objects.create(owner=user, name=canary)
        dataset = AnalysisResult.objects.create(owner=user, session=session, kind="dataset")
        result = AnalysisResult.objects.create(
            owner=user, session=session, kind="risk", params={"note": canary}
        )
        link = ResultParent.objects.create(owner=user, result=result, parent=dataset)
        file = new_file(user, session)
        event = Event.objects.create(owner=user, actor=user.pk, verb="session.created", object_id=session.pk)
        grant = RefreshGrant.objects.create(owner=user, jti_hash=digest(canary), expires_at=later)
        token = PersonalToken.objects.create(owner=user, name=canary, prefix="p", secret_hash=digest(canary))
        conversation = Conversation.objects.create(owner=user, session=session, title=canary)
        turn = Turn.objects.create(owner=user, conversation=conversation, number=1)
        message = Message.objects.create(
            owner=user, conversation=conversation, turn=turn, role="user", text=canary
        )
        shared_link = SharedLink.objects.create(
            owner=user,
            conversation=conversation,
            token_hash=digest(f"link {canary}"),
            title=canary,
            turn_count=1,
            snapshot={"title": canary, "turns": []},
            expires_at=later,
        )
        feedback = Feedback.objects.create(owner=user, turn=turn, verdict="up", reason=canary)
        upload = ResumableUpload.objects.create(
            owner=user,
            session=session,
            kind="ward_table",
            name=canary,
            size_bytes=3,
            part_bytes=3,
            head_sha256=digest(canary),
            expires_at=later,
        )
        part = UploadPart.objects.create(
            owner=user,
            upload=upload,
            number=1,
            size_bytes=3,
            sha256=digest(canary),
            storage_key=part_key(user.pk, session.pk, upload.pk, uuid.uuid4()),
        )
        model_call = ModelCall.objects.create(
            owner=user, turn_id=turn.pk, model=canary[:20], outcome="answered"
        )
        reservation = ModelReservation.objects.create(
            owner=user, turn_id=turn.pk, model=canary[:20], is_blind=False, tokens=1, until=later
        )
        battle, entry, rounds, vote = battle_rows(user, session, canary)
        name = RememberedName.objects.create(
            owner=user, key=digest(canary), name=canary, ward_code="W1", ward_name=canary
        )
        columns = RememberedColumns.objects.create(owner=user, layout=digest(canary), file_name=canary)
        dhis2_login = Dhis2Login.objects.create(
            owner=user,
            session=session,
            address=f"https://{canary}.example.org",
            sealed=canary,
            expires_at=later,
        )
        linked = LinkedSignIn.objects.create(
            owner=user,
            issuer=f"https://{canary}.example",
            subject_hash=digest(f"subject {canary}"),
            email=user.email,
        )
        export_id = uuid.uuid4()
        export = DataExport.objects.create(
            id=export_id,
            owner=user,
            lease_until=later,
            storage_key=storage_key(user.pk, export_id, export_id, ".zip"),
        )
        key = digest(f"cookie {canary}")
        identity.save_web_session(key, "data", later, user.pk, create=True)
        web_session = WebSession.objects.get(pk=key)
    return SimpleNamespace(
        canary=canary,
        session=session,
        dataset=dataset,
        result=result,
        link=link,
        file=file,
        event=event,
        grant=grant,
        token=token,
        web_session=web_session,
        conversation=conversation,
        turn=turn,
        message=message,
        model_call=model_call,
        reservation=reservation,
        battle=battle,
        entry=entry,
        round=rounds,
        vote=vote,
        shared_link=shared_link,
        feedback=feedback,
        remembered_name=name,
        remembered_columns=columns,
        dhis2_login=dhis2_login,
        upload=upload,
        part=part,
        linked=linked,
        export=export,
        user=user,
    )


def battle_rows(user, session, canary: str) -> tuple[Battle, Entry, Round, Vote]:
    battle = Battle.objects.create(
        owner=user, session=session, kind="results", question=canary, uses_data=True, seed=1, status="over",
        facts=[{"say": canary}],
    )  # fmt: skip
    sides = [
        Entry.objects.create(
            owner=user, battle=battle, place=n, model=f"m{n}", version=canary, text=canary, status="done"
        )
        for n in range(2)
    ]
    here = Round.objects.create(
        owner=user, battle=battle, number=1, side_a=sides[0], side_b=sides[1], stays="a"
    )
    return battle, sides[0], here, Vote.objects.create(owner=user, round=here, choice="tie", reason=canary)


def new_file(user, session, **fields) -> StoredFile:
    file_id = uuid.uuid4()
    values = {
        "id": file_id,
        "owner": user,
        "session": session,
        "kind": "ward_table",
        "name": "wards.csv",
        "media_type": "text/csv",
        "size_bytes": 3,
        "sha256": digest("abc"),
        "storage_key": storage_key(user.pk, session.pk, file_id, ".csv"),
    }
    return StoredFile.objects.create(**values | fields)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
