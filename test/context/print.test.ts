/**
 * What contexts print: Go's words, by String and by console.log alike.
 */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { inspect } from "node:util";
import {
  background,
  fromSignal,
  todo,
  withCancel,
  withDeadline,
  withoutCancel,
  withTimeout,
  withValue,
} from "gort";
import { OtherContext } from "../go/context/custom.ts";
import { EPOCH, FakeTime } from "./fake-time.ts";

describe("a context prints itself", () => {
  let time: FakeTime;
  beforeEach(() => {
    time = new FakeTime();
    time.install();
  });
  afterEach(() => time.restore());

  it("with its way from the root", () => {
    const [ctx] = withCancel(background());
    for (const [one, text] of [
      [background(), "context.Background"],
      [todo(), "context.TODO"],
      [ctx, "context.Background.WithCancel"],
      [withCancel(ctx)[0], "context.Background.WithCancel.WithCancel"],
      [withValue(todo(), "key", "val"), "context.TODO.WithValue(key, val)"],
      [withoutCancel(ctx), "context.Background.WithCancel.WithoutCancel"],
      [withCancel(fromSignal(new AbortController().signal))[0], "context.FromSignal.WithCancel"],
    ] as const) {
      assert.equal(String(one), text);
      assert.equal(`${one}`, text);
      assert.equal(inspect(one), text);
    }
    assert.equal(inspect({ ctx }), "{ ctx: context.Background.WithCancel }");
    assert.equal(inspect([background()]), "[ context.Background ]");
  });

  it("with its deadline and what is left of it, in Go's units", () => {
    for (const [ms, left] of [
      [1500, "1.5s"],
      [20, "20ms"],
      [3_600_000, "1h0m0s"],
      [90_000, "1m30s"],
      [0.5, "500µs"],
      [-1500, "-1.5s"],
      [0, "0s"],
      [100 * 3_600_000 + 61_001, "100h1m1.001s"],
    ] as const) {
      const date = new Date(EPOCH + ms).toISOString();
      assert.equal(
        String(withTimeout(background(), ms)[0]),
        `context.Background.WithDeadline(${date} [${left}])`,
      );
    }
    const [ctx] = withDeadline(background(), new Date(EPOCH + 1000));
    time.pass(400);
    assert.equal(
      String(ctx),
      `context.Background.WithDeadline(${new Date(EPOCH + 1000).toISOString()} [600ms])`,
    );
    time.pass(1600);
    assert.match(inspect(ctx), /\[-1s\]\)$/);
  });

  it("below a context of the program's own, which says itself what it is", () => {
    class Named extends OtherContext {
      override toString(): string {
        return "mine";
      }
    }
    assert.equal(String(withCancel(new Named(background()))[0]), "mine.WithCancel");
    // One that does not is known by its class, as Go knows its type.
    assert.match(
      String(withCancel(new OtherContext(background()))[0]),
      /^[^[]*OtherContext[^[\]]*\.WithCancel$/,
    );
  });

  it("with keys and values that can be told in a word, and never throws", () => {
    const hidden = { password: "hunter2" };
    for (const key of [Symbol("key"), 1, 2n, true, () => {}, {}, Object.create(null), class Key {}]) {
      for (const value of [
        undefined,
        null,
        1,
        Symbol("value"),
        hidden,
        Object.create(null),
        [hidden],
        () => {},
      ]) {
        const text = String(withValue(background(), key, value));
        assert.match(text, /^context\.Background\.WithValue\([\s\S]+, [\s\S]+\)$/);
        assert.doesNotMatch(text, /hunter2/);
      }
    }
    assert.equal(String(withValue(background(), "key", null)), "context.Background.WithValue(key, <nil>)");
    assert.equal(
      String(withValue(background(), "key", undefined)),
      "context.Background.WithValue(key, <nil>)",
    );
    const throws = {
      toString(): string {
        throw new Error("no");
      },
    };
    assert.doesNotThrow(() => inspect(withValue(background(), throws, throws)));
  });
});
