import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";

/** Keeps all processors busy while something is done. */
export async function besideLoad<T>(work: () => Promise<T>): Promise<T> {
  // Threads of this process: none of them outlives it, however it ends.
  const threads = Array.from(
    { length: availableParallelism() },
    () => new Worker("for (;;);", { eval: true }),
  );
  try {
    return await work();
  } finally {
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}
