"""The way in: /auth leads to the auth-service, and /users, for valid tokens only, to the user-service."""

from fastapi import APIRouter, Request, Response

from common import settings
from common.app import create_app
from common.bearer import Bearer
from common.upstream import Upstream

auth_url, user_url = settings.read("AUTH_SERVICE_URL", "USER_SERVICE_URL")
auth = Upstream(auth_url)
users = Upstream(user_url)
caller = Bearer(auth)
routes = APIRouter()

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
# A session is refreshed when its access token is no longer good.
OPEN = ("POST", "/users/session")
# Everything else belongs to one connection, or is this service's own to say.
REQUEST_HEADERS = ("authorization", "content-type", "accept")
RESPONSE_HEADERS = ("content-type", "www-authenticate")


@routes.api_route("/auth/{path:path}", methods=METHODS)
async def to_auth(request: Request) -> Response:
    return await forward(request, auth)


@routes.api_route("/users/{path:path}", methods=METHODS)
async def to_users(request: Request) -> Response:
    if (request.method, request.url.path) != OPEN:
        await caller(request)
    return await forward(request, users)


async def forward(request: Request, upstream: Upstream) -> Response:
    answer = await upstream.request(
        request.method,
        request.url.path,
        params=request.url.query,
        content=await request.body(),
        headers={name: request.headers[name] for name in REQUEST_HEADERS if name in request.headers},
    )
    headers = {name: answer.headers[name] for name in RESPONSE_HEADERS if name in answer.headers}
    return Response(answer.content, answer.status_code, headers)


app = create_app(
    "api-gateway",
    checks={"auth_service": auth.check, "user_service": users.check},
    routers=[routes],
)
