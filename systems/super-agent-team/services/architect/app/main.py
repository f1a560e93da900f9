from pathlib import Path

from app import api
from app.store import SCHEMA, DecompositionStore
from common import settings
from common.app import create_app
from common.sqlite import Database
from common.upstream import Upstream

database_path, artifacts_path, engine_url, codebase_url = settings.read(
    "DATABASE_PATH", "ARTIFACTS_PATH", "CONTRACT_ENGINE_URL", "CODEBASE_INTEL_URL"
)
database = Database(database_path, SCHEMA)
engine = Upstream("contract-engine", engine_url)
codebase = Upstream("codebase-intelligence", codebase_url)

app = create_app(
    "architect",
    prefix="/api/architect",
    checks={
        "database": database.ping,
        "contract-engine": engine.ping,
        "codebase-intelligence": codebase.ping,
    },
    routers=[api.router(DecompositionStore(database), Path(artifacts_path), engine, codebase)],
    on_shutdown=[database.close],
)
