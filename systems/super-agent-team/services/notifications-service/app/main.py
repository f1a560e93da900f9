from app import api
from app.delivery import deliver
from app.store import Notifications
from common.generated import connect, create_generated_app
from common.notification_queue import NotificationQueue
from common.worker import Worker

backing = connect("notifications-service")
notifications = Notifications(backing.database)
queue = NotificationQueue(backing.cache)

app = create_generated_app(
    "notifications-service",
    prefix="/api/notifications",
    backing=backing,
    routers=[api.router(notifications, queue)],
    worker=Worker("delivery", lambda: deliver(queue, notifications)),
)
