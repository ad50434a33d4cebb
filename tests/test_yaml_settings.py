"""Settings in YAML: what is wrong with a file is told with the file and the line, for presets and chat formats."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from aidec.common.errors import AidecError, ConversationError, TokenizerError
from aidec.common.settings import Conf
from aidec.tokenizers.chat_format import SHIPPED as FORMATS
from aidec.tokenizers.chat_format import format_names, load_format
from aidec.tokenizers.preset import SHIPPED as PRESETS
from aidec.tokenizers.preset import load_preset, preset_names


def conf(folder: Path, text: str | bytes) -> Conf:
    path = folder / "settings.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return Conf(path, TokenizerError)


def message_of(folder: Path, text: str | bytes, take: Callable[[Conf], object] = Conf.refuse_the_rest) -> str:
    """What is said of a file, behind the path."""
    with pytest.raises(TokenizerError) as caught:
        take(conf(folder, text))
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"{folder}/settings.yaml:")
    return message.removeprefix(f"{folder}/settings.yaml:")


# What a file can say


def test_a_text_a_number_a_flag_a_choice_and_lists_are_read(tmp_path: Path) -> None:
    text = "a: one\nb: 2\nc: true\nd: left\ne: [x, y]\nf:\n  - up\n"
    settings = conf(tmp_path, text)
    assert settings.text("a") == "one"
    assert settings.number("b") == 2
    assert settings.flag("c", default=False)
    assert settings.choice("d", ("left", "right")) == "left"
    assert settings.texts("e") == ("x", "y")
    assert settings.choices("f", ("up", "down"), default=()) == ("up",)
    settings.refuse_the_rest()


def test_what_is_not_there_has_its_default(tmp_path: Path) -> None:
    settings = conf(tmp_path, "{}")
    assert settings.text("a", default="one") == "one"
    assert settings.number("b", default=-2) == -2
    assert settings.flag("c", default=True)
    assert settings.choice("d", ("left", "right"), default="left") == "left"
    assert settings.texts("e", default=("x",)) == ("x",)
    assert settings.choices("f", ("up",), default=()) == ()


def test_one_text_is_a_list_of_one(tmp_path: Path) -> None:
    assert conf(tmp_path, "a: x").texts("a") == ("x",)


def test_words_that_yaml_takes_for_other_things_are_texts(tmp_path: Path) -> None:
    assert conf(tmp_path, "a: [yes, 1.0, null, 0x10, ~]").texts("a") == ("yes", "1.0", "null", "0x10", "~")


# What is wrong with one


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: [1, 2\n\nb: 3\n", "3: not YAML: "),
        ("a: 1\n\tb: 2\n", "2: not YAML: "),
        ("a: 1\nb: 'x", "2: not YAML: "),
        ("a: 1\nb: \x07\n", "2: not YAML: "),
        ("a: 1\n---\nb: 2\n", "2: not YAML: "),
        ("a: *nowhere\n", "1: not YAML: "),
    ],
    ids=["a bracket left open", "a tab", "a quote left open", "a control character", "two documents", "an alias"],
)
def test_what_is_not_yaml_is_told_with_its_line(text: str, expected: str, tmp_path: Path) -> None:
    assert message_of(tmp_path, text).startswith(expected)


def test_what_is_not_utf_8_is_told_with_its_byte(tmp_path: Path) -> None:
    assert message_of(tmp_path, b"a: 1\nb: \xff\n") == " expected UTF-8: invalid start byte at byte 8"


@pytest.mark.parametrize("text", ["", "just a text", "[1, 2]", "# a comment\n"])
def test_a_file_that_is_no_mapping_is_refused(text: str, tmp_path: Path) -> None:
    assert message_of(tmp_path, text) == "1: expected the file to be a mapping, with a line 'key: value' for each key"


def test_a_key_that_stands_twice_is_refused_at_the_second(tmp_path: Path) -> None:
    assert message_of(tmp_path, "a: 1\nb: 2\na: 3\n") == "3: 'a' stands here twice"


def test_a_key_that_is_no_word_is_refused(tmp_path: Path) -> None:
    assert message_of(tmp_path, "a: 1\n? [x]\n: 2\n") == "2: expected keys to be words"


def test_a_key_that_is_missing_is_told(tmp_path: Path) -> None:
    assert message_of(tmp_path, "a: 1\n", lambda settings: settings.text("b")) == "1: the key 'b' is missing"


@pytest.mark.parametrize(
    ("line", "take", "expected"),
    [
        ("b: [1]", lambda settings: settings.text("b"), "b: expected a text"),
        ("b: {x: 1}", lambda settings: settings.texts("b"), "b: expected a text"),
        ("b: [x, [y]]", lambda settings: settings.texts("b"), "b: expected a text"),
        ("b: x", lambda settings: settings.number("b"), "b: expected an integer, read 'x'"),
        ("b: 1.5", lambda settings: settings.number("b", default=1), "b: expected an integer, read '1.5'"),
        ("b: up", lambda settings: settings.choice("b", ("x", "y")), "b: expected x or y, read 'up'"),
        ("b: yes", lambda settings: settings.flag("b", default=False), "b: expected true or false, read 'yes'"),
        ("b: [x, z]", lambda settings: settings.choices("b", ("x", "y"), ()), "b: expected x or y, read 'z'"),
    ],
    ids=["text", "mapping", "list in list", "number", "float", "choice", "flag", "choices"],
)
def test_a_value_of_the_wrong_kind_is_told_with_its_line(
    line: str, take: Callable[[Conf], object], expected: str, tmp_path: Path
) -> None:
    assert message_of(tmp_path, f"a: 1\n\n{line}\n", take) == f"3: {expected}"


def test_an_item_of_a_list_is_told_with_its_own_line(tmp_path: Path) -> None:
    assert message_of(tmp_path, "a:\n  - x\n  - [y]\n", lambda settings: settings.texts("a")).startswith("3: ")


def test_a_choice_in_a_list_is_told_with_its_own_line(tmp_path: Path) -> None:
    def take(settings: Conf) -> object:
        return settings.choices("a", ("x", "y"), ())

    assert message_of(tmp_path, "a:\n  - x\n  - z\n", take).startswith("3: ")


def test_an_unknown_key_is_told_with_its_line_and_the_nearest_that_is_known(tmp_path: Path) -> None:
    def take(settings: Conf) -> None:
        settings.texts("special_tokens")
        settings.text("place", default="")
        settings.refuse_the_rest()

    assert message_of(tmp_path, "place: x\nspecial_token: y\n", take) == (
        "2: unknown key 'special_token'; did you mean special_tokens?"
    )
    assert message_of(tmp_path, "q: 1\n", take) == "1: unknown key 'q'; expected one of: special_tokens, place"


def test_a_file_that_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Conf(tmp_path / "nope.yaml", TokenizerError)


# Presets and chat formats


PRESET = """description: mine
model: byte_level
pattern: ['\\p{L}+', '\\P{L}+']
vocab_size: 300
special_tokens: [<a>, <b>]
eos_token: <b>
"""

FORMAT = """description: mine
tokens: [<q>, <a>]
optional: <a>
template: "<q>{{ messages[0].content }}<a>"
"""


def written(folder: Path, text: str) -> str:
    path = folder / "mine.yaml"
    path.write_text(text, "utf-8")
    return str(path)


def test_a_preset_of_the_user_is_read_from_its_file(tmp_path: Path) -> None:
    preset = load_preset(written(tmp_path, PRESET))
    assert (preset.name, preset.description, preset.model) == ("mine", "mine", "byte_level")
    assert (preset.pattern, preset.vocab_size) == (r"\p{L}+|\P{L}+", 300)
    assert (preset.special_tokens, preset.roles, preset.place) == (("<a>", "<b>"), {"eos_token": "<b>"}, "last")
    assert (preset.chat, preset.keeps_words, preset.prefixes) == ("", False, ())


def test_a_chat_format_of_the_user_is_read_from_its_file(tmp_path: Path) -> None:
    chat = load_format(written(tmp_path, FORMAT))
    assert (chat.name, chat.description, chat.tokens, chat.optional) == ("mine", "mine", ("<q>", "<a>"), ("<a>",))
    assert chat.template == "<q>{{ messages[0].content }}<a>"


@pytest.mark.parametrize(
    ("load", "text", "old", "new", "expected"),
    [
        (load_preset, PRESET, "byte_level", "bytes", "2: model: expected byte_level or byte_fallback, read 'bytes'"),
        (load_preset, PRESET, "300", "many", "4: vocab_size: expected an integer, read 'many'"),
        (load_preset, PRESET, "description: mine\n", "", "1: the key 'description' is missing"),
        (load_preset, PRESET, "<b>\n", "<c>\n", "6: eos_token: expected <a> or <b>, read '<c>'"),
        (load_preset, PRESET, "vocab_size", "vocabsize", "1: the key 'vocab_size' is missing"),
        pytest.param(
            *(load_preset, PRESET, "eos_token", "eos_tokens", "6: unknown key 'eos_tokens'; did you mean eos_token?"),
        ),
        (load_format, FORMAT, "optional: <a>", "optional: <b>", "3: optional: expected <q> or <a>, read '<b>'"),
        (load_format, FORMAT, "template", "templat", "1: the key 'template' is missing"),
        (load_format, FORMAT, "optional", "optionals", "3: unknown key 'optionals'; did you mean optional?"),
    ],
    ids=lambda value: value if isinstance(value, str) and value[:1].isdigit() else "",
)
def test_what_is_wrong_with_a_file_of_the_user_is_told_with_its_line(
    load: Callable[[str], object], text: str, old: str, new: str, expected: str, tmp_path: Path
) -> None:
    path = written(tmp_path, text.replace(old, new, 1))
    with pytest.raises(AidecError) as caught:
        load(path)
    assert str(caught.value) == f"{path}:{expected}"


@pytest.mark.parametrize(
    ("load", "error", "names"),
    [(load_preset, TokenizerError, preset_names), (load_format, ConversationError, format_names)],
)
def test_a_name_that_is_not_there_is_told_with_the_nearest_that_is(
    load: Callable[[str], object], error: type[AidecError], names: Callable[[], list[str]]
) -> None:
    name = names()[0]
    with pytest.raises(error) as caught:
        load(name + "x")
    assert str(caught.value).startswith(f"{name}x: no such ")
    assert f"did you mean {name}? " in str(caught.value)
    assert ", ".join(names()) in str(caught.value)


@pytest.mark.parametrize(("load", "error"), [(load_preset, TokenizerError), (load_format, ConversationError)])
@pytest.mark.parametrize("name", ["nowhere.yaml", "", "zzz", "/", "../presets/lua", "../chat_formats/chatml"])
def test_what_names_nothing_is_refused(load: Callable[[str], object], error: type[AidecError], name: str) -> None:
    with pytest.raises(error, match=r"no such|no file can have the name ''"):
        load(name)


# Those that ship


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_that_ships_is_loaded_and_says_why_each_setting_stands_there(name: str) -> None:
    preset = load_preset(name)
    assert preset.name == name
    lines = (PRESETS / f"{name}.yaml").read_text("utf-8").splitlines()
    for key in yaml.safe_load("\n".join(lines)):
        before = lines[next(number for number, line in enumerate(lines) if line.startswith(f"{key}:")) - 1]
        assert key == "description" or before.startswith("#"), key


@pytest.mark.parametrize("name", preset_names())
def test_the_chat_format_of_a_preset_is_one_that_ships(name: str) -> None:
    chat = load_preset(name).chat
    assert not chat or chat in format_names()


@pytest.mark.parametrize("name", format_names())
def test_a_chat_format_that_ships_prints_no_control_token_that_it_does_not_declare(name: str) -> None:
    chat = load_format(name)
    assert set(re.findall(r"<\|\w+\|>", chat.template)) <= set(chat.tokens)
    assert (FORMATS / f"{name}.yaml").is_file()


def test_settings_are_imported_without_pyyaml() -> None:
    """To import PyYAML takes longer than a command's other modules of ``aidec.common`` together."""
    code = "import sys, aidec.common.settings; sys.exit('yaml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
