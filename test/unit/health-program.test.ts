import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { healthPrograms, lacksProgram } from "../../components/engine/health-program.ts";

/** The programs that a command in a shell cannot do without. */
const inShell = (command: string) => healthPrograms(["CMD-SHELL", command]);

describe("the program of a health check", () => {
  test("is the first word of its command", () => {
    assert.deepEqual(healthPrograms(["CMD", "curl", "-f", "http://localhost"]), ["curl"]);
    assert.deepEqual(inShell("/usr/bin/wget -q x"), ["/usr/bin/wget"]);
    assert.deepEqual(inShell("redis-cli ping | grep -q PONG"), ["redis-cli"]);
    assert.deepEqual(inShell('PGHOST=localhost PGUSER="$USER" pg_isready -U app'), ["pg_isready"]);
    assert.deepEqual(inShell("python3 -c \"import socket; socket.create_connection(('a', 1))\""), [
      "python3",
    ]);
    assert.deepEqual(inShell("curl -f http://localhost >/dev/null 2>&1 && echo well\n"), ["curl"]);
  });

  test("cannot be done without where the shell only ends behind it", () => {
    const ends = [
      ...["exit", "exit 1", "exit 1;", "exit $?", "(exit 1)", "{ exit 2; }"],
      ...["false", "kill 1", "kill -9 1", "kill -s TERM 1"],
    ];
    for (const end of ends) assert.deepEqual(inShell(`curl -f http://localhost || ${end}`), ["curl"], end);
  });

  test("can be done without where there is another behind it, or all is well in any case", () => {
    const ends = [
      "|| wget -q x",
      "|| exit 0",
      "|| true",
      "; true",
      "; wget -q x",
      "& wait",
      "| cat",
      "\ntrue",
    ];
    for (const end of ends) assert.deepEqual(inShell(`curl -f http://localhost ${end}`), [], end);
  });

  test("is behind the shell that a command calls, which is needed as well", () => {
    const wrapped = (...words: string[]) => healthPrograms(["CMD", ...words]);
    assert.deepEqual(wrapped("sh", "-c", "curl -f x || exit 1"), ["sh", "curl"]);
    assert.deepEqual(wrapped("/bin/bash", "-ec", "curl -f x"), ["/bin/bash", "curl"]);
    // A login shell looks for programs elsewhere.
    assert.deepEqual(wrapped("bash", "-lc", "curl -f x"), ["bash"]);
    assert.deepEqual(wrapped("bash", "-c", "PATH=/opt/bin:$PATH curl -f x"), ["bash"]);
    assert.deepEqual(wrapped("ash", "-c", "test -e /ready"), ["ash"]);
    assert.deepEqual(wrapped("sh", "/check.sh"), ["sh"]);
  });

  test("is not known where a shell says it, or there is none", () => {
    const commands = ["test -e /ready", "[ -e /ready ]", "$ASK localhost", '"my probe"', "(curl x)", ""];
    for (const command of [...commands, "A=$(curl -f x)", "A=`curl -f x`", "! curl x", "-f"])
      assert.deepEqual(inShell(command), [], command);
    assert.deepEqual(healthPrograms(["NONE"]), []);
    assert.deepEqual(healthPrograms([]), []);
  });

  test("is no builtin of a shell, with which `up` would fail for nothing", () => {
    const builtins = [
      ...[".", "alias", "builtin", "declare", "export", "function", "getopts", "hash", "let", "local"],
      ...["pwd", "readonly", "return", "shift", "shopt", "source", "time", "typeset", "ulimit", "umask"],
      ...["unalias", "unset", "wait"],
    ];
    for (const word of builtins)
      assert.deepEqual(inShell(`${word} x && curl -f http://localhost/`), [], word);
    assert.deepEqual(inShell("unset http_proxy; curl -f http://localhost/"), []);
  });
});

test("a probe says that its program is missing, in the words of shells and of the engine", () => {
  const says = (output: string, code = 1) => lacksProgram({ ExitCode: code, Output: output });
  assert.ok(says("/bin/sh: 1: curl: not found\n"));
  assert.ok(says("", 127));
  assert.ok(says('exec: "curl": executable file not found in $PATH: unknown', -1));
  assert.ok(says('exec: "/bin/sh": stat /bin/sh: no such file or directory: unknown', -1));
  assert.ok(!says("connection refused"));
});
