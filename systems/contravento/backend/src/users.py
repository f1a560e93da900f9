"""Users and their profile photos."""

from pathlib import Path
from typing import Any

from fastapi import APIRouter, BackgroundTasks, HTTPException, Response, UploadFile
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from src import cache, mail, settings
from src.database import engine, users

router = APIRouter(prefix="/api/users")

PHOTOS = Path(settings.STORAGE) / "profile_photos"
TYPES = {"image/jpeg": ".jpg", "image/png": ".png"}

SHOWN = (users.c.id, users.c.username, users.c.email)


class Registration(BaseModel):
    username: str = Field(regex=r"^[A-Za-z0-9_-]{3,30}$")
    email: str = Field(max_length=254, regex=r"^[^@\s]+@[^@\s]+$")


@router.post("", status_code=201)
async def register(new: Registration, background: BackgroundTasks) -> dict[str, Any]:
    try:
        async with engine.begin() as connection:
            row = (await connection.execute(insert(users).values(**new.dict()).returning(*SHOWN))).one()
    except IntegrityError as error:
        raise HTTPException(409, f"the name {new.username} is taken") from error
    background.add_task(mail.welcome, new.username, new.email)
    return dict(row._mapping)


@router.get("")
async def everybody() -> list[dict[str, Any]]:
    async with engine.connect() as connection:
        rows = await connection.execute(select(SHOWN).order_by(users.c.id))
    return [dict(row._mapping) for row in rows]


@router.get("/{user}")
async def one(user: int, response: Response) -> dict[str, Any]:
    key = f"user:{user}"
    known = await cache.find(key)
    response.headers["x-cache"] = "miss" if known is None else "hit"
    if known is not None:
        return known
    async with engine.connect() as connection:
        row = (await connection.execute(select(SHOWN).where(users.c.id == user))).one_or_none()
    if row is None:
        raise HTTPException(404, f"there is no user {user}")
    found = dict(row._mapping)
    await cache.keep(key, found)
    return found


@router.put("/{user}/photo", status_code=204)
async def set_photo(user: int, file: UploadFile) -> None:
    suffix = TYPES.get(file.content_type or "")
    if suffix is None:
        raise HTTPException(415, f"a photo is one of {', '.join(TYPES)}")
    name = f"{user}{suffix}"
    async with engine.begin() as connection:
        changed = await connection.execute(update(users).where(users.c.id == user).values(photo=name))
        if changed.rowcount == 0:
            raise HTTPException(404, f"there is no user {user}")
        PHOTOS.mkdir(exist_ok=True)
        (PHOTOS / name).write_bytes(await file.read())


@router.get("/{user}/photo")
async def photo(user: int) -> FileResponse:
    async with engine.connect() as connection:
        name = await connection.scalar(select(users.c.photo).where(users.c.id == user))
    if name is None:
        raise HTTPException(404, f"the user {user} has no photo")
    return FileResponse(PHOTOS / name)
