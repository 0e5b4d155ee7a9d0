/**
 * The mark of what crosses to another core by reference, for the types of every layer. What it means: portable/sendable.ts.
 */
export const SHARED: unique symbol = Symbol("gort.shared");
