"""What a question costs: a point for an object, more for lists, the more the longer they may be; about as recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from graphql import DocumentNode, FieldNode, FragmentDefinitionNode, OperationDefinitionNode, SelectionSetNode
from graphql.language import FragmentSpreadNode, IntValueNode, VariableNode

DEAREST = 1000

#: Plain wrappers that cost nothing of their own.
FREE = ("nodes", "edges", "node", "pageInfo", "shopMoney", "presentmentMoney")


def cost_of(document: DocumentNode, variables: Mapping[str, object]) -> int:
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}

    def cost(selected: SelectionSetNode | None) -> int:
        found = 0
        for one in selected.selections if selected else ():
            if isinstance(one, FieldNode):
                found += cost_of_field(one)
            elif isinstance(one, FragmentSpreadNode):
                found += cost(fragments[one.name.value].selection_set)
            else:
                found += cost(one.selection_set)
        return found

    def cost_of_field(node: FieldNode) -> int:
        inner = cost(node.selection_set)
        if node.selection_set is None:
            return 0
        if (most := first_of(node)) is not None:
            return 2 + most.bit_length() * max(inner, 1)
        return inner + (node.name.value not in FREE)

    def first_of(node: FieldNode) -> int | None:
        for argument in node.arguments or ():
            value = argument.value
            if argument.name.value == "first" and isinstance(value, IntValueNode):
                return int(value.value)
            if argument.name.value == "first" and isinstance(value, VariableNode):
                return int(str(variables.get(value.name.value) or 0))
        return None

    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    return sum(cost(one.selection_set) for one in operations)


def objects_in(told: object) -> int:
    """How many objects an answer holds: what it costs in the end."""
    if isinstance(told, dict):
        return sum(objects_in(value) + (isinstance(value, dict) and name not in FREE) for name, value in told.items())
    return sum(1 + objects_in(one) for one in told) if isinstance(told, list) else 0


@dataclass
class Bucket:
    """Points of an app at a shop, and how fast they come back."""

    left: float = 2000
    most: float = 2000
    restored: float = 100
    at: datetime | None = None

    def pays(self, cost: float, now: datetime) -> bool:
        if self.at is not None:
            self.left = min(self.most, self.left + self.restored * max((now - self.at).total_seconds(), 0))
        self.at = now
        if cost > self.left:
            return False
        self.left -= cost
        return True

    def told(self) -> dict[str, float]:
        return {"maximumAvailable": self.most, "currentlyAvailable": int(self.left), "restoreRate": self.restored}
