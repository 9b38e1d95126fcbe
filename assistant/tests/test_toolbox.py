"""What a caller of tools can say, and what not."""

import inspect

import pytest

from analysis.tools.catalogue import TOOLS
from assistant.commands import TOOLS as COMMANDS
from assistant.toolbox import Toolbox
from sessions_app.isolation.scope import scope
from sessions_app.problems import Problem

FORBIDDEN = {
    "session",
    "session_id",
    "owner",
    "owner_id",
    "user",
    "user_id",
    "by_user",
    "result",
    "result_id",
    "path",
    "sql",
}


@pytest.fixture
def toolbox(alice):
    with scope(alice.user.pk):
        yield Toolbox(by=alice.user, session=alice.session(), turn_key="t")


def test_no_tool_takes_a_session_an_owner_a_path_or_code(toolbox):
    for name, said in toolbox.signatures().items():
        assert "desk" not in said
        assert not FORBIDDEN & set(said), name
    for tool in TOOLS:
        kinds = [one.kind for one in inspect.signature(tool.run).parameters.values()][1:]
        assert all(kind is inspect.Parameter.KEYWORD_ONLY for kind in kinds), tool.name


@pytest.mark.parametrize("planted", ["session_id", "owner", "desk", "__class__"])
def test_a_planted_argument_is_refused(toolbox, planted):
    with pytest.raises(Problem):
        toolbox.call("count_wards", **{planted: "x"})


def test_unknown_tools_are_refused_and_each_command_has_its_tool(toolbox):
    with pytest.raises(Problem):
        toolbox.call("exec")
    assert set(COMMANDS.values()) <= set(toolbox.signatures())
