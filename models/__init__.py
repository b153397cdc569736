"""Models of regions: real states, their figures and interests, and the groups they formed.

``names()`` lists them and ``load(name)`` builds one. Other packages add theirs through the entry point group
``coalitions.models``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from models.calibrated import Calibrated
    from models.region import Region

__all__ = ["calibrate", "load", "names"]

ENTRY_POINTS = "coalitions.models"
BUILT_IN = {  # also there when the package runs uninstalled
    "asia-pacific": "models.asia_pacific:region",
    "europe": "models.europe:region",
    "global-order": "models.global_order:region",
    "middle-east": "models.middle_east:region",
}


def names() -> tuple[str, ...]:
    """List the models that can be loaded, in alphabetical order.

    Examples
    --------
    >>> "asia-pacific" in names()
    True
    """
    return tuple(sorted(_known()))


def load(name: str) -> Region:
    """Build a model by its name.

    Parameters
    ----------
    name : str
        One of ``names()``.

    Returns
    -------
    Region

    Raises
    ------
    ValueError
        There is no such model; the message suggests the nearest name.

    Examples
    --------
    >>> load("asia-pacific").title
    'Asia-Pacific'
    """
    from importlib.metadata import EntryPoint

    from models.panel import nearest

    known = _known()
    if name not in known:
        hint = nearest(str(name), known) or f"; known: {', '.join(sorted(known))}"
        raise ValueError(f"no model {name!r}{hint}")
    build = EntryPoint(name=name, value=known[name], group=ENTRY_POINTS).load()
    region: Region = build()
    return region


def calibrate(*args: Any, **options: Any) -> Calibrated:
    """Fit regions together; see ``models.calibrated.calibrate``."""
    from models.calibrated import calibrate as fit_together

    return fit_together(*args, **options)


def _known() -> dict[str, str]:
    from importlib.metadata import entry_points

    return {entry.name: entry.value for entry in entry_points(group=ENTRY_POINTS)} | BUILT_IN
