"""Middle East: small groups over the Gulf, the Red Sea, the East Mediterranean, Syria and the South Caucasus.

Interests ME1-ME9 of data/interests.csv and the groups coded for them. Iran, Turkey and Russia are challengers of some
interests and members of groups for others: the Astana trio is as much an observation as the Negev Forum. The pool
follows the rule of ``panel.pool``; settings and priors are those all regions share (priors.py).
"""

from __future__ import annotations

from models.panel import Panel
from models.region import Region, build

__all__ = ["region"]


def region(panel: Panel | None = None) -> Region:
    """Build the Middle East.

    Parameters
    ----------
    panel : Panel, optional
        Figures of your own (``Panel.with_columns``); by default the embedded ones.

    Returns
    -------
    Region

    Examples
    --------
    >>> gulf = region()
    >>> len(gulf.states), gulf.interest("ME1").challengers
    (42, ('IRN',))
    """
    return build("middle-east", "The Middle East", "middle_east", panel=panel)
