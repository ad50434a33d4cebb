"""What hypothesis does: inputs are drawn, and the smallest that fail are found. The seed alone decides on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from aidec.common.errors import SynthesisError
from aidec.common.extras import extra
from aidec.synthesis.inputs import Type, simpler_inputs, strategy

with extra("synth", "to draw inputs needs", SynthesisError):
    import hypothesis
    from hypothesis import HealthCheck, Phase, Verbosity
    from hypothesis import strategies as st
    from hypothesis.errors import InvalidArgument, Unsatisfiable
    from hypothesis.internal.conjecture import providers
    from hypothesis.internal.constants_ast import Constants

HYPOTHESIS = f"hypothesis {hypothesis.__version__}"
"""What draws inputs; another release may draw others."""

Values = tuple[Any, ...]
"""A value for each input."""


def draw(inputs: Mapping[str, Type], number: int, seed: int) -> list[Values]:
    """So many values for inputs, or as many as there are, in the order in which they are drawn."""
    drawn: list[Values] = []

    def test(values: Values) -> None:
        drawn.append(values)

    _search(inputs, number, seed, test)
    return drawn


def smallest(
    inputs: Mapping[str, Type], number: int, seed: int, fails: Callable[[Values], bool]
) -> tuple[Values, int] | None:
    """The smallest values that fail, and how many simpler ones hold; None if none of so many fails.

    hypothesis draws the values that ``draw`` draws, and shrinks the first that fails. What it comes to is then made
    simpler step by step, as ``inputs.simpler`` orders values, until nothing that is one step simpler fails.
    """
    found = list[Values]()

    def test(values: Values) -> None:
        if fails(values):
            found.append(values)
            raise _FailedError

    try:
        _search(inputs, number, seed, test, shrinks=True)
    except _FailedError:
        return _simplest(found[-1], list(inputs.values()), fails)
    return None


def _simplest(values: Values, types: list[Type], fails: Callable[[Values], bool]) -> tuple[Values, int]:
    """Values that fail of which none fails that is one step simpler, and how many these are."""
    while True:
        tried = list(simpler_inputs(values, types))
        failing = next((each for each in tried if fails(each)), None)
        if failing is None:
            return values, len(tried)
        values = failing


class _FailedError(Exception):
    """Tells hypothesis that values fail."""


def _search(
    inputs: Mapping[str, Type], number: int, seed: int, test: Callable[[Values], None], *, shrinks: bool = False
) -> None:
    """Let hypothesis draw values for a test, and shrink those that fail."""
    settings = hypothesis.settings(
        max_examples=number,
        phases=[Phase.generate, Phase.shrink] if shrinks else [Phase.generate],
        database=None,
        deadline=None,
        derandomize=False,
        report_multiple_bugs=False,
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
    given = hypothesis.given(st.tuples(*map(strategy, inputs.values())))
    with _no_constants_of_modules():
        try:
            hypothesis.seed(seed)(settings(given(test)))()
        except (InvalidArgument, Unsatisfiable) as error:  # such as a map of three Booleans
            raise SynthesisError(f"no inputs can be drawn: {str(error).partition(chr(10))[0]}") from None


@contextmanager
def _no_constants_of_modules() -> Iterator[None]:
    """Keep hypothesis from drawing constants of the modules that happen to be imported, which other processes are not.

    It has no setting for that. Versions that have no such function draw none.
    """
    usual = getattr(providers, "_get_local_constants", None)
    if usual is None:
        yield
        return
    none = Constants()
    providers._get_local_constants = lambda: none
    providers.CONSTANTS_CACHE.cache.clear()
    try:
        yield
    finally:
        providers._get_local_constants = usual
        providers.CONSTANTS_CACHE.cache.clear()
