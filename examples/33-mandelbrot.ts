/**
 * A picture, row by row on all cores: `parallelMap` over the rows, and a PNG file.
 *
 *   gort run examples/33-mandelbrot.ts [FILE.png]
 *
 * Rows differ in how long they take; whichever core is free takes the next ones. They come back in order, so the picture is put together as they come.
 * A row is a Uint8Array: its bytes are copied, to the core that computes it and back. Without FILE the picture is written to a temporary folder, and
 * what is shown is a small one.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import { type Goroutine, parallelMap, portable, range } from "gort";

interface Row {
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** How many steps each point of a row takes to leave; 255 for those that stay. */
export const computeRow = portable(function computeRow({ y, width, height }: Row): Uint8Array {
  const steps = new Uint8Array(width);
  const im = (2.4 * (y + 0.5)) / height - 1.2;
  for (let x = 0; x < width; x++) {
    const re = (3.2 * (x + 0.5)) / width - 2.2;
    let n = 0;
    for (let a = 0, b = 0; n < 255 && a * a + b * b < 4; n++) [a, b] = [a * a - b * b + re, 2 * a * b + im];
    steps[x] = n;
  }
  return steps;
});

function* rowsOf(width: number, height: number): Generator<Row> {
  for (let y = 0; y < height; y++) yield { y, width, height };
}

/** A PNG with a palette: `rows` of `width` bytes each. */
function png(width: number, rows: readonly Uint8Array[]): Buffer {
  const chunk = (type: string, data: Uint8Array): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const framed = Buffer.alloc(body.length + 8);
    framed.writeUInt32BE(data.length, 0);
    framed.set(body, 4);
    framed.writeUInt32BE(crc32(body), body.length + 4);
    return framed;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(rows.length, 4);
  header.set([8, 3], 8); // eight bits a pixel, which is a place in the palette
  const palette = Buffer.alloc(3 * 256);
  for (let n = 0; n < 255; n++) palette.set([(n * 7) % 256, (n * 5) % 256, 64 + ((n * 3) % 192)], 3 * n);
  const lines = rows.flatMap((row) => [Buffer.of(0), row]); // each begins with its filter: none
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    chunk("PLTE", palette),
    chunk("IDAT", deflateSync(Buffer.concat(lines))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

export function* main(): Goroutine {
  const [width, height] = [640, 480];
  const rows = yield* parallelMap(computeRow, rowsOf(width, height)).toArray();
  const folder = mkdtempSync(join(tmpdir(), "mandelbrot-"));
  const file = process.argv[2] ?? join(folder, "mandelbrot.png");
  writeFileSync(file, png(width, rows));
  const [first, second] = [16, 20].map((at) => readFileSync(file).readUInt32BE(at));
  console.log(`written: ${first} x ${second}`);
  rmSync(folder, { recursive: true });

  for (const r = range(parallelMap(computeRow, rowsOf(56, 15))); yield* r.next(); ) {
    const line = Array.from(r.value, (n) => (n === 255 ? "#" : n > 9 ? "+" : n > 4 ? "." : " "));
    console.log(line.join("").trimEnd());
  }
}

// Output:
// written: 640 x 480
//                                   ....
//                                .....++..
//                             ......+###+.....
//                        .....++++++####++++..+..
//                 ..........++###############++...
//             ....+++++++..++##################+..
//          ....+..++######++###################+..
//     #######################################+....
//          ....+..++######++###################+..
//             ....+++++++..++##################+..
//                 ..........++###############++...
//                        .....++++++####++++..+..
//                             ......+###+.....
//                                .....++..
//                                   ....
