"""Spellings: one line of ``pack.yaml`` that stands for a family of tokens, with braces as in a shell."""

from __future__ import annotations

import re
from itertools import product

from aidec.bytecode.opcodes import OPCODES

_BRACES = re.compile(r"\{([^{}]*)\}")
_RANGE = re.compile(r"(\d+)\.\.(\d+)")


def expand(spelling: str) -> list[str]:
    r"""All tokens that a spelling stands for, in order.

    Braces hold alternatives: words, ranges of decimal numbers, ``@opcodes`` for the names of the 47 opcodes, ``@iABC``,
    ``@iABx``, ``@iAsBx`` and ``@iAx`` for those of a mode. After a colon stands a format for the numbers, as in
    Python's format strings.

    >>> expand("<|{,/}Proto|>")
    ['<|Proto|>', '<|/Proto|>']
    >>> expand("r{0..2,7}")
    ['r0', 'r1', 'r2', 'r7']
    >>> expand("\\x{254..255:02X}")
    ['\\xFE', '\\xFF']

    Raises:
        ValueError: a brace is not closed, or holds a range that goes down.
    """
    parts = _BRACES.split(spelling)
    literals, groups = parts[0::2], parts[1::2]
    if any("{" in literal or "}" in literal for literal in literals):
        raise ValueError(f"a brace without its partner in {spelling!r}")
    alternatives = [[literals[0]]]
    for group, literal in zip(groups, literals[1:], strict=True):
        alternatives.append([choice + literal for choice in _choices(group)])
    return ["".join(choice) for choice in product(*alternatives)]


_SETS = {"@opcodes": [opcode.name for opcode in OPCODES if opcode.is_known]} | {
    f"@{mode}": [opcode.name for opcode in OPCODES if opcode.mode == mode] for mode in ("iABC", "iABx", "iAsBx", "iAx")
}


def _choices(group: str) -> list[str]:
    words, _, spec = group.partition(":")
    choices: list[str] = []
    for word in words.split(","):
        match = _RANGE.fullmatch(word)
        if match:
            first, last = int(match[1]), int(match[2])
            if last < first:
                raise ValueError(f"the range {word} goes down")
            choices += [format(number, spec) for number in range(first, last + 1)]
        elif word in _SETS:
            choices += _SETS[word]
        else:
            choices.append(format(int(word), spec) if spec else word)
    return choices
