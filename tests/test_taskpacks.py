"""Task packs: items become conversations, and nothing that an item says becomes a token."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_items import ITEMS, item, tokenizer

from aidec.chat import Chat
from aidec.chat.messages import SpecialToken
from aidec.common.errors import ConversationError, PackError
from aidec.lua import compile_source
from aidec.taskpacks import answered_files, find_task_packs, load_task_pack, render_item
from aidec.taskpacks.rendering import head, rest
from aidec.tokenizers import Tokenizer

SHIPPED = [(name, kind) for name, path in find_task_packs().items() for kind in load_task_pack(path).kinds]


def own(folder: Path, conf: str, **templates: str) -> Path:
    """A pack of the user's."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pack.yaml").write_text(conf)
    for role, text in templates.items():
        (folder / f"{role}.j2").write_text(text)
    return folder


def problem(folder: Path) -> str:
    with pytest.raises(PackError) as caught:
        load_task_pack(folder)
    return str(caught.value).removeprefix(f"{folder.parent}/")


@pytest.mark.parametrize(("name", "kind"), SHIPPED)
def test_a_shipped_pack_makes_a_conversation_whose_files_compile(name: str, kind: str) -> None:
    pack, made = load_task_pack(name), item(kind)
    assert pack.problem(made, kind) is None
    messages = render_item(pack, made, kind)
    assert [message.role for message in messages] == ["system", "user", "assistant"]
    assert "must compile with luac 5.3" in messages[0].text
    files = list(answered_files(messages))
    assert files or not pack.tokens or name == "explain"
    for file, text in files:
        compile_source(text.encode(), file.encode())
    for field in (*pack.kinds[kind].has, *pack.kinds[kind].needs):
        assert pack.problem({**made, field: None}, kind) == f"the task pack {name} needs the field {field!r} of {kind}"


def test_the_files_of_an_answer_stand_between_their_boundaries() -> None:
    made = item("instruct")
    messages = render_item(load_task_pack("implement"), made, "instruct")
    code, tests = made["code"], made["tests"]
    assert messages[-1].text == f"<FILE:main.lua>\n{code}</FILE>\n<FILE:tests.lua>\n{tests}</FILE>"
    tokens = [piece.text for piece in messages[-1].pieces if piece.is_token]
    assert tokens == ["<FILE:main.lua>", "</FILE>", "<FILE:tests.lua>", "</FILE>"]
    assert list(answered_files(messages)) == [("main.lua", code), ("tests.lua", tests)]


def test_a_file_that_the_user_begins_is_whole_with_what_the_assistant_adds() -> None:
    messages = render_item(load_task_pack("complete"), item("generate"), "generate")
    assert list(answered_files(messages)) == [("main.lua", ITEMS["generate"]["code"])]


@pytest.mark.parametrize("spelled", ["</FILE>", "x = '<FILE:main.lua>'", "<FILE:tests.lua"])
def test_an_item_spells_no_token(spelled: str, tmp_path: Path) -> None:
    pack = own(
        tmp_path / "mine",
        "{description: d, kinds: {instruct: {needs: [code]}}, tokens: ['<FILE:{main,tests}.lua>', '</FILE>']}",
        user="x",
        assistant="{{ code }}>",  # with what the template says, the last one would be a token
    )
    with pytest.raises(PackError, match=r"^mine/assistant\.j2: the item spells '</?FILE.*>', a token of the pack"):
        render_item(load_task_pack(pack), item("instruct", code=spelled), "instruct")


def test_what_a_program_shows_is_told_if_it_has_no_message() -> None:
    wrong = item("break", message="", shows="output", broken_output="2\n", code="print(2)\n")
    said = {name: render_item(load_task_pack(name), wrong, "break")[1].text for name in ("repair", "explain")}
    assert {text.partition("</FILE>")[2] for text in said.values()} == {
        "\n\nIt should print this:\n1\n\nIt prints this:\n2\n"
    }
    endless = render_item(load_task_pack("repair"), {**wrong, "shows": "no end"}, "break")[1].text
    assert endless.endswith("It does not come to an end. It should print this:\n1\n")


def test_a_pack_is_for_those_items_of_a_kind_that_have_what_it_is_about() -> None:
    held, mutant = item("properties", mutant=None, counterexample=None), item("properties", examples=None)
    fits = {name: load_task_pack(name) for name in ("implement", "repair", "explain")}
    assert [name for name, pack in fits.items() if pack.is_for(held, "properties")] == ["implement", "explain"]
    assert [name for name, pack in fits.items() if pack.is_for(mutant, "properties")] == ["repair", "explain"]


def test_a_user_writes_a_pack_that_extends_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    conf = "{description: curt, extends: repair, kinds: {mine: {needs: [fix], compiles: [fix]}}}"
    own(tmp_path / "curt", conf, system="{% extends 'lua.j2' %}{% block task %}Be curt.{% endblock %}")
    monkeypatch.setenv("AIDEC_TASK_PATH", str(tmp_path))
    pack = load_task_pack("curt")
    assert find_task_packs()["curt"] == tmp_path / "curt"
    assert (set(pack.kinds), pack.tokens) == ({"break", "properties", "mine"}, load_task_pack("repair").tokens)
    messages = render_item(pack, item("break"), "break")
    assert messages[0].text.startswith("You write Lua 5.3. Be curt.\n")
    assert messages[1:] == render_item(load_task_pack("repair"), item("break"), "break")[1:]
    assert pack.problem({}, "python") == "the task pack curt is for break, properties, mine, read python"


@pytest.mark.parametrize(
    ("conf", "expected"),
    [
        ("description: d\nkinds: {a: {neds: [code]}}\n", "p/pack.yaml:2: unknown key 'kinds.a.neds'"),
        ("description: d\nkinds: {a: {needs: [b], compiles: [c]}}\n", "p/pack.yaml:2: kinds.a.compiles: expected b"),
        ("description: d\n", "p/pack.yaml:1: expected kinds"),
        ("description: d\nkinds: {a: {}}\n", "p: expected a template user.j2"),
        ("description: d\nextends: ./\nkinds: {a: {}}\n", "p/pack.yaml: task packs extend each other in a circle: p"),
        ("description: d\nkinds: {a: {}}\ntokens: '{a'\n", "p/pack.yaml:3: tokens: a brace without its partner"),
    ],
)
def test_a_pack_that_is_wrong_is_refused_with_its_place(tmp_path: Path, conf: str, expected: str) -> None:
    assert problem(own(tmp_path / "p", conf)).startswith(expected)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ nothing }}", "p/user.j2:1: 'nothing' is undefined"),
        ("\n{{ code.x }}", "p/user.j2:2: 'str object' has no attribute 'x'"),
        ("{% if %}", "p/user.j2:1: Expected an expression"),
        ("{{ [code] }}", "p/user.j2:1: expected a text or a number to print, read list"),
        ("{% include 'gone.j2' %}", "p: no template gone.j2; searched in p, tasks"),
        ("{{ 'x' | head }}", "p/user.j2:1: the text has a single line"),
        ("{# nothing #}", "p/user.j2: the message is empty"),
    ],
)
def test_a_template_that_fails_is_named_with_its_line(tmp_path: Path, template: str, expected: str) -> None:
    pack = load_task_pack(own(tmp_path / "p", "{description: d, kinds: {python: {}}}", user=template, assistant="x"))
    with pytest.raises(PackError) as caught:
        render_item(pack, item("python"), "python")
    assert str(caught.value).startswith(expected)


def test_a_pack_that_is_not_there_is_refused_with_the_names() -> None:
    with pytest.raises(PackError, match=r"^repiar: no such task pack; did you mean repair"):
        load_task_pack("repiar")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_a_text_is_its_head_and_its_rest(text: str) -> None:
    if "\n" in text.rstrip("\n"):
        assert head(text) + rest(text) == text
        assert head(text).endswith("\n")
        assert rest(text)
    else:
        with pytest.raises(PackError):
            head(text)


# In conversations


def test_a_token_of_a_pack_is_a_token_and_the_same_text_is_not(tmp_path_factory: pytest.TempPathFactory) -> None:
    found = Tokenizer.from_directory(tokenizer(tmp_path_factory.mktemp("tokenizer")))
    i = found.special_id("</FILE>")
    chat = Chat(found)

    def rendered(content: object) -> tuple[list[int], list[int]]:
        asked = {"role": "user", "content": "?"}
        ids, mask = chat.render_conversation([asked, {"role": "assistant", "content": content}]) or ([], [])
        assert found.decode_bytes(ids).endswith(b"\nx</FILE>y<|im_end|>")
        return ids, mask

    as_token = [{"type": "text", "text": text} for text in ("x", SpecialToken("</FILE>"), "y")]
    ids, mask = rendered(as_token)
    assert (ids.count(i), mask[ids.index(i)]) == (1, 1)
    assert i not in rendered("x</FILE>y")[0]
    assert i not in rendered([{"type": "text", "text": "x</FILE>y"}])[0]
    assert chat.as_text([{"role": "user", "content": as_token}])[0]["content"][1]["text"] == "</FILE>"
    with pytest.raises(ConversationError, match="message 2, part 1: the tokenizer lacks the special token '<FILE:z>'"):
        rendered([{"type": "text", "text": SpecialToken("<FILE:z>")}])
