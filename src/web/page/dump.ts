/** Finds a goroutine in a dump (Go's grammar: blocks with a line between them, each beginning with its goroutine's number). */
export function stackInDump(dump: string, goroutine: number): string {
  const head = `goroutine ${goroutine} `;
  const at = dump.startsWith(head) ? 0 : dump.indexOf(`\n${head}`) + 1;
  if (at === 0 && !dump.startsWith(head)) return "";
  const end = dump.indexOf("\n\n", at);
  return dump.slice(at, end < 0 ? undefined : end).trimEnd();
}
