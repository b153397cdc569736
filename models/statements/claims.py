"""The twenty claims in our own words: what would confirm or reject each, and on which data.

The starting point is the report Changing Alliance Structures of the International Institute for Strategic
Studies (December 2021). `design` is what is tested without a fitted payoff, `model` what needs one.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CLAIMS", "Claim"]


@dataclass(frozen=True)
class Claim:
    """One claim, how it is tested, and on what."""

    id: str
    claim: str
    design: str
    data: tuple[str, ...]
    model: str = ""


CLAIMS = (
    Claim(
        id="S1",
        claim="A shift to small groups with limited aims is under way",
        design="minilaterals founded in 2010-24 for each one founded in 1995-2009, exact interval for Poisson counts; "
        "the same against larger bodies; median founders stay below seven",
        data=("groups.csv", "membership_events.csv"),
    ),
    Claim(
        id="S2",
        claim="Challengers drive the trend",
        design="",
        data=("groups.csv", "interests.csv"),
        model="worth and predicted number of balancing groups as the challenger's threat rises from nothing",
    ),
    Claim(
        id="S3",
        claim="Existing institutions deter too little",
        design="",
        data=("groups.csv", "interests.csv"),
        model="place of each group's interest by the share that standing bodies cover, among the interests of its "
        "region; weight of a member's covered share in the payoff; forecasts with coverage and without",
    ),
    Claim(
        id="S4",
        claim="Large bodies are hard to run and autonomy is out of reach, so small groups fill the middle",
        design="share of prior draws with stakes at which, in closed form, a group of three to nine beats acting "
        "alone, any other group and the institution; range over prior choices",
        data=("ranges in sizes.py",),
    ),
    Claim(
        id="S5",
        claim="A sweet spot of three to six members exists",
        design="share of minilaterals with three to six founders, Wilson interval, against the share if all sizes from "
        "three to nine were equally common",
        data=("groups.csv", "membership_events.csv"),
        model="net benefit per member by size has one peak, at three to six",
    ),
    Claim(
        id="S6",
        claim="US-led and non-US groups differ: rich, distant and diverse against near and like-minded",
        design="percentile of each group among random sets of its size in the year before it was founded; difference "
        "of the medians by orientation, bootstrap over families of the same founders",
        data=("groups.csv", "membership_events.csv", "panel.csv", "states.csv"),
    ),
    Claim(
        id="S7",
        claim="Small groups without the US are notable in the Middle East and may grow in Europe and elsewhere",
        design="share of minilaterals without the US by region, Wilson interval, against one half; change of the share "
        "from 2015, Newcombe interval",
        data=("groups.csv", "membership_events.csv"),
    ),
    Claim(
        id="S8",
        claim="States with few resources and near challengers form small groups without the US",
        design="",
        data=("groups.csv", "panel.csv"),
        model="nearness to a challenger times want of resources in the choice of groups without the US",
    ),
    Claim(
        id="S9",
        claim="Some join to show their use to Washington",
        design="",
        data=("groups.csv", "panel.csv"),
        model="weight of dependence in groups with the US beyond what its company is worth to any state",
    ),
    Claim(
        id="S10",
        claim="Excluded states react",
        design="change of the excluded state's mean distance from the founders in UN ideal points, three years after "
        "against three before, less that of other outsiders, whose spread gives the interval",
        data=("groups.csv", "panel.csv"),
    ),
    Claim(
        id="S11",
        claim="Alliances stay and matter: small groups nest in standing bodies",
        design="share of minilaterals whose founders were a strict subset of an institution or alliance of ten or more "
        "the year before, less that of random sets of the size from the region, bootstrap over families",
        data=("groups.csv", "membership_events.csv", "states.csv"),
    ),
    Claim(
        id="S12",
        claim="NATO and the EU cannot meet all European needs",
        design="European interests of which both leave more than half uncovered; range over their relevance and "
        "chance of acting",
        data=("interests.csv", "institutions.csv", "panel.csv"),
    ),
    Claim(
        id="S13",
        claim="Paris, Berlin and London gain from working together and with others",
        design="European minilaterals that hold all three, less what the activity of each state and the size of each "
        "group give by chance",
        data=("groups.csv", "membership_events.csv"),
        model="worth of the three with others over the best two of them; interaction index of the three",
    ),
    Claim(
        id="S14",
        claim="Germany may advance its own aims by small formats",
        design="",
        data=("groups.csv", "interests.csv"),
        model="share of European interests with a paying group that Germany leads; founders of the Sky Shield foretold",
    ),
    Claim(
        id="S15",
        claim="Well-managed small groups raise European security but are no cure-all",
        design="",
        data=("groups.csv", "interests.csv"),
        model="worth of the best set of small groups as a share of a union of all, without its costs and with them",
    ),
    Claim(
        id="S16",
        claim="A US shift to Asia opens gaps",
        design="",
        data=("groups.csv", "interests.csv"),
        model="worth of groups without the US as US effort in Europe falls",
    ),
    Claim(
        id="S17",
        claim="China builds partnerships, not alliances: right for a pole with much to lose and many weak partners",
        design="share of prior draws in which a star of partnerships beats an alliance for the pole, where entrapment "
        "is dear and weak partners are many; range over prior choices",
        data=("ranges in architecture.py",),
    ),
    Claim(
        id="S18",
        claim="Russia cannot build an order but can spoil",
        design="",
        data=("groups.csv", "interests.csv"),
        model="share of the best European groups Russia can destroy by more effort, less what it adds elsewhere",
    ),
    Claim(
        id="S19",
        claim="The tie of China and Russia could become consequential",
        design="",
        data=("groups.csv", "panel.csv"),
        model="worth of the pair, as pressure of the US rises, less what a deal with the West gives each",
    ),
    Claim(
        id="S20",
        claim="Challengers also cooperate",
        design="minilaterals without the US that hold two or more states named as challengers, less what the activity "
        "of each state and the size of each group give by chance; how alike challenger-led groups are",
        data=("groups.csv", "membership_events.csv", "panel.csv"),
        model="the payoff fitted to the other groups ranks challenger-led ones above their swaps",
    ),
)
