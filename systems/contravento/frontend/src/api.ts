export interface User {
  readonly id: number;
  readonly username: string;
}

export async function listUsers(): Promise<User[]> {
  return (await (await answered("/api/users")).json()) as User[];
}

export async function join(username: string, email: string): Promise<void> {
  await answered("/api/users", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username, email }),
  });
}

async function answered(path: string, init?: RequestInit): Promise<Response> {
  const answer = await fetch(path, init);
  if (!answer.ok) throw new Error(`${path} answers ${answer.status}`);
  return answer;
}
