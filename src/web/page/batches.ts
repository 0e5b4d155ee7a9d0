/**
 * Rectangles put together by how they are filled: a canvas is quick when its fill style seldom changes.
 *
 * A rectangle that goes on where the last one of its batch ended, at the same height, makes that one longer: a thousand runs in a pixel's breadth are one rectangle.
 */
export class Batch {
  #rects = new Float32Array(256);
  #size = 0;

  clear(): void {
    this.#size = 0;
  }

  add(x: number, y: number, w: number, h: number): void {
    const at = this.#size;
    const rects = this.#rects;
    if (
      at > 0 &&
      rects[at - 3] === y &&
      rects[at - 1] === h &&
      x - (rects[at - 4]! + rects[at - 2]!) < 0.34 &&
      x >= rects[at - 4]!
    ) {
      rects[at - 2] = Math.max(x + w - rects[at - 4]!, rects[at - 2]!);
      return;
    }
    if (at + 4 > rects.length) {
      this.#rects = new Float32Array(rects.length * 2);
      this.#rects.set(rects);
    }
    this.#rects[at] = x;
    this.#rects[at + 1] = y;
    this.#rects[at + 2] = w;
    this.#rects[at + 3] = h;
    this.#size = at + 4;
  }

  fill(ctx: CanvasRenderingContext2D, style: string | CanvasPattern): void {
    if (this.#size === 0) return;
    ctx.fillStyle = style;
    const rects = this.#rects;
    for (let i = 0; i < this.#size; i += 4)
      ctx.fillRect(rects[i]!, rects[i + 1]!, rects[i + 2]!, rects[i + 3]!);
  }
}

export function batches(n: number): readonly Batch[] {
  return Array.from({ length: n }, () => new Batch());
}
