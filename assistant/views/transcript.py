"""A conversation to keep or to hand on, in four forms."""

import uuid

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from assistant import actions
from assistant.models import Conversation
from assistant.transcripts import FORMATS, transcript
from assistant.views.chat import own_conversation


@require_GET
@login_required
def conversation_transcript(
    request: HttpRequest, session_id: uuid.UUID, conversation_id: uuid.UUID
) -> HttpResponse:
    conversation = own_conversation(request, session_id, conversation_id)
    form = request.GET.get("as", "txt")
    if form not in FORMATS:
        raise Http404
    return sent(conversation, form)


def sent(conversation: Conversation, form: str) -> HttpResponse:
    """The file; that it was taken is an event."""
    answer = HttpResponse(transcript(conversation, form), content_type=FORMATS[form])
    actions.note_transcript(conversation=conversation, form=form)
    answer.headers["Content-Disposition"] = f'attachment; filename="conversation.{form}"'
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Content-Security-Policy"] = "default-src 'none'"
    return answer
