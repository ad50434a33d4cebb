"""Whether a call returned what a test expects: values are compared as by Lua's ``==``, and tables by what they hold."""

from __future__ import annotations

from aidec.evaluation.frames import Frame, Ref, Value


def equal_results(ours: Frame, theirs: Frame) -> bool:
    """Whether the results of one call are the arguments of another, which are the expected values.

    Integers and floats of the same value are equal, and so are two NaNs. Functions, threads and files are equal to none
    but those of the library.
    """
    expected = theirs.arguments
    if not ours.is_ok or len(ours.results) != len(expected):
        return False
    return _Comparison(ours, theirs).all_equal(list(zip(ours.results, expected, strict=True)))


class _Comparison:
    """Compares values of two frames; tables that are being compared count as equal, so that cycles end."""

    def __init__(self, ours: Frame, theirs: Frame) -> None:
        self.ours, self.theirs = ours, theirs
        self.seen: set[tuple[int, int]] = set()

    def all_equal(self, waiting: list[tuple[Value, Value]]) -> bool:
        while waiting:
            one, other = waiting.pop()
            if isinstance(one, Ref) and isinstance(other, Ref):
                if (one.place, other.place) in self.seen:
                    continue
                self.seen.add((one.place, other.place))
                inner = self.inside(one.place, other.place)
                if inner is None:
                    return False
                waiting += inner
            elif not same(one, other):
                return False
        return True

    def inside(self, one: int, other: int) -> list[tuple[Value, Value]] | None:
        """The values of two tables by their keys, or None where they can't be equal."""
        tables = self.ours.objects[one], self.theirs.objects[other]
        if any(table.kind != "table" for table in tables):
            return None
        ours, theirs = ({_key(key): value for key, value in table.entries} for table in tables)
        if ours.keys() != theirs.keys() or any(isinstance(key, Ref) for key in ours):
            return None
        return [(ours[key], theirs[key]) for key in ours]


def _key(key: Value) -> object:
    """A key, such that a boolean is no number."""
    return (type(key), key) if isinstance(key, bool) else key


def same(one: Value, other: Value) -> bool:
    """Whether two values that are not both objects are equal."""
    are_numbers = type(one) in (int, float) and type(other) in (int, float)
    if type(one) is not type(other) and not are_numbers:
        return False
    return one == other or (one != one and other != other)  # noqa: PLR0124 -- two NaNs
