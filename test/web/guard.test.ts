/**
 * Who may ask the observer, and what it answers to everybody else: real HTTP on loopback.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { pageFiles } from "#src/web/observer/files.ts";
import { FakeHome, Observed, send, TOKEN } from "./observed.ts";

const folder = mkdtempSync(join(tmpdir(), "gort-page-"));
writeFileSync(join(folder, "index.html"), "<!doctype html><title>page</title>");
writeFileSync(join(folder, "page.js"), "let plain;");
writeFileSync(join(folder, "page.js.gz"), gzipSync("let zipped;"));
writeFileSync(join(folder, "secret.txt"), "secret");
writeFileSync(join(tmpdir(), `gort-outside-${process.pid}.js`), "outside");

let observed: Observed;
before(async () => {
  observed = await new Observed(new FakeHome(), pageFiles(folder)).listen();
});
after(() => {
  observed.close();
  rmSync(folder, { recursive: true });
  rmSync(join(tmpdir(), `gort-outside-${process.pid}.js`));
});

/** What is sent as it is, over a socket; the first line of the answer. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(observed.port, "127.0.0.1", () => socket.write(text));
    let answer = "";
    socket.on("data", (part) => {
      answer += part;
    });
    socket.on("close", () => resolve(answer.split("\r\n")[0] as string));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      // The server does not read to the end what it refuses: its answer may be lost on the way.
      if (error.code === "ECONNRESET") resolve(answer.split("\r\n")[0] as string);
      else reject(error);
    });
  });
}

describe("the guard", () => {
  it("lets those in who have the token, by header and by query", async () => {
    assert.equal((await observed.get("/api/state")).status, 200);
    assert.equal((await send(observed.port, `/api/state?token=${TOKEN}`)).status, 200);
    assert.equal((await observed.get("/api/state", { authorization: `bearer  ${TOKEN} ` })).status, 200);
    assert.equal((await observed.get("/api/state", { host: `localhost:${observed.port}` })).status, 200);
  });

  it("refuses a missing token, and a wrong one of whatever length", async () => {
    for (const path of ["/api/state", "/api/lanes?from=0&to=1&width=1", "/api/end", "/metrics", "/none"]) {
      const { status, text, headers } = await send(observed.port, path);
      assert.equal(status, 401, path);
      assert.doesNotMatch(text, /goroutine/);
      assert.equal(headers["www-authenticate"], "Bearer");
    }
    for (const wrong of ["", "x", TOKEN.slice(1), `${TOKEN}0`, TOKEN.replace("0", "1"), TOKEN.repeat(100)]) {
      assert.equal((await observed.get("/api/state", { authorization: `Bearer ${wrong}` })).status, 401);
      assert.equal((await send(observed.port, `/api/state?token=${wrong}`)).status, 401);
    }
    assert.equal((await observed.get("/api/state", { authorization: `Basic ${TOKEN}` })).status, 401);
  });

  it("refuses a foreign Host, also for the page, before anything else", async () => {
    const { port } = observed;
    for (const host of [
      "evil.example",
      `evil.example:${port}`,
      "127.0.0.1",
      `127.0.0.1:${port + 1}`,
      `x@127.0.0.1:${port}`,
    ]) {
      for (const path of ["/", "/api/state"])
        assert.equal((await observed.get(path, { host })).status, 403, host);
    }
    assert.equal((await observed.get("/", { host: `LOCALHOST:${port}` })).status, 200);
  });

  it("refuses a foreign Origin, and takes its own", async () => {
    const { port } = observed;
    const wrong = [
      "http://evil.example",
      "null",
      `https://127.0.0.1:${port}`,
      `http://127.0.0.1:${port + 1}`,
      "http://localhost",
    ];
    for (const origin of wrong)
      assert.equal((await observed.get("/api/state", { origin })).status, 403, origin);
    for (const host of ["127.0.0.1", "localhost"])
      assert.equal((await observed.get("/api/state", { origin: `http://${host}:${port}` })).status, 200);
  });

  it("takes GET only", async () => {
    for (const method of ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"]) {
      const { status, headers } = await observed.get("/api/state", {}, method);
      assert.equal(status, 405, method);
      assert.equal(headers["allow"], "GET");
      assert.equal(headers["access-control-allow-origin"], undefined);
    }
  });

  it("finds no file but the page's own, whatever the path", async () => {
    const outside = `gort-outside-${process.pid}.js`;
    const paths = [
      `/../${outside}`,
      `/..%2f${outside}`,
      `/%2e%2e/${outside}`,
      `/..\\${outside}`,
      `//${outside}`,
      "/secret.txt",
      "/page.js.gz",
      "/page.js/",
      "/index.html%00",
      "/constructor",
      "/__proto__",
      "/toString",
    ];
    for (const path of paths) {
      const { status, text } = await observed.get(path);
      assert.equal(status, 404, path);
      assert.doesNotMatch(text, /outside|secret/);
    }
  });

  it("refuses what is too long, and what is no path", async () => {
    const { port } = observed;
    assert.equal((await observed.get(`/api/state?filter=${"x".repeat(9000)}`)).status, 414);
    const host = `Host: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`;
    assert.match(await raw(`GET /${"x".repeat(70_000)} HTTP/1.1\r\n${host}`), / 431 |^$/);
    assert.match(await raw(`GET http://evil.example/ HTTP/1.1\r\n${host}`), / 400 /);
    assert.match(await raw("GET / HTTP/1.1\r\n\r\n"), / 400 /);
    assert.match(await raw("nonsense\r\n\r\n"), / 400 /);
    assert.equal((await observed.get("/api/state")).status, 200);
  });

  it("tells the browser to trust nothing else, with every answer", async () => {
    const refused = await observed.get("/", { host: "evil.example" });
    for (const { headers } of [
      await observed.get("/"),
      await observed.get("/api/state"),
      await send(observed.port, "/api/state"),
      refused,
    ]) {
      assert.match(headers["content-security-policy"] as string, /^default-src 'self';/);
      assert.doesNotMatch(headers["content-security-policy"] as string, /unsafe|\*|data:|http/);
      assert.equal(headers["x-content-type-options"], "nosniff");
      assert.equal(headers["referrer-policy"], "no-referrer");
      assert.equal(headers["x-frame-options"], "DENY");
    }
    for (const path of ["/api/state", "/metrics"])
      assert.equal((await observed.get(path)).headers["cache-control"], "no-store");
  });

  it("has 64 connections at most, and is there again when they are gone", async () => {
    const full = await new Observed(new FakeHome()).listen();
    try {
      const open = await Promise.all(
        Array.from({ length: 64 }, async () => {
          const socket = connect(full.port, "127.0.0.1");
          await once(socket, "connect");
          return socket;
        }),
      );
      await assert.rejects(full.get("/api/state"));
      for (const socket of open) socket.destroy();
      // The server hears of it a moment later.
      let answered = false;
      while (!answered)
        answered = await full.get("/api/state").then(
          ({ status }) => status === 200,
          () => false,
        );
    } finally {
      full.close();
    }
  });

  it("says in one line what is wrong with a query", async () => {
    const wrong = [
      "/api/state?sort=up",
      "/api/state?limit=-1",
      "/api/state?limit=1e9",
      "/api/state?limit=NaN",
      `/api/state?filter=${"x".repeat(1001)}`,
      "/api/lanes",
      "/api/lanes?from=2&to=1&width=10",
      "/api/lanes?from=0&to=99999&width=10",
      "/api/lanes?from=0&to=1&width=0",
      "/api/lanes?from=0&to=1&width=1e9",
      "/api/lanes?from=-1&to=1&width=10",
      "/api/lanes?from=0&to=1&width=10&goroutines=x",
      `/api/lanes?from=0&to=1&width=10&goroutines=${"1,".repeat(65)}`,
      "/api/goroutine",
      "/api/goroutine?id=0",
      "/api/goroutine?id=1.5",
      "/api/dump?format=exe",
      "/api/trace?seconds=-1",
      "/api/trace?seconds=601",
      "/api/perfetto?seconds=-1",
      "/api/names?from=x",
    ];
    for (const path of wrong) {
      const { status, text } = await observed.get(path);
      assert.equal(status, 400, path);
      assert.match(text, /^[^\n]{5,200}\n$/, path);
    }
  });
});

describe("the page's files", () => {
  it("are sent with their types, zipped to those who take it", async () => {
    const page = await send(observed.port, "/");
    assert.equal(page.status, 200);
    assert.equal(page.headers["content-type"], "text/html; charset=utf-8");
    assert.match(page.text, /<title>page/);
    assert.equal((await send(observed.port, "/index.html?x=1")).text, page.text);
    const zipped = await send(observed.port, "/page.js", { "accept-encoding": "br;q=1, gzip;q=0.5" });
    assert.equal(zipped.headers["content-encoding"], "gzip");
    assert.equal(zipped.headers["content-type"], "text/javascript; charset=utf-8");
    assert.equal(zipped.headers["vary"], "Accept-Encoding");
    assert.equal(gunzipSync(zipped.body).toString(), "let zipped;");
    for (const accepted of ["identity", "gzip;q=0", ""]) {
      const plain = await send(observed.port, "/page.js", { "accept-encoding": accepted });
      assert.equal(plain.headers["content-encoding"], undefined);
      assert.equal(plain.text, "let plain;");
    }
  });

  it("may be missing: / says so, and the rest answers", async () => {
    const bare = await new Observed(new FakeHome(), pageFiles(join(folder, "none"))).listen();
    try {
      const { status, text } = await send(bare.port, "/");
      assert.equal(status, 200);
      assert.match(text, /^gort: the page has not been built; [^\n]*\n$/);
      assert.equal((await bare.get("/api/state")).status, 200);
    } finally {
      bare.close();
    }
  });
});
