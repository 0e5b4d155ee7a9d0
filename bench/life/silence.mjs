/**
 * The processor time of this process, all threads of it, in per cent of one core.
 */
export const SETTLED_MS = 300; // compilers and collectors end what they have begun
export const SILENT_MS = 2000;

/** Begins; the function ends, and gives the per cent. */
export const busy = () => {
  const start = performance.now();
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 10 / (performance.now() - start);
  };
};
