"""Bad data in every public function: a wrong type is a TypeError that says what is taken, all else an AidecError."""

from __future__ import annotations

import math
import re
import warnings
from array import array
from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from trained import extended

import aidec
from aidec import packs, sources
from aidec.bytecode import Chunk, Header, Instruction, LocalVar, Proto, Upvalue, first_difference, strip
from aidec.bytecode.dialect import as_yaml, find_dialect
from aidec.chat import Chat, load_format
from aidec.dataset import packed
from aidec.dataset.reader import open_dataset
from aidec.dataset.recipe import load_recipe
from aidec.lua.diagnostics import check
from aidec.lua.names import resolve
from aidec.lua.nodes import Name
from aidec.lua.printer import minify, to_source
from aidec.lua.runner import Limits, run
from aidec.lua.tree import literal, parse
from aidec.lua.tree_text import from_json, outline, to_json
from aidec.tokenizers import Tokenizer
from aidec.tokenizers.extension import extend
from aidec.tokenizers.preset import load_preset
from aidec.tokenizers.trainer import Corpus, train


def cyclic() -> list[Any]:
    values: list[Any] = []
    values.append(values)
    return values


def deep() -> list[Any]:
    values: list[Any] = []
    for _ in range(3000):
        values = [values]
    return values


def cyclic_message() -> dict[str, Any]:
    message: dict[str, Any] = {"role": "user"}
    message["content"] = message["messages"] = [message]
    return message


HOSTILE: tuple[Any, ...] = (
    *(None, 5, -1, 2**70, True, 5.5, math.nan, 1j, "", "no such", "\ud800", "a\0b", "a\nb", b"", b"x", b"\xff\0"),
    *([], [None], ["\ud800"], [5], ["a"], {}, {"role": 5}, set(), object(), cyclic(), deep(), cyclic_message(), len),
)


class Call(NamedTuple):
    """A function with arguments that it takes, each of which is replaced in turn."""

    function: Callable[..., Any]
    arguments: dict[str, Any]


def listed(function: Callable[..., Iterable[Any]]) -> Callable[..., list[Any]]:
    """A function that does what an iterator would do when it is walked."""
    return lambda *positional, **named: list(function(*positional, **named))


@cache
def calls() -> dict[str, Call]:
    """Every public function, by name."""
    chunk = aidec.load(aidec.compile("local a = 1; return function() return a end"))
    tokenizer = extended("gpt4")
    chat = Chat(tokenizer)
    talk = [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}]
    whole = parse("return 1")
    given: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
        "load": (aidec.load, {"source": aidec.dump(chunk), "dialect": None}),
        "dump": (aidec.dump, {"chunk": chunk, "dialect": None}),
        "render": (aidec.render, {"chunk": chunk, "pack": "listing", "strip": False, "script": None}),
        "render_all": (listed(aidec.render_all), {"chunks": [chunk], "pack": "listing", "scripts": None}),
        "compile": (aidec.compile, {"source": "return 1", "name": "=?"}),
        "decompile": (aidec.decompile, {"chunk": chunk}),
        "assemble": (aidec.assemble, {"text": aidec.render(chunk), "pack": "classic", "header": None}),
        "vocabulary": (aidec.vocabulary, {"pack": "classic"}),
        "strip": (strip, {"chunk": chunk}),
        "first_difference": (first_difference, {"expected": chunk, "actual": chunk}),
        "Instruction": (Instruction, {"word": 1}),
        "find_dialect": (find_dialect, {"named": "no such"}),
        "as_yaml": (listed(as_yaml), {"dialect": None}),
        "load_pack": (packs.load_pack, {"pack": "classic"}),
        "renderer": (packs.renderer, {"pack": "classic"}),
        "Renderer": (packs.Renderer, {"pack": packs.load_pack("classic")}),
        "Renderer.render": (packs.renderer("classic").render, {"chunk": chunk, "script": None}),
        "check": (check, {"source": "x = 1", "name": "=?"}),
        "parse": (parse, {"source": "x = 1", "name": "=?"}),
        "literal": (literal, {"value": 1}),
        "to_source": (to_source, {"node": whole}),
        "minify": (minify, {"node": whole}),
        "resolve": (resolve, {"main": whole}),
        "outline": (outline, {"root": whole}),
        "to_json": (to_json, {"root": whole}),
        "from_json": (from_json, {"data": {}}),
        "run": (
            run,
            {"source": "x", "stdin": b"", "args": [], "files": {}, "limits": None, "name": "=?", "sandbox": "no"},
        ),
        "Limits": (Limits, {"cpu": 1.0, "memory": 1, "address_space": None, "files": 1}),
        "files": (listed(sources.files), {"sources": [], "globs": ()}),
        "documents": (listed(sources.documents), {"sources": [], "report": print, "field": "lua", "globs": ()}),
        "packed.read": (packed.read, {"path": "no such"}),
        "load_recipe": (load_recipe, {"path": "no such", "overrides": ()}),
        "open_dataset": (open_dataset, {"folder": "no such"}),
        "from_directory": (Tokenizer.from_directory, {"directory": "no such", "engine": "auto"}),
        "from_pretrained": (Tokenizer.from_pretrained, {"path": "no such", "engine": "auto"}),
        "save": (tokenizer.save, {"directory": __file__}),
        "special_id": (tokenizer.special_id, {"token": "<|im_end|>"}),
        "encode": (tokenizer.encode, {"text": "x", "allowed_special": (), "prepend": None, "append": None}),
        "encode_batch": (
            tokenizer.encode_batch,
            {"texts": ["x"], "allowed_special": (), "prepend": None, "threads": 2},
        ),
        "encode_chunk": (tokenizer.encode_chunk, {"chunk": chunk, "pack": None, "script": None}),
        "encode_chunks": (listed(tokenizer.encode_chunks), {"chunks": [chunk], "pack": None, "scripts": None}),
        "decode": (tokenizer.decode, {"ids": [1], "errors": "replace"}),
        "decode_bytes": (tokenizer.decode_bytes, {"ids": [1]}),
        "token": (tokenizer.token, {"i": 1}),
        "extend": (extend, {"base": tokenizer, "packs": ["classic"], "chat": "no such"}),
        "Chat": (Chat, {"tokenizer": tokenizer, "chat": None}),
        "render_conversation": (
            chat.render_conversation,
            {"conversation": talk, "max_tokens": None, "overflow": "error"},
        ),
        "encode_conversations": (chat.encode_conversations, {"conversations": [talk]}),
        "render_for_completion": (chat.render_for_completion, {"conversation": talk}),
        "as_text": (chat.as_text, {"conversation": talk}),
        "load_format": (load_format, {"name": "chatml"}),
        "load_preset": (load_preset, {"preset": "lua"}),
        "Corpus": (listed(Corpus), {"source": [b"x"], "max_bytes": None, "doc_cap": None}),
        "train": (train, {"corpus": Corpus([b"x"]), "preset": load_preset("lua"), "vocab_size": 1}),
    }
    return {name: Call(*each) for name, each in given.items()}


NAMES = tuple(calls())


def complaint(call: Callable[[], object]) -> str:
    """What is wrong with how a call refuses its arguments; empty if it takes them, or refuses them well."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            call()
    except aidec.AidecError as error:
        is_line = str(error) and not re.search("[\0-\x1f\ud800-\udfff]", str(error))
        return "" if is_line else f"no line: {error!r}"
    except TypeError as error:
        return "" if re.search(r"expected .*\bread|expected .*:", str(error)) else f"TypeError: {error}"
    except OSError as error:
        return "" if error.filename else f"OSError: {error}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


@pytest.mark.parametrize("name", NAMES)
def test_bad_data_is_refused_with_what_is_taken(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    function, arguments = calls()[name]
    for argument in arguments:
        for number, value in enumerate(HOSTILE):
            found = complaint(lambda given={**arguments, argument: value}: function(**given))  # type: ignore[misc]
            assert not found, (argument, number, type(value), found)


def test_all_functions_of_the_package_are_tried() -> None:
    assert {name for name in aidec.__all__ if not name.endswith("Error") and name != "__version__"} <= {*NAMES}


WRONG: tuple[Any, ...] = (
    *(None, 5, -1, 2**70, 5.5, "x", b"x", [], [None], ["x"], {}, object(), (None,), ("x",), (2**70,)),
    *(array("d", [1.0]), array("B", [1]), array("q", [2**40])),
)


@cache
def misshapen() -> list[tuple[str, Chunk]]:
    """Chunks with a value in a field that is not of the field's type, or has no room there."""
    chunk = aidec.load(aidec.compile("local a = 1; return function(x) return a .. 'x', 2.5 end"))
    main, found = chunk.main, []

    def put(place: str, value: Any) -> Chunk:
        kind, _, name = place.partition(".")
        if kind == "Chunk":
            return replace(chunk, **{name: value})
        if kind == "Header":
            return replace(chunk, header=replace(chunk.header, **{name: value}))
        if kind == "Proto":
            return replace(chunk, main=replace(main, **{name: value}))
        if kind == "Upvalue":
            return replace(chunk, main=replace(main, upvalues=(replace(main.upvalues[0], **{name: value}),)))
        return replace(chunk, main=replace(main, local_vars=(replace(main.local_vars[0], **{name: value}),)))

    for kind in (Chunk, Header, Proto, Upvalue, LocalVar):
        for field in fields(kind):
            place = f"{kind.__name__}.{field.name}"
            found += [(f"{place} = {value!r}", put(place, value)) for value in WRONG]
    return found


ACTIONS: dict[str, Callable[[Chunk], object]] = {
    "dump": aidec.dump,
    "compact": lambda chunk: aidec.render(chunk, "compact"),
    "strip": strip,
    "decompile": aidec.decompile,
    "compare": lambda chunk: first_difference(chunk, aidec.load(aidec.compile("return 1"))),
}


@pytest.mark.parametrize("action", ACTIONS)
def test_a_field_of_another_type_is_named(action: str) -> None:
    for place, chunk in misshapen():
        found = complaint(lambda chunk=chunk: ACTIONS[action](chunk))  # type: ignore[misc]
        assert not found, (place, found)


def test_what_is_written_is_read_back_the_same() -> None:
    for place, chunk in misshapen():
        try:
            code = aidec.dump(chunk)
        except (aidec.AidecError, TypeError):
            continue
        assert aidec.dump(aidec.load(code)) == code, place


def test_names_of_a_tree_that_lua_can_not_have_are_refused() -> None:
    with pytest.raises(aidec.AidecError, match="names are ASCII"):
        to_source(Name("日本"))


def test_a_message_that_quotes_line_breaks_is_one_line() -> None:
    with pytest.raises(aidec.CompileError) as caught:
        aidec.compile("x = ]", "@a\nb\x1b[0m.lua")
    assert str(caught.value) == r"a\nb\x1b[0m.lua:1: unexpected symbol near ']'"


def test_protos_are_no_place_for_a_value() -> None:
    chunk = Chunk(Header(), 0, Proto(constants=("text",)))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=re.escape("main.constants[0]: expected None or bool or int or float or bytes")):
        aidec.dump(chunk)
    chunk = Chunk(Header(), 1, Proto(upvalues=(Upvalue("_ENV", 1, 0),)))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=re.escape("main.upvalues[0].name: expected bytes or None, read str")):
        aidec.dump(chunk)
