const emitters = [process, process.stdout, process.stderr] as NodeJS.EventEmitter[];
type Listener = (...args: unknown[]) => void;
const everyListener = () =>
  emitters.flatMap((emitter) =>
    emitter
      .eventNames()
      .flatMap((event) =>
        emitter.listeners(event).map((listener) => ({ emitter, event, listener: listener as Listener })),
      ),
  );

/**
 * Takes notice of who listens to this process and to its output. Out: takes off whoever has begun to listen since then;
 * `each` is told of them first, with an event of the process itself.
 */
export function listenersSince(): (each?: (event: string | symbol, listener: Listener) => unknown) => void {
  const before = everyListener();
  return (each) => {
    for (const { emitter, event, listener } of everyListener()) {
      if (before.some((one) => one.emitter === emitter && one.listener === listener)) continue;
      if (emitter === process) each?.(event, listener);
      emitter.off(event, listener);
    }
  };
}
