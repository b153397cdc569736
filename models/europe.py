"""Europe: small groups inside and beside NATO and the European Union.

Interests EU1-EU10 of data/interests.csv and the groups coded for them. Here most groups nest in a standing institution,
so what NATO and the Union already cover (data/institutions.csv) matters most. The pool follows the rule of
``panel.pool``; settings and priors are those all regions share (priors.py).
"""

from __future__ import annotations

from models.panel import Panel
from models.region import Region, build

__all__ = ["region"]


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
    return build("europe", "Europe", "europe", panel=panel)
