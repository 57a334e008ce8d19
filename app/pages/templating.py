"""Jinja as it was, in less time: what its templates do thousands of times a page, calling things and writing values.

Templates are compiled with the name `escape` of `jinja2.runtime`, so it is put in its place before the first of them.
"""

from __future__ import annotations

from collections.abc import Callable
from types import BuiltinFunctionType, FunctionType, MethodType

import jinja2.runtime
from flask import Flask
from jinja2 import pass_eval_context
from jinja2.runtime import Context, Macro, Undefined
from jinja2.utils import internalcode
from markupsafe import Markup, escape


def escape_once(value: object) -> str:
    """A value as it stands on the page. Most are markup already, or what an `if` without `else` leaves: nothing."""
    if type(value) is Markup:
        return value
    if type(value) is int:
        return str(value)
    return "" if type(value) is Undefined else escape(value)


vars(jinja2.runtime)["escape"] = escape_once


#: What may be called as it is, unless it wants something of the page; and what wants to know whether text is escaped.
CALLED_AS_IS = (FunctionType, MethodType, BuiltinFunctionType)
EVAL_CONTEXT = vars(pass_eval_context(lambda page: page))["jinja_pass_arg"]


class QuickContext(Context):
    """Calls macros and functions without looking first for all the ways in which they might want to be called."""

    @internalcode
    def call(self, what: Callable[..., object], /, *args: object, **kwargs: object) -> object:
        kind = type(what)
        wants = EVAL_CONTEXT if kind is Macro else getattr(what, "jinja_pass_arg", None)
        if wants is EVAL_CONTEXT:
            args = (self.eval_ctx, *args)
        elif wants or kind not in CALLED_AS_IS:
            return super().call(what, *args, **kwargs)
        kwargs.pop("_block_vars", None)
        kwargs.pop("_loop_vars", None)
        try:
            return what(*args, **kwargs)
        except StopIteration:
            return self.environment.undefined("value was undefined because a callable raised a StopIteration exception")


def speed_up_templates(app: Flask) -> None:
    app.jinja_env.context_class = QuickContext
