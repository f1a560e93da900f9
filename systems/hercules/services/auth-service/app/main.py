from fastapi import APIRouter, Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field

from app.accounts import Accounts, EmailTaken
from app.tokens import Refused, Tokens
from common import settings
from common.app import create_app
from common.cache import Cache
from common.postgres import Postgres

database_url, redis_url, jwt_secret = settings.read("DATABASE_URL", "REDIS_URL", "JWT_SECRET")
database = Postgres(database_url)
cache = Cache.at(redis_url)
accounts = Accounts(database)
tokens = Tokens(cache, jwt_secret)
routes = APIRouter(prefix="/auth")
bearer = HTTPBearer(auto_error=False)


class Login(BaseModel):
    email: str = Field(max_length=254, regex=r"^[^@\s]+@[^@\s]+$")
    password: str = Field(min_length=8, max_length=1000)


class Session(BaseModel):
    refresh_token: str


def presented(credentials: HTTPAuthorizationCredentials | None = Depends(bearer)) -> str:
    if credentials is None:
        raise _unauthorized("no bearer token in the Authorization header")
    return credentials.credentials


@routes.post("/register", status_code=201)
def register(new: Login) -> dict[str, str]:
    try:
        return accounts.add(new.email, new.password)
    except EmailTaken as error:
        raise HTTPException(409, str(error)) from error


@routes.post("/login")
def login(given: Login) -> dict[str, object]:
    account = accounts.with_password(given.email, given.password)
    if account is None:
        raise _unauthorized("wrong email or password")
    return tokens.issue(account)


@routes.get("/verify")
def verify(token: str = Depends(presented)) -> dict[str, object]:
    try:
        return tokens.verify(token)
    except Refused as error:
        raise _unauthorized(str(error)) from error


@routes.post("/refresh")
def refresh(session: Session) -> dict[str, object]:
    try:
        return tokens.refresh(session.refresh_token)
    except Refused as error:
        raise _unauthorized(str(error)) from error


@routes.post("/logout", status_code=204)
def logout(session: Session, token: str = Depends(presented)) -> None:
    try:
        tokens.revoke(token, session.refresh_token)
    except Refused as error:
        raise _unauthorized(str(error)) from error


def _unauthorized(message: str) -> HTTPException:
    return HTTPException(401, message, {"WWW-Authenticate": "Bearer"})


app = create_app(
    "auth-service",
    checks={"database": database.check, "redis": cache.check},
    routers=[routes],
    on_startup=[accounts.create_table],
)
