"""The command line: ``coalitions report``, ``coalitions models`` and ``coalitions solve``."""

from __future__ import annotations

import difflib
import functools
import json
import math
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec

import typer

from coalitions import __version__
from coalitions.errors import SolverError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from rich.console import Console

    from coalitions.game import Game
    from coalitions.report import Study
    from coalitions.report.study import Progress

MODELS = "coalitions.models"
"""The entry point group in which packages name their models."""

VALUES = ("shapley", "banzhaf", "nucleolus", "prenucleolus", "modiclus")
SOLUTIONS = (*VALUES, "core", "least-core", "cost-of-stability", "structure")

P = ParamSpec("P")
app = typer.Typer(
    name="coalitions",
    help="Which small groups of states pay, who gains from them, and whether they hold.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main() -> None:
    """Run the command line."""
    app()


def _in_one_line(command: Callable[P, None]) -> Callable[P, None]:
    """Turn what a user can cause into one line on stderr and exit code 2; Ctrl-C into 130."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except (ValueError, SolverError, OSError, MemoryError) as error:
            typer.echo(f"error: {_sentence(error)}", err=True)
            raise typer.Exit(2) from None
        except KeyboardInterrupt:
            typer.echo("stopped", err=True)
            raise typer.Exit(130) from None

    return run


def _sentence(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        where = "" if error.filename is None else f"{error.filename}: "
        return f"{where}{error.strerror}"
    return " ".join(str(error).split()) or type(error).__name__


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"coalitions {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command()
@_in_one_line
def report(
    region: Annotated[str, typer.Argument(help="A model; 'coalitions models' lists them.", show_default=False)],
    out: Annotated[Path | None, typer.Option(help="Directory to write to; report-REGION by default.")] = None,
    interest: Annotated[
        list[str] | None,
        typer.Option(
            help="What groups may be for, such as AP1; ME4* is ME4 with nobody opposed. Repeat for "
            "several. All by default.",
            show_default=False,
        ),
    ] = None,
    max_size: Annotated[int, typer.Option(help="Largest group considered, in states.")] = 5,
    groups: Annotated[int, typer.Option(help="Most groups in the plan.")] = 12,
    year: Annotated[int | None, typer.Option(help="Year of the plan; the last with figures by default.")] = None,
    alone: Annotated[
        bool, typer.Option("--alone", help="Fit the region by itself, without what other regions tell.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Of the intervals.")] = 0,
    force: Annotated[bool, typer.Option("--force", help="Write into a directory that is not empty.")] = False,
) -> None:
    """Calibrate a region, form the best set of groups, and write a report about it.

    A region that comes with others is fitted together with them; --alone fits it to its own groups only.
    """
    from coalitions.report import study, write
    from coalitions.report.study import check_arguments
    from coalitions.report.validation import LEVEL
    from coalitions.report.write import check_folder

    model = _model(region)
    folder = Path(f"report-{region}") if out is None else out
    check_folder(folder, force=force)
    # what takes long comes after everything that can be refused
    check_arguments(model, year=year, max_size=max_size, groups=groups, interests=interest or None, seed=seed)
    gather = None if alone else _evidence_of(region)
    with _progress() as progress:
        given: dict[str, Any] = {}
        if gather is not None:
            progress("fitting regions together", 0.0)
            given = gather(model, year=year, level=LEVEL, seed=seed)
        found = study(
            model,
            year=year,
            max_size=max_size,
            groups=groups,
            interests=interest or None,
            seed=seed,
            progress=progress,
            **given,
        )
        progress("writing", 0.9)
        page = write(found, folder, force=force)
        progress("done", 1.0)
    _summarise(found, page)


@app.command()
@_in_one_line
def models() -> None:
    """List the models that are installed."""
    from rich.table import Table

    table = Table("name", "title", "states", "interests", "years", box=None)
    entries = _entries()
    for name in sorted(entries):
        region = entries[name].load()()
        years = f"{region.years[0]}-{region.years[-1]}"
        table.add_row(name, region.title, str(len(region.states)), str(len(region.interests)), years)
    _console().print(table if entries else f"no models are installed (entry point group {MODELS})")


@app.command()
@_in_one_line
def solve(
    file: Annotated[Path, typer.Argument(help="A game as CSV or JSON.", show_default=False)],
    solution: Annotated[
        list[str] | None,
        typer.Option(help=f"One of {', '.join(SOLUTIONS)}; repeat for several. All by default.", show_default=False),
    ] = None,
    missing: Annotated[
        str | None, typer.Option(help="Worth of every coalition the file leaves out.", show_default=False)
    ] = None,
    form: Annotated[str, typer.Option("--format", help="Of the answer: text or json.")] = "text",
) -> None:
    """Read a game from a file and print its solutions.

    CSV: a column of 0 and 1 for every player and a column worth, or the columns coalition and worth. JSON: players
    and worths in bitmask order, or worths by coalition. Worths such as 1/3 are exact.
    """
    from coalitions.files import read_game

    if form not in ("text", "json"):
        raise ValueError(f"format is {form!r}; it must be text or json")
    for name in solution or ():
        if name not in SOLUTIONS:
            raise ValueError(f"no solution {name!r}{_nearest(name, SOLUTIONS)}")
    game = read_game(file, missing=missing)
    found = {name: _solve(game, name) for name in dict.fromkeys(solution or SOLUTIONS)}
    if form == "json":
        answer = {"players": list(game.players), **{name: _plain(name, result) for name, result in found.items()}}
        typer.echo(json.dumps(answer, indent=2))
    else:
        typer.echo("\n\n".join([repr(game), *(repr(result) for result in found.values())]))


def _entries() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points

    return {entry.name: entry for entry in entry_points(group=MODELS)}


def _model(name: str) -> Any:
    entries = _entries()
    if name not in entries:
        raise ValueError(f"no model {name!r}{_nearest(name, entries)}")
    return entries[name].load()()


def _evidence_of(name: str) -> Callable[..., dict[str, Any]] | None:
    """Find ``evidence`` in the package that offers a model: from a region to further arguments of a study."""
    package = _entries()[name].value.partition(":")[0].partition(".")[0]
    try:
        found: Callable[..., dict[str, Any]] = import_module(f"{package}.evidence").evidence
    except ModuleNotFoundError as error:
        if error.name not in (package, f"{package}.evidence"):
            raise
        return None
    return found


def _nearest(name: str, known: Any) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; there are: {', '.join(sorted(known))}" if known else "; none is installed"


def _console() -> Console:
    from rich.console import Console

    return Console(highlight=False)


@contextmanager
def _progress() -> Iterator[Progress]:
    """Show a bar where the output is a terminal; let Ctrl-C end the work even where a solver would swallow it."""
    asked = False

    def stop(*_: Any) -> None:
        nonlocal asked
        asked = True
        raise KeyboardInterrupt

    def check() -> None:
        if asked:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, stop)
    try:
        if not sys.stdout.isatty():
            yield lambda description, done: check()
            return
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        with Progress(
            BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=_console(), transient=True
        ) as bar:
            task = bar.add_task("starting", total=1.0)

            def show(description: str, done: float) -> None:
                check()
                bar.update(task, description=description, completed=done)

            yield show
    except SolverError:
        check()  # a solver that was interrupted may call it a failure
        raise
    finally:
        signal.signal(signal.SIGINT, before)


def _summarise(study: Study, page: Path) -> None:
    from rich.table import Table

    from coalitions.report.table import UNIT, display
    from coalitions.report.validation import LEVEL, MODEL, SPLIT, TIES, UNLISTED, WORDS

    console = _console()
    plan = study.plan
    quality = "proven best" if plan.is_proven else f"bound {plan.bound:.4g}, gap {plan.gap:.2g}"
    console.print(
        f"{study.region.title} {study.year}: {len(plan.groups)} groups from {len(plan.candidates):,} candidates, "
        f"worth {display(plan.worth)} {UNIT}, {quality}"
    )
    table = Table("", "for", box=None)
    table.add_column("members", no_wrap=True)
    for head in (f"worth ({UNIT})", f"{LEVEL:.0%} interval"):
        table.add_column(head)
    table.add_column("exists as", overflow="fold")
    for f in study.findings:
        span = "too few groups" if math.isnan(f.low) else f"{display(f.low)} to {display(f.high)}"
        worth = display(f.group.worth)
        table.add_row(str(f.number), str(f.group.objective), f.group.name, worth, span, f.exists_as or "")
    console.print(table)
    if study.validation is None:
        console.print(f"Not tested on later groups: {study.untested}")
    else:
        shown = {name: study.validation.rivals.get(name) for name in (MODEL, UNLISTED, TIES)}
        means = ", ".join(f"{WORDS[name]} {rival.ranks.mean:.0%}" for name, rival in shown.items() if rival)
        console.print(
            f"Groups founded after {SPLIT}, share of their one-member swaps ranked below them (50% is chance): {means}"
        )
    console.print(f"Report: {page}", soft_wrap=True)


def _solve(game: Game, name: str) -> Any:
    from coalitions.core import core, cost_of_stability, least_core, modiclus, nucleolus, prenucleolus
    from coalitions.structures import optimal_structure
    from coalitions.values import banzhaf_value, shapley_value

    solvers: dict[str, Callable[[Game], Any]] = {
        "shapley": shapley_value,
        "banzhaf": banzhaf_value,
        "nucleolus": nucleolus,
        "prenucleolus": prenucleolus,
        "modiclus": modiclus,
        "core": core,
        "least-core": least_core,
        "cost-of-stability": cost_of_stability,
        "structure": optimal_structure,
    }
    return solvers[name](game)


def _plain(name: str, result: Any) -> dict[str, Any]:
    """Put a solution into numbers and lists; exact numbers become text such as "1/3"."""

    def number(value: Any) -> Any:
        if isinstance(value, float) and not math.isfinite(value):
            return None  # JSON has no infinity
        return str(value) if isinstance(value, Fraction) else value

    def payoffs(allocation: Any) -> dict[str, Any] | None:
        return None if allocation is None else {str(p): number(x) for p, x in allocation.to_dict().items()}

    if name in VALUES:
        return {"payoffs": payoffs(result)}
    if name == "core":
        return {"empty": result.is_empty, "point": payoffs(result.point)}
    if name == "least-core":
        return {"epsilon": number(result.epsilon), "point": payoffs(result.point)}
    if name == "cost-of-stability":
        return {"subsidy": number(result.subsidy), "point": payoffs(result.point)}
    return {
        "blocks": [list(block) for block in result.blocks],
        "worths": [number(worth) for worth in result.worths],
        "worth": number(result.worth),
        "gap": number(result.gap),
    }


if __name__ == "__main__":
    main()
