"""Chat templates, rendered without the content of messages: the template prints a mark where content goes.

So content can't be taken for what the template itself prints, whatever the content spells.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import Template, TemplateError, nodes
from jinja2.ext import Extension, LoopControlExtension
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from aidec.common.errors import ConversationError

# Marks are lone surrogates, since a template, which is read as UTF-8, has none
_CONTENT, _STOP, _TRAINED, _UNTRAINED = "\ud800", "\ud801", "\ud802", "\ud803"
_MARKS = re.compile(f"({_CONTENT}[0-9]+){_STOP}|({_TRAINED}|{_UNTRAINED})")

_WORD = re.compile("[a-z_]+")

NAMES = ("role", "type")
"""Keys of messages whose values are words of the format, which the template compares; all other texts are content."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of what a template renders to.

    Attributes:
        value: text of the template, or content of a message.
        is_content: whether it is content.
        is_trained: whether it is inside ``{% generation %}``.
    """

    value: Any
    is_content: bool
    is_trained: bool


def fill(template: str, messages: list[dict[str, Any]], **variables: Any) -> list[Segment]:
    """The segments that a template renders to, in order.

    Args:
        template: the Jinja2 template.
        messages: the messages. Their texts are content, but for those under the keys of ``NAMES``; so is every value
            that JSON has no form for, such as a chunk.
        variables: the other variables of the template.

    Raises:
        ConversationError: the template refuses the messages, or is at fault.
    """
    contents = _Contents()
    marked: list[Any] = []
    for number, message in enumerate(messages, 1):
        try:
            marked.append(_marked(message, contents))
        except ConversationError as error:
            raise ConversationError(f"message {number}: {error}") from None
    # Where the template asks nothing of the contents, what it prints depends on their places alone
    shape = template, repr(marked), repr(variables)
    printed = _printed.get(shape)
    if printed is None:
        try:
            rendered = _compile(template).render(messages=marked, **variables)
        except (TemplateError, ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
            raise ConversationError(f"chat template: {error}") from None
        printed = list(_segments(rendered))
        if not contents.are_read and len(rendered) <= _LONGEST_REMEMBERED:
            if len(_printed) >= _MOST_REMEMBERED:
                _printed.clear()
            _printed[shape] = printed
    return [
        Segment(contents[part.value], is_content=True, is_trained=part.is_trained) if part.is_content else part
        for part in printed
    ]


_printed: dict[tuple[str, str, str], list[Segment]] = {}
"""What ``_segments`` gives, by the template, the messages with marks for their contents, and the variables."""

_MOST_REMEMBERED = 256
_LONGEST_REMEMBERED = 1 << 14


def _segments(rendered: str) -> Iterator[Segment]:
    """The parts of what a template printed, with the number of a content in place of its value."""
    is_trained = False
    for piece in filter(None, _MARKS.split(rendered)):
        if piece in (_TRAINED, _UNTRAINED):
            is_trained = piece == _TRAINED
        elif piece.startswith(_CONTENT):
            yield Segment(int(piece[1:]), is_content=True, is_trained=is_trained)
        else:
            yield Segment(piece, is_content=False, is_trained=is_trained)


class _Contents(list[Any]):
    """The contents of messages; ``are_read`` says whether the template asked anything of one."""

    are_read = False


class _Content(str):
    """Content, as a template sees it: it prints a mark, and its methods give what those of the text itself would.

    What a method makes of it, as ``content | trim`` does, is content too, with a mark of its own.

    Attributes:
        value: the content.
        contents: all content of the messages so far; marks have the numbers of its items.
    """

    # A template in the sandbox sees no name that starts with an underscore
    _value: Any
    _contents: _Contents

    def __new__(cls, value: Any, contents: _Contents) -> _Content:
        contents.append(value)
        content = super().__new__(cls, f"{_CONTENT}{len(contents) - 1}{_STOP}")
        content._value = value
        content._contents = contents
        return content

    def __str__(self) -> str:
        return self

    def of(self, result: Any) -> Any:
        """What a method has made of this content: texts as content, also those in a list."""
        if isinstance(result, str):
            return _Content(result, self._contents)
        if isinstance(result, (list, tuple)):
            return [self.of(item) for item in result]
        return result


def _text_of(value: Any) -> str:
    """The text of a content: its own, or that of what has one, such as a chunk, which is made when a template asks."""
    text = value if isinstance(value, str) else getattr(value, "text", None)
    if not isinstance(text, str):
        raise ConversationError(f"the chat template looks into a {type(value).__name__}, which is no text")
    return text


def _method_of_str(name: str) -> Callable[..., Any]:
    """A method for ``_Content`` that calls the method of ``str`` on the content."""

    def method(self: _Content, *arguments: Any, **options: Any) -> Any:
        self._contents.are_read = True
        text = _text_of(self._value)
        plain = [_text_of(item._value) if isinstance(item, _Content) else item for item in arguments]
        result = getattr(text, name)(*plain, **options)
        if isinstance(self._value, str):
            return self.of(result)
        if isinstance(result, str) and result == text:
            return self
        if isinstance(result, int):
            return result
        raise ConversationError(f"the chat template takes a chunk apart, or changes it, with {name.strip('_')}")

    return method


for _name in dir(str):
    if not _name.startswith("_"):
        setattr(_Content, _name, _method_of_str(_name))
for _name in ("len", "contains", "getitem", "iter", "eq", "ne", "lt", "le", "gt", "ge", "hash"):
    setattr(_Content, f"__{_name}__", _method_of_str(f"__{_name}__"))


def _marked(value: Any, contents: _Contents, key: str = "") -> Any:
    """A value of the messages, its texts and all that JSON doesn't know as content."""
    if isinstance(value, dict):
        return {name: _marked(inner, contents, name) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_marked(inner, contents) for inner in value]
    if value is None or isinstance(value, (int, float)):
        return value
    if key in NAMES:
        if not (isinstance(value, str) and _WORD.fullmatch(value)):
            raise ConversationError(f"expected a word for the {key}, read {value!r}")
        return value
    return _Content(value, contents)


def _to_json(value: Any, **options: Any) -> str:
    """The filter ``tojson``: a value as JSON, which is content if there is content in the value."""
    found: list[_Content] = []

    def plain(value: Any) -> Any:
        if isinstance(value, _Content):
            value._contents.are_read = True
            found.append(value)
            return value._value
        if isinstance(value, dict):
            return {key: plain(inner) for key, inner in value.items()}
        return [plain(inner) for inner in value] if isinstance(value, (list, tuple)) else value

    text = json.dumps(plain(value), **{"ensure_ascii": False, **options})
    return found[0].of(text) if found else text


class _Generation(Extension):
    """The block ``{% generation %}...{% endgeneration %}``, which prints a mark before and after its contents."""

    tags = {"generation"}  # noqa: RUF012 (Jinja2's way to declare them)

    def parse(self, parser: Parser) -> list[nodes.Node]:
        """The nodes of the block, between the nodes of two marks."""
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        before, after = (nodes.Output([nodes.TemplateData(mark)], lineno=line) for mark in (_TRAINED, _UNTRAINED))
        return [before, *body, after]


def _fail(message: str) -> None:
    raise ConversationError(message)


@lru_cache(maxsize=64)
def _compile(template: str) -> Template:
    # The environment of transformers' apply_chat_template
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, LoopControlExtension]
    )
    environment.globals["raise_exception"] = _fail
    environment.filters["tojson"] = _to_json
    try:
        return environment.from_string(template)
    except TemplateError as error:
        raise ConversationError(f"chat template, line {getattr(error, 'lineno', 1)}: {error}") from None
