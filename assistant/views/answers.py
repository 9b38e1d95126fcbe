"""What people do with an answer: say whether it helped."""

import uuid

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from assistant import feedback
from assistant.shown import shown_turn
from assistant.views.chat import own_conversation, own_turn
from sessions_app.refusals import Refusal


@require_POST
@login_required
def turn_feedback(
    request: HttpRequest, session_id: uuid.UUID, conversation_id: uuid.UUID, turn_id: uuid.UUID
) -> HttpResponse:
    """Takes a verdict, changes it or takes it back; scripts get the row of buttons, a plain form its turn."""
    conversation = own_conversation(request, session_id, conversation_id)
    turn = own_turn(conversation, turn_id)
    verdict, reason = request.POST.get("verdict", ""), request.POST.get("reason")
    with Refusal() as refusal:
        if verdict == "none":
            feedback.take_back(by=request.user, turn=turn)
        else:
            feedback.judge(by=request.user, turn=turn, verdict=verdict, reason=reason)
    if request.headers.get("X-Fragment"):
        context = {"shown": shown_turn(turn), "conversation": conversation}
        status = refusal.status if refusal.problem else 200
        answer = render(request, "assistant/_feedback.html", context, status=status)
        answer.headers["Cache-Control"] = "private, no-store"
        return answer
    if refusal.problem:
        context = {"problem": refusal.problem, "back": conversation.get_absolute_url()}
        return render(request, "assistant/refused.html", context, status=refusal.status)
    return redirect(f"{conversation.get_absolute_url()}#turn-{turn.number}")
