"""All terms of all regions once more: numbers and loops over the tables as they lie on disk, without arrays.

Each equation is written from the specification of the payoff; nothing is imported from the code under test but the
settings and, at the end, the functions to compare with.
"""

import csv
import dataclasses
import math
import random
from functools import cache
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import models
from models.payoff import parts
from models.theatre import Number

DATA = Path(models.__file__).parent / "data"
EXPONENT = {"sum": 1, "weighted_sum": 1, "best_shot": 8, "weakest_link": -2}
RIVALS = {"CHN", "RUS", "IRN"}


@cache
def table(name):
    with (DATA / name).open(encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


@cache
def figures():
    return {(row["iso3"], int(row["year"])): row for row in table("panel.csv")}


@cache
def places():
    return {row["iso3"]: (float(row["cap_lat"]), float(row["cap_lon"])) for row in table("states.csv")}


def latest(state, column, year):
    """Up to five years old."""
    known = (figures()[state, y][column] for y in range(year, max(1990, year - 5) - 1, -1))
    return float(next((cell for cell in known if cell != ""), "nan"))


def thousand_km(a, b):
    """By Vincenty's formula on the sphere, where the library has the haversine."""
    (lat, lon), (other, far) = (map(math.radians, point) for point in (a, b))
    turn = far - lon
    across = math.cos(lat) * math.sin(other) - math.sin(lat) * math.cos(other) * math.cos(turn)
    along = math.sin(lat) * math.sin(other) + math.cos(lat) * math.cos(other) * math.cos(turn)
    return 6.3710088 * math.atan2(math.hypot(math.cos(other) * math.sin(turn), across), along)


@cache
def spells(group):
    """Who was a member from when to when."""
    row = next(r for r in table("groups.csv") if r["group"] == group)
    start, end = int(row["start_year"]), int(row["end_year"] or 2024)
    dated = sorted(
        (int(e["year"]), e["event"], e["iso3"]) for e in table("membership_events.csv") if e["group"] == group
    )
    found = []
    for state in {*row["members"].split(";"), *(s for *_, s in dated)}:
        own = [(year, event) for year, event, s in dated if s == state]
        since = None if own and own[0][1] == "join" else start
        for year, event in own:
            if event == "join":
                since = year if since is None else since
            elif since is not None:
                found.append((state, since, year))
                since = None
        if since is not None and since <= end:
            found.append((state, since, end))
    return found


@cache
def company(year):
    """How many small groups each pair has shared."""
    counts = {}
    for group in table("groups.csv"):
        been = [spell for spell in spells(group["group"]) if spell[1] <= year]
        if int(group["start_year"]) > year or len({s for s, *_ in been}) > 10:
            continue
        met = {frozenset((s, t)) for (s, a, b), (t, c, d) in combinations(been, 2) if s != t and max(a, c) <= min(b, d)}
        for pair in met:
            counts[pair] = counts.get(pair, 0) + 1
    return counts


def none_is_zero(value):
    return 0.0 if math.isnan(value) else value


@cache
def shares(column, year):
    values = {s: latest(s, column, year) for s in places()}
    most = max(v for v in values.values() if not math.isnan(v))
    return {s: v / most for s, v in values.items()}


@cache
def level(kind, year):
    row = next(r for r in table("capability_types.csv") if r["capability"] == kind)
    if row["panel_column"]:
        return {s: none_is_zero(v) for s, v in shares(row["panel_column"], year).items()}
    money, people = shares("gdp_usd", year), shares("population", year)
    by_head = float(row["population_power"])
    values = {s: money[s] ** float(row["gdp_power"]) * (people[s] ** by_head if by_head else 1) for s in money}
    most = max(v for v in values.values() if not math.isnan(v))
    return {s: none_is_zero(v / most) for s, v in values.items()}


def aggregate(each, rho):
    if rho < 0:
        return 0.0 if min(each) == 0 else (sum(a**rho for a in each) / len(each)) ** (1 / rho)
    return sum(a**rho for a in each) ** (1 / rho)


class Scene:
    """One interest in one year, and ``terms`` of any group."""

    def __init__(self, pool, interest, year, settings, effort, threat):
        row = next(r for r in table("interests.csv") if r["id"] == interest.removesuffix("*"))
        self.pool, self.p = pool, settings
        self.hostile = [] if interest.endswith("*") else [c for c in row["challenger"].split(";") if c != "none"]
        weights = [w.split(":") for w in row["capability_weights"].split(";")]
        kinds = {r["capability"]: r for r in table("capability_types.csv")}
        self.weights = [(float(w), EXPONENT[kinds[kind]["aggregator"]]) for kind, w in weights]
        anchor = (float(row["anchor_lat"]), float(row["anchor_lon"])) if row["anchor_lat"] else None
        p = settings

        def strengths(state, far):
            lost = math.exp(-p.decay * far)
            moved = [lost if kinds[kind]["moves"] == "1" else 1.0 for kind, _ in weights]
            return [
                effort.get(state, 1.0) * level(kind, year)[state] * m
                for (kind, _), m in zip(weights, moved, strict=True)
            ]

        def away(state):
            return 0.0 if anchor is None else thousand_km(places()[state], anchor)

        self.brings = {s: [0.0] * len(weights) if s in self.hostile else strengths(s, away(s)) for s in pool}
        self.alone = {s: self.output([self.brings[s]]) for s in pool}
        opposed = sum(threat.get(c, 1.0) * self.output([strengths(c, away(c))]) for c in self.hostile)
        self.threat = max(opposed, p.reference)
        self.economy = {s: none_is_zero(v) for s, v in shares("gdp_usd", year).items()}

        listed = row["stakeholders"].split(";") if p.listed else []
        reach = {s: math.exp(-p.decay * away(s)) * (p.spillover if p.listed else 1.0) for s in pool}
        self.stake = {s: 0.0 if s in self.hostile else 1.0 if s in listed else reach[s] for s in pool}

        ideal = {s: latest(s, "ideal_point", year) for s in places()}
        gaps = [abs(ideal[s] - ideal[t]) / p.width for s, t in combinations(pool, 2)]
        known = [g for g in gaps if not math.isnan(g)]
        self.mean_gap = sum(known) / len(known)

        def gap(s, t):
            found = abs(ideal[s] - ideal[t]) / p.width
            return self.mean_gap if math.isnan(found) else found

        self.gap = gap
        far = {(s, t): math.log(1 + thousand_km(places()[s], places()[t])) for s in pool for t in pool if s != t}
        mean = sum(far.values()) / len(far)
        self.near = {pair: mean - value for pair, value in far.items()}
        self.ties = {pair: math.log(1 + count) for pair, count in company(year).items()}

        def pressure(state, challenger):
            brought = strengths(challenger, thousand_km(places()[challenger], places()[state]))
            felt = threat.get(challenger, 1.0) * sum(w * a for (w, _), a in zip(self.weights, brought, strict=True))
            return felt and felt / (felt + self.economy[state]) * min(gap(state, challenger), 1.0)

        def exposure(state):
            pull = {
                t: self.economy[t] / (thousand_km(places()[state], places()[t]) + 0.1) for t in places() if t != state
            }
            return sum(pull[c] for c in self.hostile) / sum(pull.values())

        apart = [s for s in pool if s not in self.hostile]
        self.pressure = dict.fromkeys(pool, 0.0) | {
            s: max((pressure(s, c) for c in self.hostile), default=0.0) for s in apart
        }
        self.exposure = dict.fromkeys(pool, 0.0) | {s: exposure(s) for s in apart}
        troops = {s: math.log(1 + none_is_zero(latest(s, "us_troops", year))) for s in places() if s != "USA"}
        self.dependence = {s: troops.get(s, 0.0) / max(troops.values()) for s in pool}
        recent = range(max(1990, year - 4), year + 1)
        fought = {s: [float(figures()[s, y]["conflicts"] or 0) > 0 for y in recent] for s in pool}
        self.conflict = {s: sum(years) / len(years) for s, years in fought.items()}

        self.bodies, self.coverage = [], dict.fromkeys(pool, 0.0)
        for body in table("institutions.csv"):
            members = {s for s, a, b in spells(body["institution"]) if a <= year <= b}
            if body["interest"] != row["id"] or not members:
                continue
            relevance, acting = float(body["relevance"]), float(body["acting"])
            self.bodies.append((relevance, acting, members))
            able = [s for s in members if s in places() and s not in self.hostile]
            secured = p.institutions * relevance * acting * self.output([strengths(s, away(s)) for s in able])
            for state in set(able) & set(pool):
                self.coverage[state] = max(self.coverage[state], secured)

    def output(self, members):
        sigma = self.p.substitution
        types = [(w, aggregate([m[q] for m in members], rho)) for q, (w, rho) in enumerate(self.weights)]
        if sigma <= 0 and min(a for _, a in types) == 0:
            return 0.0
        if sigma == 0:
            return math.prod(a**w for w, a in types)
        return sum(w * a**sigma for w, a in types) ** (1 / sigma)

    def share(self, force, against):
        return 0.0 if force == 0 else force**self.p.contest / (force**self.p.contest + against**self.p.contest)

    def secured(self, state, output):
        covered = self.coverage[state]
        return self.share(output + covered, self.threat + self.p.response * output) - self.share(covered, self.threat)

    def cohesion(self, mean, least):
        p = self.p
        return 1 / (1 + math.exp(-(p.cohesion + p.cohesion_mean * mean + p.cohesion_least * least)))

    def alike(self, s, t):
        return max(0.0, 1 - self.gap(s, t))

    def outsider(self, state, group, publicness):
        likeness = [self.alike(s, t) for s, t in combinations(group, 2)]
        used = self.cohesion(sum(likeness) / len(likeness), min(likeness))
        return publicness * self.stake[state] * used * self.secured(state, self.output([self.brings[s] for s in group]))

    def terms(self, i, group):
        p, k, stake = self.p, len(group), self.stake
        others = [j for j in group if j != i]
        likeness = [self.alike(s, t) for s, t in combinations(group, 2)]
        joint = self.output([self.brings[s] for s in group])
        led, rival = "USA" in group, "USA" not in group and bool(RIVALS & set(group))
        nested = max((relevance * len(m & set(group)) / k for relevance, _, m in self.bodies), default=0.0)
        doubled = max((r * a * len(m & set(group)) / len(m | set(group)) for r, a, m in self.bodies), default=0.0)

        def mean(of):
            return sum(of(j) for j in others) / len(others)

        affinity = mean(lambda j: self.mean_gap - self.gap(i, j))
        felt = sum(self.alike(i, j) * stake[j] for j in self.pool if j != i)
        together = self.cohesion(sum(likeness) / len(likeness), min(likeness)) * self.secured(i, joint)
        own_share = min(1.0, self.alone[i] / joint) if joint else 1.0
        return {
            "capability": stake[i] * (together - self.cohesion(1, 1) * self.secured(i, self.alone[i])),
            "stake": mean(lambda j: stake[i] * stake[j]),
            "pressure": mean(lambda j: math.sqrt(self.pressure[i] * self.pressure[j])),
            "affinity": 0.0 if led or rival else affinity,
            "affinity_us": affinity if led else 0.0,
            "affinity_rival": affinity if rival else 0.0,
            "distance": mean(lambda j: self.near[i, j]),
            "ties": mean(lambda j: self.ties.get(frozenset((i, j)), 0.0)),
            "usefulness": self.dependence[i] if led else 0.0,
            "nesting": nested / k,
            "duplication": -doubled / k,
            "inclusion": sum(self.alike(i, j) * stake[j] for j in others) / felt if felt else 0.0,
            "entrapment": -sum((1 - self.alike(i, j)) * self.conflict[j] for j in others),
            "retaliation": -self.exposure[i] * (1 - max(self.economy[j] for j in group)),
            "autonomy": -sum(self.economy[j] for j in others) / sum(self.economy[j] for j in group),
            "abandonment": -(1 - p.reliability) * stake[i] * (1 - own_share),
            "coordination": -((k * (k - 1) / 2) ** p.crowding) * (1 - p.saving * nested) / k,
            "setup": -1 / k,
        }


RANGES = {
    "decay": (0.03, 0.25),
    "spillover": (0.1, 0.5),
    "reference": (0.02, 0.3),
    "width": (3.0, 5.0),
    "contest": (0.5, 2.0),
    "cohesion": (-1.0, 1.0),
    "cohesion_mean": (0.0, 3.0),
    "cohesion_least": (0.0, 1.5),
    "crowding": (1.0, 1.5),
    "saving": (0.0, 0.5),
    "reliability": (0.25, 0.75),
    "response": (0.0, 0.5),
    "institutions": (0.0, 1.5),
}


def plain(settings):
    values = {f.name: getattr(settings, f.name) for f in dataclasses.fields(settings)}
    return SimpleNamespace(**{name: getattr(value, "value", value) for name, value in values.items()})


def drawn(region, chance):
    """Other settings, efforts and threats, and an interest and a year."""
    values = {name: chance.uniform(*ends) for name, ends in RANGES.items()}
    values["substitution"] = chance.choice([1.0, 0.7, 0.3, 0.0, -0.5])
    numbers = {name: Number(v, low=v, high=v, unit="", source="", status="scenario") for name, v in values.items()}
    region = dataclasses.replace(
        region, settings=dataclasses.replace(region.settings, **numbers, listed=chance.random() < 0.7)
    )
    opposed = sorted({c for interest in region.interests for c in interest.challengers})
    effort = {s: chance.uniform(0, 1) for s in chance.sample(region.states, 4)}
    threat = {c: chance.choice([0.0, chance.uniform(0, 2)]) for c in opposed}
    return region.scenario(effort=effort, threat=threat)


@pytest.mark.parametrize("name", ["asia-pacific", "middle-east", "europe", "global-order"])
@pytest.mark.parametrize("seed", range(6))
def test_terms_are_what_plain_arithmetic_gives(name, seed):
    chance = random.Random(f"{name} {seed}")
    region = models.load(name)
    if seed % 2:
        region = drawn(region, chance)
    interest = chance.choice(region.interests).id + chance.choice(["", "*"])
    year = chance.choice(region.years)
    scene = Scene(region.states, interest, year, plain(region.settings), region.effort, region.threat)
    theta = {term: chance.gauss(0, 1) for term in region.names}
    aim = region.interest(interest).objective
    publicness = next(float(row["publicness"]) for row in table("objectives.csv") if row["objective"] == aim)
    for _ in range(12):
        group = chance.sample(region.states, chance.randint(2, 7))
        members = np.array([region.indices(group)])
        slow = [scene.terms(state, group) for state in group]
        expected = np.array([[member[term] for member in slow] for term in region.names])
        got = parts(region.terms, region.theatre(interest, year), members, region.settings)[0]
        assert got == pytest.approx(expected, abs=1e-12)
        assert region.features(members, interest, year)[0] == pytest.approx(expected.sum(axis=1), abs=1e-12)
        weights = np.array([theta[term] for term in region.names])
        assert region.gains(members, interest, year, theta)[0] == pytest.approx(weights @ expected, abs=1e-12)
        outside = [
            0.0 if s in group else theta["capability"] * scene.outsider(s, group, publicness) for s in region.states
        ]
        assert region.outsiders(members, interest, year, theta)[0] == pytest.approx(outside, abs=1e-12)
