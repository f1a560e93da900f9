"""From the orders table to the notification queue.

An order is announced after its row is committed, from the table: one that is placed while Redis is away is
announced when Redis is back, and one whose transaction fails is never announced.
"""

from app.store import Orders
from common.notification_queue import Notification, NotificationQueue


def announce(orders: Orders, queue: NotificationQueue) -> None:
    with orders.unannounced() as waiting:
        for order in waiting:
            queue.publish(
                Notification(
                    key=f"order-placed:{order['id']}",
                    kind="order.placed",
                    recipient=order["customer"],
                    payload={"order_id": order["id"], "item": order["item"], "quantity": order["quantity"]},
                )
            )
