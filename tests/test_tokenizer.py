"""The tokenizer at run time: the same ids from both engines, every byte back, no special token but those allowed."""

from __future__ import annotations

import json
import pickle
from array import array
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import tiktoken
import tokenizers
from conftest import LUA_FILES
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import any_bytes, chunks, far_chunk, forgeries, plain_texts, sources
from trained import FOREIGN, PRESETS, extended, foreign, trained

import aidec
from aidec.bytecode import Chunk
from aidec.common.errors import PackError, TokenizerError
from aidec.kernels import weave
from aidec.packs import Renderer
from aidec.tokenizers import Tokenizer
from aidec.tokenizers.chunk_ids import IdEmitter
from aidec.tokenizers.engines import CharactersEngine, TiktokenEngine, TokenizersEngine, pattern, tiktoken_engine
from aidec.tokenizers.extension import extend

BYTE_LEVEL = [name for name in PRESETS if name != "lua-sp"]
PACKS = ("classic", "compact", "json", "listing")

few = settings(max_examples=25)
"""For laws about chunks, which take long to make up."""


def same_with(tokenizer: Tokenizer, engine: str) -> Tokenizer:
    """A tokenizer with another engine."""
    return Tokenizer(backend_of(tokenizer), engine=engine)


def backend_of(tokenizer: Tokenizer) -> Any:
    """The same tokenizer as the library tokenizers loads it."""
    return tokenizers.Tokenizer.from_str(tokenizer.backend.to_str())


# Two engines


@pytest.mark.parametrize("preset", BYTE_LEVEL)
def test_a_byte_level_preset_is_loaded_by_tiktoken(preset: str) -> None:
    assert isinstance(trained(preset).engine, TiktokenEngine)
    assert isinstance(extended(preset).engine, TiktokenEngine)


@pytest.mark.parametrize("preset", [preset for preset in PRESETS if preset not in BYTE_LEVEL])
def test_a_preset_of_characters_is_loaded_by_tiktoken(preset: str) -> None:
    assert isinstance(trained(preset).engine, CharactersEngine)
    assert isinstance(extended(preset).engine, CharactersEngine)


@given(data=st.data())
def test_both_engines_give_the_same_ids_for_characters_that_start_alike(data: st.DataObject) -> None:
    """Some of which have tokens, which merges join, and some have not."""
    known = sorted(token for token in trained("lua-sp").backend.get_vocab() if len(token) == 1 and not token.isascii())
    near = st.builds(lambda char, step: chr(ord(char) + step), st.sampled_from(known), st.sampled_from([-64, -1, 0, 1]))
    text = data.draw(st.text(near | st.sampled_from(known) | st.sampled_from(' "a,'), max_size=40))
    assert trained("lua-sp").encode(text) == same_with_tokenizers("lua-sp").encode(text)


@given(texts=st.lists(plain_texts, max_size=5))
def test_several_texts_have_the_ids_of_each(texts: list[str]) -> None:
    tokenizer = trained("lua-sp")
    assert tokenizer.engine.encode_batch(texts, 2) == [tokenizer.engine.encode(text) for text in texts]


@pytest.mark.parametrize("preset", PRESETS)
@given(text=plain_texts)
def test_both_engines_give_the_same_ids(preset: str, text: str) -> None:
    tokenizer = trained(preset)
    assert tokenizer.encode(text) == same_with_tokenizers(preset).encode(text)


@cache
def same_with_tokenizers(preset: str) -> Tokenizer:
    return same_with(trained(preset), "tokenizers")


@pytest.mark.parametrize("preset", PRESETS)
@given(data=any_bytes)
def test_both_engines_give_the_same_ids_for_bytes(preset: str, data: bytes) -> None:
    assert trained(preset).encode(data) == same_with_tokenizers(preset).encode(data)


@pytest.mark.parametrize("preset", PRESETS)
def test_both_engines_give_the_same_ids_for_lua(preset: str, lua_file: Path) -> None:
    assert trained(preset).encode(lua_file.read_bytes()) == same_with_tokenizers(preset).encode(lua_file.read_bytes())


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("char", [" ", "\n", "\t", "a", ".", "1", "=", "\u0301", '"'])
def test_a_long_run_of_one_character_is_encoded_by_both_engines_alike(preset: str, char: str) -> None:
    """Regular expressions that go back and forth give up on such runs."""
    text = "x = " + char * 20_000 + "x"
    ids = trained(preset).encode(text)
    assert ids == same_with_tokenizers(preset).encode(text)
    assert trained(preset).decode(ids) == text


@given(text=plain_texts)
def test_both_engines_give_the_same_ids_for_the_pre_tokenizer_of_gpt_2(text: str) -> None:
    backend = tokenizers.Tokenizer.from_str(foreign("gpt2"))
    assert tiktoken_engine(backend).encode(text) == TokenizersEngine(backend).encode(text)


@pytest.mark.parametrize("engine", ["tokenizers", "tiktoken"])
@pytest.mark.parametrize("text", ["\ud800", "\ud83d\ude00", "a\udc41b"])
def test_text_that_has_no_utf_8_is_refused_by_both_engines(engine: str, text: str) -> None:
    with pytest.raises(TokenizerError):
        same_with(trained("bbpe"), engine).encode(text)


def test_an_engine_that_there_is_not_is_refused() -> None:
    with pytest.raises(TokenizerError, match=r"^nope: no such engine, expected one of: auto, tiktoken, tokenizers$"):
        same_with(trained("bbpe"), "nope")


@pytest.mark.parametrize("name", ["llama", "metaspace", "unigram", "wordpiece"])
def test_tiktoken_refuses_what_is_no_bpe_that_it_knows(name: str) -> None:
    backend = tokenizers.Tokenizer.from_str(foreign(name))
    with pytest.raises(TokenizerError, match="tiktoken can't load it: "):
        Tokenizer(backend, engine="tiktoken")
    assert isinstance(Tokenizer(backend).engine, TokenizersEngine)


def changed(**changes: Any) -> Any:
    """The GPT-2 like tokenizer with parts of its ``tokenizer.json`` changed."""
    spec = json.loads(foreign("gpt2"))
    model = {**spec["model"], **changes.pop("model", {})}
    return tokenizers.Tokenizer.from_str(json.dumps({**spec, "model": model, **changes}))


def swapped_merges() -> list[list[str]]:
    merges = json.loads(foreign("gpt2"))["model"]["merges"]
    return [merges[1], merges[0], *merges[2:]]


@pytest.mark.parametrize(
    "changes",
    [
        {"normalizer": {"type": "NFC"}},
        {"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}},
        {"pre_tokenizer": {"type": "Whitespace"}},
        {"pre_tokenizer": None},
        {"model": {"dropout": 0.5}},
        {"model": {"merges": swapped_merges()}},
        {"model": {"ignore_merges": True, "merges": json.loads(foreign("gpt2"))["model"]["merges"][:-5]}},
    ],
    ids=["normalizer", "prefix space", "whitespace", "no pre-tokenizer", "dropout", "order of merges", "unreachable"],
)
def test_tiktoken_refuses_what_it_would_encode_otherwise(changes: dict[str, Any]) -> None:
    with pytest.raises(TokenizerError, match="tiktoken can't load it: "):
        tiktoken_engine(changed(**changes))


def characters(**changes: Any) -> Any:
    """A tokenizer of characters with its model changed."""
    spec = json.loads(trained("lua-sp").backend.to_str())
    return tokenizers.Tokenizer.from_str(json.dumps({**spec, "model": {**spec["model"], **changes}}))


def gapped_vocab() -> dict[str, int]:
    """The tokens of a tokenizer of characters, without that of a byte."""
    vocab: dict[str, int] = json.loads(trained("lua-sp").backend.to_str())["model"]["vocab"]
    del vocab["<0xE4>"]
    return vocab


def swapped_merges_of_characters() -> list[list[str]]:
    first, second, *others = json.loads(trained("lua-sp").backend.to_str())["model"]["merges"]
    return [second, first, *others]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"merges": swapped_merges_of_characters()}, "its merges are not in the order of its ids"),
        ({"merges": swapped_merges_of_characters()[:-5]}, "its merges are not in the order of its ids"),
        ({"dropout": 0.5}, "it merges other than by rank alone"),
        ({"byte_fallback": False}, "its merges are not in the order of its ids"),
        ({"vocab": gapped_vocab()}, "it has no token for some byte"),
    ],
    ids=["order", "unreachable", "dropout", "no fallback", "no token"],
)
def test_tiktoken_refuses_characters_that_it_would_encode_otherwise(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(TokenizerError, match=f"tiktoken can't load it: {problem}"):
        tiktoken_engine(characters(**changes))
    assert isinstance(Tokenizer(characters(**changes)).engine, TokenizersEngine)


@pytest.mark.parametrize("found", [r"\w+", r"[a-z]+|\s", r"\S+"])
def test_a_pattern_that_leaves_text_out_loses_none_of_it(found: str) -> None:
    split = {"type": "Split", "pattern": {"Regex": found}, "behavior": "Isolated", "invert": False}
    behind = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
    backend = changed(pre_tokenizer={"type": "Sequence", "pretokenizers": [split, behind]})
    assert Tokenizer(backend).encode("local x = 1") == Tokenizer(backend, engine="tokenizers").encode("local x = 1")


def test_an_added_token_that_is_not_special_keeps_tiktoken_out() -> None:
    backend = changed()
    backend.add_tokens(["local function"])
    with pytest.raises(TokenizerError, match="added tokens that are not special"):
        tiktoken_engine(backend)
    assert Tokenizer(backend).decode(Tokenizer(backend).encode("a local function b")) == "a local function b"


# Every byte comes back


@pytest.mark.parametrize("preset", PRESETS)
@given(data=any_bytes)
def test_the_bytes_of_the_ids_of_bytes_are_the_bytes(preset: str, data: bytes) -> None:
    tokenizer = trained(preset)
    assert tokenizer.decode_bytes(tokenizer.encode(data)) == data


@pytest.mark.parametrize("preset", PRESETS)
@given(data=any_bytes)
def test_no_data_becomes_a_special_token(preset: str, data: bytes) -> None:
    tokenizer = extended(preset)
    assert set(tokenizer.encode(data)) & set(tokenizer.special_tokens.values()) == set()
    assert tokenizer.decode_bytes(tokenizer.encode(data)) == data


@pytest.mark.parametrize("preset", PRESETS)
def test_every_byte_has_an_id_of_its_own(preset: str) -> None:
    tokenizer = trained(preset)
    ids = [tokenizer.encode(bytes([byte])) for byte in range(256)]
    assert len({i for (i,) in ids}) == 256


@pytest.mark.parametrize("preset", PRESETS)
@given(text=plain_texts)
def test_decoding_is_what_the_library_tokenizers_decodes(preset: str, text: str) -> None:
    tokenizer = trained(preset)
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == tokenizer.backend.decode(ids, skip_special_tokens=False) == text


def test_what_is_not_utf_8_is_decoded_as_the_error_handler_says() -> None:
    tokenizer = trained("bbpe")
    ids = tokenizer.encode(b"a\xffb")
    assert tokenizer.decode(ids) == "a\ufffdb"
    assert tokenizer.decode(ids, errors="surrogateescape").encode(errors="surrogateescape") == b"a\xffb"


def test_special_tokens_are_decoded_to_their_text() -> None:
    tokenizer = trained("bbpe")
    assert tokenizer.decode([tokenizer.special_id("<|im_end|>"), *tokenizer.encode("x")]) == "<|im_end|>x"


@pytest.mark.parametrize("preset", PRESETS)
def test_an_id_that_there_is_not_is_refused(preset: str) -> None:
    tokenizer = trained(preset)
    with pytest.raises(TokenizerError, match=rf"there is no id {tokenizer.vocab_size:,}"):
        tokenizer.decode([0, tokenizer.vocab_size])


def test_a_negative_id_is_refused() -> None:
    with pytest.raises(TokenizerError):
        trained("bbpe").decode([-1])


def test_text_and_the_bytes_of_it_have_the_same_ids() -> None:
    assert trained("gpt4").encode("local é") == trained("gpt4").encode("local é".encode())


# What a token stands for


@pytest.mark.parametrize("preset", PRESETS)
def test_there_are_as_many_tokens_as_the_library_tokenizers_has(preset: str) -> None:
    assert trained(preset).vocab_size == trained(preset).backend.get_vocab_size() == len(trained(preset).token_bytes())


@pytest.mark.parametrize("preset", PRESETS)
@given(data=any_bytes)
def test_the_sizes_of_ordinary_tokens_add_up_to_the_text(preset: str, data: bytes) -> None:
    tokenizer = trained(preset)
    sizes = tokenizer.token_bytes()
    assert sum(sizes[i] for i in tokenizer.encode(data)) == len(data)


@pytest.mark.parametrize("preset", PRESETS)
def test_special_tokens_and_no_others_have_no_bytes(preset: str) -> None:
    tokenizer = extended(preset)
    sizes = tokenizer.token_bytes()
    assert {i for i, size in enumerate(sizes) if size == 0} == set(tokenizer.special_tokens.values())


@pytest.mark.parametrize("preset", BYTE_LEVEL)
def test_the_bytes_of_a_token_are_those_of_tiktoken(preset: str) -> None:
    tokenizer = trained(preset)
    engine = tiktoken_engine(backend_of(tokenizer))
    assert isinstance(engine, TiktokenEngine)
    for i in set(range(tokenizer.vocab_size)) - set(tokenizer.special_tokens.values()):
        assert tokenizer.token(i) == engine.encoding.decode_single_token_bytes(i)


# Special tokens


def test_the_id_of_a_special_token_is_that_of_the_library_tokenizers() -> None:
    for token, i in extended("bbpe").special_tokens.items():
        assert extended("bbpe").special_id(token) == i == extended("bbpe").backend.token_to_id(token)


@pytest.mark.parametrize("token", ["<|nope|>", "local", ""])
def test_what_is_no_special_token_has_no_special_id(token: str) -> None:
    with pytest.raises(TokenizerError, match="the tokenizer has no special token"):
        trained("bbpe").special_id(token)


def in_library(text: str) -> list[int]:
    """The ids of the library tokenizers, which finds every special token."""
    if not _LIBRARY:
        _LIBRARY.append(backend_of(extended("bbpe")))
        _LIBRARY[0].encode_special_tokens = False
    ids: list[int] = _LIBRARY[0].encode(text, add_special_tokens=False).ids
    return ids


_LIBRARY: list[Any] = []


@given(text=st.one_of(forgeries, sources).map(lambda text: text.encode(errors="replace").decode()))
def test_all_special_tokens_are_found_as_the_library_tokenizers_finds_them(text: str) -> None:
    assert extended("bbpe").encode(text, allowed_special="all") == in_library(text)


@given(text=forgeries, allowed=st.sets(st.sampled_from(["<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|pad|>"])))
def test_allowed_tokens_are_found_as_tiktoken_finds_them(text: str, allowed: set[str]) -> None:
    text = text.encode(errors="replace").decode()
    tokenizer = trained("bbpe")
    engine = tokenizer.engine
    assert isinstance(engine, TiktokenEngine)
    encoding = tiktoken.Encoding(
        "test",
        pat_str=pattern(tokenizer.spec),
        mergeable_ranks=engine.encoding._mergeable_ranks,
        special_tokens=tokenizer.special_tokens,
    )
    expected = encoding.encode(text, allowed_special=allowed, disallowed_special=())
    assert tokenizer.encode(text, allowed_special=allowed) == expected


def test_the_longest_of_several_special_tokens_is_taken() -> None:
    backend = changed()
    backend.add_special_tokens(["<|a|>", "<|a|>>", "<|a"])
    tokenizer = Tokenizer(backend)
    ids = [tokenizer.special_id(token) for token in ("<|a|>>", "<|a|>", "<|a")]
    assert tokenizer.encode("<|a|>><|a|><|a", allowed_special="all") == ids


def test_a_token_that_is_not_allowed_is_text_beside_one_that_is() -> None:
    tokenizer = trained("bbpe")
    expected = [tokenizer.special_id("<|im_start|>"), *tokenizer.encode("x<|im_end|>")]
    assert tokenizer.encode("<|im_start|>x<|im_end|>", allowed_special={"<|im_start|>"}) == expected


def test_to_allow_what_is_no_special_token_is_an_error() -> None:
    with pytest.raises(TokenizerError, match=r"no special token '<\|nope\|>'"):
        trained("bbpe").encode("x", allowed_special=["<|im_end|>", "<|nope|>"])


def test_one_token_can_be_allowed_by_its_text() -> None:
    tokenizer = trained("bbpe")
    assert tokenizer.encode("<|pad|>", allowed_special="<|pad|>") == [tokenizer.special_id("<|pad|>")]


@pytest.mark.parametrize("engine", ["tokenizers", "tiktoken"])
def test_tokens_can_go_before_and_behind(engine: str) -> None:
    tokenizer = same_with(trained("bbpe"), engine)
    end = tokenizer.special_id("<|im_end|>")
    assert tokenizer.encode("x", prepend="<|im_end|>", append=end) == [end, *tokenizer.encode("x"), end]
    assert tokenizer.encode("", prepend=7, append="<|im_end|>") == [7, end]
    with pytest.raises(TokenizerError):
        tokenizer.encode("x", prepend="x")


# Batches


@pytest.mark.parametrize("preset", PRESETS)
@given(texts=st.lists(any_bytes | plain_texts, max_size=6), threads=st.integers(1, 3))
def test_a_batch_is_its_texts_one_by_one(preset: str, texts: list[bytes | str], threads: int) -> None:
    tokenizer = trained(preset)
    assert tokenizer.encode_batch(texts, threads=threads) == [tokenizer.encode(text) for text in texts]


@given(texts=st.lists(plain_texts, max_size=4))
def test_a_batch_takes_what_one_text_takes(texts: list[str]) -> None:
    tokenizer = trained("bbpe")
    assert tokenizer.encode_batch(texts, allowed_special="all", prepend="<|im_start|>", append=5) == [
        tokenizer.encode(text, allowed_special="all", prepend="<|im_start|>", append=5) for text in texts
    ]
    assert tokenizer.encode_batch(texts, prepend="<|im_start|>", append=5) == [
        tokenizer.encode(text, prepend="<|im_start|>", append=5) for text in texts
    ]


def test_a_batch_can_be_a_generator() -> None:
    assert trained("bbpe").encode_batch(text for text in ("a", "b")) == trained("bbpe").encode_batch(["a", "b"])


# Chunks


@cache
def extended_with(preset: str, engine: str) -> Tokenizer:
    return same_with(extended(preset, ("classic", "compact")), engine)


@pytest.mark.parametrize("engine", ["auto", "tokenizers"])
@pytest.mark.parametrize("preset", PRESETS)
@few
@given(chunk=chunks, pack=st.sampled_from(PACKS))
def test_a_chunk_has_the_ids_of_its_text_with_the_tokens_of_the_pack_allowed(
    preset: str, engine: str, chunk: Chunk, pack: str
) -> None:
    tokenizer = extended_with(preset, engine)
    text = aidec.render(chunk, pack)
    allowed = aidec.vocabulary(pack)
    assert tokenizer.encode_chunk(chunk, pack).tolist() == tokenizer.encode(text, allowed_special=allowed)


@few
@given(several=st.lists(chunks, max_size=4), pack=st.sampled_from(PACKS))
def test_chunks_that_are_encoded_together_have_the_ids_that_each_has_alone(several: list[Chunk], pack: str) -> None:
    tokenizer = extended("bbpe", ("classic", "compact"))
    assert list(tokenizer.encode_chunks(several, pack)) == [tokenizer.encode_chunk(chunk, pack) for chunk in several]


@few
@given(chunk=chunks, pack=st.sampled_from(PACKS))
def test_the_ids_of_a_chunk_decode_to_its_text(chunk: Chunk, pack: str) -> None:
    tokenizer = extended("gpt4", ("classic", "compact"))
    text = aidec.render(chunk, pack)
    assert tokenizer.decode(tokenizer.encode_chunk(chunk, pack).tolist(), errors="surrogateescape") == text


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("preset", PRESETS)
def test_numbers_of_64_bits_have_the_ids_of_their_text(preset: str, pack: str) -> None:
    tokenizer = extended(preset, ("classic", "compact"))
    expected = tokenizer.encode(aidec.render(far_chunk, pack), allowed_special=aidec.vocabulary(pack))
    assert tokenizer.encode_chunk(far_chunk, pack).tolist() == expected


def test_the_ids_of_a_chunk_are_those_of_the_library_tokenizers(lua_file: Path) -> None:
    chunk = aidec.load(aidec.compile(lua_file.read_bytes(), name=f"@{lua_file.name}"))
    assert extended("bbpe").encode_chunk(chunk).tolist() == in_library(aidec.render(chunk))


def test_a_chunk_is_spelled_by_the_first_pack_that_the_tokenizer_was_extended_with() -> None:
    chunk = aidec.load(aidec.compile("a = 1"))
    tokenizer = extended("bbpe", ("compact", "classic"))
    assert tokenizer.encode_chunk(chunk).tolist() == tokenizer.encode_chunk(chunk, "compact").tolist()
    assert tokenizer.packs == ["compact", "classic"]


def test_a_pack_that_shows_the_script_is_given_it() -> None:
    sample = str(Path(__file__).parent.parent / "examples" / "packs" / "readme-sample")
    chunk = aidec.load(aidec.compile("a=1", name="@demo.lua"))
    tokenizer = extend(trained("gpt4"), [sample])
    text = aidec.render(chunk, sample, script=b"a=1")
    assert tokenizer.decode(tokenizer.encode_chunk(chunk, sample, b"a=1").tolist()) == text


def test_a_pack_whose_tokens_are_lacking_is_refused_with_what_to_do() -> None:
    chunk = aidec.load(aidec.compile("a = 1"))
    with pytest.raises(TokenizerError) as caught:
        trained("bbpe").encode_chunk(chunk, "classic").tolist()
    first = aidec.vocabulary("classic")[0]
    assert str(caught.value) == (
        f"it lacks 4,239 of the 4,239 tokens of the pack classic, {first} first; see aidec tokenizer extend --pack"
    )


def test_a_pack_that_there_is_not_is_refused() -> None:
    with pytest.raises(PackError):
        extended("bbpe").encode_chunk(aidec.load(aidec.compile("a = 1")), "nope").tolist()


def test_a_pack_without_tokens_needs_none() -> None:
    chunk = aidec.load(aidec.compile("a = '<|im_end|>'"))
    assert trained("bbpe").encode_chunk(chunk, "json").tolist() == trained("bbpe").encode(aidec.render(chunk, "json"))


def test_what_is_remembered_of_one_chunk_does_not_change_the_next() -> None:
    tokenizer = same_with(extended("bbpe"), "auto")
    texts = [aidec.compile(f"local a{number} = '<|im_end|>{number}'") for number in range(5)]
    first = [tokenizer.encode_chunk(aidec.load(code), "classic").tolist() for code in texts]
    assert first == [tokenizer.encode_chunk(aidec.load(code), "classic").tolist() for code in texts]
    ids = tokenizer.encode_chunk(aidec.load(texts[0]), "classic").tolist()
    ids.clear()
    assert tokenizer.encode_chunk(aidec.load(texts[0]), "classic").tolist() == first[0]


# Folders and files


@pytest.mark.parametrize("preset", PRESETS)
def test_a_tokenizer_that_is_saved_is_the_same_when_it_is_loaded(preset: str, tmp_path: Path) -> None:
    tokenizer = extended(preset)
    tokenizer.save(tmp_path / "saved")
    loaded = Tokenizer.from_directory(tmp_path / "saved")
    assert loaded.spec == tokenizer.spec
    assert loaded.special_tokens == tokenizer.special_tokens
    assert (loaded.roles, loaded.chat_template, loaded.metadata) == (
        tokenizer.roles,
        tokenizer.chat_template,
        tokenizer.metadata,
    )
    text = LUA_FILES[3].read_bytes() + b"<|im_end|>\xff"
    assert loaded.encode(text, allowed_special="all") == tokenizer.encode(text, allowed_special="all")


def test_saving_what_was_loaded_gives_the_same_files(tmp_path: Path) -> None:
    extended("gpt4").save(tmp_path / "one")
    Tokenizer.from_directory(tmp_path / "one").save(tmp_path / "two")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_tokenizer_can_be_loaded_by_its_file(tmp_path: Path) -> None:
    trained("bbpe").save(tmp_path / "saved")
    loaded = Tokenizer.from_pretrained(tmp_path / "saved" / "tokenizer.json")
    assert loaded.encode("local x") == trained("bbpe").encode("local x")
    assert Tokenizer.from_pretrained(str(tmp_path / "saved")).chat_template == trained("bbpe").chat_template


def test_saving_takes_the_place_of_a_tokenizer_and_of_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    trained("bbpe").save(folder)
    (folder / "added_tokens.json").write_text("{}")
    trained("lua-sp").save(folder)
    assert Tokenizer.from_directory(folder).metadata["preset"] == "lua-sp"
    assert set(contents(folder)) == {"tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "aidec.json"}
    assert [path.name for path in tmp_path.iterdir()] == ["saved"]


@pytest.mark.parametrize("there", ["a folder with other files", "a file"])
def test_saving_overwrites_nothing_else(there: str, tmp_path: Path) -> None:
    place = tmp_path / "thesis"
    if there == "a file":
        place.write_text("all of it")
    else:
        place.mkdir()
        (place / "thesis.tex").write_text("all of it")
    with pytest.raises(TokenizerError, match="something else is there"):
        trained("bbpe").save(place)
    assert "all of it" in ((place / "thesis.tex") if place.is_dir() else place).read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["thesis"]


def test_saving_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trained("bbpe").save(tmp_path / "saved")
    before = contents(tmp_path / "saved")
    broken = same_with(trained("gpt4"), "auto")
    broken.metadata = {"what JSON has no form for": object()}
    with pytest.raises(TypeError):
        broken.save(tmp_path / "saved")
    assert contents(tmp_path / "saved") == before
    assert [path.name for path in tmp_path.iterdir()] == ["saved"]


def test_nothing_is_unpickled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        pytest.fail("something was unpickled")

    trained("bbpe").save(tmp_path / "saved")
    for name in ("tokenizer.pkl", "tokenizer.json.pkl"):
        (tmp_path / "saved" / name).write_bytes(pickle.dumps({}))
    monkeypatch.setattr(pickle, "load", refuse)
    monkeypatch.setattr(pickle, "loads", refuse)
    assert Tokenizer.from_directory(tmp_path / "saved").encode("x")


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("tokenizer.json", None, "not a tokenizer's folder: expected a tokenizer.json in it"),
        ("tokenizer.json", "{}", "tokenizer.json: not a tokenizer.json: "),
        ("tokenizer.json", "nonsense", "tokenizer.json: not a tokenizer.json: "),
        ("tokenizer_config.json", "{", "tokenizer_config.json: not JSON: "),
        ("tokenizer_config.json", "[]", "tokenizer_config.json: expected an object"),
        ("special_tokens_map.json", "7", "special_tokens_map.json: expected an object"),
        ("aidec.json", "\ud800", "aidec.json: not JSON: "),
        ("chat_template.jinja", "\ud800", "chat_template.jinja: expected UTF-8: invalid continuation byte at byte 0"),
    ],
)
def test_a_folder_that_is_no_tokenizers_is_refused_in_one_line(
    name: str, text: str | None, expected: str, tmp_path: Path
) -> None:
    folder = tmp_path / "saved"
    trained("bbpe").save(folder)
    if text is None:
        (folder / name).unlink()
    else:
        (folder / name).write_text(text, "utf-8", "surrogatepass")
    with pytest.raises(TokenizerError) as caught:
        Tokenizer.from_directory(folder)
    assert expected in str(caught.value)
    assert str(caught.value).startswith(str(folder))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("aidec.json", '{"preset": "bbpe", "packs": 5}'),
        ("tokenizer_config.json", '{"eos_token": {"text": "x"}}'),
        ("tokenizer_config.json", '{"eos_token": 5}'),
        ("special_tokens_map.json", '{"eos_token": ["x"]}'),
    ],
)
def test_a_folder_whose_json_says_something_else_is_refused_in_one_line(name: str, text: str, tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    trained("bbpe").save(folder)
    if name == "special_tokens_map.json":
        (folder / "tokenizer_config.json").unlink()
    (folder / name).write_text(text)
    with pytest.raises(TokenizerError, match=name):
        _ = Tokenizer.from_directory(folder).packs


# The tokenizers of others


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_tokenizer_of_hugging_face_is_loaded_and_gives_its_ids(kind: str, tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text(foreign(kind), "utf-8")
    tokenizer = Tokenizer.from_directory(tmp_path)
    library = tokenizers.Tokenizer.from_str(foreign(kind))
    for path in LUA_FILES:
        text = path.read_bytes().decode(errors="replace")
        assert tokenizer.encode(text) == library.encode(text, add_special_tokens=False).ids
        assert tokenizer.decode(tokenizer.encode(text)) == library.decode(
            tokenizer.encode(text), skip_special_tokens=False
        )


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_tokenizer_of_hugging_face_can_be_extended_and_encodes_chunks(kind: str) -> None:
    base = Tokenizer(tokenizers.Tokenizer.from_str(foreign(kind)))
    tokenizer = extend(base, ["classic"], "nanochat")
    chunk = aidec.load(aidec.compile("local x = 1 -- 'y'", name="@x.lua"))
    ids = tokenizer.encode_chunk(chunk).tolist()
    vocabulary = aidec.vocabulary()
    tokens = {tokenizer.special_id(token): token for token in vocabulary}
    assert [tokens[i] for i in ids if i in tokens] == [
        part for part, is_token in tokenizer.splitter(vocabulary).split(aidec.render(chunk)) if is_token
    ]
    assert tokenizer.encode("local x = 1") == base.encode("local x = 1")


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_tokenizer_of_hugging_face_that_was_extended_is_loaded_again(kind: str, tmp_path: Path) -> None:
    tokenizer = extend(Tokenizer(tokenizers.Tokenizer.from_str(foreign(kind))), ["compact"])
    tokenizer.save(tmp_path / "saved")
    loaded = Tokenizer.from_directory(tmp_path / "saved")
    assert (loaded.spec, loaded.special_tokens) == (tokenizer.spec, tokenizer.special_tokens)


@pytest.mark.parametrize("kind", ["metaspace", "unigram", "wordpiece"])
def test_a_byte_that_a_tokenizer_has_no_token_for_is_an_error(kind: str) -> None:
    tokenizer = Tokenizer(tokenizers.Tokenizer.from_str(foreign(kind)))
    with pytest.raises(TokenizerError, match=r"^the tokenizer has no token for the byte 0xFF, which is not UTF-8$"):
        tokenizer.encode(b"a\xff")


def test_a_tokenizer_with_byte_fallback_spells_any_byte() -> None:
    tokenizer = Tokenizer(tokenizers.Tokenizer.from_str(foreign("llama")))
    assert tokenizer.decode_bytes(tokenizer.encode(b"\xff"))
    assert [tokenizer.token(i) for i in tokenizer.encode(b"\xff\x80")] == [b"\xff", b"\x80"]


def test_what_a_base_says_of_itself_is_kept(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text(foreign("gpt2"), "utf-8")
    eos = {"content": "<|endoftext|>", "lstrip": False, "special": True}
    config = {"tokenizer_class": "GPT2TokenizerFast", "model_max_length": 1024, "eos_token": eos, "chat_template": "x"}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config))
    tokenizer = Tokenizer.from_directory(tmp_path)
    assert (tokenizer.roles, tokenizer.chat_template) == ({"eos_token": "<|endoftext|>"}, "x")
    extend(tokenizer, ["compact"]).save(tmp_path / "new")
    saved = json.loads((tmp_path / "new" / "tokenizer_config.json").read_bytes())
    assert {key: saved[key] for key in ("tokenizer_class", "model_max_length", "eos_token")} == {
        "tokenizer_class": "PreTrainedTokenizerFast",  # GPT-2's class would build a tokenizer without the new tokens
        "model_max_length": 1024,
        "eos_token": "<|endoftext|>",
    }
    assert (tmp_path / "new" / "chat_template.jinja").read_text() == "x"


# Ids without text


def test_the_ids_of_a_chunk_are_in_the_smallest_type_that_holds_the_vocabulary() -> None:
    chunk = aidec.load(aidec.compile("a = 1"))
    assert extended("bbpe").encode_chunk(chunk).typecode == "H"


def test_the_ids_of_classic_are_made_without_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    tokenizer = extended("bbpe")

    def refuse(*_: Any) -> None:
        pytest.fail("the text was made")

    chunk = aidec.load(aidec.compile("local a = 1 for i = 1, 2 do print(a, 'é\\xff', i) end"))
    expected = tokenizer.encode_chunk(chunk, "classic").tolist()
    monkeypatch.setattr(Renderer, "render", refuse)
    assert tokenizer.encode_chunk(chunk, "classic").tolist() == expected


BORDERS = {
    "an ordinary border": ("x{{ instruction.a }}", "<|F|>{{ instructions | join }}<|E|>"),
    "a number beside text": ("<|I|>a{{ pc }}b<|E|>", "<|F|>{{ instructions | join }}<|E|>"),
    "text behind a list": ("<|I|>{{ instruction.a }}", "<|F|>{{ instructions | join }}1<|E|>"),
    "an ordinary separator": ("<|I|>{{ instruction.a }}", "<|F|>{{ instructions | join('1') }}<|E|>"),
    "a separator that is a token": ("<|I|>{{ instruction.a }}", "<|F|>{{ instructions | join('<|E|>') }}<|E|>"),
    "a token for some": ("<|A{{ instruction.a }}|><|A{{ instruction.b }}|>", "<|F|>{{ instructions | join }}<|E|>"),
    "a token for some, in text": ("<|I|>1<|A{{ instruction.a }}|>2<|E|>", "<|F|>{{ instructions | join }}<|E|>"),
    "lines": ("<|I|>", "<|F|>{{ proto.line_info | join('<|E|>') }}<|E|>{{ instructions | join }}"),
    "lines beside text": ("<|I|>", "<|F|>1{{ proto.line_info | join('<|E|>') }}<|E|>{{ instructions | join }}"),
    "lines one behind the other": ("<|I|>", "<|F|>{{ proto.line_info | join }}<|E|>{{ instructions | join }}"),
    "functions": ("<|I|>", "<|F|>{{ protos | join }}{{ proto.line_defined }}"),
    "a token of forty choices": (
        "<|A" + "{% if instruction.a > 9 %}1{% endif %}" * 40 + "{{ instruction.a }}|><|I|>",
        "<|F|>{{ instructions | join }}<|E|>",
    ),
    "a token that a choice closes": (
        "<|A{% if instruction.a < 3 %}{{ instruction.a }}|>{% else %}9|>x{% endif %}<|E|>",
        "<|F|>{{ instructions | join }}<|E|>",
    ),
    "text beside text": (
        "<|I|>{{ pc }}{% if line %}{{ line }}{% endif %}{{ instruction.b }}<|E|>",
        "<|F|>{{ instructions | join }}<|E|>",
    ),
    "a unit without forms": (
        "{% filter upper %}{% block b %}{{ '  ' }}{% endblock %}{% endfilter %}",
        "<|F|>{{ instructions | join }}<|E|>",
    ),
    "a function without forms": (
        "<|I|>",
        "{% filter upper %}{% block b %}{{ ' ' }}{% endblock %}{% endfilter %}{{ protos | join }}",
    ),
    "a list that is counted": ("<|I|>", "<|F|>{{ instructions | join | length }}<|E|>"),
}
"""Templates of an instruction and of a function, in which tokens of the base could go beyond a border, or could not."""


@pytest.mark.parametrize("templates", BORDERS.values(), ids=BORDERS.keys())
def test_ids_are_those_of_the_text_whatever_stands_at_the_borders_of_units(
    templates: tuple[str, str], tmp_path: Path
) -> None:
    tokens = '{f: {spelling: "<|{F,I,E,A0,A1,A2}|>", carries: proto}}'
    (tmp_path / "pack.yaml").write_text(f'description: borders\nguard: "<|"\ntokens: {tokens}\n')
    for name, text in {"chunk": "{{ main }}", "instruction": templates[0], "proto": templates[1]}.items():
        (tmp_path / f"{name}.j2").write_text(text)
    tokenizer = extended("gpt4", (str(tmp_path),))
    chunk = aidec.load(aidec.compile("local a, b, c = 1, 2, 3\n\n\nfunction f() return a + b + 1111 end\nreturn f, f"))
    expected = tokenizer.encode(aidec.render(chunk, tmp_path), allowed_special=aidec.vocabulary(tmp_path))
    assert tokenizer.encode_chunk(chunk, str(tmp_path)).tolist() == expected
    assert tokenizer.encode_chunk(chunk, str(tmp_path)).tolist() == expected


@given(numbers=st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1))
@pytest.mark.parametrize("preset", PRESETS)
def test_the_ids_of_a_number_are_those_of_its_digits(preset: str, numbers: list[int]) -> None:
    tokenizer = extended(preset)
    ids = IdEmitter(tokenizer, tokenizer.pack_splitter("classic"), "I", {})
    made = weave([ids.numbers(array("q", numbers))], len(numbers), b"")
    assert [array("I", piece).tolist() for piece in made] == [tokenizer.encode(str(number)) for number in numbers]


def test_a_number_that_spells_a_token_of_the_pack_has_its_id(tmp_path: Path) -> None:
    tokens = '{f: {spelling: "<|{F,G}|>", carries: proto}, n: {spelling: "2345", carries: proto}}'
    (tmp_path / "pack.yaml").write_text(f'description: numbers\nguard: "<|"\ntokens: {tokens}\n')
    (tmp_path / "chunk.j2").write_text("<|F|>{{ main }}<|F|>")
    (tmp_path / "proto.j2").write_text("<|F|>{{ proto.line_defined }}<|G|>{{ protos | join }}")
    tokenizer = extended("lua-sp", (str(tmp_path),))
    chunk = aidec.load(aidec.compile("\n" * 123455 + "function f() end"))
    expected = tokenizer.encode(aidec.render(chunk, tmp_path), allowed_special=aidec.vocabulary(tmp_path))
    assert tokenizer.special_id("2345") in expected
    assert tokenizer.encode_chunk(chunk, str(tmp_path)).tolist() == expected
