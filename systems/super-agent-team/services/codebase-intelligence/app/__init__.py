"""Codebase intelligence: symbols, imports and similar code of the source trees it is given."""
