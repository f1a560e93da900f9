"""The chat, a Streamlit page. It talks about tasks, as the API tells them; a language model would come in `reply`."""

import os

import httpx
import streamlit

API_URL = os.environ["API_URL"]


def reply(question: str) -> str:
    tasks = httpx.get(f"{API_URL}/tasks/", timeout=20).raise_for_status().json()
    words = question.lower().split()
    about = [task for task in tasks if any(word in task["name"].lower().split() for word in words)]
    lines = [f"- {task['name']} (priority {task['priority']})" for task in about or tasks]
    return "\n".join(lines) or "There is nothing to do."


streamlit.title("Chat")
messages = streamlit.session_state.setdefault("messages", [])
if question := streamlit.chat_input("Ask about your tasks"):
    messages.append(("user", question))
    messages.append(("assistant", reply(question)))
for role, text in messages:
    with streamlit.chat_message(role):
        streamlit.markdown(text)
