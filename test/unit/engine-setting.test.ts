import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { diskIn } from "../../components/engine/server.ts";
import { sshDestination, wrongEngine } from "../../components/engine/setting.ts";
import { whyNot } from "../../components/engine/ssh.ts";

describe("the key `engine` of stack config", () => {
  test("is an address, or the name of a Docker context", () => {
    for (const setting of [
      "ssh://shop.example",
      "ssh://deploy@shop.example:2222",
      "tcp://10.0.0.7:2376",
      "unix:///run/user/1000/docker.sock",
      "colima",
    ])
      assert.equal(wrongEngine(setting), undefined, setting);
  });

  test("that is neither is refused with the forms that there are", () => {
    for (const setting of [
      "ssh://",
      "ssh://-oProxyCommand=sh",
      "ssh://shop/run/docker.sock",
      "unix://",
      "a b",
    ])
      assert.match(wrongEngine(setting) ?? "", /^write ssh:/, setting);
  });

  test("leads by SSH to a user on a host", () => {
    assert.deepEqual(sshDestination("ssh://deploy@shop.example:2222"), {
      destination: "deploy@shop.example",
      port: "2222",
    });
    assert.deepEqual(sshDestination("ssh://prod"), { destination: "prod" });
    assert.equal(sshDestination("tcp://shop.example"), undefined);
  });
});

describe("a server that cannot be reached", () => {
  const to = { destination: "deploy@shop.example", port: "2222" };
  for (const [said, message, advice] of [
    ["Host key verification failed.", /host key .* is not known/, /ssh -p 2222 deploy@shop\.example/],
    [
      "@@@\nWARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!\nHost key verification failed.",
      /another host key/,
      /ssh-keygen -R/,
    ],
    ["deploy@shop.example: Permission denied (publickey).", /lets nobody in/, /ssh-add/],
    [
      "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock",
      /may not use the engine/,
      /usermod -aG docker/,
    ],
    ["bash: line 1: docker: command not found", /has no command docker/, /Install Docker/],
    [
      "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is it running?",
      /no Docker Engine/,
      /systemctl/,
    ],
    [
      "ssh: connect to host shop.example port 2222: Connection timed out",
      /cannot be reached by SSH: .*timed out/,
      /logs in/,
    ],
  ] as const) {
    test(`is told with what to do: ${said.split("\n").at(-1) ?? ""}`, () => {
      const why = whyNot(to, said);
      assert.match(why.message, message);
      assert.match(why.advice, advice);
    });
  }
});

test("the free bytes of a disk are read from what df says of it", () => {
  const said = [
    "Filesystem     1024-blocks      Used Available Capacity Mounted on",
    "/dev/mapper/a b   41152736  12345678  26694968      32% /var/lib/docker",
  ].join("\n");
  assert.deepEqual(diskIn(said), { size: 41152736 * 1024, free: 26694968 * 1024 });
  assert.equal(diskIn("df: /var/lib/docker: No such file or directory"), undefined);
});
