import assert from "node:assert/strict";
import { test } from "node:test";
import { locksIn } from "../../components/cli/bucket-locks.ts";
import { isBucket, withoutPassword } from "../../components/local/backend.ts";

test("what Pulumi says of locks tells who, where and since when", () => {
  const said = `error: the stack is currently locked by 2 lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.
  s3://bucket/.pulumi/locks/organization/shop/dev/1c.json: created by ada@lovelace (pid 4711) at 2026-11-21T18:03:22Z
  s3://bucket/.pulumi/locks/organization/shop/dev/2d.json?region=eu: created by CORP\\grace h@machine.example (pid 12) at 2026-11-21T19:03:22+01:00
`;
  assert.deepEqual(
    locksIn(said).map(({ content }) => content),
    [
      { pid: 4711, username: "ada", hostname: "lovelace", timestamp: "2026-11-21T18:03:22Z" },
      {
        pid: 12,
        username: "CORP\\grace h",
        hostname: "machine.example",
        timestamp: "2026-11-21T19:03:22+01:00",
      },
    ],
  );
});

test("an address is shown without its password", () => {
  const said = withoutPassword(
    "postgres://ada:geheim@db.example:5432/state?password=geheim&table=x and s3://bucket",
  );
  assert.equal(said, "postgres://ada:…@db.example:5432/state?password=…&table=x and s3://bucket");
});

test("locks lie beside the state in a database and in a bucket, and Pulumi Cloud has others", () => {
  const backends = [
    "postgres://db/state",
    "s3://bucket",
    "azblob://x",
    "gs://x",
    "file://./.state",
    "https://api.pulumi.com",
  ];
  const { PULUMI_BACKEND_URL: given } = process.env;
  delete process.env.PULUMI_BACKEND_URL;
  try {
    assert.deepEqual(
      backends.filter((backend) => isBucket({ backend })),
      ["postgres://db/state", "s3://bucket", "azblob://x", "gs://x"],
    );
  } finally {
    if (given !== undefined) process.env.PULUMI_BACKEND_URL = given;
  }
});
