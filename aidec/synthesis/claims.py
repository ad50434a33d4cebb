"""What is claimed of functions: laws, which can be claimed of many; properties, which are claimed of one; functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aidec.synthesis.inputs import Type

TOOLS = ("raw", "same", "copy")
"""What a claim finds besides the function: the function whose arguments are not copied, and two functions on values."""


@dataclass(frozen=True)
class Law:
    """What can be claimed of many functions.

    Attributes:
        name: its name.
        meaning: what it says, a sentence.
        claim: the expression that holds, with ``$`` before the names of what a function fills in.
        needs: the names of what a property says.
        also: the roles, ``first`` or ``second``, of parameters of which there is another input, such as ``first2``.
        where: the condition under which it is claimed.
        brings: Lua before the claim.
    """

    name: str
    meaning: str
    claim: str
    needs: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    where: str = "true"
    brings: str = ""

    @property
    def parameters(self) -> int:
        """How many inputs a function needs."""
        texts = f"{self.claim} {self.where}", " ".join(self.also)
        return 2 if any("second" in each for each in texts) else 1 if any("first" in each for each in texts) else 0


@dataclass(frozen=True)
class Property:
    """What is claimed of one function.

    Attributes:
        name: the name of the law, or another where several are of one law.
        law: the name of the law.
        meaning: what it says, a sentence.
        claim: the expression that holds, in terms of the inputs.
        inputs: the types of the inputs, by name: those of the function, and those that the claim adds.
        where: the condition under which it is claimed.
        excepted: the condition under which it is known to fail.
        because: why it fails there.
        brings: Lua before the claim.
    """

    name: str
    law: str
    meaning: str
    claim: str
    inputs: Mapping[str, Type]
    where: str
    excepted: str
    because: str
    brings: str

    def text(self, function: str) -> str:
        """The text for ``Lab.claim``, with the name of the function."""
        inputs = ", ".join(self.inputs)
        made = ", ".join(f"function({inputs}) return {each} end" for each in (self.where, self.excepted, self.claim))
        return f"local {function}, {', '.join(TOOLS)} = select(2, ...)\n{self.brings}\nreturn {made}"


@dataclass(frozen=True)
class Function:
    """A function, and what is claimed of it.

    Attributes:
        name: the name of the local variable that is the function.
        doc: what it does, a sentence.
        code: its text, in the canonical layout.
        inputs: the types of its inputs, by name.
        call: the expression that calls it.
        brings: Lua before the call.
        properties: what is claimed.
        licence: the SPDX expression of its licence, or None.
        origin: where it is declared.
    """

    name: str
    doc: str
    code: bytes
    inputs: Mapping[str, Type]
    call: str
    brings: str
    properties: tuple[Property, ...]
    licence: str | None
    origin: str
