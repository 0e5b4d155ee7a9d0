/**
 * The door `gort/net`: TCP, Unix sockets and TLS, and no logic.
 */
/// <reference types="node" preserve="true" />
/// <reference lib="esnext.disposable" preserve="true" />
import "./node-transport.ts";

export { ConnClosedError, LineTooLongError, TooLargeError, UnexpectedEofError } from "../base/errors.ts";
export type { Handler, ServeOptions } from "./accept.ts";
export type { Conn } from "./conn.ts";
export { type DialOptions, dial } from "./dial.ts";
export { type Listener, listen } from "./listener.ts";
export { type Interest, Poller, type Readiness } from "./poller.ts";
export { serve } from "./serve.ts";
export type { Address, DialTarget, ListenTarget } from "./transport.ts";
