"""The sources of what ran: read off the docstring of the function that ran, where they are kept once."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from importlib import import_module
from typing import Any


def references_of(function: Callable[..., Any]) -> tuple[str, ...]:
    """List the references in a function's docstring.

    Parameters
    ----------
    function : callable
        With a numpydoc section ``References`` of entries ``.. [1] ...``.

    Returns
    -------
    tuple of str
        One line each, without their numbers; empty where the section is missing.

    Examples
    --------
    >>> from coalitions import shapley_value
    >>> references_of(shapley_value)
    ('L. S. Shapley (1953), A value for n-person games, Contributions to the Theory of Games II, 307-317.',)
    """
    text = inspect.getdoc(function) or ""
    section = re.search(r"^References\n-+\n(.*?)(?=\n\n\S[^\n]*\n-+\n|\Z)", text, re.DOTALL | re.MULTILINE)
    if section is None:
        return ()
    entries = re.split(r"^\.\. \[\d+\] ", section.group(1), flags=re.MULTILINE)[1:]
    return tuple(" ".join(entry.split()) for entry in entries)


def function_named(solution: str) -> Callable[..., Any] | None:
    """Find the public function of a concept by its name in words: ``'Shapley value'`` is ``shapley_value``.

    Parameters
    ----------
    solution : str
        Words at the end that only qualify it may follow: ``'binomial semivalue at 1/3'``, ``'least core payoff'``.
        A class is found by its words too: ``'agreement game'``.

    Returns
    -------
    callable or None
        None where no public function is called so.

    Examples
    --------
    >>> function_named("Shapley-Taylor index of order 2").__name__
    'shapley_taylor'
    """
    words = re.findall(r"\w+", solution.lower())
    for count in range(len(words), 0, -1):
        name = "_".join(words[:count])
        for module in map(import_module, _ROOMS):
            public = {re.sub(r"(?<=[a-z])(?=[A-Z])", "_", each).lower(): each for each in module.__all__}
            public |= {each: each for each in module.__all__ if each.islower()}  # functions before classes
            if name in public:
                found: Callable[..., Any] = getattr(module, public[name])
                return found
    return None


_ROOMS = tuple(f"coalitions.{room}" for room in ("values", "core", "structures", "formation", "families", "properties"))
