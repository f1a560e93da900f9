"""Mail goes out by SMTP; with no SMTP_HOST it does not go out."""

import logging
import smtplib
from email.message import EmailMessage

from src import settings

log = logging.getLogger(__name__)


def welcome(username: str, email: str) -> None:
    """Who has signed up stays signed up when the mail server does not answer."""
    if not settings.SMTP_HOST:
        log.info("no SMTP_HOST: %s gets no mail", username)
        return
    message = EmailMessage()
    message["From"] = settings.MAIL_FROM
    message["To"] = email
    message["Subject"] = f"Welcome to ContraVento, {username}"
    message.set_content(f"Hello {username},\n\nyour account is ready. Ride well!\n")
    try:
        with smtplib.SMTP(settings.SMTP_HOST, settings.SMTP_PORT, timeout=30) as server:
            server.send_message(message)
    except OSError as error:
        log.error("the mail to %s was not sent: %s", email, error)
