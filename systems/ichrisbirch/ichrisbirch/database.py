"""PostgreSQL, which the API and the scheduler share."""

import os

from sqlalchemy import Column, Integer, String, create_engine, text
from sqlalchemy.orm import declarative_base, sessionmaker

engine = create_engine(os.environ["DATABASE_URL"], pool_pre_ping=True)
Session = sessionmaker(engine)
Base = declarative_base()

CREATING_TABLES = 4711


class Task(Base):
    __tablename__ = "tasks"

    id = Column(Integer, primary_key=True)
    name = Column(String, nullable=False)
    # 1 is the most urgent.
    priority = Column(Integer, nullable=False)


def create_tables() -> None:
    """Several workers start at once, and two `CREATE TABLE IF NOT EXISTS` of one moment trip over each other."""
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": CREATING_TABLES})
        Base.metadata.create_all(connection)
