from app import api
from app.announcer import announce
from app.store import Orders
from common.generated import connect, create_generated_app
from common.notification_queue import NotificationQueue
from common.worker import Worker

# Also announces, after that long, what could not be announced when it was placed.
SWEEP_SECONDS = 5

backing = connect("orders-service")
orders = Orders(backing.database)
queue = NotificationQueue(backing.cache)
announcer = Worker("announcer", lambda: announce(orders, queue), pause=SWEEP_SECONDS)

app = create_generated_app(
    "orders-service",
    prefix="/api/orders",
    backing=backing,
    routers=[api.router(orders, announcer)],
    worker=announcer,
)
