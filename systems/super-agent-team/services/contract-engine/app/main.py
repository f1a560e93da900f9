from app import api
from app.store import ContractStore
from common import settings
from common.app import create_app
from common.contracts import SCHEMA
from common.sqlite import Database

(database_path,) = settings.read("DATABASE_PATH")
database = Database(database_path, SCHEMA)

app = create_app(
    "contract-engine",
    prefix="/api/contracts",
    checks={"database": database.ping},
    routers=[api.router(ContractStore(database))],
    on_shutdown=[database.close],
)
