"""Language models are configured by the environment alone, and a wrong word stops the start."""

from decimal import Decimal

import pytest

from chatmrpt.environment import Environment, WrongSetting
from chatmrpt.model_settings import language_models

LOCAL = {
    "LANGUAGE_MODELS": "local",
    "LANGUAGE_MODEL_LOCAL_PROTOCOL": "openai",
    "LANGUAGE_MODEL_LOCAL_URL": "http://127.0.0.1:11434/v1/",
    "LANGUAGE_MODEL_LOCAL_MODEL": "qwen3:8b",
}
HOSTED = {
    "LANGUAGE_MODEL_CLAUDE_PROTOCOL": "anthropic",
    "LANGUAGE_MODEL_CLAUDE_URL": "https://api.example",
    "LANGUAGE_MODEL_CLAUDE_MODEL": "big-1",
    "LANGUAGE_MODEL_CLAUDE_KEY": "not-to-be-repeated",
    "LANGUAGE_MODEL_CLAUDE_PRICES": "3,15.5",
}


def test_none_is_the_default():
    assert dict(language_models(Environment({}))) == {}


def test_several_are_read_in_their_order():
    found = language_models(Environment(LOCAL | HOSTED | {"LANGUAGE_MODELS": "claude, local"}))
    assert list(found) == ["claude", "local"]
    assert found["claude"]["prices"] == (Decimal(3), Decimal("15.5"))
    assert dict(found["local"]) == {
        "protocol": "openai", "url": "http://127.0.0.1:11434/v1", "model": "qwen3:8b", "key": "", "prices": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "names"),
    [
        ({"LANGUAGE_MODELS": "Local"}, "LANGUAGE_MODELS"),
        ({"LANGUAGE_MODELS": "local,local"}, "LANGUAGE_MODELS"),
        ({"LANGUAGE_MODEL_LOCAL_PROTOCOL": "grpc"}, "LANGUAGE_MODEL_LOCAL_PROTOCOL"),
        ({"LANGUAGE_MODEL_LOCAL_URL": "ftp://models.example"}, "LANGUAGE_MODEL_LOCAL_URL"),
        ({"LANGUAGE_MODEL_LOCAL_MODEL": ""}, "LANGUAGE_MODEL_LOCAL_MODEL"),
        ({"LANGUAGE_MODEL_LOCAL_PRICES": "cheap"}, "LANGUAGE_MODEL_LOCAL_PRICES"),
        ({"LANGUAGE_MODEL_LOCAL_PRICES": "-1,2"}, "LANGUAGE_MODEL_LOCAL_PRICES"),
        ({"LANGUAGE_MODEL_LOCAL_SECRET": "x"}, "LANGUAGE_MODEL_LOCAL_SECRET"),
        ({"LANGUAGE_MODEL_LOCAL_PROTOCOL": "anthropic"}, "LANGUAGE_MODEL_LOCAL_KEY"),
        (HOSTED, "LANGUAGE_MODEL_CLAUDE_"),
    ],
)
def test_a_wrong_one_is_named_and_no_key_repeated(changed, names):
    with pytest.raises(WrongSetting) as refusal:
        language_models(Environment(LOCAL | changed))
    assert refusal.value.name.startswith(names)
    assert "not-to-be-repeated" not in str(refusal.value)
