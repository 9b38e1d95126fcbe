"""Addresses of the conversations of a session."""

from django.urls import path

from assistant.views import chat

_chat = "sessions/<uuid:session_id>/chat/"
_one = f"{_chat}<uuid:conversation_id>/"

urlpatterns = [
    path(_chat, chat.session_chat, name="session_chat"),
    path(_one, chat.conversation_detail, name="conversation_detail"),
    path(f"{_one}change/", chat.conversation_change, name="conversation_change"),
    path(f"{_one}delete/", chat.conversation_delete, name="conversation_delete"),
    path(f"{_one}turns/<uuid:turn_id>/", chat.conversation_turn, name="conversation_turn"),
    path(f"{_one}turns/<uuid:turn_id>/stop/", chat.turn_stop, name="turn_stop"),
    path(f"{_one}transcript/", chat.conversation_transcript, name="conversation_transcript"),
]
