"""Sphinx configuration: Markdown pages, and a reference generated from the docstrings."""

from coalitions import __version__

project = "minilateral"
author = "The minilateral developers"
release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc", "sphinx.ext.mathjax"]
myst_enable_extensions = ["dollarmath", "colon_fence"]
html_theme = "furo"
html_title = "minilateral"
exclude_patterns = ["_build"]
autodoc_member_order = "bysource"
autodoc_typehints = "none"
numpydoc_show_class_members = False
suppress_warnings = ["myst.xref_missing"]


def setup(app):
    """Let |S| in a docstring stand for a size, where reStructuredText would look for a substitution."""
    app.connect("autodoc-process-docstring", _keep_bars, priority=1)


def _keep_bars(app, what, name, obj, options, lines):
    lines[:] = [line.replace("|", "\\|") if not line.lstrip().startswith(">>>") else line for line in lines]
