"""Settings of Sphinx, which builds README.md, CHANGELOG.md and the pages of this folder (`./run docs`).

The source folder is the repository itself, so that a link is the same in the built pages and wherever else
Markdown is shown. A link to a page, heading or file that is not there fails the build.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "Thumper"
extensions = ["myst_parser"]
root_doc = "README"
include_patterns = ["README.md", "CHANGELOG.md", "docs/*.md"]
exclude_patterns = [".*", "var"]
nitpicky = True
myst_heading_anchors = 4

html_theme = "alabaster"
html_theme_options = {"description": "Which deer is it?", "fixed_sidebar": True}
html_copy_source = False
html_show_sphinx = False

CONTENTS = """

```{toctree}
:hidden:
:glob:

docs/*
CHANGELOG
```
"""


def _add_contents(app: Sphinx, page: str, source: list[str]) -> None:
    """The list of pages, which only the built README needs."""
    if page == root_doc:
        source[0] += CONTENTS


def setup(app: Sphinx) -> None:
    app.connect("source-read", _add_contents)
