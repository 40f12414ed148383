"""Settings of Sphinx, which builds README.md, CHANGELOG.md and this folder (`./run docs`).

The source folder is the repository itself, so that a link is the same on every page, in the built pages and
wherever else Markdown is shown. A link to a page, heading or file that is not there fails the build.
"""

from __future__ import annotations

project = "Thumper"
extensions = ["myst_parser"]
root_doc = "README"
include_patterns = ["README.md", "CHANGELOG.md", "docs/*.md"]
exclude_patterns = [".*", "var"]

myst_heading_anchors = 4
nitpicky = True

html_theme = "alabaster"
html_theme_options = {
    "description": "Which deer is it?",
    "fixed_sidebar": True,
    "page_width": "70rem",
    "body_max_width": "none",
    "show_powered_by": False,
}
html_copy_source = False
html_show_sphinx = False
