"""What Flask-Admin's widgets draw is HTML, and says so."""

from __future__ import annotations

from flask_admin.form.widgets import RenderTemplateWidget
from markupsafe import Markup
from wtforms import Field

_draw = RenderTemplateWidget.__call__


def draw_markup(widget: RenderTemplateWidget, field: Field, **more: object) -> Markup:
    """WTForms' own widgets return Markup. These return a plain string, which any template would escape: a person then
    reads the source of the page instead of a form within the form."""
    return Markup(_draw(widget, field, **more))  # noqa: S704: a template made it, which escapes by itself


def let_widgets_return_markup() -> None:
    """Every field that is drawn from a template is drawn through this one class: lists of records, forms in forms."""
    RenderTemplateWidget.__call__ = draw_markup  # type: ignore[method-assign]
