import process from "node:process";

const signals = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Runs `close` when this process is told to end, and `abandon`, which must not wait, when it ends some other way.
 * Out: the function that takes the guard away. SIGKILL is the next start's business.
 */
export function guard(close: () => Promise<void>, abandon: () => void): () => void {
  const listeners = Object.entries(signals).map(([name, number]) => {
    const listener = () => void close().finally(() => process.exit(128 + number));
    // Not `once`: execa's own exit hook would count us as gone, and end the process before close() is done.
    process.on(name as NodeJS.Signals, listener);
    return { name, listener };
  });
  process.once("exit", abandon);
  return () => {
    for (const { name, listener } of listeners) process.removeListener(name, listener);
    process.removeListener("exit", abandon);
  };
}
