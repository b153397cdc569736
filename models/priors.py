"""The numbers all regions share before the data speak: settings of the formulas, and priors of the coefficients.

Coefficients are in log-odds of a group against another, per unit of the term. Means lean by half a standard deviation
towards the sign theory expects, and one standard deviation is worth about one unit of worth over the spread of the
term between alternatives: weak enough for the data to overrule. Autonomy, abandonment, coordination and setup, of
which groups tell little, stand on sources of their own; but for setup, with tighter priors.
"""

from __future__ import annotations

from models.theatre import Number, Settings

__all__ = ["MOST", "PRIOR", "SETTINGS", "SLOTS"]

SLOTS = Number(3, low=2, high=5, unit="active minilaterals a group", source="ours", status="scenario")
MOST = Number(5, low=3, high=8, unit="groups a state", source="ours", status="scenario")

SETTINGS = Settings(
    decay=Number(0.10, low=0.03, high=0.25, unit="per 1000 km", source="Boulding 1962, value ours", status="prior"),
    spillover=Number(0.25, low=0.10, high=0.50, unit="share of a listed stake", source="ours", status="prior"),
    reference=Number(0.10, low=0.02, high=0.30, unit="share of the strongest state", source="ours", status="prior"),
    width=Number(
        4.0, low=3.0, high=5.0, unit="points of UN ideal-point scale", source="range of states", status="prior"
    ),
    contest=Number(
        1.0, low=0.5, high=2.0, unit="exponent", source="Tullock 1980; not told from stakes", status="prior"
    ),
    substitution=Number(
        0.5, low=-1.0, high=1.0, unit="exponent", source="Arrow et al. 1961, value ours", status="prior"
    ),
    cohesion=Number(0.0, low=-1.0, high=1.0, unit="log-odds", source="ours", status="prior"),
    cohesion_mean=Number(1.5, low=0.0, high=3.0, unit="log-odds a unit of similarity", source="ours", status="prior"),
    cohesion_least=Number(0.5, low=0.0, high=1.5, unit="log-odds a unit of similarity", source="ours", status="prior"),
    crowding=Number(1.0, low=1.0, high=1.5, unit="exponent on pairs", source="group sizes", status="prior"),
    saving=Number(0.25, low=0.0, high=0.5, unit="share of coordination saved", source="ours", status="prior"),
    reliability=Number(
        0.6,
        low=0.25,
        high=0.75,
        unit="chance of honouring a commitment",
        source="Leeds, Long and Mitchell 2000 (0.745); Berkemeier and Fuhrmann 2018 (0.50)",
        status="literature",
    ),
    response=Number(0.0, low=0.0, high=0.5, unit="threat per unit of joint strength", source="ours", status="scenario"),
    institutions=Number(1.0, low=0.0, high=1.5, unit="factor on coverage", source="ours", status="scenario"),
)


def _prior(value: float, spread: float, unit: str, source: str = "ours") -> Number:
    """Give a coefficient with the range that is read as 95%."""
    return Number(
        value,
        low=value - 1.96 * spread,
        high=value + 1.96 * spread,
        unit=f"worth per {unit}",
        source=source,
        status="prior",
    )


PRIOR = {
    "capability": _prior(2.0, 4.0, "share secured"),
    "stake": _prior(1.0, 2.0, "unit of shared stake"),
    "pressure": _prior(2.0, 4.0, "unit of pressure"),
    "affinity": _prior(2.5, 5.0, "width of ideal points"),
    "affinity_us": _prior(0.0, 5.0, "width of ideal points"),
    "affinity_rival": _prior(0.0, 5.0, "width of ideal points"),
    "distance": _prior(0.75, 1.5, "log unit of distance"),
    "ties": _prior(0.5, 1.0, "log unit of shared groups"),
    "usefulness": _prior(0.5, 1.0, "unit of dependence"),
    "nesting": _prior(1.0, 2.0, "share of the group inside"),
    "duplication": _prior(1.0, 2.0, "unit of overlap"),
    "inclusion": _prior(1.0, 2.0, "share of the like-minded inside"),
    "entrapment": _prior(0.5, 1.0, "share of years at war"),
    "retaliation": _prior(0.5, 1.0, "unit of exposure"),
    "autonomy": _prior(0.6, 0.3, "share held by others", "0 to 0.5 of a stake, two units of worth a stake"),
    "abandonment": _prior(0.5, 0.5, "stake at risk"),
    # With about four units of worth a member from all other terms, total worth peaks at 4 / 1 + 1/2 members.
    "coordination": _prior(1.0, 0.5, "pair", "group sizes of 3 to 6"),
    "setup": _prior(8.0, 2.0, "group", "log of possible over founded groups"),
}
