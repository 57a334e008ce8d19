"""Putting addresses together: how, is worked out when one is first asked for, not for all of them at each start."""

from __future__ import annotations

from typing import Protocol

from werkzeug.routing import Rule


class Builder(Protocol):
    def __call__(self, rule: Rule, /, **values: object) -> tuple[str, str]: ...


class AddressRule(Rule):
    """Werkzeug compiles two functions for each of our 600 rules: half of what a start takes, a command's among it."""

    def _compile_builder(self, append_unknown: bool = True) -> Builder:
        made: list[Builder] = []

        def build(rule: Rule, /, **values: object) -> tuple[str, str]:
            if not made:
                made.append(Rule._compile_builder(rule, append_unknown))
            return made[0](rule, **values)

        return build
