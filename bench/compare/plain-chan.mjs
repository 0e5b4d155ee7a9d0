/**
 * The fastest channel that hand-written async code gets: queues of values and of resolve functions, promises only where one must
 * wait. No close errors, no fairness to the event loop, no cancellation: what is left is the price of promises.
 */
export class Queue {
  items = new Array(8);
  head = 0;
  length = 0;

  push(item) {
    if (this.length === this.items.length) this.grow();
    this.items[(this.head + this.length++) & (this.items.length - 1)] = item;
  }

  shift() {
    const item = this.items[this.head];
    this.items[this.head] = undefined;
    this.head = (this.head + 1) & (this.items.length - 1);
    this.length--;
    return item;
  }

  grow() {
    const { items, head } = this;
    this.items = [...items.slice(head), ...items.slice(0, head), ...new Array(items.length)];
    this.head = 0;
  }
}

class Chan {
  values = new Queue(); // buffered, then those of the waiting senders
  senders = new Queue(); // the resolve function of each value beyond the capacity
  receivers = new Queue();
  selects = new Queue();
  closed = false;

  constructor(capacity) {
    this.capacity = capacity;
  }

  /** A promise when the sender must wait, else undefined. */
  send(value) {
    if (this.receivers.length > 0) {
      this.receivers.shift()(value);
      return undefined;
    }
    while (this.selects.length > 0) {
      const waiter = this.selects.shift();
      if (waiter.resolve === undefined) continue; // it has lost, or won elsewhere
      const { resolve } = waiter;
      waiter.resolve = undefined;
      resolve(value);
      return undefined;
    }
    this.values.push(value);
    if (this.values.length <= this.capacity) return undefined;
    return new Promise((resolve) => this.senders.push(resolve));
  }

  /** The value, or a promise of it when the receiver must wait. */
  recv() {
    if (this.values.length > 0) {
      const value = this.values.shift();
      if (this.senders.length > 0) this.senders.shift()();
      return value;
    }
    if (this.closed) return undefined;
    return new Promise((resolve) => this.receivers.push(resolve));
  }

  close() {
    this.closed = true;
    while (this.receivers.length > 0) this.receivers.shift()(undefined);
  }
}

export const chan = (capacity = 0) => new Chan(capacity);

/** Receives from one of the channels: the first ready one from a random place on, else from the first that gets a value. */
export const select = (channels) => {
  const { length } = channels;
  let at = Math.floor(Math.random() * length);
  for (let i = 0; i < length; i++) {
    if (channels[at].values.length > 0) return channels[at].recv();
    if (++at === length) at = 0;
  }
  return new Promise((resolve) => {
    const waiter = { resolve };
    for (let i = 0; i < length; i++) channels[i].selects.push(waiter);
  });
};
