"""Who is asking: the auth-service, and nobody else, says what a token is worth."""

from fastapi import HTTPException, Request

from common.upstream import Upstream


class Bearer:
    """A FastAPI dependency that gives the claims of the caller's token."""

    def __init__(self, auth: Upstream) -> None:
        self._auth = auth

    async def __call__(self, request: Request) -> dict[str, str]:
        given = {"authorization": request.headers.get("authorization", "")}
        answer = await self._auth.request("GET", "/auth/verify", headers=given)
        if answer.status_code == 200:
            return answer.json()
        if answer.status_code == 401:
            raise HTTPException(401, answer.json()["detail"], {"WWW-Authenticate": "Bearer"})
        raise HTTPException(503, "the auth-service cannot verify tokens now")
