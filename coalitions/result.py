"""What results have in common: a table on the screen, in a notebook and in LaTeX, and the sources they rest on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

MOST_SHOWN = 60
"""Rows of a table in a notebook; longer ones are cut in the middle."""


class Result(ABC):
    """Base of every result: give ``to_frame`` and ``_headline``, name the ``_concept``, and the rest follows.

    ``_concept`` is the name in words of the public function whose references ``cite`` gives: a class attribute where
    the class belongs to one function, a property where it depends on the result.

    Examples
    --------
    >>> import pandas as pd
    >>> class Cover(Result):
    ...     _concept = "optimal structure"
    ...     def to_frame(self):
    ...         return pd.DataFrame({"coalition": [("AUS", "JPN"), ("KOR",)], "worth": [3.0, 1.0]})
    ...     def _headline(self):
    ...         return "two coalitions"
    >>> print(Cover().to_latex())
    \\begin{table}
    \\caption{two coalitions}
    ...
    AUS, JPN & 3 \\\\
    KOR & 1 \\\\
    ...
    >>> Cover().cite()[0][:9]
    'T. Rahwan'
    """

    __slots__ = ()

    @property
    def _concept(self) -> str:
        return ""

    @abstractmethod
    def to_frame(self) -> pd.DataFrame:
        """Give the result as a DataFrame, one row a thing found."""

    @abstractmethod
    def _headline(self) -> str:
        """Say in one line what this is and how it was found: the first line of the repr, the caption of tables."""

    def to_latex(self) -> str:
        """Give the result as a LaTeX table with booktabs rules.

        Returns
        -------
        str
            Needs ``\\usepackage{booktabs}``.
        """
        caption = "".join(_LATEX.get(letter, letter) for letter in self._headline())
        return str(self._shown().to_latex(index=False, float_format="%.6g", escape=True, caption=caption))

    def cite(self) -> tuple[str, ...]:
        """Name the sources of the concept and of its algorithm.

        Returns
        -------
        tuple of str
            The references of the function that gave the result; empty where it is none of the library's.
        """
        from coalitions.sources import function_named, references_of

        function = function_named(self._concept)
        return () if function is None else references_of(function)

    def _repr_html_(self) -> str:
        from html import escape

        table = self._shown().to_html(index=False, border=0, max_rows=MOST_SHOWN, float_format="{:.6g}".format)
        return table.replace("<thead>", f"<caption>{escape(self._headline())}</caption><thead>", 1)

    def _shown(self) -> pd.DataFrame:
        """Write coalitions as their members' names, and the names of rows as a column of their own."""
        frame = self.to_frame()
        return (frame.reset_index() if frame.index.name else frame).map(_words)


_LATEX = {letter: f"\\{letter}" for letter in "%&#_$"}


def _words(entry: Any) -> Any:
    return ", ".join(map(str, entry)) if isinstance(entry, tuple) else entry
