"""The fields of an instruction, as ``fields.yaml`` declares them: taken out of a word, and put into one."""

from __future__ import annotations

from dataclasses import dataclass

from aidec.generated import tables
from aidec.kernels import Ints, operand

WIDTH = 32
"""How many bits a word has."""


@dataclass(frozen=True, slots=True)
class Field:
    """Some neighbouring bits of a word.

    >>> FIELDS["sbx"].take(0x8000001E)
    1
    >>> hex(FIELDS["opcode"].put(30) | FIELDS["sbx"].put(1))
    '0x8000001e'

    Attributes:
        name: what it is called as a property of ``Instruction``.
        position: its lowest bit.
        width: how many bits it has.
        offset: what is taken off these bits.
        doc: what it is, a sentence.
    """

    name: str
    position: int
    width: int
    offset: int
    doc: str

    @property
    def mask(self) -> int:
        """The bits of the field, shifted to the lowest of the word."""
        return (1 << self.width) - 1

    @property
    def bits(self) -> int:
        """The bits of the field, where they are in the word."""
        return self.mask << self.position

    def take(self, word: int) -> int:
        """The value that the field has in a word."""
        return (word >> self.position & self.mask) - self.offset

    def take_all(self, words: Ints) -> Ints:
        """The values that the field has in many words."""
        return operand(words, self.position, self.mask, self.offset)

    def put(self, value: int) -> int:
        """The word that has a value in this field, and 0 in all other bits.

        Raises:
            ValueError: the value does not fit the field.
        """
        bits = value + self.offset
        if not 0 <= bits < 1 << self.width:
            raise ValueError(f"instruction.{self.name} has no room for {value}")
        return bits << self.position


FIELDS: dict[str, Field] = {row[0]: Field(*row) for row in tables.FIELDS}
"""The fields, by name."""
