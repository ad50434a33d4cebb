"""The page with both sides: all lines and instructions are in it, whatever a chunk holds; it needs nothing else."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from array import array
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

import aidec
from aidec.bytecode import Chunk, Instruction, LocalVar, strip
from aidec.common.settings import load_yaml
from aidec.decompiler.decompiled import Decompiled
from aidec.decompiler.page import LINES_IN_BLOCK, html_page
from aidec.decompiler.places import instruction_spans

HERE = Path(__file__).parent
SOURCES = load_yaml(HERE / "data" / "decompile.yaml")["proven"]
VOID = {"meta", "br", "hr", "img", "link", "input"}

HOSTILE = """\
local a = '</script><b>&amp;' -- <!-- </code>
local b = [==[
two lines, "é", <i>
and \U0001f600 more]==] .. a .. '\\xff\\0\\r'
print(b, a)
return function(x) return x['</pre>'], {} end
"""


@dataclass
class Element:
    """An element of a page."""

    name: str
    attributes: dict[str, str | None]
    inside: list[Element | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text inside."""
        return "".join(part if isinstance(part, str) else part.text for part in self.inside)

    def find_all(self) -> list[Element]:
        """All elements inside."""
        inside = [part for part in self.inside if isinstance(part, Element)]
        return [each for part in inside for each in [part, *part.find_all()]]

    def find(self, name: str, kind: str = "") -> list[Element]:
        """The elements inside that have a name, and a class if one is given."""
        of_name = [each for each in self.find_all() if each.name == name]
        return [each for each in of_name if not kind or kind in (each.attributes.get("class") or "").split()]


class Page(HTMLParser):
    """Reads a page, of which each element but the void ones must be closed, in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self.open = [self.root]
        self.feed(text)
        self.close()
        assert self.open == [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element, in which no attribute stands twice."""
        assert len({name for name, _ in attrs}) == len(attrs)
        element = Element(tag, dict(attrs))
        self.open[-1].inside.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        """Close the element that was opened last."""
        assert self.open.pop().name == tag

    def handle_data(self, data: str) -> None:
        """Add text."""
        self.open[-1].inside.append(data)

    def handle_comment(self, data: str) -> None:
        """Fail, since the page has no comment of its own."""
        pytest.fail(f"a comment: {data}")


def chunk_of(source: str, *, stripped: bool = True) -> Chunk:
    chunk = aidec.load(aidec.compile(source, "@a.lua"))
    return strip(chunk) if stripped else chunk


def page_of(chunk: Chunk, title: str = "a.luac") -> tuple[Element, Decompiled]:
    program = aidec.decompile(chunk)
    return Page(html_page(program, chunk, title)).root, program


def rows_of(function: Element) -> list[Element]:
    return function.find("div", "rows")[0].find("code")


def source_lines(page: Element) -> list[str]:
    source = next(each for each in page.find("section") if each.attributes["id"] == "source")
    lines = source.find("code")
    assert [line.attributes["id"] for line in lines] == [f"L{number + 1}" for number in range(len(lines))]
    return [line.text for line in lines]


def spans_of(page: Element) -> list[list[int] | None]:
    script = next(each for each in page.find("script") if each.attributes.get("id") == "spans")
    found: list[list[int] | None] = json.loads(script.text)
    return found


FILES = [path.read_text("latin-1").replace("#!", "--") for path in sorted((HERE / "lua").glob("*.lua"))]


@pytest.mark.parametrize("stripped", [False, True])
@pytest.mark.parametrize("source", [*FILES, HOSTILE, *SOURCES[:20], ""])
def test_each_line_and_each_instruction_is_in_the_page(source: str, stripped: bool) -> None:  # noqa: FBT001
    page, program = page_of(chunk_of(source, stripped=stripped))
    assert "\n".join([*source_lines(page), ""]) == program.source.decode()
    listed = page.find("details", "function")
    for element, function in zip(listed, program.functions, strict=True):
        rows = [row.text.split() for row in rows_of(element)]
        expected = [Instruction(word).opcode.name for word in function.proto.code]
        assert [int(row[0]) for row in rows] == list(range(1, len(expected) + 1))
        assert [row[1 if stripped else 2] for row in rows] == expected
        if not stripped:
            assert [row[1] for row in rows] == [f"[{line}]" for line in function.proto.line_info]


@pytest.mark.parametrize("source", [*FILES, HOSTILE])
def test_each_instruction_has_the_text_of_its_token(source: str) -> None:
    page, program = page_of(chunk_of(source))
    text = "\n".join(source_lines(page)).encode("utf-16-le")  # a browser counts in these units
    for flat, function in zip(spans_of(page), program.functions, strict=True):
        expected = instruction_spans(program.source)[function.path] if function.is_proven else None
        if expected is None:
            assert flat is None
            continue
        assert flat is not None
        found = [text[2 * start : 2 * (start + size)] for start, size in zip(flat[::2], flat[1::2], strict=True)]
        assert [each.decode("utf-16-le") for each in found] == [
            program.source[start:end].decode() for start, end in expected
        ]


def test_a_page_needs_nothing_else() -> None:
    page, program = page_of(chunk_of(HOSTILE))
    text = html_page(program, chunk_of(HOSTILE), "a.luac")
    for element in page.find_all():
        links = {name: value for name, value in element.attributes.items() if name in {"src", "href", "action", "data"}}
        assert set(links) <= {"href"}
        assert all((value or "").startswith("#L") for value in links.values())
        assert not any(name.startswith("on") for name in element.attributes)
        assert element.name not in {"link", "img", "iframe", "object", "base"}
    style, scripts = page.find("style")[0].text, page.find("script")
    assert not re.search(r"url\(|@import|https?:", style + "".join(script.text for script in scripts))
    assert "default-src 'none'" in text


def test_nothing_that_a_chunk_holds_is_read_as_html() -> None:
    names = LocalVar(b"<i>\n\t9\t[1]\tMOVE", 0, 1), LocalVar(b"\xff&amp;", 0, 1)
    chunk = chunk_of(HOSTILE, stripped=False)
    chunk = replace(chunk, main=replace(chunk.main, source=b"@<b>\n\n</pre>", local_vars=names))
    title = "</title><script>alert(1)</script>\udcff\n"
    page, _ = page_of(chunk, title)
    assert page.find("h1")[0].text == title.replace("\udcff", "\\xff")
    assert page.find("title")[0].text.startswith("</title><script>")
    assert len(page.find("script")) == 2
    assert page.find("i") == []
    main = page.find("details", "function")[0]
    assert len(rows_of(main)) == len(chunk.main.code)
    assert "<i>??9?[1]?MOVE" in main.find("pre")[0].text
    assert "\\xff&amp;" in main.find("pre")[0].text


def test_what_is_not_proven_is_marked() -> None:
    chunk = chunk_of("local a = 1\nlocal function b() x = 1 end\nreturn a, b")
    changed = array("I", chunk.main.protos[0].code)
    changed[0] = 45 | 1 << 23  # VARARG, in a function that has no such parameters
    chunk = replace(chunk, main=replace(chunk.main, protos=(replace(chunk.main.protos[0], code=changed),)))
    page, program = page_of(chunk)
    assert [function.is_proven for function in program.functions] == [True, False]
    assert len(page.find("details", "unproven")) == 1
    main, inner = (element.find("summary")[0].text for element in page.find("details", "function"))
    assert f"unproven: {program.functions[1].difference}" in inner
    assert "unproven" not in main
    assert "1 of 2 functions proven" in page.find("header")[0].text
    assert [flat is None for flat in spans_of(page)] == [False, True]


def test_a_function_that_nothing_makes_is_listed() -> None:
    chunk = chunk_of("local function f() return 1 end return f, 2")
    code = array("I", chunk.main.code)
    code[0] += 1 << 14  # CLOSURE 1
    protos = (chunk_of("return 3").main, *chunk.main.protos)
    chunk = replace(chunk, main=replace(chunk.main, code=code, protos=protos))
    page, program = page_of(chunk)
    functions = page.find("details", "function")
    assert [each.find("b")[0].text for each in functions] == ["main", "main.protos[0]", "main.protos[1]"]
    summaries = [each.find("summary")[0].text for each in functions]
    assert "unproven: nothing makes it" in summaries[1]
    assert "unproven" not in summaries[2]
    assert [row.text.split()[1] for row in rows_of(functions[1])] == ["LOADK", "RETURN", "RETURN"]
    inner = next(function for function in program.functions if function.path == (1,))
    assert inner.spans is not None
    assert [program.source[start:end] for start, end in inner.spans] == [b"1", b"1", b"end"]
    assert len(spans_of(page)[2] or []) == 6
    laid_out = aidec.decompile(chunk, lines=True).source
    assert aidec.load(aidec.compile(laid_out)).main.protos[0].line_defined == 1


def test_a_word_that_belongs_to_the_instruction_before_has_no_row() -> None:
    chunk = chunk_of("return {f()}")
    code = chunk.main.code[:]
    place = next(pc for pc, word in enumerate(code) if Instruction(word).opcode.name == "SETLIST")
    code[place] &= ~(0x1FF << 14)  # C is 0: the count is in the next word
    code.insert(place + 1, 7)
    page, _ = page_of(replace(chunk, main=replace(chunk.main, code=code)))
    rows = [int(row.text.split()[0]) - 1 for row in rows_of(page.find("details", "function")[0])]
    assert rows == [pc for pc in range(len(code)) if pc != place + 1]


def test_a_page_shows_another_layout_of_the_source() -> None:
    chunk = chunk_of("\n\nlocal a = f(\n)\n\nreturn a", stripped=False)
    program = aidec.decompile(chunk, lines=True)
    page = Page(html_page(program, chunk, "a.luac")).root
    assert "\n".join([*source_lines(page), ""]) == program.source.decode()


def test_long_sources_are_laid_out_in_blocks() -> None:
    page, _ = page_of(chunk_of("x = 1\n" * (2 * LINES_IN_BLOCK)))
    source = page.find("section")[0]
    sizes = [len(block.find("code")) for block in source.find("div", "block")]
    assert sizes == [LINES_IN_BLOCK, LINES_IN_BLOCK, 1]
    assert len(source_lines(page)) == sum(sizes)


SCRIPT = """
<script>{
const found = [];
const send = (element, kind, more) => {
  const box = element.getBoundingClientRect();
  element.dispatchEvent(new PointerEvent(kind, {bubbles: true, clientX: box.left + more, clientY: box.top + 9}));
};
const marked = () => [...document.querySelectorAll(".hit, .near")].map((each) => each.id || each.textContent.trim());
  const rows = document.querySelectorAll("#F1 .rows code"), line = document.getElementById("L5");
  send(rows[1], "pointermove", 40); found.push(marked());
  send(line, "pointermove", 130); found.push(marked());
  send(line, "click", 130);
  send(rows[0], "pointermove", 40); found.push(marked());
  document.dispatchEvent(new KeyboardEvent("keydown", {key: "Escape"})); found.push(marked());
  const source = document.getElementById("source");
  source.dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowDown"}));
  source.dispatchEvent(new KeyboardEvent("keydown", {key: "End"})); found.push(marked());
  const result = document.createElement("output");
  result.textContent = JSON.stringify(found);
  document.body.append(result);
}</script>
"""


@pytest.mark.skipif(shutil.which("chromium") is None, reason="Chromium is not installed")
def test_pointing_at_one_side_shows_the_other(tmp_path: Path) -> None:
    chunk = chunk_of("local n = 0\nfunction add(t)\nn = n + #t\nend")
    program = aidec.decompile(chunk)
    assert program.source.decode().splitlines()[1:] == [
        "local n = 0",
        "",
        "function add(list)",
        "    n = n + #list",
        "end",
    ]
    path = tmp_path / "page.html"
    path.write_text(html_page(program, chunk, "a.luac").replace("</body>", SCRIPT + "</body>"))
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/profile", "--dump-dom"]
    command = ["chromium", *options, path.as_uri()]
    printed = subprocess.run(command, capture_output=True, check=True, timeout=120).stdout.decode()
    row, point, kept, none, last = json.loads(re.findall(r"<output>(.*)</output>", printed)[0])
    listing = [
        row.text.strip() for row in rows_of(Page(html_page(program, chunk, "a")).root.find("details", "function")[1])
    ]
    assert row == ["L5", *listing[:4]]
    assert "L5" in point
    assert kept == point
    assert none == []
    assert last[0] == "L6"
