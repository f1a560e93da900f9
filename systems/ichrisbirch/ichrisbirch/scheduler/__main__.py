"""`python -m ichrisbirch.scheduler` runs jobs, whose times are kept in PostgreSQL (table apscheduler_jobs)."""

from datetime import datetime, timezone

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.blocking import BlockingScheduler

from ichrisbirch import logs
from ichrisbirch.database import engine
from ichrisbirch.scheduler import jobs


def main() -> None:
    logs.configure()
    scheduler = BlockingScheduler(
        jobstores={"default": SQLAlchemyJobStore(engine=engine)},
        # Late is better than never.
        job_defaults={"misfire_grace_time": None, "coalesce": True},
        timezone=timezone.utc,
    )
    scheduler.add_job(
        jobs.heartbeat,
        "interval",
        id="heartbeat",
        seconds=jobs.HEARTBEAT_SECONDS,
        next_run_time=datetime.now(timezone.utc),
        replace_existing=True,
    )
    scheduler.add_job(jobs.raise_priorities, "cron", id="raise_priorities", hour=1, replace_existing=True)
    scheduler.start()


if __name__ == "__main__":
    main()
