"""The code in an answer, by one rule.

1. An answer that compiles as it stands is the code: so a source is its own code, whatever its comments hold.
2. A thought is no part of the answer: all up to the last line ``</think>``, or up to that tag where the answer begins
   with ``<think>``; a thought that does not end leaves nothing.
3. Of fenced blocks, as CommonMark has them, the longest that is tagged ``lua`` is the code; if none is, the longest
   without a tag; if all have other tags, the longest. Of equally long ones it is the last. The end of the answer ends a
   block as well.
4. Without a fence the answer is the code, less the prose before and after it: the first and last paragraphs whose last
   character is one of ``.:!?``; of Lua only ``...`` and a label end so, and are kept.

Of an answer that goes on with a prompt (MultiPL-E) rule 1 says nothing. If the code says the prompt's last line again,
it goes on after that. It ends before the first stop token.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aidec.common.errors import CompileError
from aidec.lua import compile_source

_FENCE = re.compile(rb"(?P<indent>[ \t]*)(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^`\r\n]*)\r?\n?")
_THOUGHT_STARTS = re.compile(rb"\s*<think>")
_THOUGHT_ENDS = re.compile(rb"^[ \t]*</think>[ \t\r]*$", re.MULTILINE)
_PARAGRAPHS = re.compile(rb"\r?\n(?:[ \t]*\r?\n)+")
_PROSE_ENDS = re.compile(rb"(?:[!?]|(?<!:):|(?<!\.)\.)[*_`\"')\s]*\Z")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: the first word of its info string in lower case, and its text."""

    tag: bytes
    text: bytes


def code_of(answer: bytes, prompt: bytes = b"", stop_tokens: Sequence[bytes] = ()) -> bytes:
    r"""The code of an answer, by the rule of this module.

    >>> code_of(b"Sure:\n```lua\nreturn 1\n```\nIt returns 1.")
    b'return 1\n'
    >>> code_of(b"    return a\nend\nlocal x", prompt=b"local function f(a)\n", stop_tokens=[b"\nlocal"])
    b'    return a\nend'

    Args:
        answer: what was answered, whole.
        prompt: the start of the source, if the answer is to go on with it.
        stop_tokens: texts before the first of which what goes on with a prompt ends.
    """
    if not prompt:
        return answer if is_lua(answer) else _taken_out(answer)
    code = _taken_out(answer)
    _, is_said, rest = code.partition(prompt.rstrip().rpartition(b"\n")[2])
    code = rest if is_said else code
    stops = [found for stop in stop_tokens if stop and (found := code.find(stop)) >= 0]
    return code[: min(stops, default=len(code))]


def is_lua(text: bytes) -> bool:
    """Whether a text is a chunk or an expression of Lua, such as a function without a name."""
    for start in (b"", b"return "):
        try:
            compile_source(start + text)
        except CompileError:
            continue
        return True
    return False


def _taken_out(answer: bytes) -> bytes:
    rest = without_thought(answer)
    found = list(blocks(rest))
    if not found:
        return _without_prose(rest)
    best = max(_rank(block) for block in found)
    return next(block.text for block in reversed(found) if _rank(block) == best)


def _rank(block: Block) -> tuple[bool, bool, int]:
    return block.tag == b"lua", not block.tag, len(block.text)


def without_thought(answer: bytes) -> bytes:
    """An answer without a thought before it, by the second rule of this module."""
    ends = [match.end() for match in _THOUGHT_ENDS.finditer(answer)]
    if ends:
        return answer[ends[-1] :]
    if _THOUGHT_STARTS.match(answer):
        return answer.partition(b"</think>")[2]
    return answer


def blocks(answer: bytes) -> Iterator[Block]:
    """The fenced blocks of an answer, in order, without the indentation of their fences."""
    opened: re.Match[bytes] | None = None
    lines: list[bytes] = []
    for line in answer.splitlines(keepends=True):
        fence = _FENCE.fullmatch(line)
        if opened is None:
            opened = fence
        elif fence and fence["fence"].startswith(opened["fence"]) and not fence["info"].strip():
            yield _block(opened, lines)
            opened, lines = None, []
        else:
            lines.append(line)
    if opened is not None:
        yield _block(opened, lines)


def _block(opened: re.Match[bytes], lines: list[bytes]) -> Block:
    words = opened["info"].split()
    indent = re.compile(rb"[ \t]{0,%d}" % len(opened["indent"]))
    tag = words[0].strip(b"{.}").lower() if words else b""
    return Block(tag, b"".join(line[indent.match(line).end() :] for line in lines))  # type: ignore[union-attr]  # it matches nothing too


def _without_prose(answer: bytes) -> bytes:
    """An answer without its first and last paragraphs that are prose; the line breaks between the others stay."""
    cuts = [0, *(place for match in _PARAGRAPHS.finditer(answer) for place in match.span()), len(answer)]
    spans = [span for span in zip(cuts[::2], cuts[1::2], strict=True) if answer[slice(*span)].strip()]
    while spans and _PROSE_ENDS.search(answer, *spans[0]):
        del spans[0]
    while spans and _PROSE_ENDS.search(answer, *spans[-1]):
        del spans[-1]
    return answer[spans[0][0] : spans[-1][1]] if spans else b""
