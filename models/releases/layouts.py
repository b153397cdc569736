"""The files we can read, by the columns that make them what they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from models.panel import nearest


@dataclass(frozen=True)
class Layout:
    """One file of a release, as it is downloaded: columns it needs, may have, and must lack to be this one."""

    release: str
    reader: str
    file: str
    needs: tuple[str, ...]
    takes: tuple[str, ...] = ()
    reference: str = ""
    lacks: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns looked for, needed or not."""
        return (*self.needs, *self.takes)


_SINGER = "Singer, Bremer and Stuckey 1972, in Russett (ed.), Peace, War, and Numbers, 19-48"
_GIBLER = "Gibler 2009, International Military Alliances, 1648-2008"
_LEEDS = "Leeds, Ritter, Mitchell and Long 2002, International Interactions 28: 237-260"
_PALMER = "Palmer et al. 2022, Conflict Management and Peace Science 39: 470-482"
_MAOZ = "Maoz, Johnson, Kaplan, Ogunkoya and Shreve 2019, Journal of Conflict Resolution 63: 811-835"
_SARKEES = "Sarkees and Wayman 2010, Resort to War: 1816-2007"
_STINNETT = "Stinnett et al. 2002, Conflict Management and Peace Science 19: 59-67"
_BAILEY = "Bailey, Strezhnev and Voeten 2017, Journal of Conflict Resolution 61: 430-456"
_KINNE = "Kinne 2020, Journal of Conflict Resolution 64: 729-755"
_DORAZIO = "D'Orazio and Galambos 2021, Multinational Military Exercises"
_COPPEDGE = "Coppedge et al., V-Dem country-year dataset, of the version read"
_GLEDITSCH = "Gleditsch et al. 2002, Journal of Peace Research 39: 615-637, and the UCDP article of the version read"
_BARNUM = "Barnum, Fariss, Markowitz and Morales 2024, Journal of Conflict Resolution, Global Military Spending Dataset"
_SIPRI = "Stockholm International Peace Research Institute, SIPRI Military Expenditure Database, of the year read"
_WORLD_BANK = "World Bank, World Development Indicators"

_AGREEMENT = ("usagree", "russiaagree", "chinaagree", "indiaagree", "israelagree", "brazilagree")
_PARTIES = ("gwno_a", "gwno_a_2nd", "gwno_b", "gwno_b_2nd")
_PLEDGES_COW = ("defense", "neutrality", "nonaggression", "entente")
_PLEDGES_ATOP = ("defense", "offense", "neutral", "nonagg", "consul")
_DETAILS_ATOP = ("active", "conditio", "asymm", "milaid", "milcon", "intcom", "base", "armred", "organ1")

LAYOUTS = {
    layout.file: layout
    for layout in (
        Layout(
            "COW National Material Capabilities",
            "read_nmc",
            "NMC-60-abridged.csv",
            ("ccode", "year", "milex", "milper", "irst", "pec", "tpop", "upop", "cinc"),
            reference=_SINGER,
        ),
        Layout(
            "COW formal alliances, by member",
            "read_cow_alliances",
            "alliance_v4.1_by_member.csv",
            ("version4id", "ccode", "mem_st_year", "mem_end_year", *_PLEDGES_COW),
            ("version",),
            _GIBLER,
        ),
        Layout(
            "COW formal alliances, by dyad",
            "read_cow_alliances",
            "alliance_v4.1_by_dyad.csv",
            ("version4id", "ccode1", "ccode2", "dyad_st_year", "dyad_end_year", *_PLEDGES_COW),
            ("version",),
            _GIBLER,
            ("year",),
        ),
        Layout(
            "COW formal alliances, by dyad and year",
            "read_cow_alliances",
            "alliance_v4.1_by_dyad_yearly.csv",
            ("version4id", "ccode1", "ccode2", "year", *_PLEDGES_COW),
            ("version",),
            _GIBLER,
        ),
        Layout(
            "ATOP, by member",
            "read_atop",
            "atop5_1m.csv",
            ("atopid", "member", "yrent", "yrexit", *_PLEDGES_ATOP),
            ("phase", "bilat", "wartime", *_DETAILS_ATOP, "version"),
            _LEEDS,
        ),
        Layout(
            "ATOP, by directed dyad and year",
            "read_atop",
            "atop5_1ddyr.csv",
            ("statea", "stateb", "year", *_PLEDGES_ATOP),
            ("version",),
            _LEEDS,
        ),
        Layout(
            "ATOP, by alliance",
            "",
            "atop5_1a.csv",
            ("atopid", "begyr", "endyr", "mem1", "mem2", *_PLEDGES_ATOP),
            reference=_LEEDS,
        ),
        Layout(
            "COW militarized disputes, by participant",
            "read_mids",
            "MIDB 5.0.csv",
            ("dispnum", "ccode", "styear", "endyear", "sidea", "fatality", "hiact", "hostlev"),
            ("stday", "stmon", "endday", "endmon", "orig", "version"),
            _PALMER,
        ),
        Layout(
            "COW militarized disputes, by dispute",
            "read_mids",
            "MIDA 5.0.csv",
            ("dispnum", "styear", "endyear", "outcome", "fatality", "hiact", "hostlev", "numa", "numb"),
            ("settle", "recip", "version"),
            _PALMER,
        ),
        Layout(
            "COW militarized disputes, by dyad and year",
            "read_mids",
            "dyadic_mid_4.03.csv",
            ("disno", "statea", "stateb", "year", "fatlev", "hihost"),
            ("highact", "hihosta", "hihostb", "orignata", "orignatb", "strtyr"),
            _MAOZ,
        ),
        Layout(
            "COW inter-state wars",
            "read_wars",
            "Inter-StateWarData_v4.0.csv",
            ("warnum", "warname", "ccode", "side", "startyear1", "endyear1", "initiator", "outcome", "batdeath"),
            ("statename", "startyear2", "endyear2"),
            _SARKEES,
        ),
        Layout(
            "COW direct contiguity, by dyad and year",
            "read_contiguity",
            "contdird.csv",
            ("state1no", "state2no", "year", "conttype"),
            ("version",),
            _STINNETT,
        ),
        Layout(
            "COW direct contiguity, by spell",
            "read_contiguity",
            "contdir.csv",
            ("statelno", "statehno", "conttype", "begin", "end"),
            ("version",),
            _STINNETT,
        ),
        Layout(
            "UN General Assembly ideal points",
            "read_un_ideal_points",
            "IdealpointsJuly2025.csv",
            ("ccode", "year", "idealpointfp"),
            ("iso3c", "q5fp", "q95fp", "nvotesfp", "idealpointall"),
            _BAILEY,
        ),
        Layout(
            "UN General Assembly ideal points, by session",
            "read_un_ideal_points",
            "IdealpointestimatesAll_Jun2024.csv",
            ("ccode", "session", "idealpointall"),
            ("iso3c", "q5all", "q95all", "nvotesall", *_AGREEMENT),
            _BAILEY,
        ),
        Layout(
            "UN General Assembly roll calls",
            "read_un_votes",
            "UNVotes.csv",
            ("rcid", "ccode", "vote"),
            ("date", "session"),
            _BAILEY,
        ),
        Layout("SIPRI military expenditure", "read_sipri", "SIPRI-Milex-data-1949-2025.xlsx", (), (), _SIPRI),
        Layout(
            "Defence cooperation agreements",
            "read_dcad",
            "DCAD-v1.0-main.csv",
            ("dcaid", "ccode1", "ccode2", "signyear", "type"),
            ("eifyear", "category1", "asymmetric", "terminated", "endyearestimate"),
            _KINNE,
        ),
        Layout(
            "Defence cooperation agreements, by dyad and year",
            "read_dcad",
            "DCAD-v1.0-dyadic.csv",
            ("ccode1", "ccode2", "year", "dcaanyv1"),
            ("dcageneralv1", "dcageneralv2", "dcasectorv1", "dcasectorv2", "dcaanyv2"),
            _KINNE,
        ),
        Layout(
            "Multinational military exercises",
            "read_exercises",
            "mme_v7.csv",
            ("mmeid", "ex_name", "series_name", "s.year", "s.month", "statea", "stateb"),
            ("e.year",),
            _DORAZIO,
        ),
        Layout("V-Dem", "read_vdem", "V-Dem-CY-Core.csv", ("country_text_id", "year"), (), _COPPEDGE),
        Layout(
            "UCDP/PRIO armed conflicts",
            "read_ucdp",
            "UcdpPrioConflict_v25_1.csv",
            ("conflict_id", "year", *_PARTIES, "type_of_conflict", "intensity_level"),
            ("incompatibility", "location"),
            _GLEDITSCH,
        ),
        Layout("World Bank, wide", "read_world_bank", "API_NY.GDP.MKTP.CD.csv", ("country code",), (), _WORLD_BANK),
        Layout("World Bank, long", "read_world_bank", "gdp.csv", ("country code", "year", "value"), (), _WORLD_BANK),
        Layout(
            "Global Military Spending Dataset",
            "read_gmsd",
            "estimates_milex_con.csv",
            ("gwno", "year", "mean"),
            ("sd", "indicator"),
            _BARNUM,
        ),
    )
}


def layouts_of(reader: str) -> tuple[Layout, ...]:
    """Give the files a reader takes, those of most needed columns first: a file that fits two is the richer one.

    Parameters
    ----------
    reader : str

    Returns
    -------
    tuple of Layout
    """
    return tuple(
        sorted((form for form in LAYOUTS.values() if form.reader == reader), key=lambda form: -len(form.needs))
    )


def wrong_file(source: str, columns: Iterable[str], reader: str) -> str:
    """Say which columns a reader looked for in vain, and which release the file may be instead.

    Parameters
    ----------
    source : str
        The file.
    columns : iterable of str
        What it has.
    reader : str
        The reader that was asked.

    Returns
    -------
    str
        The message of an error.

    Examples
    --------
    >>> print(wrong_file("a.csv", ["dispnum", "ccode", "styear", "endyear", "sidea", "hostlev"], "read_contiguity"))
    a.csv is not a file read_contiguity knows. It takes
      contdir.csv: statelno, statehno, conttype, begin, end
      contdird.csv: state1no, state2no, year, conttype
    The columns are nearest to COW militarized disputes, by participant (MIDB 5.0.csv), which read_mids reads
    Not there: fatality, hiact
    """
    there = tuple(columns)
    own = sorted(layouts_of(reader), key=lambda form: form.file)
    lines = [f"{source} is not a file {reader} knows. It takes"]
    lines += [f"  {form.file}: {', '.join(form.needs)}" for form in own]
    best = max(LAYOUTS.values(), key=lambda form: (_overlap(form, there), form.reader == reader))
    missing = [column for column in best.needs if column not in there]
    if best.needs and _overlap(best, there) >= 0.5:
        who = "which no reader takes" if not best.reader else f"which {best.reader} reads"
        lines.append(f"The columns are nearest to {best.release} ({best.file}), {who}")
        lines += [f"Not there: {', '.join(missing)}"] if missing else []
        lines += [f"  {column!r}{nearest(column, there)}" for column in missing if nearest(column, there)]
    else:
        shown = ", ".join(there[:8]) + (", ..." if len(there) > 8 else "")
        lines.append(f"The file has {shown or 'no columns'}")
    return "\n".join(lines)


def _overlap(form: Layout, columns: tuple[str, ...]) -> float:
    needs = set(form.needs)
    return len(needs & set(columns)) / len(needs) if needs else 0.0
