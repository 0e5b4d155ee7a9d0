/**
 * What a sweep over a trace tells, in the order of time of beginnings. Whoever wants to know something extends it.
 *
 * Times are in units. `g` is a place in the sweep's goroutines, `text` a number in its texts, `lane` a place in its lanes, `by` the number of a goroutine or one of Who.
 */
export class TraceVisitor {
  /** It ran. Runs of a lane do not overlap, nor do those of a goroutine. `end` is one of RunEnd; `reason` is why it waits then. */
  run(_g: number, _lane: number, _from: number, _to: number, _end: number, _reason: number): void {}
  /** It was runnable; told before the run that ended it. `open`: it still is. */
  queued(_g: number, _from: number, _to: number, _cause: number, _open: boolean): void {}
  /** It waited, and for `older` seconds before. `open`: it still does. */
  waited(
    _g: number,
    _from: number,
    _to: number,
    _reason: number,
    _by: number,
    _older: number,
    _open: boolean,
  ): void {}
  made(_g: number, _by: number, _at: number, _lane: number): void {}
  /** Told before `waited`. */
  woken(_g: number, _by: number, _at: number, _lane: number, _reason: number): void {}
  steal(_lane: number, _from: number, _count: number, _at: number): void {}
  regionBegin(_g: number, _text: number, _at: number): void {}
  regionEnd(_g: number, _text: number, _at: number): void {}
  taskBegin(_task: number, _parent: number, _text: number, _at: number, _lane: number): void {}
  taskEnd(_task: number, _text: number, _at: number, _lane: number): void {}
  log(_g: number, _category: number, _message: number, _at: number, _lane: number): void {}
  /** Nothing was written down. */
  gap(_lane: number, _from: number, _to: number): void {}
  mark(_g: number, _text: number, _at: number, _lane: number): void {}
  /** The trace is over. */
  finished(_at: number): void {}
}
