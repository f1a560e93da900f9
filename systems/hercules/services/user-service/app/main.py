import asyncio

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, Field

from app.users import Users
from common import settings
from common.app import create_app
from common.bearer import Bearer
from common.cache import Cache
from common.postgres import Postgres
from common.upstream import Upstream

database_url, redis_url, auth_url = settings.read("DATABASE_URL", "REDIS_URL", "AUTH_SERVICE_URL")
database = Postgres(database_url)
cache = Cache.at(redis_url)
auth = Upstream(auth_url)
users = Users(database, cache)
caller = Bearer(auth)
routes = APIRouter(prefix="/users")


class Profile(BaseModel):
    name: str = Field(min_length=1, max_length=200)


class Session(BaseModel):
    refresh_token: str


def found(user: dict[str, str] | None) -> dict[str, str]:
    if user is None:
        raise HTTPException(404, "there is no such user")
    return user


@routes.put("/me")
def save(profile: Profile, claims: dict[str, str] = Depends(caller)) -> dict[str, str]:
    return users.save(claims["sub"], claims["email"], profile.name)


@routes.delete("/me", status_code=204)
def remove(claims: dict[str, str] = Depends(caller)) -> None:
    if not users.remove(claims["sub"]):
        found(None)


@routes.get("/me")
def me(claims: dict[str, str] = Depends(caller)) -> dict[str, str]:
    return found(users.find(claims["sub"]))


@routes.get("/{user_id}", dependencies=[Depends(caller)])
def user(user_id: str) -> dict[str, str]:
    return found(users.find(user_id))


@routes.post("/session")
async def session(given: Session) -> dict[str, object]:
    """New tokens for a session, and whose they are, in one answer."""
    answer = await auth.request("POST", "/auth/refresh", json=given.dict())
    if answer.status_code != 200:
        raise HTTPException(answer.status_code, answer.json()["detail"])
    tokens = answer.json()
    presented = {"authorization": f"Bearer {tokens['access_token']}"}
    claims = (await auth.request("GET", "/auth/verify", headers=presented)).json()
    return {**tokens, "user": await asyncio.to_thread(users.find, claims["sub"])}


app = create_app(
    "user-service",
    checks={"database": database.check, "redis": cache.check, "auth_service": auth.check},
    routers=[routes],
    on_startup=[users.create_table],
)
