import "./style.css";
import { join, listUsers } from "./api.ts";

const form = document.querySelector("form");
const status = document.querySelector("[role=status]");
const list = document.querySelector("ul");

async function show(): Promise<void> {
  const users = await listUsers();
  list?.replaceChildren(
    ...users.map(({ username }) => {
      const item = document.createElement("li");
      item.textContent = username;
      return item;
    }),
  );
}

function attempt(work: Promise<unknown>): void {
  work.then(
    () => status?.replaceChildren(),
    (error: unknown) => status?.replaceChildren(String(error)),
  );
}

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  const { username = "", email = "" } = Object.fromEntries(new FormData(form)) as Record<string, string>;
  attempt(join(username, email).then(show));
});

attempt(show());
