/** Syntax trees, as far as transform.ts needs to know them. */

export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  // biome-ignore lint/suspicious/noExplicitAny: a tree of many kinds
  readonly [key: string]: any;
}

export function isFunction(node: Node): boolean {
  return (
    node.type === "FunctionDeclaration" ||
    node.type === "FunctionExpression" ||
    node.type === "ArrowFunctionExpression"
  );
}

/** Whether it is a constant's name. */
export function isTable(node: Node): boolean {
  return node.type === "Identifier" && /^[A-Z]/.test(node["name"]);
}

export function isElement(node: Node): boolean {
  return node.type === "MemberExpression" && node["computed"];
}

/** What a function is called by others: its own name, that of its method or property, or of the variable that it is the value of. */
export function nameOf(node: Node, parent: Node | null): { name: string; kind: string } {
  if (node["id"]) return { name: node["id"].name, kind: "function" };
  if (parent?.type === "MethodDefinition")
    return { name: parent["key"].name, kind: parent["kind"] as string };
  if (parent?.type === "Property") return { name: parent["key"].name ?? "", kind: "method" };
  if (parent?.type === "VariableDeclarator") return { name: parent["id"].name, kind: "function" };
  if (parent?.type === "AssignmentExpression" && parent["left"].type === "MemberExpression")
    return { name: parent["left"]["property"].name ?? "", kind: "method" };
  return { name: "", kind: "anonymous" };
}

export function children(node: Node): Node[] {
  const found: Node[] = [];
  for (const key of Object.keys(node)) {
    if (key === "key" && node["shorthand"]) continue;
    const value: unknown = node[key];
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && typeof one === "object" && typeof (one as Node).type === "string")
        found.push(one as Node);
    }
  }
  return found;
}
