"""Europe: small groups inside and beside NATO and the European Union.

Interests EU1-EU10 of data/interests.csv and the groups coded for them. Here most groups nest in a standing institution,
so what NATO and the Union already cover (data/institutions.csv) matters most. The pool follows the rule of
``panel.pool``; settings and priors are those all regions share (priors.py).
"""

from __future__ import annotations

from models.panel import Panel
from models.region import Region, build
from models.theatre import Number

__all__ = ["region"]

SLOTS = Number(3, low=2, high=5, unit="active minilaterals a group", source="ours", status="scenario")
MOST = Number(5, low=3, high=8, unit="groups a state", source="ours", status="scenario")


def region(panel: Panel | None = None) -> Region:
    """Build Europe.

    Parameters
    ----------
    panel : Panel, optional
        Figures of your own (``Panel.with_columns``); by default the embedded ones.

    Returns
    -------
    Region

    Examples
    --------
    >>> europe = region()
    >>> len(europe.states), europe.interest("EU1").challengers
    (44, ('RUS',))
    """
    return build("europe", "Europe", "europe", slots=SLOTS, most=MOST, panel=panel)
