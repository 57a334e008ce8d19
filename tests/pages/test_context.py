"""What every template can use: texts in the language of the moment at which they are read."""

from __future__ import annotations

from flask import Flask, render_template_string
from flask_babel import force_locale

TEXTS = "{{ _('Orders') }} {{ ngettext('%(num)s piece', '%(num)s pieces', 2) }}"


def test_a_part_of_a_page_in_another_language_is_in_that_language(app: Flask) -> None:
    with app.test_request_context("/", headers={"Accept-Language": "en"}):
        before = render_template_string(TEXTS)
        with force_locale("de"):
            inside = render_template_string(TEXTS)
        after = render_template_string(TEXTS)

    assert (before, inside, after) == ("Orders 2 pieces", "Bestellungen 2 Stück", "Orders 2 pieces")
