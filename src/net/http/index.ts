/**
 * The door `gort/http`: an HTTP server with a goroutine per request, and no logic.
 */
/// <reference types="node" preserve="true" />
/// <reference lib="esnext.disposable" preserve="true" />
export { TooLargeError } from "../../base/errors.ts";
export type { Address } from "../transport.ts";
export { readBody, readChunk } from "./body.ts";
export { RequestAbortedError, ResponseEndedError } from "./errors.ts";
export { send } from "./send.ts";
export { type AsyncHandler, type GoroutineHandler, type ServeOptions, serve } from "./serve.ts";
export type { Server } from "./server.ts";
