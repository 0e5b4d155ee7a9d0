/** The list of texts that marks of lanes name by number (GET /api/names). It only grows, up to a limit. */
const MOST_TEXTS = 65_536;

export class Texts {
  readonly list: string[] = [];
  private readonly numbers = new Map<string, number>();

  numberOf(text: string): number {
    let number = this.numbers.get(text);
    if (number !== undefined) return number;
    if (this.list.length === MOST_TEXTS) return MOST_TEXTS - 1;
    number = this.list.length;
    this.list.push(this.list.length === MOST_TEXTS - 1 ? "(more texts than are kept)" : text);
    this.numbers.set(text, number);
    return number;
  }
}
