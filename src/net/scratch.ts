/**
 * Where writes are copied to before Node gets them: their bytes are the writer's own again as soon as he is told anything, and a copy costs less than the Buffer that
 * Node makes of every other Uint8Array, or little beside the kernel's own.
 *
 * The kernel takes most writes at once, and then the same bytes serve the next one, of whatever connection. If it does not, they are Node's from then on ({@link lose}).
 */

/** More bytes than that are written in pieces. */
export const LONGEST = 131_072;
/** There is a view for each length up to this. */
const SMALL = 512;

class Scratch {
  /** A view of each small length, made when it is first needed. */
  private views: (Buffer | undefined)[] = new Array(SMALL + 1).fill(undefined);
  private small: Buffer = Buffer.allocUnsafeSlow(SMALL);
  /** For longer writes: the one at n has room for 2^n bytes, so that a write that is stuck holds at most twice its size. */
  private rooms: (Buffer | undefined)[] = [];

  copy(data: Uint8Array): Buffer {
    const { length } = data;
    if (length > SMALL) return this.copyLong(data);
    const view = (this.views[length] ??= this.small.subarray(0, length));
    view.set(data);
    return view;
  }

  /** The last copy, of so many bytes, belongs to Node now. */
  lose(length: number): void {
    if (length > SMALL) {
      this.rooms[roomFor(length)] = undefined;
      return;
    }
    this.views = new Array(SMALL + 1).fill(undefined);
    this.small = Buffer.allocUnsafeSlow(SMALL);
  }

  private copyLong(data: Uint8Array): Buffer {
    const { length } = data;
    const index = roomFor(length);
    const room = (this.rooms[index] ??= Buffer.allocUnsafeSlow(2 ** index));
    const view = length === room.length ? room : room.subarray(0, length);
    view.set(data);
    return view;
  }
}

/** The least n with 2^n bytes enough for `length`. */
function roomFor(length: number): number {
  return 32 - Math.clz32(length - 1);
}

export const scratch: Scratch = new Scratch();
