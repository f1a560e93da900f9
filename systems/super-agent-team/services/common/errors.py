"""Every error is answered as JSON: {"error": what is wrong, "errors": [{"path", "message"}]}."""

import logging

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

log = logging.getLogger(__name__)


class Unavailable(Exception):
    """Something this service depends on does not answer: 503."""

    def __init__(self, name: str, cause: object) -> None:
        # Client libraries put hints and line breaks into their messages; the first line says what happened.
        reason = str(cause).strip().partition("\n")[0] or type(cause).__name__
        super().__init__(f"{name} does not answer: {reason}")


class Invalid(Exception):
    """What was sent is well-formed, and wrong: 422."""

    def __init__(self, message: str, errors: list[dict[str, str]]) -> None:
        super().__init__(message)
        self.errors = errors


def answer(status: int, message: str, errors: list[dict[str, str]] | None = None) -> JSONResponse:
    body = {"error": message} if errors is None else {"error": message, "errors": errors}
    return JSONResponse(body, status_code=status)


def _http(request: Request, error: HTTPException) -> JSONResponse:
    message = error.detail
    if message == "Not Found":  # the router's own words, when no path matched
        message = f"no such path: {request.url.path}"
    elif message == "Method Not Allowed":
        message = f"{request.method} is not allowed on {request.url.path}"
    response = answer(error.status_code, message)
    response.headers.update(error.headers or {})
    return response


def _malformed(_request: Request, error: RequestValidationError) -> JSONResponse:
    errors = [
        {"path": ".".join(str(part) for part in found["loc"]), "message": found["msg"]}
        for found in error.errors()
    ]
    return answer(422, "the request is not valid", errors)


def _invalid(_request: Request, error: Invalid) -> JSONResponse:
    return answer(422, str(error), error.errors)


def unavailable(request: Request, error: Unavailable) -> JSONResponse:
    log.warning("%s %s: %s", request.method, request.url.path, error)
    return answer(503, str(error))


def _unexpected(_request: Request, _error: Exception) -> JSONResponse:
    return answer(500, "internal error; the log has the details")


HANDLERS = {
    HTTPException: _http,
    RequestValidationError: _malformed,
    Invalid: _invalid,
    Unavailable: unavailable,
    Exception: _unexpected,
}
