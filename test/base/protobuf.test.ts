/** Protocol Buffers: the bytes of a message, by the definition of the wire format. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Message } from "#src/base/protobuf.ts";

const bytes = (message: Message): string => Buffer.from(message.finish()).toString("hex");

describe("a message", () => {
  const cases: [what: string, message: Message, hex: string][] = [
    ["a number", new Message().number(1, 150), "089601"],
    ["a number of one byte", new Message().number(1, 127), "087f"],
    ["the first of two bytes", new Message().number(1, 128), "088001"],
    ["a number of more than 32 bits", new Message().number(1, 2 ** 40), "08808080808020"],
    ["the largest exact number", new Message().number(1, 2 ** 53 - 1), "08ffffffffffffff0f"],
    ["a number beyond", new Message().number(1, 2 ** 60), "08808080808080808010"],
    ["zero, which is left out", new Message().number(1, 0), ""],
    ["a field above 15", new Message().number(16, 1), "800101"],
    ["a string", new Message().text(2, "testing"), "120774657374696e67"],
    ["a string in UTF-8", new Message().text(2, "é"), "1202c3a9"],
    ["an empty string, which counts", new Message().text(6, ""), "3200"],
    ["packed numbers", new Message().numbers(4, [3, 270, 86942]), "2206038e029ea705"],
    ["no numbers", new Message().numbers(4, []), ""],
    ["a zero among numbers", new Message().numbers(2, [0]), "120100"],
    ["a message in it", new Message().message(3, new Message().number(1, 150)), "1a03089601"],
    ["fields in their order", new Message().number(2, 1).number(1, 1), "10010801"],
  ];
  for (const [what, message, hex] of cases) it(what, () => assert.equal(bytes(message), hex));

  it("of more than 127 bytes has a length of two", () => {
    assert.equal(bytes(new Message().text(1, "x".repeat(200))), `0ac801${"78".repeat(200)}`);
  });
});
