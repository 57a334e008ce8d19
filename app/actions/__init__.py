"""What a person can do. Each action is one function with its declaration on it; see `declaration`."""

from importlib import import_module
from pkgutil import iter_modules

from app.actions.declaration import ACTIONS, Action, AnyAction, Input, action

#: An action is known as soon as its module is read: all of them, in the order of their names.
for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["ACTIONS", "Action", "AnyAction", "Input", "action"]
