"""Bases of the families that people use: what transformers reads of the folder, flags, saved tokens, roles, loss."""

from __future__ import annotations

import gzip
import json
import warnings
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
import tokenizers
from bases import FAMILIES, LOSSY, PLAIN, added, byte_level, write
from check_bases import compare
from click.testing import CliRunner

import aidec
from aidec.chat import Chat
from aidec.chat.proof import prove
from aidec.cli.main import cli
from aidec.common.errors import ConversationError, LossWarning, TokenizerError
from aidec.tokenizers import Tokenizer
from aidec.tokenizers.extension import extend
from aidec.tokenizers.measurement import measure

pytestmark = pytest.mark.filterwarnings("ignore::aidec.common.errors.LossWarning")


@cache
def folder(family: str) -> Path:
    return write(family, Path(mkdtemp()) / "base")


@cache
def base(family: str) -> Tokenizer:
    return Tokenizer.from_directory(folder(family))


def saved(tmp_path: Path, spec: dict[str, Any], **config: Any) -> Path:
    """The folder of a base."""
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "tokenizer.json").write_text(json.dumps(spec))
    (tmp_path / "base" / "tokenizer_config.json").write_text(json.dumps(config))
    return tmp_path / "base"


def theirs(tokenizer: Tokenizer, place: Path) -> Any:
    from transformers import AutoTokenizer

    tokenizer.save(place)
    return AutoTokenizer.from_pretrained(place)


@pytest.mark.parametrize("family", FAMILIES)
def test_transformers_gives_the_ids_and_masks_of_a_base_of_each_family(family: str) -> None:
    row = compare(family, "chatml", 12)
    assert (row["problem"], row["texts"], row["chunks"]) == ("", row["some"], 12)
    assert (row["conversations"], row["masks"], row["eos"], row["stops"]) == (12, 12, "<|im_end|>", True)
    assert row["base ids"] == row["some"]
    assert row["round trip"] == row["some"] or family in LOSSY


@pytest.mark.parametrize("family", ["Llama 2", "Mistral v0.3", "DeepSeek", "Phi 3", "Gemma"])
def test_a_base_keeps_its_own_chat_template_and_its_ids(family: str) -> None:
    row = compare(family, None, 6)
    assert (row["problem"], row["conversations"]) == ("", 6)


@pytest.mark.parametrize(("family", "end"), [("Phi 3", "<|end|>"), ("Gemma", "<end_of_turn>"), ("Llama 2", "</s>")])
def test_eos_is_what_ends_the_turn_in_the_bases_own_template(family: str, end: str) -> None:
    assert extend(base(family), []).roles["eos_token"] == end


def test_what_a_base_generates_with_is_kept_but_for_the_tokens() -> None:
    new = extend(base("Llama 3"), ["compact"], "chatml")
    i = new.special_id
    assert new.generation == {
        "temperature": 0.6,
        "bos_token_id": i("<|begin_of_text|>"),
        "eos_token_id": i("<|im_end|>"),
        "pad_token_id": i("<|end_of_text|>"),
    }


def test_tokens_saved_beside_the_tokenizer_are_tokens() -> None:
    tokenizer = base("Phi 2")
    assert len(tokenizer.encode(" " * 8)) == 1
    assert tokenizer.decode(tokenizer.encode("x" + " " * 8 + "y")) == "x" + " " * 8 + "y"


def test_a_saved_token_with_another_id_is_refused(tmp_path: Path) -> None:
    spec = byte_level(["<|endoftext|>"])
    place = saved(tmp_path, spec, added_tokens_decoder={"3": {"content": "<|endoftext|>", "special": True}})
    with pytest.raises(TokenizerError, match=r"the saved token '<\|endoftext\|>' has the id 3, but tokenizer.json has"):
        Tokenizer.from_directory(place)


@pytest.mark.parametrize("flag", ["lstrip", "rstrip", "single_word", "normalized"])
def test_flags_of_the_bases_chat_tokens_do_not_matter(flag: str, tmp_path: Path) -> None:
    spec = byte_level(["<|im_start|>", "<|im_end|>"], None, **{flag: True})
    new = extend(Tokenizer.from_directory(saved(tmp_path, spec, chat_template="x")), ["compact"], "chatml")
    assert prove(new)
    talk = [{"role": "user", "content": "  x\n"}, {"role": "assistant", "content": "\n y "}]
    ids, _ = Chat(new).render_conversation(talk) or ([], [])
    assert new.decode(ids).count("  x\n<|im_end|>") == new.decode(ids).count("\n y <|im_end|>") == 1


@pytest.mark.parametrize("flag", ["lstrip", "rstrip", "single_word"])
def test_flags_of_other_special_tokens_are_followed_as_transformers_does(flag: str, tmp_path: Path) -> None:
    spec = byte_level(["<|endoftext|>"], None, **{flag: True})
    new = extend(Tokenizer.from_directory(saved(tmp_path, spec)), ["compact"])
    transformers = theirs(new, tmp_path / "new")
    for text in ("a <|endoftext|> b", "<|endoftext|>\n\n b", "a\t <|endoftext|>b", "a<|endoftext|> <|endoftext|>"):
        assert new.encode(text, allowed_special="all") == transformers.encode(text, add_special_tokens=False)


def test_a_chat_whose_tokens_are_found_only_as_words_is_refused(tmp_path: Path) -> None:
    spec = byte_level(["<|im_start|>", "<|im_end|>"], single_word=True)
    tokenizer = Tokenizer.from_directory(saved(tmp_path, spec))
    with pytest.raises(ConversationError, match="only as a word"):
        Chat(tokenizer, "chatml")


@pytest.mark.parametrize("family", ["BERT", "T5"])
def test_a_base_that_loses_text_is_refused_or_named(family: str, tmp_path: Path) -> None:
    words = ["tokenizer", "extend", str(folder(family)), "-p", "compact", "-o", str(tmp_path / "new")]
    result = CliRunner().invoke(cli, words, prog_name="aidec")
    assert result.exit_code == 1
    assert "it loses " in result.stderr
    assert not (tmp_path / "new").exists()
    result = CliRunner().invoke(cli, [*words, "--lossy"], prog_name="aidec")
    assert (result.exit_code, "the base loses text: " in result.stderr) == (0, True)
    tokenizer = Tokenizer.from_directory(tmp_path / "new")
    assert tokenizer.metadata["lossy"] == list(tokenizer.losses) != []
    with pytest.warns(LossWarning, match="the tokenizer loses text: "):
        tokenizer.encode("x")


@pytest.mark.parametrize("family", [family for family in FAMILIES if family not in LOSSY])
def test_other_bases_lose_nothing(family: str) -> None:
    assert base(family).losses == ()


@pytest.mark.parametrize(
    ("family", "expected"), [("BERT", ["upper case", "accents", "white space"]), ("T5", ["white space"])]
)
def test_what_is_lost_is_named(family: str, expected: list[str]) -> None:
    assert set(expected) <= set(base(family).losses)


def test_a_byte_that_a_base_has_no_token_for_is_an_error() -> None:
    backend = tokenizers.Tokenizer(tokenizers.models.BPE(vocab={"a": 0, "b": 1}, merges=[]))
    backend.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer = Tokenizer(backend)
    assert tokenizer.encode("ab") == [0, 1]
    with pytest.raises(TokenizerError, match="no token for 'c' at byte 2"):
        tokenizer.encode("abc")


def test_content_that_spells_a_control_token_that_is_ordinary_text_is_refused(tmp_path: Path) -> None:
    new = extend(base("DeepSeek"), ["compact"])
    answer = {"role": "assistant", "content": "y"}
    user, chunk = "<\uff5cUser\uff5c>", aidec.load(aidec.compile("return '<\uff5cUser\uff5c>'"))
    own = str(new.chat_template)
    each = "{% for part in m['content'] %}{{ part['text'] }}{% endfor %}"
    of_parts = f"{{% for m in messages %}}{user}{each}{{% endfor %}}"
    cases: list[tuple[str, Any]] = [(own, user), (own, f"x{user}"), (of_parts, [{"type": "text", "text": user}])]
    cases.append((of_parts, [{"type": "chunk", "chunk": chunk, "pack": "compact"}]))
    for template, content in cases:
        new.chat_template = template
        with pytest.raises(ConversationError, match=r": it spells '<\uff5cUser\uff5c>', a control token"):
            Chat(new).render_conversation([{"role": "user", "content": content}, {**answer, "content": content[:0]}])
    new.chat_template = own
    chat = Chat(new)
    assert chat.render_conversation([{"role": "user", "content": "<\uff5cUser>"}, answer])
    assert Chat(extend(base("DeepSeek"), ["compact"], "chatml")).render_conversation(
        [{"role": "user", "content": user}, answer]
    )
    assert Chat(base("Gemma"))._messages._forgeable == {}


QUERIES = (
    "{% for m in messages %}{% if m.content is string and '<x>' not in m.content and m.content | length > 5 %}"
    "{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>' }}{{ m.content.startswith('<') }}{% endif %}"
    "{% endfor %}"
)


@pytest.mark.parametrize(
    ("family", "template"), [("Llama 2", None), ("Gemma", None), ("DeepSeek", None), ("Qwen 3", QUERIES)]
)
def test_a_template_that_knows_texts_only_gets_the_parts_of_a_message_as_one(
    family: str, template: str | None, tmp_path: Path
) -> None:
    new = extend(base(family), ["compact"])
    new.chat_template = template or new.chat_template
    transformers, chat = theirs(new, tmp_path / "new"), Chat(new)
    code = {"type": "chunk", "chunk": aidec.load(aidec.compile("return 1"))}
    contents: list[list[dict[str, Any]]] = [[code], [{"type": "text", "text": "a few "}, {"type": "text", "text": "b"}]]
    contents += [[{"type": "text", "text": "a "}, code, {"type": "text", "text": " b"}]] * (family != "Gemma")
    for content in contents:
        talk: list[dict[str, Any]] = [{"role": "user", "content": content}]
        talk.append({"role": "assistant", "content": "return 1"})
        ids, _ = chat.render_conversation(talk) or ([], [])
        assert ids == transformers.apply_chat_template(chat.as_text(talk), return_dict=True)["input_ids"]
        assert "type" not in new.decode(ids)
        assert (new.special_id("<|function|>") in ids) == (code in content)


def test_a_template_that_changes_a_chunk_is_refused() -> None:
    new = extend(base("Gemma"), ["compact"])
    code = {"type": "chunk", "chunk": aidec.load(aidec.compile("return 1"))}
    for change in ("upper", "capitalize"):
        new.chat_template = f"{{% for m in messages %}}<start_of_turn>{{{{ m['content'] | {change} }}}}{{% endfor %}}"
        with pytest.raises(ConversationError, match="the chat template takes a chunk apart, or changes it, with "):
            Chat(new).render_conversation([{"role": "user", "content": [code]}])


@pytest.mark.parametrize(
    ("family", "expected", "text"),
    [
        ("Llama 2", ("U+2581",), "x\u2581"),
        ("Mistral v0.3", ("a space at the start", "U+2581"), " x"),
        ("Qwen 2.5", ("text that is not NFC",), "e\u0301"),
        ("GPT-2", (), " x\u2581"),
        ("BERT", (), ""),
    ],
)
def test_what_rare_texts_lose_is_named_where_a_text_has_it(family: str, expected: tuple[str, ...], text: str) -> None:
    tokenizer = Tokenizer.from_directory(folder(family))
    assert tokenizer.rare_losses == expected
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        tokenizer.encode("a fine text")
        tokenizer.encode(text)
        tokenizer.encode_batch([text, "b"])
    rare = [str(each.message) for each in found if "upper case" not in str(each.message)]
    assert rare == [f"the tokenizer loses text: {name}" for name in expected if tokenizer.lost_of(text) == (name,)]
    assert all(tokenizer.decode(tokenizer.encode(text)) != text for _ in rare)


@pytest.mark.parametrize("family", ["BERT", "Mistral v0.3"])
def test_a_dataset_of_a_base_that_loses_text_is_verified_and_says_so(
    family: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    extend(base(family), ["compact"], "chatml").save("tok")
    Path("src").mkdir()
    Path("src/a.lua").write_text(" local Größe = 'e\u0301 \u2581'\nreturn {Größe}\n".replace("Größe", "size"))
    settings = {
        "sources": ["src"],
        "tokenizer": "tok",
        "output": {"path": "out", "format": "jsonl", "compression": "gzip"},
    }
    Path("recipe.yaml").write_text(json.dumps({**settings, "split": {"validation": 0, "test": 0}}))
    result = CliRunner().invoke(cli, ["dataset", "build", "recipe.yaml"], prog_name="aidec")
    assert result.exit_code == 0, result.stderr
    assert "tokenizer loses" in Path("out/README.md").read_text()
    result = CliRunner().invoke(cli, ["dataset", "verify", "out"], prog_name="aidec")
    assert (result.exit_code, "tokenizer loses" in result.stderr) == (0, True)
    assert "verified 2 rows, 0 failed" in result.stderr
    shard = next(Path("out/data").iterdir())
    first, *others = gzip.decompress(shard.read_bytes()).splitlines(keepends=True)
    row = json.loads(first)
    row["input_ids"][0] += 1
    shard.write_bytes(gzip.compress(b"".join([json.dumps(row).encode() + b"\n", *others])))
    result = CliRunner().invoke(cli, ["dataset", "verify", "out"], prog_name="aidec")
    assert (result.exit_code, "the ids are not those of the texts" in result.stderr) == (1, True)


def test_a_file_that_cuts_texts_cuts_none() -> None:
    assert len(base("BERT").encode("x " * 100)) == 100


@pytest.mark.parametrize("family", FAMILIES)
def test_every_base_can_be_measured(family: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = measure(base(family), [b"local x = 1 + y\nreturn x ~= 2\n"])
    assert (found.bytes, found.lines) == (30, 2)
    assert 0 < found.tokens <= 40
    assert found.tokens_per_identifier >= 1


def test_text_of_a_base_that_is_a_token_of_a_pack_is_told_apart(tmp_path: Path) -> None:
    spec = byte_level(["<|endoftext|>"], [r"\S+|\s+"])
    first = len(spec["model"]["vocab"])
    parts = ["\\", "\\x", "\\xB", "\\xBB"]
    for place, part in enumerate(parts[1:]):
        spec["model"]["vocab"].setdefault(part, first + place)
    spec["model"]["merges"] += [["\\", "x"], ["\\x", "B"], ["\\xB", "B"]]
    spec["added_tokens"] = [{"id": first + 3, "content": "<|endoftext|>", **PLAIN, "special": True}]
    old = Tokenizer.from_directory(saved(tmp_path, spec))
    assert first + 2 in old.encode("\\xBB")
    new = extend(old, ["classic"])
    assert new.special_id("\\xBB") not in new.encode("\\xBB")
    assert new.decode(new.encode("\\xBB")) == "\\xBB"
    assert [new.special_id(token) for token in aidec.vocabulary("classic")] == [*range(old.vocab_size, new.vocab_size)]
    assert prove(new)


@pytest.mark.parametrize("family", ["Llama 2", "Llama 3"])
def test_a_base_that_its_own_class_reads_otherwise_is_named_in_a_line(family: str, tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    read = AutoTokenizer.from_pretrained(folder(family))
    texts = (" x", "a  b", "\n\nx")
    differs = any(read(text, add_special_tokens=False)["input_ids"] != base(family).encode(text) for text in texts)
    pack = pack_of(tmp_path / "pack", "<x>")
    words = ["tokenizer", "extend", str(folder(family)), "-p", pack, "-o", str(tmp_path / "new")]
    result = CliRunner().invoke(cli, words, prog_name="aidec")
    assert result.exit_code == 0
    assert (
        f"otherwise than its tokenizer.json, which is followed, with the class {type(read).__name__}: for "
        in result.stderr
    ) is differs


def with_added(family: str, content: str, **flags: bool) -> dict[str, Any]:
    """The ``tokenizer.json`` of a family with one more added token."""
    spec: dict[str, Any] = FAMILIES[family]()["tokenizer.json"]
    return {**spec, "added_tokens": [*spec["added_tokens"], *added(base(family).vocab_size, [content], **flags)]}


@pytest.mark.parametrize(
    ("family", "flags"),
    [
        ("GPT-2", {"normalized": True}),
        ("Llama 2", {"normalized": True}),
        ("Mistral v0.3", {}),
        ("Qwen 3", {"lstrip": True, "rstrip": True}),
        ("Gemma", {"single_word": True}),
    ],
)
def test_an_added_token_that_is_not_special_is_given_up_to_a_pack(
    family: str, flags: dict[str, bool], tmp_path: Path
) -> None:
    place = saved(tmp_path, with_added(family, "\\xBB", special=False, **flags))
    old, text = Tokenizer.from_directory(place), "a \\xBB b\\xBB"
    new = extend(old, [pack_of(tmp_path / "pack", "\\xBB")])
    assert old.vocab_size - 1 in old.encode(text)
    assert new.encode(text) == base(family).encode(text)
    assert new.decode(new.encode(text)) == text
    assert (new.special_id("\\xBB"), new.vocab_size) == (old.vocab_size, old.vocab_size + 1)
    assert prove(new)


def test_an_added_token_that_the_model_has_as_well_is_given_up_too(tmp_path: Path) -> None:
    spec = FAMILIES["Gemma"]()["tokenizer.json"]
    piece = next(piece for piece in ("function", "local", "return") if piece in spec["model"]["vocab"])
    i = spec["model"]["vocab"][piece]
    spec["added_tokens"] += added(i, [piece], special=False)
    old = Tokenizer.from_directory(saved(tmp_path, spec))
    new = extend(old, [pack_of(tmp_path / "pack", piece)])
    assert i in old.encode(f"x {piece}")
    assert not {i, new.special_id(piece)} & set(new.encode(f"x {piece}"))
    assert new.decode(new.encode(f"x {piece}")) == f"x {piece}"
    assert (new.special_id(piece), new.vocab_size) == (old.vocab_size, old.vocab_size + 1)
    assert prove(new)


@pytest.mark.parametrize("flags", [{}, {"normalized": True}])
def test_a_special_token_of_the_base_stays_and_the_message_says_what_to_do(
    flags: dict[str, bool], tmp_path: Path
) -> None:
    tokenizer = Tokenizer.from_directory(saved(tmp_path, with_added("GPT-2", "\\xBB", **flags)))
    with pytest.raises(TokenizerError, match=r"such as .*xBB' with the id 701: .* a pack of your own with other spell"):
        extend(tokenizer, [pack_of(tmp_path / "pack", "\\xBB")])


@pytest.mark.parametrize(("family", "keeps"), [("Llama 2", True), ("Gemma", True), ("GPT-2", False), ("T5", False)])
def test_a_character_is_given_up_where_bytes_spell_it(family: str, keeps: bool, tmp_path: Path) -> None:  # noqa: FBT001
    folder = pack_of(tmp_path / "pack", "<")
    if keeps:
        new = extend(base(family), [folder])
        assert new.decode(new.encode("a<b")) == "a<b"
        assert new.special_id("<") not in new.encode("a<b")
        assert prove(new)
    else:
        with pytest.raises(TokenizerError, match="the base can't spell '<' without the token that it has for it"):
            extend(base(family), [folder])


def pack_of(folder: Path, token: str) -> str:
    """A pack with one token."""
    folder.mkdir()
    (folder / "pack.yaml").write_text(
        f"description: x\nguard: '{token[0]}'\nlossless: false\n"
        f"tokens: {{f: {{spelling: '{token}', carries: proto}}}}\n"
    )
    (folder / "chunk.j2").write_text("{{ main }}")
    (folder / "proto.j2").write_text(token)
    return str(folder)


def test_a_difference_is_said_and_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aidec.tokenizers.folder.CLASS", "Qwen2Tokenizer")
    words = ["tokenizer", "extend", str(folder("GPT-2")), "-p", "compact", "-o", str(tmp_path / "new")]
    result = CliRunner().invoke(cli, words, prog_name="aidec")
    assert result.exit_code == 1
    assert "transformers would read the tokenizer otherwise: " in str(result.output)
    assert not (tmp_path / "new").exists()
