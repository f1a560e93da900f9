from typing import Any

from fastapi import APIRouter, Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import Field

from app import passwords
from app.tokens import TOKEN_SECONDS, Tokens
from app.users import EmailTaken, Users
from common.models import Body


class Login(Body):
    email: str = Field(max_length=254, regex=r"^[^@\s]+@[^@\s]+$")
    password: str = Field(max_length=1000)


class Registration(Login):
    password: str = Field(min_length=8, max_length=1000)


bearer = HTTPBearer(auto_error=False)


def router(users: Users, tokens: Tokens) -> APIRouter:
    routes = APIRouter()

    def presented_token(credentials: HTTPAuthorizationCredentials | None = Depends(bearer)) -> str:
        if credentials is None:
            raise _unauthorized("no bearer token in the Authorization header")
        return credentials.credentials

    @routes.post("/register", status_code=201)
    def register(new: Registration) -> dict[str, Any]:
        try:
            return users.add(new.email, passwords.hashed(new.password))
        except EmailTaken as error:
            raise HTTPException(409, str(error)) from error

    @routes.post("/login")
    def login(given: Login) -> dict[str, Any]:
        user = users.find_by_email(given.email)
        # Verified even when there is no such user: how long an answer takes does not tell who has an account.
        stored = user["password_hash"] if user else passwords.NOBODYS
        if not passwords.verify(given.password, stored) or user is None:
            raise _unauthorized("wrong email or password")
        return {"token": tokens.issue(user["id"]), "token_type": "bearer", "expires_in": TOKEN_SECONDS}

    @routes.get("/me")
    def me(token: str = Depends(presented_token)) -> dict[str, Any]:
        user_id = tokens.user_id(token)
        user = users.find(user_id) if user_id else None
        if user is None:
            raise _unauthorized("the token is unknown or has expired")
        return user

    @routes.post("/logout", status_code=204)
    def logout(token: str = Depends(presented_token)) -> None:
        tokens.revoke(token)

    return routes


def _unauthorized(message: str) -> HTTPException:
    return HTTPException(401, message, headers={"WWW-Authenticate": "Bearer"})
