"""A chat template filled in without its data ever passing through it: where content goes, the template prints a mark.

So nothing that content says can look like what the template says, whatever the template does with it.
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

# Lone surrogates: no text that was decoded has them, and templates are read as UTF-8
_CONTENT, _STOP, _TRAINED, _UNTRAINED = "\ud800", "\ud801", "\ud802", "\ud803"
_MARKS = re.compile(f"({_CONTENT}[0-9]+){_STOP}|({_TRAINED}|{_UNTRAINED})")

_WORD = re.compile("[a-z_]+")

NAMES = ("role", "type")
"""Keys whose values the template reads: words of the format, not data."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a filled-in template.

    Attributes:
        value: text of the template's, or a value of the messages'.
        is_content: whether it comes from the messages.
        is_trained: whether it stands inside of ``{% generation %}``.
    """

    value: Any
    is_content: bool
    is_trained: bool


def fill(template: str, messages: list[dict[str, Any]], **variables: Any) -> list[Part]:
    """The parts of a filled-in template, in order.

    Args:
        template: the Jinja2 template.
        messages: the messages. Texts in them are content, but for those of ``NAMES``; so is what is no text, number,
            list or object of JSON's.
        variables: what else the template sees.

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
        printed = list(_parts(rendered))
        if not contents.are_read and len(rendered) <= _LONGEST_REMEMBERED:
            if len(_printed) >= _MOST_REMEMBERED:
                _printed.clear()
            _printed[shape] = printed
    return [
        Part(contents[part.value], is_content=True, is_trained=part.is_trained) if part.is_content else part
        for part in printed
    ]


_printed: dict[tuple[str, str, str], list[Part]] = {}
"""What ``_parts`` gives, by the template, the messages with marks for their contents, and the variables."""

_MOST_REMEMBERED = 256
_LONGEST_REMEMBERED = 1 << 14


def _parts(rendered: str) -> Iterator[Part]:
    """The parts of what a template printed, with the number of a content in place of its value."""
    is_trained = False
    for piece in filter(None, _MARKS.split(rendered)):
        if piece in (_TRAINED, _UNTRAINED):
            is_trained = piece == _TRAINED
        elif piece.startswith(_CONTENT):
            yield Part(int(piece[1:]), is_content=True, is_trained=is_trained)
        else:
            yield Part(piece, is_content=False, is_trained=is_trained)


class _Contents(list[Any]):
    """The contents of messages; ``are_read`` says whether the template asked anything of one."""

    are_read = False


class _Content(str):
    """Content in a template: prints a mark, and answers what the template asks of it as the text itself would.

    What a template makes of content, such as ``content | trim``, is content too, with a mark of its own.
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
        """A text that was made of content is content."""
        if isinstance(result, str):
            return _Content(result, self._contents)
        if isinstance(result, (list, tuple)):
            return [self.of(item) for item in result]
        return result


def _answering(name: str) -> Callable[..., Any]:
    """A method of ``str`` for ``_Content``."""

    def method(self: _Content, *arguments: Any, **options: Any) -> Any:
        self._contents.are_read = True
        if not isinstance(self._value, str):
            raise ConversationError(f"the chat template looks into a chunk with {name}, but a chunk is no text yet")
        plain = [item._value if isinstance(item, _Content) else item for item in arguments]
        return self.of(getattr(self._value, name)(*plain, **options))

    return method


for _name in dir(str):
    if not _name.startswith("_"):
        setattr(_Content, _name, _answering(_name))
for _name in ("len", "contains", "getitem", "iter", "eq", "ne", "lt", "le", "gt", "ge", "hash"):
    setattr(_Content, f"__{_name}__", _answering(f"__{_name}__"))


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
    """The filter ``tojson``; its text is content where there is any in it."""
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
    """``{% generation %}...{% endgeneration %}``, with a mark before and behind."""

    tags = {"generation"}  # noqa: RUF012 (Jinja2's way to declare them)

    def parse(self, parser: Parser) -> list[nodes.Node]:
        """The block's own nodes between two marks."""
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        before, behind = (nodes.Output([nodes.TemplateData(mark)], lineno=line) for mark in (_TRAINED, _UNTRAINED))
        return [before, *body, behind]


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
