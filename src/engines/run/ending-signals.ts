const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Calls `listener`, and nothing else, when somebody tells this process to end. Out: the function that ends that. */
export function onEndingSignal(listener: (signal: NodeJS.Signals) => void): () => void {
  for (const signal of signals) process.on(signal, listener);
  return () => {
    for (const signal of signals) process.off(signal, listener);
  };
}
