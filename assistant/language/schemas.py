"""What a language model may say to a tool, as JSON schema made from the tool's own signature.

The first argument, the desk with session and owner, is bound by the server and never part of it.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

MOST_CONDITIONS = 8
LONGEST_TEXT = 200
LONGEST_LIST = 20

Text = Annotated[str, Field(max_length=LONGEST_TEXT)]


class Condition(BaseModel):
    """One condition on a variable; `second` is the upper end of "between"."""

    model_config = ConfigDict(extra="forbid")

    variable: Text
    operator: Literal["<", "<=", ">", ">=", "=", "!=", "between"]
    value: float | Text
    second: float | None = None

    def said(self) -> tuple[Any, ...]:
        ends = (self.value, self.second) if self.operator == "between" else (self.value,)
        return (self.variable, self.operator, *ends)


def arguments_of(run: Callable[..., Any]) -> type[BaseModel]:
    """The arguments of a tool, all checked: unknown ones are refused, texts and lists have an end."""
    hints = get_type_hints(run)
    fields: dict[str, Any] = {}
    for name, parameter in list(inspect.signature(run).parameters.items())[1:]:
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        fields[name] = (_checked(name, hints.get(name, Any)), default)
    return create_model("Arguments", __config__=ConfigDict(extra="forbid"), **fields)


def _checked(name: str, hint: Any) -> Any:
    if name == "where":
        return Annotated[list[Condition], Field(max_length=MOST_CONDITIONS)]
    if hint is str:
        return Text
    if hint in (list[str], list[str] | None):
        return Annotated[list[Text], Field(max_length=LONGEST_LIST)]
    return hint


def checked(arguments: type[BaseModel], said: Mapping[str, Any]) -> dict[str, Any]:
    """What was said, in the types that the tool expects; raises pydantic's ValidationError."""
    read = arguments.model_validate(dict(said))
    values = {name: value for name, value in read if name in read.model_fields_set}
    if "where" in values:
        values["where"] = [condition.said() for condition in values["where"]]
    return values


def told(wrong: ValidationError) -> str:
    """The first mistakes, short, for the model to mend."""
    mistakes = wrong.errors(include_url=False, include_input=False, include_context=False)[:5]
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in mistakes)
