"""The base of request bodies."""

from pydantic import BaseModel


class Body(BaseModel):
    """A misspelt key is an error, not a key that is silently ignored."""

    class Config:
        extra = "forbid"
