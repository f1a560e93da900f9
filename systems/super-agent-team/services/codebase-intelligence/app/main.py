from pathlib import Path

from app import api
from app.index import Index
from app.store import SCHEMA, SymbolStore
from app.vectors import VectorStore
from common import settings
from common.app import create_app
from common.sqlite import Database
from common.upstream import Upstream

database_path, vectors_path, graph_path, artifacts_path, engine_url = settings.read(
    "DATABASE_PATH", "CHROMA_PATH", "GRAPH_PATH", "ARTIFACTS_PATH", "CONTRACT_ENGINE_URL"
)
database = Database(database_path, SCHEMA)
index = Index(SymbolStore(database), VectorStore(Path(vectors_path)), Path(graph_path))
engine = Upstream("contract-engine", engine_url)

app = create_app(
    "codebase-intelligence",
    prefix="/api/codebase",
    checks={"database": database.ping, "contract-engine": engine.ping},
    routers=[api.router(index, Path(artifacts_path))],
    on_shutdown=[database.close],
)
