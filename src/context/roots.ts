/**
 * The contexts at the top: they never end and hold nothing. Go: context.Background, context.TODO.
 */
import type { Context } from "./context.ts";
import { Ctx } from "./ctx.ts";

class Root extends Ctx {
  readonly node: null = null;
  readonly foreign: null = null;
  readonly parent: null = null;
  readonly deadline: undefined = undefined;
  readonly dueAt: number = Number.POSITIVE_INFINITY;
  readonly label: string;

  constructor(label: string) {
    super();
    this.label = label;
  }
}

const backgroundRoot = new Root("context.Background");
const todoRoot = new Root("context.TODO");

/** The context that all others come from: never cancelled, without deadline and values. Go: context.Background. */
export function background(): Context {
  return backgroundRoot;
}

/** The same as {@link background}, where it is not clear yet which context to use. Go: context.TODO. */
export function todo(): Context {
  return todoRoot;
}
