"""The contract registry: OpenAPI and JSON Schema documents, validated and versioned in SQLite."""
