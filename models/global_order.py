"""Global order: groups for or against the order the United States lead, and against proliferation.

Interests GL1 and GL2 of data/interests.csv. They have no theatre, so strength is not lost over distance. Only a handful
of groups is coded for them: too few to fit by themselves, so their coefficients come from the other regions
(``calibration.fit_hierarchy``) or from the priors of priors.py.
"""

from __future__ import annotations

from models.panel import Panel
from models.region import Region, build

__all__ = ["region"]


def region(panel: Panel | None = None) -> Region:
    """Build the global order.

    Parameters
    ----------
    panel : Panel, optional
        Figures of your own (``Panel.with_columns``); by default the embedded ones.

    Returns
    -------
    Region

    Examples
    --------
    >>> world = region()
    >>> [interest.id for interest in world.interests], world.interest("GL1").anchor
    (['GL1', 'GL2'], None)
    """
    return build("global-order", "The global order", "global", panel=panel)
