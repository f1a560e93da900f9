"""The parts of OpenAPI 3.0 and 3.1 that a reader of a contract relies on, as a JSON Schema.

Not the specification's own schema: that is one a version, and its messages ("is not valid under any of the
given schemas") do not say what to mend. Schema objects inside are only checked to be schemas in form.
"""

from typing import Any

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def _or_reference(name: str) -> dict[str, Any]:
    # Not "anyOf", whose message would not say which of the two was meant.
    return {"if": {"type": "object", "required": ["$ref"]}, "else": {"$ref": f"#/$defs/{name}"}}


def _map_of(values: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": values}


OPENAPI_3: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["openapi", "info"],
    "properties": {
        "openapi": {"type": "string", "pattern": r"^3\.[01]\.\d+(-.+)?$"},
        "info": {
            "type": "object",
            "required": ["title", "version"],
            "properties": {"title": {"type": "string"}, "version": {"type": "string"}},
        },
        "servers": {"type": "array", "items": {"type": "object", "required": ["url"]}},
        "paths": {
            "type": "object",
            "propertyNames": {"pattern": "^(/|x-)"},
            "patternProperties": {"^/": {"$ref": "#/$defs/pathItem"}},
        },
        "components": {
            "type": "object",
            "properties": {
                "schemas": _map_of({"$ref": "#/$defs/schema"}),
                "parameters": _map_of(_or_reference("parameter")),
                "responses": _map_of(_or_reference("response")),
                "requestBodies": _map_of(_or_reference("requestBody")),
                "securitySchemes": _map_of(_or_reference("securityScheme")),
            },
        },
        "security": {"type": "array", "items": {"type": "object"}},
        "tags": {"type": "array", "items": {"type": "object", "required": ["name"]}},
    },
    "$defs": {
        "pathItem": {
            "type": "object",
            "properties": {
                "parameters": {"type": "array", "items": _or_reference("parameter")},
                **{method: {"$ref": "#/$defs/operation"} for method in METHODS},
            },
            "propertyNames": {
                "pattern": rf"^(\$ref|summary|description|servers|parameters|{'|'.join(METHODS)}|x-.*)$",
            },
        },
        "operation": {
            "type": "object",
            # 3.1 leaves it out of the required; a contract that does not say what is answered is none.
            "required": ["responses"],
            "properties": {
                "operationId": {"type": "string"},
                "tags": {"type": "array", "items": {"type": "string"}},
                "parameters": {"type": "array", "items": _or_reference("parameter")},
                "requestBody": _or_reference("requestBody"),
                "responses": {
                    "type": "object",
                    "minProperties": 1,
                    "propertyNames": {"pattern": r"^([1-5]\d\d|[1-5]XX|default|x-.*)$"},
                    "patternProperties": {"^[1-5d]": _or_reference("response")},
                },
            },
        },
        "parameter": {
            "type": "object",
            "required": ["name", "in"],
            "properties": {
                "name": {"type": "string"},
                "in": {"enum": ["path", "query", "header", "cookie"]},
                "required": {"type": "boolean"},
                "schema": {"$ref": "#/$defs/schema"},
            },
            "if": {"properties": {"in": {"const": "path"}}, "required": ["in"]},
            "then": {"required": ["required"], "properties": {"required": {"const": True}}},
        },
        "requestBody": {
            "type": "object",
            "required": ["content"],
            "properties": {"content": {"$ref": "#/$defs/content"}},
        },
        "response": {
            "type": "object",
            "required": ["description"],
            "properties": {
                "description": {"type": "string"},
                "content": {"$ref": "#/$defs/content"},
                "headers": {"type": "object"},
            },
        },
        "content": _map_of({"type": "object", "properties": {"schema": {"$ref": "#/$defs/schema"}}}),
        "securityScheme": {
            "type": "object",
            "required": ["type"],
            "properties": {"type": {"enum": ["apiKey", "http", "mutualTLS", "oauth2", "openIdConnect"]}},
        },
        "schema": {
            "type": ["object", "boolean"],
            "properties": {
                "type": {
                    "anyOf": [
                        {"$ref": "#/$defs/typeName"},
                        {"type": "array", "items": {"$ref": "#/$defs/typeName"}},
                    ]
                },
                "properties": _map_of({"$ref": "#/$defs/schema"}),
                "items": {"$ref": "#/$defs/schema"},
                "required": {"type": "array", "items": {"type": "string"}},
                "enum": {"type": "array"},
                **{
                    key: {"type": "array", "items": {"$ref": "#/$defs/schema"}}
                    for key in ("allOf", "anyOf", "oneOf")
                },
            },
        },
        "typeName": {"enum": ["array", "boolean", "integer", "null", "number", "object", "string"]},
    },
}
