/**
 * The keys of objects that look alike, written and read as one block.
 *
 * Both sides remember for themselves, so there is nothing to share or to get out of step: the block with all keys is in every message, and only
 * the work of making it and of taking it apart is saved. The writer goes down a tree, a key a level, and guesses at each level the key that came
 * last time; the reader finds the block by its hash and compares its words.
 *
 * Invariants:
 *   I1  a block is what putString writes for each key in turn.
 *   I2  what is remembered is bounded, whatever the program sends: when it is too much, all of it is forgotten.
 */
import { putString, takeString } from "./strings.ts";
import { out, ROOM, reserve, source } from "./wire.ts";

/** More keys make no shape: such an object is a dictionary. */
export const SHAPE_KEYS = 32;
/** So many keys are remembered to write, and so many blocks to read. */
const NODES = 4096;
const BLOCKS = 1024;

/** A list of keys from the root down to here. */
export interface ShapeNode {
  readonly key: string;
  readonly parent: ShapeNode | null;
  /** The child that was taken last. */
  last: ShapeNode | null;
  children: Map<string, ShapeNode> | null;
  /** Set when an object has exactly these keys. */
  shape: Shape | null;
}

/** The block of some keys. */
export interface Shape {
  readonly keys: readonly string[];
  readonly words: Int32Array;
  /** The hash of the words. */
  readonly hash: number;
  /** Whether each key may be assigned: `__proto__` may not. */
  readonly isPlain: boolean;
}

export let root: ShapeNode = node("", null);
let nodes = 0;

function node(key: string, parent: ShapeNode | null): ShapeNode {
  return { key, parent, last: null, children: null, shape: null };
}

/** The child of `from` for `key`, when it is not the one that was taken last. */
export function descendTo(from: ShapeNode, key: string): ShapeNode {
  from.children ??= new Map();
  let child = from.children.get(key);
  if (child === undefined) {
    // What is being walked at the moment goes on below a root that nobody comes by any more.
    if (++nodes > NODES) {
      root = node("", null);
      nodes = 0;
    }
    child = node(key, from);
    from.children.set(key, child);
  }
  from.last = child;
  return child;
}

/** The block of a node's keys, made for the first object that has them. Writes at the end of the message, and takes it back. */
export function shapeOf(leaf: ShapeNode): Shape {
  const keys: string[] = [];
  for (let at = leaf; at.parent !== null; at = at.parent) keys.unshift(at.key);
  const start = out.at;
  for (const key of keys) {
    reserve(ROOM);
    putString(key);
  }
  const words = out.words.slice(start, out.at);
  out.at = start;
  leaf.shape = { keys, words, hash: hash(words), isPlain: !keys.includes("__proto__") };
  return leaf.shape;
}

function hash(words: Int32Array): number {
  let all = words.length;
  for (const word of words) all = Math.imul(all ^ word, 0x01000193) ^ (all >>> 15);
  return (all ^ (all >>> 17)) | 0;
}

const blocks: (Shape | undefined)[] = new Array(BLOCKS).fill(undefined);

/** Reads the block of `count` keys that begins here. */
export function takeShape(count: number): Shape {
  const { words, at } = source;
  const key = words[at] as number;
  const slot = key & (BLOCKS - 1);
  const known = blocks[slot];
  if (known !== undefined && known.hash === key && known.keys.length === count) {
    const own = known.words;
    const from = at + 1;
    let i = 0;
    while (i < own.length && own[i] === words[from + i]) i++;
    if (i === own.length) {
      source.at = from + i;
      return known;
    }
  }
  return (blocks[slot] = readShape(count, key));
}

function readShape(count: number, key: number): Shape {
  const start = ++source.at;
  const keys: string[] = [];
  for (let i = 0; i < count; i++) keys.push(takeString(source.words[source.at++] as number));
  const words = source.words.slice(start, source.at);
  return { keys, words, hash: key, isPlain: !keys.includes("__proto__") };
}
