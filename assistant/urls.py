"""Addresses of the conversations of a session."""

from django.urls import path

from assistant.views import answers, chat, explain, history, sharing, transcript

_chat = "sessions/<uuid:session_id>/chat/"
_one = f"{_chat}<uuid:conversation_id>/"

urlpatterns = [
    path("conversations/", history.conversation_history, name="conversation_history"),
    path("conversations/shared/", sharing.shared_links, name="shared_links"),
    path(
        "conversations/shared/<uuid:link_id>/revoke/", sharing.shared_link_revoke, name="shared_link_revoke"
    ),
    path("shared/<str:token>/", sharing.shared_conversation, name="shared_conversation"),
    path(f"{_chat}history/", history.session_history, name="session_history"),
    path(
        "sessions/<uuid:session_id>/results/<uuid:result_id>/explain/<str:figure>/",
        explain.explain_figure,
        name="explain_figure",
    ),
    path("sessions/<uuid:session_id>/nets/explain/<str:table>/", explain.explain_tried, name="explain_tried"),
    path(_chat, chat.session_chat, name="session_chat"),
    path(_one, chat.conversation_detail, name="conversation_detail"),
    path(f"{_one}change/", chat.conversation_change, name="conversation_change"),
    path(f"{_one}delete/", chat.conversation_delete, name="conversation_delete"),
    path(f"{_one}turns/<uuid:turn_id>/", chat.conversation_turn, name="conversation_turn"),
    path(f"{_one}turns/<uuid:turn_id>/stop/", chat.turn_stop, name="turn_stop"),
    path(f"{_one}turns/<uuid:turn_id>/feedback/", answers.turn_feedback, name="turn_feedback"),
    path(f"{_one}transcript/", transcript.conversation_transcript, name="conversation_transcript"),
    path(f"{_one}share/", sharing.conversation_share, name="conversation_share"),
]
