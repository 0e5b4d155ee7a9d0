/**
 * `gort top` in a terminal: a real pseudo-terminal, which Python opens. It is given back as it was on every way out.
 */
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { afterEach, beforeEach, describe, it } from "node:test";
import { GORT } from "../prog/cli-gort.ts";
import { before, type Fake, fake, state } from "./top-fake.ts";

/**
 * Runs the command in a pseudo-terminal of 80 x 24. A step waits for a text of the screen, then does something: ["keys", text], ["signal", name], ["size", columns, rows]
 * or ["tell", word] (a line on standard output, for the test). Prints what the terminal got, how the command ended, and whether the terminal is as it was.
 */
const PTY = `
import fcntl, json, os, pty, select, signal, struct, sys, termios, time
command, steps = json.loads(sys.argv[1]), json.loads(sys.argv[2])
def size(columns, rows): fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
master, slave = pty.openpty()
size(80, 24)
was = termios.tcgetattr(slave)
told, tell = os.pipe()
leader = os.fork()
if leader == 0:
    # As a shell: it has the terminal, and gives it to its job.
    os.close(master); os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        if len(sys.argv) < 4: os.setpgid(0, 0)
        os.tcsetpgrp(slave, os.getpgrp())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        for fd in (0, 1, 2): os.dup2(slave, fd)
        os.execvp(command[0], command)
    def say(*words): os.write(tell, (json.dumps(words) + "\\n").encode())
    say("pid", pid)
    while True:
        _, code = os.waitpid(pid, os.WUNTRACED)
        same = termios.tcgetattr(slave) == was
        if os.WIFSTOPPED(code):
            say("stopped", same)
            os.kill(pid, signal.SIGCONT)
        else:
            say("ended", same, os.waitstatus_to_exitcode(code))
            while True: signal.pause()
got, seen, limit, facts, line = b"", 0, time.monotonic() + 15, {}, b""
while time.monotonic() < limit:
    ready, _, _ = select.select([master, told], [], [], 0.05)
    if master in ready: got += os.read(master, 65536)
    if told in ready:
        line += os.read(told, 65536)
        *lines, line = line.split(b"\\n")
        for each in lines:
            name, *values = json.loads(each)
            facts[name] = values
    while steps and "pid" in facts and steps[0][0].encode() in got[seen:]:
        text, what, *rest = steps.pop(0)
        seen = got.index(text.encode(), seen) + len(text.encode())
        if what == "keys": os.write(master, rest[0].encode())
        elif what == "signal": os.kill(facts["pid"][0], getattr(signal, rest[0]))
        elif what == "size": size(*rest)
        elif what == "tell": print(rest[0], flush=True)
    if "ended" in facts and not ready: break
if "ended" not in facts: os.kill(facts["pid"][0], signal.SIGKILL)
os.kill(leader, signal.SIGKILL)
restored, code = facts.get("ended", [False, None])
print(json.dumps({
    "got": got.decode("utf8", "replace"), "left": steps, "code": code, "isRestored": restored, "wasRestored": facts.get("stopped", [None])[0],
}))
`;

interface Shown {
  readonly got: string;
  /** Steps whose text never came. */
  readonly left: readonly unknown[];
  readonly code: number | null;
  readonly isRestored: boolean;
  /** While it was suspended. */
  readonly wasRestored: boolean | null;
}

type Step = readonly [text: string, ...(readonly (string | number)[])];

const python = spawnSync("python3", ["-c", "import pty, os; os.waitstatus_to_exitcode"]);
const SKIP =
  process.platform === "win32"
    ? "Windows has no pseudo-terminals that Python opens"
    : python.status !== 0 && "needs python3 (3.9 or later) for a pseudo-terminal";

function inTerminal(
  args: readonly string[],
  steps: readonly Step[],
  onTold: (word: string) => void = () => {},
  env: Record<string, string> = {},
  isAlone = false,
): Promise<Shown> {
  return new Promise((resolve, reject) => {
    const command = [process.execPath, GORT, "top", ...args];
    const all: NodeJS.ProcessEnv = { ...process.env, TERM: "xterm-256color", ...env };
    for (const name of ["NODE_TEST_CONTEXT", "NODE_OPTIONS", "NO_COLOR", "FORCE_COLOR", "CI"])
      if (!(name in env)) delete all[name];
    const child = execFile(
      "python3",
      ["-c", PTY, JSON.stringify(command), JSON.stringify(steps), ...(isAlone ? ["alone"] : [])],
      { env: all, maxBuffer: 1 << 26 },
      (error, stdout) => {
        if (error !== null) reject(error);
        else resolve(JSON.parse(stdout.trimEnd().split("\n").at(-1) as string) as Shown);
      },
    );
    child.stdout?.on("data", (text: string) => {
      for (const line of text.split("\n")) if (/^\w+$/.test(line)) onTold(line);
    });
  });
}

const ENTER = "\x1b[?1049h";
const LEAVE = "\x1b[?1049l";

/** All is well: every step was taken, and the terminal is as it was. */
function wellDone({ got, left, code, isRestored }: Shown, expected: number): void {
  assert.deepEqual(
    { left, code, isRestored },
    { left: [], code: expected, isRestored: true },
    JSON.stringify(got),
  );
  assert.ok(got.startsWith(ENTER), JSON.stringify(got.slice(0, 99)));
  assert.equal(got.split(ENTER).length, got.split(LEAVE).length, "each entry has its way out");
  const out = got.lastIndexOf(LEAVE);
  for (const undone of ["\x1b[?25h", "\x1b[?7h", "\x1b[0m"])
    assert.ok(
      got.slice(got.lastIndexOf("\x1b[?25l"), out + LEAVE.length).includes(undone),
      JSON.stringify(undone),
    );
}

describe("gort top in a terminal", { skip: SKIP }, () => {
  let one: Fake;
  beforeEach(async () => {
    one = await fake([before(), state()]);
  });
  afterEach(() => one.close());

  it("shows what the keys ask for, and q leaves it as it was", async () => {
    const shown = await inTerminal(
      [one.url],
      [
        ["COUNT", "keys", "r"],
        ["WHO WAITS", "keys", "P"],
        ["HISTORY", "keys", "x"],
        ["CYCLE", "keys", "?"],
        ["quit", "keys", "\x1b"],
        ["COUNT", "keys", "\r"],
        ["woken by", "keys", "\x1b"],
        ["COUNT", "keys", "/fn:fetchx\x7f\r"],
        ["filter: fn:fetch", "keys", "q"],
      ],
    );
    wellDone(shown, 0);
    assert.ok(one.asked.includes("/api/goroutine?id=12"));
    assert.ok(
      one.asked.some((url) => /^\/api\/state\?filter=fn%3Afetch&sort=fn&/.test(url)),
      one.asked.join(" "),
    );
    assert.ok(shown.got.includes("\x1b[1;31mALARM\x1b[0m"));
    assert.ok(shown.got.endsWith(LEAVE), "nothing is left behind");
  });

  it("is left by Ctrl-C", async () => wellDone(await inTerminal([one.url], [["COUNT", "keys", "\x03"]]), 0));

  for (const [name, code] of [
    ["SIGTERM", 143],
    ["SIGHUP", 129],
    ["SIGINT", 130],
  ] as const) {
    it(`gives the terminal back when ${name} ends it`, async () => {
      wellDone(await inTerminal([one.url], [["COUNT", "signal", name]]), code);
    });
  }

  it("gives the terminal back before it says what it died of", async () => {
    await one.close();
    // A state that no observer sends: the table cannot be drawn.
    one = await fake([before(), { ...state(), groups: [null as never] }]);
    const shown = await inTerminal([one.url, "--interval", "250"], []);
    assert.deepEqual({ code: shown.code, isRestored: shown.isRestored }, { code: 1, isRestored: true });
    assert.match(shown.got.slice(shown.got.indexOf(LEAVE)), /TypeError/);
  });

  it("gives it back while Ctrl-Z suspends it, and goes on", async () => {
    const shown = await inTerminal(
      [one.url],
      [
        ["COUNT", "keys", "\x1a"],
        [LEAVE, "tell", "suspended"],
        ["COUNT", "keys", "q"],
      ],
    );
    wellDone(shown, 0);
    assert.equal(shown.wasRestored, true);
  });

  it("goes on after a Ctrl-Z where nobody could wake it: it is not stopped then", async () => {
    const steps: Step[] = [
      ["COUNT", "keys", "\x1a"],
      [LEAVE, "tell", "suspended"],
      ["COUNT", "keys", "q"],
    ];
    const shown = await inTerminal([one.url], steps, undefined, {}, true);
    wellDone(shown, 0);
    assert.equal(shown.wasRestored, null);
  });

  it("goes on after a stop that it did not see coming", async () => {
    const shown = await inTerminal(
      [one.url],
      [
        ["COUNT", "signal", "SIGSTOP"],
        ["COUNT", "keys", "q"],
      ],
    );
    wellDone(shown, 0);
  });

  it("follows the size of the terminal", async () => {
    const shown = await inTerminal(
      [one.url],
      [
        ["CHAN", "size", 120, 40],
        ["WHERE", "size", 40, 15],
        ["992 wait", "keys", "q"],
      ],
    );
    wellDone(shown, 0);
  });

  it("writes only lines that changed", async () => {
    const shown = await inTerminal(
      [one.url],
      [
        ["COUNT", "keys", "\x1b[B"],
        ["› ", "keys", "q"],
      ],
    );
    wellDone(shown, 0);
    assert.equal(shown.got.split("GOMAXPROCS=2").length, 2, "the title is drawn once");
  });

  it("has no colours with NO_COLOR or --no-color", async () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are such
    const colour = /\x1b\[[1-9][0-9;]*m/;
    const quit: Step[] = [["COUNT", "keys", "q"]];
    assert.doesNotMatch((await inTerminal([one.url], quit, undefined, { NO_COLOR: "1" })).got, colour);
    assert.doesNotMatch((await inTerminal([one.url, "--no-color", "--ascii"], quit)).got, colour);
  });

  it("leaves the last state and how the program ended, code 0", async () => {
    const shown = await inTerminal([one.url], [["COUNT", "tell", "drawn"]], () => {
      void one.end({ kind: "panic", code: 2, message: "boom", dump: "" });
    });
    wellDone(shown, 0);
    const rest = shown.got.slice(shown.got.lastIndexOf(LEAVE));
    assert.match(
      rest,
      /server\.ts.*ENDED \(panic\)[^]*COUNT[^]*gort top: program 4242 has ended with a panic: boom\r\n$/,
    );
  });

  it("is text where the terminal can do nothing else", async () => {
    const shown = await inTerminal(
      [one.url, "--interval", "250"],
      [["COUNT", "signal", "SIGINT"]],
      undefined,
      { TERM: "dumb" },
    );
    assert.ok(!shown.got.includes("\x1b"), shown.got);
    assert.equal(shown.isRestored, true);
  });
});
