/**
 * Connections that are broken by their peers before anybody has asked anything of them.
 */
import { connect, createServer } from "node:net";
import { connect as connectTls } from "node:tls";
import { type Goroutine, wait } from "gort";
import type { Conn, Listener } from "gort/net";
import { HOST, open, tcp } from "../contract/net-local.ts";
import { type Net, quiet } from "../contract/net-support.ts";
import { certificate } from "./certificate.ts";

const { key, cert } = certificate();

export const tls: Net = {
  ...tcp,
  name: "TLS",
  resets: false,
  place: () => ({ host: HOST, port: 0, tls: { key, cert } }),
  open,
};

/** A reset; or bytes that are no TLS where TLS is expected, and perhaps the end of the stream after them. */
export type Harm = "reset" | "spoiled" | "spoiled, and gone";

/** A connection whose peer has reset it; over TLS by somebody between the two, as a TLS socket cannot. */
export function* broken(net: Net, listener: Listener, how: Harm = "reset"): Goroutine<Conn> {
  const { port } = listener.addr as { port: number };
  const raw = connect({ port, host: HOST }).on("error", () => {});
  let letGo = (): void => {};
  if (net.name === "TLS") {
    const between = createServer((near) => {
      near.on("error", () => {}).pipe(raw);
      raw.pipe(near);
    });
    yield* wait(new Promise<void>((resolve) => between.listen(0, HOST, resolve)));
    const place = { port: (between.address() as { port: number }).port, host: HOST, ca: cert };
    const peer = connectTls(place).on("error", () => {});
    letGo = () => {
      peer.destroy();
      between.close();
    };
  }
  const conn = yield* listener.accept();
  if (how === "reset") {
    raw.resetAndDestroy();
  } else {
    raw.write("x".repeat(100));
    raw.on("close", letGo);
  }
  yield* quiet();
  if (how !== "spoiled") letGo();
  yield* quiet();
  return conn;
}
