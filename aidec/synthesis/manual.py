"""The reference manual of Lua 5.3, ``doc/manual.html`` of its release: its sections, by their anchors.

Chapters and sections have their numbers as anchors, ``3.3.4``. Functions have headings of their own inside a section,
with anchors such as ``pdf-string.rep``; so have some names in the middle of a text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from textwrap import dedent

from aidec.common.errors import SynthesisError

_HEADINGS = ("h1", "h2", "h3", "h4")
_BLOCKS = (*_HEADINGS, "p", "li", "ul", "ol", "dl", "dd", "dt", "hr", "table", "tr", "div")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)*")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the manual that has an anchor.

    Attributes:
        anchor: the anchor, ``3.3.4`` or ``pdf-string.rep``.
        number: the number of the section where it stands, which is its own if it has one.
        title: its heading without the number; for a name in the middle of a text, the name.
        text: its text up to the next heading, with an empty line between paragraphs; for a name in the middle of a
            text, that of the section around it.
        examples: the texts of its blocks of code.
    """

    anchor: str
    number: str
    title: str
    text: str
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Manual:
    """A manual.

    Attributes:
        title: its title.
        copyright: its line of copyright; empty if it has none.
        sections: its sections, by their anchors, in their order.
    """

    title: str
    copyright: str
    sections: dict[str, Section]


def read_manual(path: Path) -> Manual:
    """The manual in an HTML file.

    Raises:
        SynthesisError: it has no sections.
        OSError: it can't be read.
    """
    reader = _Reader()
    reader.feed(path.read_bytes().decode("iso-8859-1"))
    reader.close()
    if not reader.parts:
        raise SynthesisError(
            f'{path}: expected manual.html of Lua 5.3, with headings that have anchors, such as <h2><a name="3.1">'
        )
    return Manual(reader.title.text(), reader.copyright(), {part.anchor: part.section() for part in reader.parts})


@dataclass(slots=True)
class _Text:
    """A text that grows: paragraphs of words, and blocks of code."""

    paragraphs: list[str] = field(default_factory=lambda: [""])
    examples: list[str] = field(default_factory=list)

    def text(self) -> str:
        kept = (each if each in self.examples else " ".join(each.split()) for each in self.paragraphs)
        return "\n\n".join(each for each in kept if each)

    def end_code(self) -> None:
        code = dedent(self.paragraphs[-1].replace("\xa0", " ")).strip("\n")
        self.paragraphs[-1] = code
        self.examples.append(code)
        self.paragraphs.append("")


@dataclass(slots=True)
class _Part:
    """A section that is being read."""

    anchor: str
    number: str
    body: _Text
    title: _Text = field(default_factory=_Text)

    def section(self) -> Section:
        title = re.sub(r"^[0-9.]+ \N{EN DASH} ", "", self.title.text())
        return Section(self.anchor, self.number, title, self.body.text(), tuple(self.body.examples))


class _Reader(HTMLParser):
    """Takes a manual apart; its tags are those of HTML 4, of which many are not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[_Part] = []
        self.title = _Text()
        self._front = _Text()
        self._body = self._front
        self._number = ""
        self._tags: list[str] = []
        self._name: _Part | None = None

    def copyright(self) -> str:
        """The paragraph before the first section that begins with the word."""
        return next((each for each in self._front.text().split("\n\n") if each.startswith("Copyright")), "")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in (*_HEADINGS, "title", "pre", "a"):
            self._tags.append(tag)
        if tag in (*_BLOCKS, "pre"):
            self._body.paragraphs.append("")
        anchor = dict(attrs).get("name")
        if tag == "a" and anchor:
            self._begin(anchor)

    def _begin(self, anchor: str) -> None:
        if _NUMBER.fullmatch(anchor):
            self._number = anchor
        if any(tag in _HEADINGS for tag in self._tags):
            self._body = _Text()
        self._name = _Part(anchor, self._number, self._body)
        self.parts.append(self._name)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self._tags:
            return
        while self._tags.pop() != tag:
            pass
        if tag == "pre":
            self._body.end_code()
        elif tag == "a":
            self._name = None

    def handle_data(self, data: str) -> None:
        if self._name is not None:
            self._name.title.paragraphs[-1] += data
        if "title" in self._tags:
            self.title.paragraphs[-1] += data
        elif not any(tag in _HEADINGS for tag in self._tags):
            self._body.paragraphs[-1] += data
