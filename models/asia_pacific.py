"""Asia-Pacific: small groups against pressure at sea, on supply and technology, and on the Eurasian rim.

Interests AP1-AP9 of data/interests.csv; the groups are those of data/groups.csv coded for one of them. The
pool is fixed by a rule, not picked by hand (``panel.pool``): the core states that belong to the region, every state
of the panel listed as a stakeholder of one of its interests, and every state of the panel that founded a benchmark
minilateral. That makes 36 states and, challengers left out, 3.6 million groups of three to five over the nine
interests. Settings and priors are those all regions share (priors.py).
"""

from __future__ import annotations

from models.panel import Panel
from models.region import Region, build

__all__ = ["region"]


def region(panel: Panel | None = None) -> Region:
    """Build the Asia-Pacific.

    Parameters
    ----------
    panel : Panel, optional
        Figures of your own (``Panel.with_columns``); by default the embedded ones.

    Returns
    -------
    Region

    Examples
    --------
    >>> asia = region()
    >>> len(asia.states), [interest.id for interest in asia.interests][:3]
    (36, ['AP1', 'AP2', 'AP3'])
    """
    return build("asia-pacific", "Asia-Pacific", "asia_pacific", panel=panel)
