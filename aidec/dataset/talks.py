"""Items of synthesis as conversations: a task pack fills its templates in, and what should compile is compiled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from aidec.bytecode import Proto, load
from aidec.bytecode.fingerprint import FunctionKey, exact_keys
from aidec.chat.messages import SpecialToken
from aidec.common.errors import CompileError, DatasetError, PackError
from aidec.dataset.items import CODE, item_of, kind_of, lua_of
from aidec.dataset.recipe import Recipe
from aidec.dataset.sample import Entry, Reject, TalkDraft, digest, reject_record, reject_sample
from aidec.dataset.weights import PassRates
from aidec.lua import compile_source
from aidec.lua.standalone import compile_alone
from aidec.taskpacks import Message, TaskPack, answered_files, load_task_pack, render_item
from aidec.tokenizers import Tokenizer


class Talks:
    """Makes the conversations of items, as a recipe says.

    Attributes:
        packs: the task packs, by the names that the recipe has for them.

    Args:
        recipe: the recipe.
        tokenizer: what has the tokens of the task packs.

    Raises:
        PackError: there is no such task pack.
        DatasetError: the tokenizer lacks a token of one, or the report of an evaluation is none.
    """

    def __init__(self, recipe: Recipe, tokenizer: Tokenizer) -> None:
        self._sources = recipe.sources
        self._rates = PassRates(recipe.weights)
        self.packs = {name: load_task_pack(name) for source in recipe.sources for name in source.task}
        for name, pack in self.packs.items():
            refuse_missing(name, pack, tokenizer)

    def drafts(self, document: Entry) -> Iterator[TalkDraft | Reject]:
        """The conversations of an item, one for each task pack of its source that is for its kind; or why not."""
        source = self._sources[document.source]
        item, kind = item_of(document.data), document.kind
        names = [name for name in source.task if self.packs[name].is_for(item, kind)]
        if not names:
            detail = f"expected a task pack that is for this item of {kind}, read {', '.join(source.task)}"
            yield reject_record(document, "task", "no pack for it", detail)
        for name in names:
            pack = self.packs[name]
            place = digest(document.origin.encode(), name.encode())
            draft = TalkDraft(
                id=place,
                unit=place,
                document=document,
                function=name,
                is_stripped=False,
                source=b"",
                num_instructions=0,
                functions=[],
                weight=source.weight * self._rates.factor(item, kind, pack.name),
                messages=(),
                code=(),
            )
            if (problem := pack.problem(item, kind)) is not None:
                yield reject_sample(draft, "task", "lacks a field", problem)
                continue
            try:
                messages = conversation(pack, item)
                code = code_of(pack, item)
            except CompileError as error:
                yield reject_sample(draft, "compile", "not Lua 5.3", str(error))
            except (DatasetError, PackError) as error:
                yield reject_sample(draft, "task", "no conversation", str(error))
            else:
                functions = functions_in(code)
                count = sum(key.own for key in functions)
                texts = [message.text.encode(errors="surrogateescape") for message in messages]
                whole = FunctionKey(digest(*texts), count, 0)
                yield replace(
                    draft, messages=messages, code=code, num_instructions=count, functions=[whole, *functions]
                )


def refuse_missing(name: str, pack: TaskPack, tokenizer: Tokenizer) -> None:
    """Make sure that a tokenizer has the tokens of a task pack.

    Raises:
        DatasetError: it lacks one.
    """
    for token in pack.tokens:
        if token not in tokenizer.special_tokens:
            hint = f"see aidec tokenizer extend --task {name}"
            raise DatasetError(f"the tokenizer lacks {token}, a token of the task pack {name}: {hint}")


def conversation(pack: TaskPack, item: Mapping[str, Any]) -> list[Message]:
    """The conversation of an item.

    Args:
        pack: the pack.
        item: an item that has its place in the pack.

    Raises:
        PackError: a template fails, or the item spells a token of the pack.
        CompileError: a file in the answer does not compile; the text names it.
    """
    messages = render_item(pack, item, kind_of(item))
    for name, text in answered_files(messages):
        if name.endswith(".lua"):
            compile_source(text.encode(errors="surrogateescape"), b"@" + name.encode())
    return messages


def code_of(pack: TaskPack, item: Mapping[str, Any]) -> list[Proto]:
    """What the Lua of an item compiles to; ``code`` is left out where it need not compile, and does not.

    Raises:
        CompileError, DatasetError: a field that must compile does not; the text names it.
    """
    found = []
    names = pack.kinds[kind_of(item)].compiles
    for name in dict.fromkeys((*names, CODE)):
        for text in lua_of(item, name):
            with suppress(*([] if name in names else [CompileError, DatasetError])):
                found.append(_compiled(text, item, name))
    return found


def functions_in(code: Sequence[Proto]) -> list[FunctionKey]:
    """The exact keys of functions and of those inside them, each once."""
    return list({key.key: key for proto in code for key in exact_keys(proto)}.values())


def _compiled(text: bytes, item: Mapping[str, Any], name: str) -> Proto:
    """What a text of Lua compiles to: that of a function alone, where the item names its upvalues, or of a file."""
    upvalues = item.get("upvalues")
    if isinstance(upvalues, list) and all(isinstance(each, str) for each in upvalues):
        return compile_alone(text, upvalues)
    return load(compile_source(text, b"@" + name.encode())).main


def as_chat(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Messages as ``aidec.chat`` takes them: a text, or parts where there are tokens."""
    found: list[dict[str, Any]] = []
    for message in messages:
        parts: list[dict[str, Any]] = []
        for piece in message.pieces:
            if piece.is_token:
                parts.append({"type": "text", "text": SpecialToken(piece.text)})
            elif parts and isinstance(parts[-1]["text"], str):
                parts[-1]["text"] += piece.text
            else:
                parts.append({"type": "text", "text": piece.text})
        is_plain = not any(piece.is_token for piece in message.pieces)
        found.append({"role": message.role, "content": message.text if is_plain else parts})
    return found


def as_texts(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Messages as a dataset has them: role and content, in which what is not UTF-8 is U+FFFD."""
    return [
        {"role": message.role, "content": message.text.encode(errors="surrogateescape").decode(errors="replace")}
        for message in messages
    ]
