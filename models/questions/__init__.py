"""Questions a reader brings, each answered by one function of a calibrated model.

``best_groups`` ranks the groups an interest calls for; ``phase_diagram`` says when a small group beats both acting
alone and an institution; ``size_curves`` how large groups should be; ``formats`` what three states are worth to each
other, and who should be the fourth; ``threat_sweep`` what a rising challenger does. ``affinity_or_capability`` compares
what drives groups; ``who_next`` ranks who should be invited and who would leave; ``pair_threshold`` and ``spoiling``
ask about China and Russia; ``us_shift`` about American effort that goes elsewhere. Answers come with intervals over the
draws of the fit, and with what theory alone would have said.
"""

from importlib import import_module
from typing import Any

_HOME = {
    "best_groups": "rankings",
    "phase_diagram": "phases",
    "size_curves": "sizes",
    "formats": "partners",
    "threat_sweep": "threats",
    "affinity_or_capability": "methodology",
    "who_next": "invitations",
    "pair_threshold": "pressure",
    "spoiling": "spoilers",
    "us_shift": "shift",
}
"""By name, the module that holds it. None is called like its function: importing the one would hide the other."""

__all__ = list(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'models.questions' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"models.questions.{_HOME[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
