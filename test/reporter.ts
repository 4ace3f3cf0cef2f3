import type { Reporter, TestCase, TestModule, TestSuite } from "vitest/node";

/** What a run came to. */
interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** `12 passed, 0 failed, 1 skipped`; skipped only where there are some. */
function tallyLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`;
}

/** Why a test was skipped: its own note, else how it was marked. */
function skipReason(test: TestCase): string {
  const result = test.result();
  const note = result.state === "skipped" ? result.note : undefined;
  return note ?? (test.options.mode === "todo" ? "todo" : "no reason given");
}

/** Counts tests; a file or a suite that fails by itself (a hook, an import) counts as one failed test. */
function tally(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): Tally {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const count = (state: string) => tests.filter((test) => test.result().state === state).length;
  const suites: (TestModule | TestSuite)[] = modules.flatMap((module) => [
    module,
    ...module.children.allSuites(),
  ]);
  const brokenSuites = suites.filter((suite) => suite.errors().length > 0).length;
  const emptyFiles = modules.filter(
    (module) => module.errors().length === 0 && [...module.children.allTests()].length === 0,
  ).length;
  return {
    passed: count("passed"),
    // A test that never came to an end has not passed.
    failed: count("failed") + count("pending") + brokenSuites + emptyFiles + unhandledErrors.length,
    skipped: count("skipped"),
  };
}

/** Prints, beside vitest's own reporter, why tests were skipped, and as the very last line what the run came to. */
export default class TallyReporter implements Reporter {
  #result: Tally = { passed: 0, failed: 0, skipped: 0 };

  onInit(): void {
    // When everything else has spoken: other reporters, and what global setups take down.
    process.once("exit", (status) => {
      const { failed } = this.#result;
      // A run can fail before there is a test to blame: a global setup, a config, an interrupt.
      const blamed = status !== 0 && failed === 0 ? 1 : failed;
      process.stdout.write(`${tallyLine({ ...this.#result, failed: blamed })}\n`);
    });
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    this.#result = tally(modules, unhandledErrors);
    for (const module of modules) {
      const byReason = Map.groupBy(module.children.allTests("skipped"), skipReason);
      for (const [reason, tests] of byReason) {
        const what = tests.length === 1 ? `> ${tests[0]?.fullName}` : `(${tests.length} tests)`;
        process.stdout.write(`skipped: ${module.relativeModuleId} ${what}: ${reason}\n`);
      }
    }
  }
}
