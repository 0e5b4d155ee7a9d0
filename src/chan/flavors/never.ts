/**
 * The channel that never gives a value: what Go spells as a nil channel. A receive from it waits for ever.
 */
import { NOTHING, SourceChan } from "./source.ts";

export class NeverChan<T> extends SourceChan<T> {
  take(): typeof NOTHING {
    return NOTHING;
  }

  protected watch(): void {}

  protected unwatch(): void {}
}
