/**
 * Everything that gort is compared with in this process's language; none of the libraries is loaded by this file.
 */
import * as effect from "./effect.mjs";
import * as jsCsp from "./js-csp.mjs";
import * as messagePort from "./message-port.mjs";
import * as pLimit from "./p-limit.mjs";
import * as pQueue from "./p-queue.mjs";
import * as piscina from "./piscina.mjs";
import * as plain from "./plain.mjs";
import * as thiNg from "./thi-ng.mjs";

export const peers = [plain, thiNg, jsCsp, effect, pLimit, pQueue, piscina, messagePort];
