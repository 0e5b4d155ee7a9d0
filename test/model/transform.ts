/**
 * Makes code that can be stopped before each of its atomic operations: the modules of src/shm and a model's program (bundle.ts), as one function.
 *
 * Every function that can reach an atomic operation becomes a generator, a call of one becomes `yield*`, and the operation itself
 * `yield`, behind a note of what it is to do (threads.ts does it). Everything else stays as it is. Which functions those are is found out by name, of functions, methods and getters; where one name means
 * several things it is asked at run time what came back.
 *
 * Accesses to elements of arrays become calls as well, so that races.ts hears of them.
 *
 * What a module keeps (lists, caches, who it is) is made by `reset`, noted by `keep` and put back by `put`; functions and classes stay, and so does the engine's knowledge of them.
 */
import { parseAst } from "@rollup/wasm-node/parseAst";
import { bundled, isOperation, OPERATIONS, type Patch } from "./bundle.ts";
import { children, isElement, isFunction, isTable, type Node, nameOf } from "./syntax.ts";
import { Op } from "./threads.ts";

/** They run before a model's threads do, and never among them: their operations are no steps. */
const QUIET = new Set(["attach", "makeHome"]);

/** Getters of the structures that other things have as well: a getter of ours is meant only behind `this`. */
const ONLY_OF_THIS = new Set(["length"]);

/** Variables that hold functions which may be ours. */
const DYNAMIC = new Set(["finish", "outer", "body"]);

/** Methods of arrays, maps and sets that are called alike. */
const BUILT_IN = new Set(
  [Array, Map, Set, Int32Array, String, RegExp, Promise].flatMap(({ prototype }) => [
    ...Object.getOwnPropertyNames(prototype),
    ...Object.getOwnPropertyNames(Object.getPrototypeOf(prototype) ?? {}),
  ]),
);

/**
 * Plain accesses that race on purpose: they are steps as well, so that every moment is tried, and so must be all others that may meet them (races.ts says if one is missing). By function, and how they are written.
 */
export const LOOKS: readonly {
  readonly file: string;
  readonly of: string;
  readonly text: string;
  readonly why: string;
}[] = [
  {
    file: "shm/runq",
    of: "grab",
    text: "words[this.slots + ((head + i) & MASK)]",
    why: "read before the swap of head that may fail; what was read then is not used (runq.ts, I3)",
  },
  {
    file: "shm/runq",
    of: "put",
    text: "words[this.slots + (tail & MASK)]",
    why: "what grab reads in vain",
  },
  {
    file: "shm/shared-lock",
    of: "take",
    text: "words[state]",
    why: "a first guess; the swap finds out (shared-lock.ts)",
  },
  {
    file: "shm/shared-lock",
    of: "release",
    text: "words[state]",
    why: "a first guess; the swap finds out (shared-lock.ts)",
  },
  {
    file: "shm/shared-lock",
    of: "passOn",
    text: "words[state]",
    why: "until the list's lock is given back nobody acts on it; who only looks finds the old one or the new one (shared-lock.ts, I3)",
  },
  {
    file: "shm/slab",
    of: "give",
    text: "words[head + 1]",
    why: "whether it is 0 is asked without the lock, to spare it (slab.ts, refill)",
  },
  {
    file: "shm/slab",
    of: "takeBatch",
    text: "words[head + 1]",
    why: "as in give",
  },
  {
    file: "shm/wait",
    of: "forgetWaits",
    text: "words[at + WAIT.list]",
    why: "a first look without the lock, and another one with it",
  },
  {
    file: "shm/wait",
    of: "recoverWaits",
    text: "words[at + WAIT.list]",
    why: "who takes it out of its line meanwhile does what would be done",
  },
];

/** The source of a function `(env) => ({ reset, programs })`. */
export async function transform(program: string, mutation: readonly Patch[] = []): Promise<string> {
  return new Transform(await bundled(program, mutation)).source();
}

class Transform {
  private readonly code: string;
  private readonly tree: Node;
  /** Names of functions, of methods and of getters that can reach an atomic operation. */
  private readonly functions = new Set<string>(Object.keys(OPERATIONS));
  private readonly methods = new Set<string>();
  private readonly getters = new Set<string>();
  /** Names that some method or property of the bundle has and that reach none. */
  private readonly innocent = new Set<string>();
  /** Functions without a name of their own, by where they begin. */
  private readonly stepping = new Set<Node>();
  private readonly declared: string[] = [];
  /** Names of variables inside functions. */
  private readonly locals = new Set<string>();
  private sites = 0;
  readonly siteNames: string[] = [];

  constructor(code: string) {
    this.code = code;
    this.tree = parseAst(code) as unknown as Node;
  }

  source(): string {
    this.analyse();
    const lasting: string[] = [];
    const made: string[] = [];
    let exported = "";
    for (const statement of this.tree["body"] as Node[]) {
      if (statement.type === "FunctionDeclaration") {
        if (!isOperation(statement["id"].name)) lasting.push(this.render(statement, ""));
      } else if (statement.type === "ClassDeclaration") {
        lasting.push(this.render(statement, ""));
      } else if (statement.type === "VariableDeclaration") {
        for (const declarator of statement["declarations"] as Node[]) {
          const { name } = declarator["id"];
          this.declared.push(name);
          made.push(
            `${name} = ${declarator["init"] === null ? "undefined" : this.render(declarator["init"], name)};`,
          );
        }
      } else if (statement.type === "ExportNamedDeclaration") {
        exported = this.code.slice(statement.start, statement.end).replace(/^export |;$/g, "");
      } else {
        made.push(this.render(statement, ""));
      }
    }
    const returned = exported.replaceAll(/([\w$]+) as (\w+)/g, "$2: $1");
    return `"use strict";
const { $op, $r, $w, $run, SharedArrayBuffer, FinalizationRegistry, setImmediate } = env;
let ${this.declared.join(", ")};
${lasting.join("\n")}
function $reset() {
${made.join("\n")}
}
$reset();
return { reset: $reset, keep: () => [${this.declared.join(", ")}], put: ($was) => { ${this.declared.map((name, i) => `${name} = $was[${i}];`).join(" ")} }, sites: ${JSON.stringify(this.siteNames)}, modules: () => (${returned}) };`;
  }

  /** Finds out which functions can reach an atomic operation. */
  private analyse(): void {
    const all: { node: Node; name: string; kind: string }[] = [];
    const visit = (node: Node, parent: Node | null): void => {
      if (node.type === "VariableDeclarator" && node["id"].type === "Identifier")
        this.locals.add(node["id"].name);
      if (isFunction(node)) all.push({ node, ...nameOf(node, parent) });
      for (const child of children(node)) visit(child, node);
    };
    visit(this.tree, null);
    for (let grew = true; grew; ) {
      grew = false;
      for (const { node, name, kind } of all) {
        if (this.stepping.has(node) || QUIET.has(name) || (kind === "function" && isOperation(name)))
          continue;
        if (!this.reaches(node["body"], name) && !this.reachesIn(node["params"], name)) continue;
        if (kind === "constructor") throw new Error(`a constructor cannot be stopped: ${this.text(node)}`);
        this.stepping.add(node);
        (kind === "get" ? this.getters : kind === "method" ? this.methods : this.functions).add(name);
        grew = true;
      }
    }
    for (const { node, name, kind } of all) {
      if (kind !== "function" && !this.stepping.has(node)) this.innocent.add(name);
    }
  }

  private reachesIn(nodes: readonly Node[], within: string): boolean {
    return nodes.some((node) => this.reaches(node, within));
  }

  /** Whether `node`, leaving aside the functions inside, is a step. */
  private reaches(node: Node, within: string): boolean {
    if (isFunction(node)) return false;
    if (node.type === "CallExpression" && this.callee(node) !== "no") return true;
    if (node.type === "MemberExpression" && (this.isGetter(node) || this.isLook(node, within))) return true;
    if (node.type === "ObjectPattern" && this.taken(node).length > 0) return true;
    return this.reachesIn(children(node), within);
  }

  private callee(node: Node): "operation" | "sure" | "maybe" | "no" {
    let callee = node["callee"] as Node;
    if (callee.type === "ChainExpression") callee = callee["expression"];
    if (callee.type === "ParenthesizedExpression") callee = callee["expression"];
    if (callee.type === "Identifier") {
      if (isOperation(callee["name"])) return "operation";
      if (this.functions.has(callee["name"])) return "sure";
      return DYNAMIC.has(callee["name"]) ? "maybe" : "no";
    }
    if (callee.type !== "MemberExpression") return "no";
    if (callee["computed"]) return "maybe";
    const name = callee["property"].name as string;
    if (!this.methods.has(name)) return "no";
    return BUILT_IN.has(name) || this.innocent.has(name) ? "maybe" : "sure";
  }

  private isGetter(node: Node): boolean {
    if (node["computed"] || node["property"].type !== "Identifier") return false;
    const { name } = node["property"];
    if (!this.getters.has(name) || isTable(node["object"])) return false;
    return !ONLY_OF_THIS.has(name) || node["object"].type === "ThisExpression";
  }

  private isLook(node: Node, within: string): boolean {
    return node["computed"] && LOOKS.some((look) => look.of === within && look.text === this.text(node));
  }

  /** The properties of a pattern that are getters of ours. */
  private taken(pattern: Node): string[] {
    return (pattern["properties"] as Node[])
      .filter((property) => property.type === "Property" && !property["computed"])
      .map((property) => property["key"].name as string)
      .filter((name) => this.getters.has(name) && !ONLY_OF_THIS.has(name));
  }

  private text(node: Node): string {
    return this.code.slice(node.start, node.end);
  }

  /** `node` as text; `within` is the name of the function around it. */
  private render(node: Node, within: string): string {
    switch (node.type) {
      case "FunctionDeclaration":
      case "FunctionExpression": {
        const name = node["id"]?.name ?? within;
        const text = this.parts(node, name);
        return this.stepping.has(node) ? text.replace(/^function/, "function*") : text;
      }
      case "ArrowFunctionExpression":
        return this.arrow(node, within);
      case "MethodDefinition":
        return this.method(node);
      case "CallExpression":
        return this.call(node, within);
      case "MemberExpression":
        return this.member(node, within);
      case "AssignmentExpression":
        if (isElement(node["left"])) return this.assignment(node, within);
        break;
      case "UpdateExpression":
        if (isElement(node["argument"])) throw new Error(`write it as an assignment: ${this.text(node)}`);
        break;
      case "VariableDeclarator":
        if (node["id"].type === "ObjectPattern" && this.taken(node["id"]).length > 0)
          return this.pattern(node, within);
        if (node["id"].type === "Identifier" && node["init"] !== null)
          return `${node["id"].name} = ${this.render(node["init"], isFunction(node["init"]) ? node["id"].name : within)}`;
        break;
      case "Property":
        if (isFunction(node["value"]) && node["method"]) return this.shortMethod(node);
        if (isFunction(node["value"]))
          return `${this.text(node["key"])}: ${this.render(node["value"], node["key"].name)}`;
        break;
    }
    return this.parts(node, within);
  }

  /** `node` with its children rendered. */
  private parts(node: Node, within: string): string {
    let text = "";
    let at = node.start;
    for (const child of children(node).sort((a, b) => a.start - b.start)) {
      text += this.code.slice(at, child.start) + this.render(child, within);
      at = child.end;
    }
    return text + this.code.slice(at, node.end);
  }

  private arrow(node: Node, within: string): string {
    if (!this.stepping.has(node)) return this.parts(node, within);
    const params = (node["params"] as Node[]).map((param) => this.render(param, within)).join(", ");
    const body = this.render(node["body"], within);
    if (/\bthis\b/.test(body)) throw new Error(`an arrow function with this: ${this.text(node)}`);
    return `(function* (${params}) ${node["body"].type === "BlockStatement" ? body : `{ return ${body}; }`})`;
  }

  private method(node: Node): string {
    const { name } = node["key"];
    const body = this.parts(node["value"], name);
    const before = node["static"] ? "static " : "";
    if (node["kind"] === "constructor") return `constructor${body}`;
    if (!this.stepping.has(node["value"]))
      return `${before}${node["kind"] === "method" ? "" : `${node["kind"]} `}${name}${body}`;
    return `${before}*${node["kind"] === "get" ? getterName(name) : name}${body}`;
  }

  private shortMethod(node: Node): string {
    const { name } = node["key"];
    return `${this.stepping.has(node["value"]) ? "*" : ""}${name}${this.parts(node["value"], name)}`;
  }

  private call(node: Node, within: string): string {
    const kind = this.callee(node);
    for (const arg of node["arguments"] as Node[]) {
      const isName = arg.type === "Identifier" && !this.locals.has(arg["name"]);
      if ((isName && this.functions.has(arg["name"])) || this.stepping.has(arg))
        throw new Error(`nobody knows how it is called: ${this.text(arg)} in ${this.text(node)}`);
    }
    if (kind === "no") return this.parts(node, within);
    if (kind === "operation") {
      const { name } = node["callee"];
      const args = (node["arguments"] as Node[]).map((arg) => this.render(arg, within));
      if (QUIET.has(within)) return `$op.quiet(${[OPERATIONS[name], ...args].join(", ")})`;
      return `(yield $op(${[OPERATIONS[name], ...args].join(", ")}))`;
    }
    if (QUIET.has(within)) throw new Error(`${within} is not to call ${this.text(node)}`);
    const text = this.parts(node, within);
    return kind === "sure" ? `(yield* ${text})` : `(yield* $run(${text}))`;
  }

  private member(node: Node, within: string): string {
    if (this.isGetter(node)) {
      const { name } = node["property"];
      const object = this.render(node["object"], within);
      return this.innocent.has(name) || BUILT_IN.has(name)
        ? `(yield* $run.get(${object}, "${name}", "${getterName(name)}"))`
        : `(yield* ${object}.${getterName(name)}())`;
    }
    if (!isElement(node) || node["optional"]) return this.parts(node, within);
    const array = this.render(node["object"], within);
    const index = this.render(node["property"], within);
    if (this.isLook(node, within)) return `(yield $op(${Op.look}, ${array}, ${index}))`;
    return `$r(${array}, ${index}, ${this.site(node, within)})`;
  }

  private assignment(node: Node, within: string): string {
    if (node["operator"] !== "=") throw new Error(`write it as an assignment: ${this.text(node)}`);
    const left = node["left"] as Node;
    const array = this.render(left["object"], within);
    const index = this.render(left["property"], within);
    if (this.isLook(left, within))
      return `(yield $op(${Op.put}, ${array}, ${index}, ${this.render(node["right"], within)}))`;
    return `$w(${array}, ${index}, ${this.render(node["right"], within)}, ${this.site(left, within)})`;
  }

  private site(node: Node, within: string): number {
    this.siteNames.push(`${this.text(node)} in ${within}`);
    return this.sites++;
  }

  private pattern(node: Node, within: string): string {
    const names = this.taken(node["id"]);
    const from = this.text(node["init"]);
    const rest = (node["id"]["properties"] as Node[])
      .filter((property) => !names.includes(property["key"].name))
      .map((property) => this.text(property));
    const got = names.map((name) => {
      const as = (node["id"]["properties"] as Node[]).find((property) => property["key"].name === name)?.[
        "value"
      ];
      return `${this.text(as as Node)} = (yield* $run.get(${from}, "${name}", "${getterName(name)}"))`;
    });
    return [
      ...(rest.length === 0 ? [] : [`{ ${rest.join(", ")} } = ${this.render(node["init"], within)}`]),
      ...got,
    ].join(", ");
  }
}

function getterName(name: string): string {
  return `get$${name}`;
}
