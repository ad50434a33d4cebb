"""``aidec tokenizer``: its commands, what they print, and what they say when something is wrong."""

from __future__ import annotations

import gzip
import json
import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import click
import pyarrow as pa
import pytest
from click.testing import CliRunner, Result
from lua_text import lua
from pyarrow import parquet
from terminal import read_all
from trained import extended, foreign, large_base, of_bytes, trained

import aidec
from aidec.chat import Chat
from aidec.cli.main import cli
from aidec.cli.tokenizer import COMMANDS
from aidec.cli.tokenizer import command as group
from aidec.tokenizers import Tokenizer
from aidec.tokenizers.measurement import measure
from aidec.tokenizers.trainer import Corpus, train

AIDEC = str(Path(sys.executable).with_name("aidec"))


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of tokenizers: lua-sp and gpt4 as they are trained, chat with classic and nanochat behind gpt4."""
    folder = tmp_path_factory.mktemp("tokenizers")
    trained("lua-sp").save(folder / "lua-sp")
    trained("gpt4").save(folder / "gpt4")
    extended("gpt4", ("classic",), "nanochat").save(folder / "chat")
    return folder


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, saved: Path) -> None:
    """The current folder of every test: sources, a chunk, a conversation, and tokenizers."""
    monkeypatch.chdir(tmp_path)
    Path("src/deep").mkdir(parents=True)
    for number in range(4):
        Path(f"src/deep/{number}.lua" if number % 2 else f"src/{number}.lua").write_text(lua(number), "utf-8")
    Path("script.lua").write_text("local x = 1 -- <b>&\nprint(x)\n")
    Path("script.luac").write_bytes(aidec.compile("local x = 1 print(x)", name="@script.lua"))
    Path("talk.json").write_text(json.dumps({"messages": TALK}))
    for name in ("lua-sp", "gpt4", "chat"):
        Path(name).symlink_to(saved / name)


TALK = [{"role": "user", "content": "Say <|bos|>."}, {"role": "assistant", "content": "No."}]


def run(*arguments: str | Path, stdin: bytes | None = None) -> Result:
    """Run the command in this process."""
    words = ["tokenizer", *(str(argument) for argument in arguments)]
    return CliRunner().invoke(cli, words, input=stdin, prog_name="aidec")


def fails(*arguments: str | Path, stdin: bytes | None = None) -> str:
    """The one line that a command ends with, with exit status 1."""
    result = run(*arguments, stdin=stdin)
    assert isinstance(result.exception, SystemExit), result.exception
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("aidec: ")
    assert result.stderr.count("\n") == 1
    return result.stderr.removeprefix("aidec: ").rstrip("\n")


def contents(folder: str | Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


# train


def test_train_writes_what_training_in_python_gives() -> None:
    result = run("train", "src", "--preset", "gpt4", "--vocab-size", "500", "-o", "out")
    assert (result.exit_code, result.stdout) == (0, "")
    size = sum(path.stat().st_size for path in Path("src").rglob("*.lua"))
    assert result.stderr == f"aidec: trained gpt4 with 500 tokens on 4 texts of {size:,} bytes\n"
    assert Tokenizer.from_directory("out").vocab_size == 500
    assert set(contents("out")) == {
        *("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja", "aidec.json")
    }


def test_training_the_same_folder_twice_writes_the_same_bytes() -> None:
    for name in ("one", "two"):
        run("train", "src", "--preset", "bbpe", "--vocab-size", "400", "-o", name)
    assert contents("one") == contents("two")


def test_train_takes_a_folder_json_lines_and_parquet_alike() -> None:
    sources = [path.read_text("utf-8") for path in (Path("src/0.lua"), Path("src/2.lua"))]
    Path("a.jsonl.gz").write_bytes(
        gzip.compress("".join(json.dumps({"code": text}) + "\n" for text in sources).encode())
    )
    parquet.write_table(pa.table({"code": sources}), "a.parquet")
    size = ("--preset", "gpt4", "--vocab-size", "400")
    run("train", "src/0.lua", "src/2.lua", *size, "-o", "one")
    run("train", "a.jsonl.gz", "--field", "code", *size, "-o", "two")
    run("train", "a.parquet", "--field", "code", *size, "-o", "three")
    assert contents("one") == contents("two") == contents("three")


def test_train_tells_what_it_left_out() -> None:
    Path("bad.lua").write_bytes(b"\xff")
    Path("a.jsonl").write_text('{"lua": "a"}\n{\n')
    limits = ("--max-bytes", "5000", "--doc-cap", "1000", "--preset", "bbpe", "--vocab-size", "300")
    result = run("train", "bad.lua", "a.jsonl", "src", *limits, "-o", "out")
    assert result.exit_code == 0
    told, summary = result.stderr.splitlines()
    assert told.startswith("aidec: a.jsonl:2: not a line of JSON")
    assert re.fullmatch(
        r"aidec: trained bbpe with 300 tokens on \d texts of [\d,]+ bytes, (stopped at --max-bytes 5,000, )?"
        r"4 texts cut by --doc-cap, 1 text not UTF-8, their bytes kept, 1 not read",
        summary,
    )


def test_train_tells_what_became_of_bytes_that_are_not_utf_8() -> None:
    Path("src/bad.lua").write_bytes(b"\xff")
    result = run("train", "src", "--preset", "lua-sp", "--vocab-size", "500", "-o", "out")
    assert "1 text not UTF-8, their bytes replaced by U+FFFD" in result.stderr


def test_train_takes_a_preset_of_the_user() -> None:
    Path("mine.yaml").write_text("description: x\nmodel: byte_level\npattern: '\\s+|\\S+'\nvocab_size: 300\n")
    result = run("train", "src", "--preset", "mine.yaml", "-o", "out")
    assert result.stderr.startswith("aidec: trained mine with 300 tokens on ")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--vocab-size", "200"), "a vocabulary of 200 is too small: gpt4 needs 265 for 256 bytes and 9 special t"),
        (("--vocab-size", "99999"), "a vocabulary of 99,999 can't be reached: 4 texts of "),
        (("--preset", "gpt5"), "gpt5: no such preset; did you mean gpt4? expected a .yaml file or one of: bbpe, gpt4"),
        (("--preset", "nope.yaml"), "nope.yaml: no such preset; "),
    ],
)  # fmt: skip
def test_what_can_not_be_trained_is_told_in_one_line(words: tuple[str, ...], expected: str) -> None:
    assert fails("train", "src", "--preset", "gpt4", *words, "-o", "out").startswith(expected)
    assert not Path("out").exists()


def test_a_column_that_is_not_there_is_told_in_one_line() -> None:
    parquet.write_table(pa.table({"code": ["a"]}), "a.parquet")
    assert fails("train", "a.parquet", "-o", "out") == "a.parquet: no column 'lua', expected one of: code"


def test_train_overwrites_nothing_but_a_tokenizer() -> None:
    assert "something else is there" in fails("train", "src", "--preset", "gpt4", "--vocab-size", "300", "-o", "src")
    assert Path("src/0.lua").exists()


def test_train_looks_where_it_will_write_before_it_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        pytest.fail("it read the texts")

    monkeypatch.setattr("aidec.tokenizers.trainer.train", refuse)
    assert "something else is there" in fails("train", "src", "--preset", "gpt4", "--vocab-size", "300", "-o", "src")


@pytest.mark.parametrize(
    "words",
    [
        ("train", "nope", "-o", "out"),
        ("train", "-o", "out"),
        ("train", "src"),
        ("train", "src", "-o", "out", "--vocab-size", "0"),
        ("train", "src", "-o", "out", "--doc-cap", "-1"),
        ("extend", "nope", "-o", "out"),
        ("extend", "gpt4"),
        ("show", "gpt4", "nope.lua"),
        ("show", "gpt4"),
        ("eval", "gpt4"),
        ("eval", "--text", "src"),
        ("export", "gpt4", "-o", "out", "--format", "pickle"),
        ("export", "gpt4", "--format", "tiktoken"),
        ("nope",),
    ],
    ids=" ".join,
)
def test_wrong_usage_has_exit_status_2(words: tuple[str, ...]) -> None:
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Error: " in result.stderr


def in_terminal(*arguments: str, **environment: str) -> bytes:
    """What the command prints on a terminal."""
    ours, theirs = pty.openpty()
    command = [AIDEC, "tokenizer", *arguments]
    subprocess.run(command, stderr=theirs, stdout=theirs, check=True, env={**os.environ, **environment})
    os.close(theirs)
    return read_all(ours)


# extend


def test_extend_gives_the_ids_of_the_old_tool() -> None:
    Path("base").mkdir()
    Path("base/tokenizer.json").write_text(large_base(32768).to_str(), "utf-8")
    result = run("extend", "base", "--pack", "classic", "--chat", "chatml", "-o", "out")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "aidec: 32,768 tokens of the base and 4,242 new ones, 37,010 in all\n"
    tokens = {token: Tokenizer.from_directory("out").special_id(token) for token in ("<|/Constant|>", "<|im_start|>")}
    assert tokens == {"<|/Constant|>": 32768, "<|im_start|>": 37007}


def test_extend_takes_a_file_and_several_packs() -> None:
    Path("base.json").write_text(foreign("gpt2"), "utf-8")
    assert run("extend", "base.json", "-p", "classic", "-p", "compact", "-o", "out").exit_code == 0
    assert Tokenizer.from_directory("out").packs == ["classic", "compact"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("extend", "src", "-o", "out"), "src: not a tokenizer's folder: expected a tokenizer.json in it"),
        (("extend", "script.lua", "-o", "out"), "script.lua: not a tokenizer.json: "),
        (("extend", "chat", "-o", "out"), "the base has 4,239 of the 4,239 tokens already, such as '<|/Constant|>'"),
        (("extend", "gpt4", "-p", "nope", "-o", "out"), "nope: no such pack"),
        (("extend", "gpt4", "--chat", "nope", "-o", "out"), "nope: no such chat format; expected a .yaml file or one"),
        (("show", "src", "script.lua"), "src: not a tokenizer's folder: expected a tokenizer.json in it"),
        (("show", "gpt4", "script.luac"), "it lacks 4,239 of the 4,239 tokens of the pack classic, <|/Constant|> "),
        (("show", "lua-sp", "talk.json"), "the tokenizer has no chat template; see aidec tokenizer extend --chat"),
        (("show", "gpt4", "talk.json", "--chat", "chatml"), "the tokenizer lacks <|im_start|>, which chatml needs"),
        (("show", "gpt4", "bad.json"), "bad.json: not JSON: "),
        (("show", "gpt4", "bad.jsonl"), "bad.jsonl:3: not JSON: "),
        (("show", "chat", "cut.luac"), "byte 59 (main.code): "),
        (("show", "gpt4", "list.json"), "list.json: expected a list of messages, or an object with one "),
        (("eval", "src", "--text", "script.lua"), "src: not a tokenizer's folder: expected a tokenizer.json in it"),
        (("eval", "gpt4", "--text", "empty"), "gpt4: there is no text to measure with"),
        (("extend", "metaspace.json", "-o", "out"), "metaspace.json: it loses characters without a token, white space"),
        (("export", "lua-sp", "--format", "tiktoken", "-o", "out"), "tiktoken can't load it: "),
        (("export", "src", "--format", "tiktoken", "-o", "out"), "src: not a tokenizer's folder"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)  # fmt: skip
def test_bad_input_is_told_in_one_line(words: tuple[str, ...], expected: str) -> None:
    Path("bad.json").write_text("{")
    Path("bad.jsonl").write_text(json.dumps(TALK) + "\n\n{\n")
    Path("list.json").write_text("[]")
    Path("cut.luac").write_bytes(Path("script.luac").read_bytes()[:60])
    Path("empty").mkdir()
    Path("metaspace.json").write_text(foreign("metaspace"), "utf-8")
    message = fails(*words)
    if words[-1] == "cut.luac":
        assert "byte " in message
    else:
        assert message.startswith(expected)
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("name", "expected"),
    [("cut.luac", "cut.luac: byte "), ("talks.jsonl", "talks.jsonl:2: ")],
)
def test_what_is_wrong_in_a_file_that_is_shown_is_told_with_the_file(name: str, expected: str) -> None:
    Path("cut.luac").write_bytes(Path("script.luac").read_bytes()[:60])
    Path("talks.jsonl").write_text(json.dumps(TALK) + "\n" + json.dumps(TALK[1:]) + "\n")
    assert fails("show", "chat", name).startswith(expected)


# show


def rows(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines()]


def test_show_prints_a_line_for_each_token_without_a_terminal() -> None:
    tokenizer = Tokenizer.from_directory("gpt4")
    result = run("show", "gpt4", "script.lua")
    shown = rows(result.stdout)
    assert (result.exit_code, result.stderr) == (0, "")
    assert [int(i) for i, _, _ in shown] == tokenizer.encode(Path("script.lua").read_bytes())
    assert {kind for _, kind, _ in shown} == {"text"}
    assert "".join(text for _, _, text in shown) == "local x = 1 -- <b>&\\nprint(x)\\n"
    assert "\x1b" not in result.stdout


def test_show_plain_is_what_there_is_without_a_terminal() -> None:
    assert run("show", "gpt4", "script.lua", "--plain").stdout == run("show", "gpt4", "script.lua").stdout


def test_a_tab_a_control_character_and_a_bad_byte_stand_on_the_line_of_their_token() -> None:
    Path("odd.lua").write_bytes(b"\t\x1b[31m\x00\r\x7f\xff\x0b\n")
    shown = rows(run("show", "gpt4", "odd.lua").stdout)
    assert all(len(row) == 3 for row in shown)
    assert "".join(text for _, _, text in shown) == r"\t\x1b[31m\x00\r\x7f\xff\x0b\n"


def test_show_takes_a_text_on_standard_input() -> None:
    result = run("show", "gpt4", "-", stdin=b"local x")
    assert [int(row[0]) for row in rows(result.stdout)] == Tokenizer.from_directory("gpt4").encode("local x")


def test_show_takes_a_text_on_standard_input_that_starts_with_a_brace() -> None:
    assert run("show", "gpt4", "-", stdin=b"{1, 2}").exit_code == 0


def test_show_takes_a_conversation_on_standard_input() -> None:
    expected = run("show", "chat", "talk.json").stdout
    assert run("show", "chat", "-", stdin=Path("talk.json").read_bytes()).stdout == expected


def test_show_takes_special_tokens_for_text_unless_it_is_told_otherwise() -> None:
    Path("forged.txt").write_text("<|bos|>")
    bos = Tokenizer.from_directory("gpt4").special_id("<|bos|>")
    assert rows(run("show", "gpt4", "forged.txt", "--special").stdout) == [[str(bos), "special", "<|bos|>"]]
    assert {kind for _, kind, _ in rows(run("show", "gpt4", "forged.txt").stdout)} == {"text"}


def test_show_shows_the_ids_of_a_chunk() -> None:
    shown = rows(run("show", "chat", "script.luac").stdout)
    chunk = aidec.load("script.luac")
    assert [int(i) for i, _, _ in shown] == Tokenizer.from_directory("chat").encode_chunk(chunk).tolist()
    assert shown[0][1:] == ["special", "<|Proto|>"]


def test_show_spells_a_chunk_with_the_pack_that_is_named() -> None:
    shown = rows(run("show", "chat", "script.luac", "--pack", "listing").stdout)
    expected = Tokenizer.from_directory("chat").encode(aidec.render(aidec.load("script.luac"), "listing"))
    assert [int(row[0]) for row in shown] == expected


def test_show_tells_what_is_trained_on_in_a_conversation() -> None:
    shown = rows(run("show", "chat", "talk.json").stdout)
    rendered = Chat(Tokenizer.from_directory("chat")).render_conversation(TALK)
    assert rendered is not None
    assert [int(i) for i, _, _ in shown] == rendered[0]
    assert [kind == "trained" for _, kind, _ in shown] == [bool(flag) for flag in rendered[1]]
    assert {kind for _, kind, _ in shown} == {"trained", "context"}


def test_show_shows_every_conversation_of_json_lines() -> None:
    Path("talks.jsonl").write_text(f"{json.dumps(TALK)}\n\n{json.dumps({'messages': TALK})}\n")
    assert run("show", "chat", "talks.jsonl").stdout == 2 * run("show", "chat", "talk.json").stdout


def test_show_cuts_conversations_and_says_so() -> None:
    whole = run("show", "chat", "talk.json").stdout.splitlines()
    result = run("show", "chat", "talk.json", "--max-tokens", str(len(whole) - 1))
    assert result.stdout.splitlines() == whole[:-1]
    assert result.stderr == "aidec: cut 1 of 1 conversations, 1 tokens are not shown\n"
    result = run("show", "chat", "talk.json", "--max-tokens", "5")
    assert result.stdout == ""
    assert result.stderr == "aidec: left out 1 of 1 conversations, with nothing to train on before the cut\n"


def without_colours(text: bytes) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text.decode())


def test_a_terminal_sees_colours() -> None:
    seen = in_terminal("show", "gpt4", "script.lua")
    assert b"\x1b[48;5;236m" in seen
    assert b"\x1b[48;5;240m" in seen
    assert without_colours(seen).replace("\r\n", "\n") == "local x = 1 -- <b>&\\n\nprint(x)\\n\n\n"


def test_a_terminal_sees_ids_if_it_asks_for_them() -> None:
    ids = Tokenizer.from_directory("gpt4").encode("local x")
    Path("x.lua").write_text("local x")
    assert without_colours(in_terminal("show", "gpt4", "x.lua", "--ids")).strip() == f"local{ids[0]} x{ids[1]}"


def test_a_terminal_sees_green_for_what_is_trained_on_and_red_for_context() -> None:
    seen = in_terminal("show", "chat", "talk.json")
    colour = {name: rb"\x1b\[%dm\x1b\[48;5;\d+m(?:\x1b\[\d+m)*([^\x1b]*)" % name for name in (31, 32)}
    assert b"".join(re.findall(colour[32], seen)) == b"No.<|assistant_end|>"
    red = b"".join(re.findall(colour[31], seen))
    assert red == b"<|bos|><|user_start|>Say <|bos|>.<|user_end|><|assistant_start|>"


def test_a_terminal_sees_no_colours_in_plain() -> None:
    assert b"\x1b" not in in_terminal("show", "gpt4", "script.lua", "--plain")


class Page(HTMLParser):
    """What a page names, and what it shows."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.shown: list[str] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: D102 (of HTMLParser)
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "data", "action")]
        if tag not in ("meta", "link", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:  # noqa: D102 (of HTMLParser)
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:  # noqa: D102 (of HTMLParser)
        if "pre" in self.open:
            (self.ids if self.open[-1] == "sub" else self.shown).append(data)


def test_a_page_shows_the_text_and_needs_no_other_file() -> None:
    result = run("show", "gpt4", "script.lua", "--html", "page.html")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    text = Path("page.html").read_text("utf-8")
    page = Page(text)
    assert "".join(page.shown) == "local x = 1 -- <b>&\\n\nprint(x)\\n\n"
    assert (page.links, set(page.tags) & {"script", "link", "img", "iframe", "b"}) == ([], set())
    assert not re.search(r"url\(|@import|https?://", text)


def test_a_page_shows_ids_if_it_is_asked_to() -> None:
    run("show", "gpt4", "script.lua", "--ids", "--html", "page.html")
    expected = [str(i) for i in Tokenizer.from_directory("gpt4").encode(Path("script.lua").read_bytes())]
    assert Page(Path("page.html").read_text("utf-8")).ids == expected
    run("show", "gpt4", "script.lua", "--html", "page.html")
    assert Page(Path("page.html").read_text("utf-8")).ids == []


@pytest.mark.parametrize("name", ["<script>alert(1)</script>.lua", "{title}.lua", '"&.lua'])
def test_a_page_escapes_the_name_of_the_file(name: str) -> None:
    name = name.replace("/", "_")
    Path(name).write_text("</pre><script>alert(1)</script>{bodies}")
    run("show", "gpt4", name, "--html", "page.html")
    text = Path("page.html").read_text("utf-8")
    assert "<script>" not in text
    assert f"<title>{name}, gpt4</title>" in unescape(text)
    assert "".join(Page(text).shown) == "</pre><script>alert(1)</script>{bodies}"


def test_a_page_of_conversations_has_what_is_trained_on_in_a_class_of_its_own() -> None:
    Path("talks.jsonl").write_text(f"{json.dumps(TALK)}\n{json.dumps(TALK)}\n")
    run("show", "chat", "talks.jsonl", "--html", "page.html")
    text = Path("page.html").read_text("utf-8")
    trained_on = re.findall(r'<span class="(?:special )?trained" title="[^"]*">([^<]*)<', text)
    assert unescape("".join(trained_on)) == 2 * "No.<|assistant_end|>"
    assert text.count("<h2>") == 2


# eval


@pytest.fixture
def split_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words are tried in few contexts."""
    for name in ("BEFORE_WORD", "AFTER_WORD", "BEFORE_OPERATOR", "AFTER_OPERATOR"):
        monkeypatch.setattr(f"aidec.tokenizers.measurement.{name}", ("", " "))


pytestmark = pytest.mark.usefixtures("split_few")


def texts() -> Iterator[bytes]:
    for name in ("src/0.lua", "src/2.lua", "src/deep/1.lua", "src/deep/3.lua"):
        yield Path(name).read_bytes()


def test_eval_json_has_the_measures_of_each_tokenizer() -> None:
    result = run("eval", "gpt4", "lua-sp", "--text", "src", "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    columns = json.loads(result.stdout)
    assert list(columns) == ["gpt4", "lua-sp"]
    for name, column in columns.items():
        expected = measure(Tokenizer.from_directory(name), texts()).as_dict()
        del expected["megabytes_per_second"]
        assert {key: column[key] for key in expected} == expected
        assert column["split_words"] == len(column["split"])


def test_eval_prints_a_table_of_the_same_numbers() -> None:
    columns = json.loads(run("eval", "gpt4", "lua-sp", "--text", "src", "--json").stdout)
    lines = run("eval", "gpt4", "lua-sp", "--text", "src").stdout.splitlines()
    assert lines[0].split() == ["gpt4", "lua-sp"]
    assert len({len(line) for line in lines}) == 1
    table = {line[:30].strip(): line[30:].split() for line in lines[1:]}
    assert table["tokens in the vocabulary"] == ["2,500", "2,500"]
    assert table["bytes a token"] == [f"{column['bytes_per_token']:.3f}" for column in columns.values()]
    assert table["tokens never used"] == [f"{column['unused']:,}" for column in columns.values()]
    assert table["keywords kept whole"] == [f"{column['keywords_whole']:.2%}" for column in columns.values()]


def test_eval_takes_several_texts_and_a_field() -> None:
    Path("a.jsonl").write_text(json.dumps({"code": "local x"}) + "\n")
    columns = json.loads(
        run("eval", "gpt4", "--text", "script.lua", "--text", "a.jsonl", "--field", "code", "--json").stdout
    )
    assert (columns["gpt4"]["documents"], columns["gpt4"]["bytes"]) == (
        2,
        Path("script.lua").stat().st_size + len("local x"),
    )


def test_eval_tells_a_file_that_it_can_not_read_once_for_all_tokenizers() -> None:
    Path("a.jsonl").write_text('{"lua": "x"}\n{\n')
    result = run("eval", "gpt4", "lua-sp", "--text", "a.jsonl")
    assert (result.exit_code, result.stderr.count("a.jsonl:2")) == (0, 1)


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_eval_draws_a_picture(ending: str) -> None:
    assert run("eval", "gpt4", "--text", "src", "--plot", f"plot.{ending}").exit_code == 0
    start = {"png": b"\x89PNG", "svg": b"<?xml"}[ending]
    assert Path(f"plot.{ending}").read_bytes().startswith(start)


def test_a_picture_of_a_kind_that_there_is_not_is_told_in_one_line() -> None:
    result = run("eval", "gpt4", "--text", "src", "--plot", "plot.lua")
    assert (result.exit_code, result.stderr.count("\n"), Path("plot.lua").exists()) == (1, 1, False)
    assert result.stderr.startswith("aidec: plot.lua: ")


def test_never_split_lists_what_is_split_and_has_exit_status_1() -> None:
    result = run("eval", "gpt4", "--text", "src", "--never-split", "--json")
    split = json.loads(result.stdout)["gpt4"]["split"]
    assert result.exit_code == 1
    lines = result.stderr.splitlines()
    assert len(lines) == len(split) > 0
    for line, (word, texts_with_it) in zip(lines, split.items(), strict=True):
        assert line == (
            f"aidec: gpt4: {word} is split in {len(texts_with_it):,} contexts, such as {texts_with_it[0]!r}"
        )


def test_never_split_has_exit_status_0_where_nothing_is_split(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aidec.tokenizers.measurement.split_words", lambda _: {})
    result = run("eval", "gpt4", "--text", "src", "--never-split")
    assert (result.exit_code, result.stderr) == (0, "")


def test_two_folders_of_one_name_have_a_column_each() -> None:
    shutil.copytree("gpt4", "other/gpt4")
    columns = json.loads(run("eval", "gpt4", "other/gpt4", "--text", "src", "--json").stdout)
    assert list(columns) == ["gpt4", "other/gpt4"]


# export


def test_export_prints_the_files_that_it_wrote() -> None:
    result = run("export", "gpt4", "--format", "tiktoken", "-o", "out")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.split() == ["out/ranks.tiktoken", "out/encoding.json"]
    assert all(Path(path).is_file() for path in result.stdout.split())


def test_an_export_for_nanochat_without_its_first_token_is_refused() -> None:
    train_bytes().save("bytes")
    message = fails("export", "bytes", "--format", "nanochat", "-o", "out")
    assert message == "nanochat needs the special token <|bos|>; see aidec tokenizer extend --chat nanochat"


def train_bytes() -> Tokenizer:
    return train(Corpus([b"x"]), of_bytes())


# The help


def test_the_list_of_commands_has_the_first_line_of_each_help() -> None:
    context = click.Context(group)
    for name, line in COMMANDS.items():
        command = group.get_command(context, name)
        assert command is not None
        assert (command.help or "").splitlines()[0] == line


@pytest.mark.parametrize("words", [(), *[(name,) for name in COMMANDS]], ids=" ".join)
def test_the_help_of_a_command_has_an_example(words: tuple[str, ...]) -> None:
    result = run(*words, "--help")
    assert result.exit_code == 0
    assert re.search(r"Examples?:\n +aidec tokenizer ", result.stdout)


def test_every_command_has_the_file_of_its_name() -> None:
    folder = Path(aidec.__file__).parent / "cli" / "tokenizer"
    assert {path.stem for path in folder.glob("*.py")} == {"__init__", *COMMANDS}


@pytest.mark.parametrize("words", [["--help"], ["train", "--help"], ["extend", "--help"], ["eval", "--help"]])
def test_the_help_imports_no_library_of_tokenizers(words: list[str]) -> None:
    code = f"from aidec.cli.main import cli; cli(['tokenizer', *{words!r}])"
    code = f"import sys\ntry:\n  {code}\nfinally:\n  print(*sys.modules, file=sys.stderr)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(result.stderr.split()) & {"tokenizers", "tiktoken", "rustbpe", "pyarrow", "numpy", "torch"} == set()
