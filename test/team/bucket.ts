import S3rver from "@20minutes/s3rver";

/** An S3 bucket of its own, for the state of stacks. */
export interface Bucket {
  /** What Pulumi is told of the bucket. */
  readonly env: Readonly<Record<string, string>>;
  /** Writes an object, as somebody else would. */
  put(key: string, content: object): Promise<void>;
  close(): Promise<void>;
}

/** @param directory Absolute path of the folder in which the server keeps what is in the bucket. */
export async function startBucket(directory: string): Promise<Bucket> {
  const place = { address: "127.0.0.1", port: 0, silent: true, directory };
  const server = new S3rver({ ...place, configureBuckets: [{ name: "state" }] });
  const { port } = await server.run();
  const options = "region=us-east-1&s3ForcePathStyle=true";
  return {
    env: {
      PULUMI_BACKEND_URL: `s3://state?endpoint=http://127.0.0.1:${port}&${options}`,
      // The only keys that the server knows.
      AWS_ACCESS_KEY_ID: "S3RVER",
      AWS_SECRET_ACCESS_KEY: "S3RVER",
    },
    put: async (key, content) => {
      const url = `http://127.0.0.1:${port}/state/${key}`;
      const { ok, status } = await fetch(url, { method: "PUT", body: JSON.stringify(content) });
      if (!ok) throw new Error(`${url}: ${status}`);
    },
    close: () => server.close(),
  };
}
