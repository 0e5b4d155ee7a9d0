/**
 * piscina: a pool of worker threads; each call is a message there and one back.
 */
import { buffers, right } from "../micro/digests.mjs";
import { bodies as parallel } from "./piscina-parallel.mjs";

export const name = "piscina";
export const title = "piscina";
export const specifier = "piscina";
export const library = async () => (await import("piscina")).Piscina;

let pool;

const parallelMap = (Piscina, n, bytes) => {
  pool ??= new Piscina({ filename: new URL("piscina-hash.mjs", import.meta.url).href });
  const inputs = buffers(n, bytes);
  return async () => right(await Promise.all(inputs.map((input) => pool.run(input))), bytes);
};

// Those of its life are programs of their own (life/piscina.mjs).
const life = { lifeFirst: true, lifeIdle: true, lifeExit: true };

export const bodies = { parallelMap, ...parallel, ...life };
