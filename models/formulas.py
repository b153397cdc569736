"""The payoff as formulas: written once in sympy, compiled to numpy, printed as LaTeX, differentiated.

A formula gives what one member i gains from a group S. It is made of the symbols below: figures of the member
(stake, own strength, ...), of the group (its joint strength, its size, ...) and of the setting (threat, exponents).
``measure`` (in measures.py) computes the figures for millions of groups; ``compile_formulas`` turns formulas into
one function of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import sympy

__all__ = [
    "Symbols",
    "compile_formulas",
    "contest",
    "definitions",
    "derivative",
    "joint_strength",
    "latex",
    "symbols",
]

Formula = Callable[["Symbols"], Any]
"""Maps the symbols to a sympy expression: what member i gains, in the unit of its term."""

AGGREGATES = {"sum": 1.0, "weighted_sum": 1.0, "best_shot": 8.0, "weakest_link": -2.0}
"""Exponent of the aggregator of each kind: 1 adds, a large one takes the best, a negative one the weakest."""

GEOMETRIC = 1e-8
"""A substitution nearer to 0 is 0: (1 + sigma x)^(1 / sigma) loses its digits before it differs from exp(x)."""

ROUNDING = 1e-9  # of weights that sum to one


@dataclass(frozen=True)
class Symbols:
    """Name what a formula may be made of: i is the member, S the group, o what it is for."""

    stake: Any  # V_i
    strength: Any  # Y_i: output alone
    coverage: Any  # C_i: what institutions already secure for i
    resources: Any  # x_i: economy as a share of the largest
    exposure: Any  # e_i: to the challengers, 0 to 1
    dependence: Any  # d_i: on the pivot, 0 to 1
    share: Any  # q_i: own strength over the joint strength, at most 1
    joint: Any  # Y: output of S
    size: Any  # k
    closeness: Any  # mean similarity of the pairs of S
    farthest: Any  # least similarity of a pair of S
    pivot: Any  # 1 if the pivot is a member
    pooled: Any  # sum of resources
    shield: Any  # the largest resources in S
    nested: Any  # best institution's share of S, times its relevance
    doubled: Any  # Jaccard overlap with the institution it doubles most, times relevance and acting
    threat: Any  # T
    contest: Any  # m
    response: Any  # xi
    cohesion: Any  # b0
    cohesion_mean: Any  # b1
    cohesion_least: Any  # b2
    crowding: Any  # gamma
    saving: Any  # iota
    reliability: Any  # r


_LATEX = {
    "stake": "V_i",
    "strength": "Y_i",
    "coverage": "C_i",
    "resources": "x_i",
    "exposure": "e_i",
    "dependence": "d_i",
    "share": "q_i",
    "joint": "Y_S",
    "size": "k",
    "closeness": r"\bar{s}_S",
    "farthest": r"s^{\min}_S",
    "pivot": "p_S",
    "pooled": "X_S",
    "shield": "h_S",
    "nested": "N_S",
    "doubled": "D_S",
    "threat": "T",
    "contest": "m",
    "response": r"\xi",
    "cohesion": "b_0",
    "cohesion_mean": "b_1",
    "cohesion_least": "b_2",
    "crowding": r"\gamma",
    "saving": r"\iota",
    "reliability": "r",
}

_WORDS = (
    (r"a_{j,q}", "strength of j in a type at the theatre, as a share of the strongest state's; 0 for a challenger"),
    (r"\rho_q", "1 where strengths add up, 8 where the best counts most, -2 where the weakest does"),
    ("w_q", "weight of a type in the interest, summing to one"),
    (r"\sigma", "how well one type stands in for another"),
    ("V_i", "stake of member i, 0 to 1"),
    ("Y_i", "what i brings up alone"),
    ("C_i", "what the best institution i is in brings up, times its relevance and chance of acting"),
    ("x_i", "economy of i as a share of the largest"),
    ("e_i", "exposure of i to the challengers, their share of the gravity of its trade"),
    ("d_i", "dependence of i on the United States, by the log of one plus their troops on its soil, over the largest"),
    ("q_i", "what i brings up alone over what the group does, at most 1"),
    ("z_i", "pressure of the challengers on i"),
    ("w_j", "share of the last five years j was in an armed conflict with or in another state"),
    ("k", "members"),
    (r"s^{\min}_S", "least similarity of a pair"),
    ("p_S", "1 if the United States are a member"),
    ("h_S", "the largest economy in the group"),
    ("N_S", "largest share of the group in one institution, times its relevance"),
    ("D_S", "largest overlap with an institution (Jaccard), times its relevance and chance of acting"),
    ("s_{ij}", "similarity: 1 less the gap of ideal points over its width"),
    (r"\alpha_{ij}", "affinity: mean gap of ideal points less that of i and j, over its width"),
    (r"\lambda_{ij}", "nearness: mean of log(1 + thousands of km) less that of i and j"),
    ("t_{ij}", "log of one plus the small groups i and j shared"),
    ("T", "threat: what the challengers bring up, at least the reference strength"),
    ("m", "how decisive superior strength is"),
    (r"\xi", "how much a challenger arms in answer"),
    ("b_0, b_1, b_2", "cohesion, by mean and least similarity"),
    (r"\gamma", "crowding: growth of the cost of coordination with the pairs"),
    (r"\iota", "share of that cost an institution saves"),
    ("r", "chance that partners honour a commitment"),
)

MEMBER = ("stake", "strength", "coverage", "resources", "exposure", "dependence", "share")
GROUP = ("joint", "size", "closeness", "farthest", "pivot", "pooled", "shield", "nested", "doubled")
SETTING = (
    *("threat", "contest", "response", "cohesion", "cohesion_mean", "cohesion_least"),
    *("crowding", "saving", "reliability"),
)


@cache
def symbols() -> Symbols:
    """Give the symbols, each printing as in the literature.

    Returns
    -------
    Symbols
        Real sympy symbols; the same at every call.

    Examples
    --------
    >>> symbols().stake
    V_i
    """
    import sympy

    return Symbols(**{name: sympy.Symbol(_LATEX[name], real=True) for name in _LATEX})


def contest(force: Any, against: Any, exponent: Any) -> Any:
    """Give the share of an interest that a force secures: F = force^m / (force^m + against^m).

    Works on sympy expressions and on arrays alike.

    Parameters
    ----------
    force, against : number, array or expression
        Strengths in one unit, at least 0 and not both 0.
    exponent : number or expression
        m, above 0: how decisive superior strength is.

    Returns
    -------
    number, array or expression
        Share, 0 to 1.

    References
    ----------
    .. [1] G. Tullock (1980), Efficient rent seeking, in Toward a Theory of the Rent-Seeking Society.
    .. [2] S. Skaperdas (1996), Contest success functions, Economic Theory 7, 283-290.

    Examples
    --------
    >>> contest(3.0, 1.0, 1)
    0.75
    """
    return force**exponent / (force**exponent + against**exponent)


def joint_strength(
    weights: Sequence[float], aggregators: Sequence[str], substitution: float
) -> Callable[[Sequence[NDArray[np.float64]]], NDArray[np.float64]]:
    """Compile Y(S) = (sum_q w_q K_q^sigma)^(1/sigma), K_q the aggregate of type q.

    K_q = (sum_j a_jq^rho)^(1/rho): rho is 1 where strengths add up, 8 where the best one counts most, and -2, with
    the mean in place of the sum, where the weakest link does (a sum would call a larger group stronger by counting).

    Parameters
    ----------
    weights : sequence of float
        w_q of Q capability types, summing to one.
    aggregators : sequence of str
        ``"sum"``, ``"weighted_sum"``, ``"best_shot"`` or ``"weakest_link"`` for each.
    substitution : float
        sigma, at most 1: 1 where types stand in for each other, lower where every type is needed; at 0 the weighted
        geometric mean. At 0 and below, a group without one of the types it needs (weight above 0) brings up nothing.

    Returns
    -------
    callable
        Takes one array (k, m) a type, the strengths of the members of m groups, and gives the joint strengths (m,).

    Raises
    ------
    ValueError
        An unknown aggregator; a substitution that is no number or above 1; weights that are negative, do not sum to one
        or are not one an aggregator.

    References
    ----------
    .. [1] J. Hirshleifer (1983), From weakest-link to best-shot: the voluntary provision of public goods, Public
       Choice 41, 371-386.
    .. [2] K. J. Arrow et al. (1961), Capital-labor substitution and economic efficiency, Review of Economics and
       Statistics 43, 225-250.

    Examples
    --------
    >>> together = joint_strength([0.5, 0.5], ["sum", "best_shot"], 1.0)
    >>> together([np.array([[0.2], [0.3]]), np.array([[0.2], [0.0]])])
    array([0.35])
    """
    for name in aggregators:
        if name not in AGGREGATES:
            raise ValueError(f"aggregator {name!r} is not one of {', '.join(AGGREGATES)}")
    if not -np.inf < substitution <= 1:
        raise ValueError(f"substitution is {substitution}; it must be a number of at most 1")
    if len(weights) != len(aggregators):
        raise ValueError(f"{len(weights)} weights for {len(aggregators)} aggregators; give one each")
    if not (abs(sum(weights) - 1) < ROUNDING and min(weights) >= 0):
        raise ValueError(f"weights {', '.join(f'{w:g}' for w in weights)}; they must be at least 0 and sum to 1")
    sigma = 0.0 if abs(substitution) < GEOMETRIC else float(substitution)
    outer = _compiled_output(tuple(map(float, weights)), tuple(aggregators), sigma)

    def joint(strengths: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
        sums = [_power_sum(own, name) for own, name in zip(strengths, aggregators, strict=True)]
        if sigma > 0:
            return np.asarray(outer(*sums))
        lacking = np.zeros(sums[0].shape, dtype=bool)
        for q, (total, name) in enumerate(zip(sums, aggregators, strict=True)):
            without = np.isinf(total) if name == "weakest_link" else total == 0
            lacking |= without & (weights[q] > 0)
            sums[q] = np.where(without, 1.0, total)  # not to divide by zero on the way
        return np.where(lacking, 0.0, outer(*sums))

    return joint


def output_formula(
    weights: Sequence[Any], aggregators: Sequence[str], substitution: Any
) -> tuple[Any, tuple[Any, ...]]:
    """Write Y of power sums P_q: (sum_q w_q P_q^(sigma / rho_q))^(1 / sigma), and its arguments P_q.

    Parameters
    ----------
    weights, aggregators, substitution
        As for ``joint_strength``; numbers or expressions.

    Returns
    -------
    expression, tuple of symbols
        One symbol a type: the sum of a_jq^rho_q, the mean where rho_q is negative.
    """
    import sympy

    sums = tuple(sympy.Symbol(f"P_{q}", positive=True) for q in range(1, len(weights) + 1))
    each = [p ** (1 / _exact(AGGREGATES[name])) for p, name in zip(sums, aggregators, strict=True)]
    if substitution == 0:
        return sympy.prod([k**w for w, k in zip(weights, each, strict=True)]), sums
    return sum(w * k**substitution for w, k in zip(weights, each, strict=True)) ** (1 / substitution), sums


@cache
def _compiled_output(weights: tuple[float, ...], aggregators: tuple[str, ...], substitution: float) -> Any:
    import sympy

    formula, sums = output_formula([_exact(w) for w in weights], aggregators, _exact(substitution))
    return sympy.lambdify(sums, formula, modules="numpy", cse=True)


def _power_sum(own: NDArray[np.float64], aggregator: str) -> NDArray[np.float64]:
    if AGGREGATES[aggregator] == 1.0:
        return np.asarray(own.sum(axis=0))
    if aggregator == "best_shot":
        eighth = own * own
        eighth *= eighth
        eighth *= eighth
        return np.asarray(eighth.sum(axis=0))
    with np.errstate(divide="ignore", over="ignore"):  # a member without strength: infinite, and the aggregate is 0
        return np.asarray((1 / (own * own)).mean(axis=0))


def compile_formulas(
    formulas: Mapping[str, Formula], values: Mapping[str, float], weights: Mapping[str, float] | None = None
) -> Callable[[Mapping[str, Any]], list[NDArray[np.float64]]]:
    """Compile formulas to one function of the measured figures, common parts computed once.

    Parameters
    ----------
    formulas : mapping of str to callable
        Each maps ``symbols()`` to an expression.
    values : mapping of str to float
        The settings, by field of ``Symbols``; all but the threat are written into the code.
    weights : mapping of str to float, optional
        With it the result is one array, the weighted sum, in place of one a formula.

    Returns
    -------
    callable
        Takes figures by field of ``Symbols``, members' (k, m) and groups' (m,), and gives a list of arrays that
        broadcast to (k, m).
    """
    key = tuple((name, formulas[name]) for name in formulas)
    fixed = tuple(sorted((name, float(value)) for name, value in values.items() if name != "threat"))
    code, needs = _compiled(key, fixed, weights is not None)

    def run(figures: Mapping[str, Any]) -> list[NDArray[np.float64]]:
        given = [figures[name] for name in needs]
        if weights is not None:
            return [code(*given, *(weights[name] for name in formulas))]
        return list(code(*given))

    return run


def derivative(formula: Formula, setting: str) -> Formula:
    """Differentiate a formula in one setting, such as ``"contest"``, ``"crowding"`` or ``"threat"``.

    Parameters
    ----------
    formula : callable
        Maps ``symbols()`` to an expression.
    setting : str
        One of ``SETTING``.

    Returns
    -------
    callable
        A formula too, in the unit of the first per unit of the setting.

    Raises
    ------
    ValueError
        No formula has such a setting.

    Examples
    --------
    >>> derivative(lambda s: -(1 - s.reliability) * s.stake, "reliability")(symbols())
    V_i
    """
    if setting not in SETTING:
        raise ValueError(f"no formula has a setting {setting!r}; known: {', '.join(SETTING)}")
    return _derivative(formula, setting)


@cache
def _derivative(formula: Formula, setting: str) -> Formula:
    written = formula(symbols()).diff(getattr(symbols(), setting))
    return lambda _: written


@cache
def _compiled(
    formulas: tuple[tuple[str, Formula], ...], fixed: tuple[tuple[str, float], ...], summed: bool
) -> tuple[Any, tuple[str, ...]]:
    import sympy

    s = symbols()
    written = {getattr(s, name): _exact(value) for name, value in fixed}
    parts = [sympy.sympify(formula(s)).subs(written) for _, formula in formulas]
    free = set().union(*(part.free_symbols for part in parts)) if parts else set()
    needs = tuple(name for name in (*MEMBER, *GROUP, "threat") if getattr(s, name) in free)
    arguments = [sympy.Symbol(name) for name in needs]
    plain = {getattr(s, name): argument for name, argument in zip(needs, arguments, strict=True)}
    parts = [part.subs(plain) for part in parts]
    if summed:
        scales = [sympy.Symbol(f"theta_{q}") for q in range(len(parts))]
        total = sum((t * p for t, p in zip(scales, parts, strict=True)), sympy.Integer(0))
        return sympy.lambdify([*arguments, *scales], total, modules="numpy", cse=True), needs
    return sympy.lambdify(arguments, parts, modules="numpy", cse=True), needs


def _exact(value: Any) -> Any:
    """Turn 0.5 into 1/2, so that a root is compiled as a root."""
    import sympy

    return sympy.Rational(str(value)) if isinstance(value, float) else value


def latex(formula: Formula) -> str:
    """Print a formula as LaTeX.

    Parameters
    ----------
    formula : callable
        Maps ``symbols()`` to an expression.

    Returns
    -------
    str

    Examples
    --------
    >>> latex(lambda s: -s.exposure * (1 - s.shield))
    '- e_{i} \\\\left(1 - h_{S}\\\\right)'
    """
    import sympy

    return str(sympy.latex(sympy.sympify(formula(symbols()))))


def definitions() -> tuple[tuple[str, str, str], ...]:
    """Define what formulas are made of: (symbol, LaTeX of the definition or nothing, in words).

    The first ones define figures of a group by those of its members. ``measures.py`` computes exactly these; a test
    expands them for small groups and compares.

    Returns
    -------
    tuple of (str, str, str)

    Examples
    --------
    >>> [symbol for symbol, _, _ in definitions()][:2]
    ['K_q', 'Y_S']
    """
    import sympy

    defined = tuple((symbol, str(sympy.latex(written)), words) for symbol, written, words in written_out())
    return (*defined, *((symbol, "", words) for symbol, words in _WORDS))


def written_out() -> tuple[tuple[str, sympy.Expr, str], ...]:
    """Write the definitions as sympy expressions over indexed figures of members i, j = 1..k and types q.

    Returns
    -------
    tuple of (str, expression, str)
        Symbol, what defines it, in words.
    """
    import sympy

    j, i, q = sympy.symbols("j i q", integer=True)
    k, types = sympy.symbols("k Q", integer=True, positive=True)
    rho, w, x, a, outputs, s = (sympy.IndexedBase(name) for name in ("rho", "w", "x", "a", "K", "s"))
    sigma = sympy.Symbol("sigma")
    both = k * (k - 1)
    return (
        ("K_q", sympy.Sum(a[j, q] ** rho[q], (j, 1, k)) ** (1 / rho[q]), "strength of a type; the mean where rho < 0"),
        (
            "Y_S",
            sympy.Sum(w[q] * outputs[q] ** sigma, (q, 1, types)) ** (1 / sigma),
            "joint strength; the geometric mean at 0",
        ),
        (r"\bar{s}_S", (sympy.Sum(s[i, j], (j, 1, k), (i, 1, k)) - k) / both, "mean similarity, where s_ii = 1"),
        ("X_S", sympy.Sum(x[j], (j, 1, k)), "resources together"),
    )
