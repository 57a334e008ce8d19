"""The API keeps to its own description, whatever is thrown at it: schemathesis makes requests from the description."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.factories import placed_order

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
PER_OPERATION = 3


@pytest.mark.each_database
def test_every_operation_answers_as_it_is_described(app: Flask, program: Any, in_app: Any) -> None:
    with in_app():
        for _ in range(2):
            placed_order()
    described = schemathesis.openapi.from_wsgi("/api/openapi.json", app)
    close(described.raw_schema["components"]["schemas"])

    for result in described.get_all_operations():
        operation = result.ok()
        check(operation.as_strategy(), {"Authorization": f"Bearer {program.key}", "Accept-Encoding": "identity"})


def close(shapes: dict[str, Any]) -> None:
    """What is not described may not be in an answer: of an order nobody is told more than its shape names."""
    named = [shape for shape in shapes.values() if "properties" in shape]
    for shape in named:
        shape.setdefault("additionalProperties", False)
    assert len(named) > 20


def check(cases: Any, headers: dict[str, str]) -> None:
    @given(case=cases)
    @settings(max_examples=PER_OPERATION, derandomize=True, suppress_health_check=list(HealthCheck))
    def answers_as_described(case: Any) -> None:
        response = case.call(headers=headers)
        case.validate_response(response, checks=CHECKS)

    answers_as_described()
