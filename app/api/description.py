"""flask-smorest, told how we speak: problems instead of its own errors, and only under /api."""

from __future__ import annotations

import json
from json import JSONDecodeError
from typing import Any

from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_cls
from flask import Flask, Request, Response, jsonify
from flask_smorest import Api, Blueprint
from marshmallow import Schema, missing
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import HTTPException

from app.api.problems import MEDIA_TYPE, Problem, answer_refusal, http_problem
from app.api.shapes import Exactly
from app.errors import ActionRefused, ChangedMeanwhile

SPEC_OPTIONS = {
    "info": {
        "description": "Orders, customers and documents of the shop, and everything that can be done to them. "
        "Send the key as `Authorization: Bearer …`. A POST with an `Idempotency-Key` may be sent again: "
        "it is done once, and answered alike. Amounts are exact decimals, written as text.",
    },
    "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
    "security": [{"key": []}],
}


PROBLEM = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}

#: What every operation may answer.
FOR_ALL = {"401": "No key, or one that is not in use", "403": "The key lacks the right"}


class ToonbankApi(Api):
    ERROR_SCHEMA = Problem

    def __init__(self, app: Flask):
        super().__init__(app, spec_kwargs={"marshmallow_plugin": MarshmallowPlugin(schema_name_resolver=schema_name)})
        self.register_field(Exactly, "string", "decimal")

    def _register_error_handlers(self) -> None:
        """None for the whole application: the back office has error pages of its own."""

    def described(self) -> dict[str, Any]:
        """The description; errors are told as problems, which the library would call plain JSON."""
        told: dict[str, Any] = self.spec.to_dict()
        for response in told["components"].get("responses", {}).values():
            response["content"] = PROBLEM
        for operation in (each for path in told["paths"].values() for each in path.values() if "responses" in each):
            answers = operation["responses"]
            answers |= {code: {"description": text} for code, text in FOR_ALL.items()}
            for code, response in answers.items():
                if code >= "400" and "$ref" not in response:
                    response["content"] = PROBLEM
        return told

    def _openapi_json(self) -> Response:
        return jsonify(self.described())


def schema_name(schema: type[Schema] | Schema | str) -> str:
    """OrderShape is told of as Order."""
    known: Any = resolve_schema_cls(schema)
    return str(known.__name__).removesuffix("Shape")


class BodyParser(FlaskParser):
    """Answers 400 for whatever can't be read or stored; the stock one knows only two ways to be no JSON."""

    def _raw_load_json(self, req: Request) -> object:
        try:
            found: object = super()._raw_load_json(req)
            if found is not missing:
                json.dumps(found, ensure_ascii=False).encode()  # half a surrogate pair is no text
        except (RecursionError, ValueError) as error:
            if isinstance(error, JSONDecodeError | UnicodeDecodeError):
                raise
            raise JSONDecodeError(str(error), "…", 0) from None  # that of no text would be no body
        return found


class ApiBlueprint(Blueprint):
    ARGUMENTS_PARSER = BodyParser()


def blueprint(name: str, description: str) -> Blueprint:
    """A part of the API, whose errors are problems."""
    made = ApiBlueprint(f"api_{name}", __name__, url_prefix="/api", description=description)
    made.register_error_handler(HTTPException, http_problem)
    made.register_error_handler(ActionRefused, answer_refusal)
    made.register_error_handler(ChangedMeanwhile, answer_refusal)
    return made
