const waiting: (() => unknown)[] = [];

/** Has something done when the test that is going on has ended; what is asked for last is done first. */
export function afterTest(act: () => unknown): void {
  waiting.push(act);
}

/** Does all of it, and then throws the first fault. */
export async function endTest(): Promise<void> {
  const faults: unknown[] = [];
  for (let act = waiting.pop(); act !== undefined; act = waiting.pop()) {
    try {
      await act();
    } catch (error) {
      faults.push(error);
    }
  }
  if (faults.length > 0) throw faults[0];
}
