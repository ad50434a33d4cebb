"""The code in an answer: answers as models give them, and laws."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aidec.evaluation.answers import code_of, is_lua

SHAPES = {
    "a fence with prose around it": (
        "Here is the decompiled function:\n\n```lua\nlocal x = 1\n```\n\nIt sets x.",
        "local x = 1\n",
    ),
    "a fence that is not closed, since the answer was cut off": ("```lua\nlocal x = 1\nlocal", "local x = 1\nlocal"),
    "a fence without a tag": ("Sure!\n```\nx = 1\n```", "x = 1\n"),
    "the longest of several that are tagged": (
        "```lua\nx = 1\n```\nBetter:\n```lua\nlocal x = 1\nreturn x\n```\nUse:\n```lua\nx()\n```",
        "local x = 1\nreturn x\n",
    ),
    "the last of equally long ones": ("```lua\nx = 1\n```\nor\n```lua\nx = 2\n```", "x = 2\n"),
    "a tagged one before a longer one with another tag": (
        "```text\n1 LOADK 0 -1\n2 RETURN 0 2\n```\n```Lua\nreturn 1\n```",
        "return 1\n",
    ),
    "one without a tag before one with another": ("```bash\nluac5.3 -l x.luac\n```\n```\nreturn 1\n```", "return 1\n"),
    "another tag, if nothing else is there": ("```luau\nreturn 1\n```", "return 1\n"),
    "tildes, and backticks inside": ("~~~lua\nx = [[\n```\n]]\n~~~", "x = [[\n```\n]]\n"),
    "four backticks around three": ("````lua\n--[[\n```\n]]\n````", "--[[\n```\n]]\n"),
    "a fence in a list": ("1. First:\n   ```lua\n   if x then\n     y()\n   end\n   ```", "if x then\n  y()\nend\n"),
    "line breaks of Windows": ("Code:\r\n```lua\r\nx = 1\r\n```\r\n", "x = 1\r\n"),
    "an info string of a renderer": ('```{.lua title="x.lua"}\nx = 1\n```', "x = 1\n"),
    "a thought": ("<think>\nMaybe\n```lua\nwrong()\n```\n</think>\n```lua\nx = 1\n```", "x = 1\n"),
    "a thought that the server's prompt began": ("First I look.\n</think>\n\nx = 1 +", "x = 1 +"),
    "a thought that was cut off": ("<think>\nThe loop goes on and\n```lua\nx = 1\n```", ""),
    "prose before code without a fence": ("Here is the code:\n\nlocal x =\n\nreturn x", "local x =\n\nreturn x"),
    "prose after it": ("x = = 1\n\nThis sets **x**.\n\nAnything else?", "x = = 1"),
    "no prose, but varargs and a label": ("return = ...\n\n::done::", "return = ...\n\n::done::"),
    "code that does not compile, as it stands": (
        "local function f(\n  return 1\nend",
        "local function f(\n  return 1\nend",
    ),
    "a refusal": ("I'm sorry, but I can't help with that.", ""),
    "a function without a name": ("function(a, b)\n  return a + b\nend", "function(a, b)\n  return a + b\nend"),
    "a source whose comment shows code": ("--[[ Use:\n```lua\nf()\n```\n]]\nfunction f() end", None),
    "nothing": ("", ""),
}
"""What is answered, and the code; None where that is the whole answer."""


@pytest.mark.parametrize("shape", SHAPES)
def test_an_answer_has_this_code(shape: str) -> None:
    answer, code = SHAPES[shape]
    assert code_of(answer.encode()) == (answer if code is None else code).encode()


def test_a_source_is_its_own_code(lua_file: Path) -> None:
    source = lua_file.read_bytes()
    assert code_of(source) == source


PROSE = st.text(st.characters(exclude_characters="`~<>\r", codec="utf-8")).map(lambda text: f"Well, {text}")


@settings(max_examples=30)
@given(PROSE, PROSE, st.sampled_from(["```", "~~~", "`````"]), st.sampled_from(["", "lua", "LUA"]), st.binary())
def test_what_stands_in_a_fence_is_the_code_whatever_stands_around_it(
    before: str, after: str, fence: str, tag: str, code: bytes
) -> None:
    lines = re.sub(b"[`~<]", b"", code) + b"\n"
    answer = b"\n".join([before.encode(), f"{fence}{tag}".encode(), lines + fence.encode(), after.encode()])
    assert not is_lua(answer)
    assert code_of(answer) == lines


@given(st.binary())
def test_any_bytes_have_a_code_that_is_a_part_of_them(answer: bytes) -> None:
    code = code_of(answer)
    assert code in answer or b"`" in answer or b"~" in answer
    assert code_of(b"return 1 " + b"-" * 2 + answer.replace(b"\n", b"").replace(b"\r", b"")).startswith(b"return 1 ")


PROMPT = b"-- Adds.\nlocal function add(a, b)\n"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"  return a + b\nend\n\nlocal y = 1", b"  return a + b\nend\n"),
        (b"  return a + b\nend", b"  return a + b\nend"),
        (b"```lua\n  return a + b\nend\n```", b"  return a + b\nend\n"),
        (b"```lua\nlocal function add(a, b)\n  return 1\nend\n\nlocal y\n```", b"\n  return 1\nend\n"),
    ],
    ids=["goes on", "ends by itself", "goes on in a fence", "says all again"],
)  # fmt: skip
def test_an_answer_goes_on_with_a_prompt_up_to_a_stop_token(answer: bytes, code: bytes) -> None:
    assert code_of(answer, PROMPT, [b"\nlocal", b"\nfunction"]) == code
