"""PostgreSQL, through SQLAlchemy's asynchronous engine."""

from sqlalchemy import Column, DateTime, Integer, MetaData, Table, Text, func
from sqlalchemy.ext.asyncio import create_async_engine

from src import settings

# A connection that the database's restart has cut is found out before it is used.
engine = create_async_engine(settings.DATABASE_URL, pool_pre_ping=True)

metadata = MetaData()

users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("username", Text, nullable=False, unique=True),
    Column("email", Text, nullable=False),
    Column("photo", Text),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)


async def create_tables() -> None:
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
