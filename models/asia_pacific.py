"""Asia-Pacific: small groups against pressure at sea, on supply and technology, and on the Eurasian rim.

Interests AP1-AP9 of data/interests.csv; the groups are those of data/groups.csv coded for one of them. The
pool is fixed by a rule, not picked by hand: the core states that belong to the region, every state of the
panel listed as a stakeholder of one of its interests, and every state of the panel that founded a benchmark
minilateral of three to eight members. That makes 36 states and, challengers left out, 3.6 million groups of
three to five over the nine interests.
"""

from __future__ import annotations

from models.panel import Panel, load_panel
from models.region import Region, observed_groups
from models.terms import terms_named
from models.theatre import Number, Settings, interests_of

__all__ = ["region"]

STATES = (
    # core states of the region
    *(
        "USA",
        "CAN",
        "CHN",
        "TWN",
        "JPN",
        "KOR",
        "PRK",
        "RUS",
        "IND",
        "PAK",
        "BGD",
        "VNM",
        "THA",
        "MMR",
        "MYS",
        "SGP",
    ),
    *("IDN", "PHL", "AUS", "NZL", "PNG", "GBR", "FRA"),
    # stakeholders of AP1-AP9
    *("LKA", "AFG", "BRN", "FJI", "SLB", "DEU", "NLD", "KAZ", "UZB", "TKM", "KGZ", "TJK"),
    # founder of a benchmark minilateral (AP3)
    "ITA",
)

TERMS = ("capability", "stake", "pressure", "affinity", "affinity_us", "distance", "ties", "coordination")

SETTINGS = Settings(
    decay=Number(0.10, low=0.03, high=0.25, unit="per 1000 km", source="Boulding 1962, value ours", status="prior"),
    spillover=Number(0.25, low=0.10, high=0.50, unit="share of a listed stake", source="ours", status="prior"),
    reference=Number(0.10, low=0.02, high=0.30, unit="share of the largest economy", source="ours", status="prior"),
    width=Number(
        4.0,
        low=3.0,
        high=5.0,
        unit="points of UN ideal-point scale",
        source="range of the pool",
        status="prior",
    ),
)

# Means lean by half a standard deviation towards the sign theory expects, and one standard deviation is worth
# about one unit of worth over the spread of the term between alternatives: weak enough for the data to
# overrule.
PRIOR = {
    "capability": Number(2.0, low=-5.8, high=9.8, unit="worth per share secured", source="ours", status="prior"),
    "stake": Number(1.0, low=-2.9, high=4.9, unit="worth per unit of shared stake", source="ours", status="prior"),
    "pressure": Number(4.0, low=-11.7, high=19.7, unit="worth per unit of pressure", source="ours", status="prior"),
    "affinity": Number(2.5, low=-7.3, high=12.3, unit="worth per width of ideal points", source="ours", status="prior"),
    "affinity_us": Number(
        0.0, low=-9.8, high=9.8, unit="worth per width of ideal points", source="ours", status="prior"
    ),
    "distance": Number(0.75, low=-2.2, high=3.7, unit="worth per log unit of distance", source="ours", status="prior"),
    "ties": Number(0.5, low=-1.5, high=2.5, unit="worth per log unit of shared groups", source="ours", status="prior"),
    # With about four units of worth a member from all other terms, total worth peaks at 4 / 1 + 1/2 members.
    "coordination": Number(
        1.0, low=0.0, high=2.0, unit="worth per pair", source="group sizes of 3 to 6", status="prior"
    ),
}

SLOTS = Number(3, low=2, high=5, unit="active minilaterals a group", source="ours", status="scenario")
MOST = Number(5, low=3, high=8, unit="groups a state", source="ours", status="scenario")


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
    panel = load_panel() if panel is None else panel
    interests = interests_of(panel, "asia_pacific")
    return Region(
        name="asia-pacific",
        title="Asia-Pacific",
        states=STATES,
        interests=interests,
        groups=observed_groups(panel, interests),
        terms=terms_named(TERMS),
        prior=PRIOR,
        settings=SETTINGS,
        panel=panel,
        slots=SLOTS,
        most=MOST,
    )
