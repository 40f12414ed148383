"""Templates of other packages as the content security policy wants them.

The admin, django-rq, the browsable API and Swagger UI have scripts and styles inside their pages. Their templates get
the answer's nonce for these, when they are loaded: what data puts into a page later gets none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from django.template.loaders import app_directories

if TYPE_CHECKING:
    from django.template import Origin

FOREIGN: Final = ("admin/", "django_rq/", "drf_spectacular/", "registration/", "rest_framework/")
"""Beginnings of names of templates that other packages bring."""
_NONCE: Final = ' nonce="{{ request.csp_nonce }}"'
_INLINE: Final = re.compile(r"<(script|style)((?:\s+type=\"text/(?:javascript|css)\")?)>")
_ATTRIBUTES: Final = re.compile(r"\s(?:style|on[a-z]+)=\"(?:{%.*?%}|{{.*?}}|[^\"])*\"")
"""Decoration and clicks that stand in an element: no nonce allows them. What they do is done by links beside them too."""


def with_nonces(source: str) -> str:
    """The template's source, with a nonce at what is inside it, and without attributes that are code."""
    return _ATTRIBUTES.sub("", _INLINE.sub(rf"<\1\2{_NONCE}>", source))


class Loader(app_directories.Loader):
    """The loader of templates of installed packages."""

    def get_contents(self, origin: Origin) -> str:
        source = super().get_contents(origin)
        return with_nonces(source) if str(origin.template_name).startswith(FOREIGN) else source
