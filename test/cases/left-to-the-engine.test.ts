import { sameAsCompose } from "./case.ts";

sameAsCompose("left-to-the-engine", {
  known: [
    {
      kind: "container",
      path: /^Config\.(Cmd|Entrypoint)$/,
      reason: "the provider leaves an empty entrypoint out: the image's command is said in its place",
    },
    {
      kind: "container",
      path: /^HostConfig\.PortBindings\./,
      when: (expected) => JSON.stringify(expected).includes('"HostPort":"0"'),
      reason: "host port 0 is none, which is any free one as well",
    },
  ],
});
