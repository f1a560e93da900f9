from app import api
from app.tokens import Tokens
from app.users import Users
from common.generated import connect, create_generated_app

backing = connect("auth-service")

app = create_generated_app(
    "auth-service",
    prefix="/api/auth",
    backing=backing,
    routers=[api.router(Users(backing.database), Tokens(backing.cache))],
)
