"""What stands behind the question mark of an address, which lists hand on to the addresses of their links."""

from __future__ import annotations

from flask import Request
from werkzeug.datastructures import MultiDict
from werkzeug.utils import cached_property

#: Names that say something else where an address is made: those of `url_for`, and of what calls it.
MEANT_OTHERWISE = frozenset({"self", "endpoint", "values", "export_type"})


class PageRequest(Request):
    @cached_property
    def args(self) -> MultiDict[str, str]:
        """Without what nobody asks for: by `_external` a stranger's link would have a page lead to another host."""
        pairs = [pair for pair in super().args.items(multi=True) if not is_meant_otherwise(pair[0])]
        return self.parameter_storage_class(pairs)


def is_meant_otherwise(name: str) -> bool:
    return name.startswith("_") or name in MEANT_OTHERWISE
