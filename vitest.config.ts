import { defineConfig } from "vitest/config";

const minutes = 60_000;

/** What all tests with the lab have. */
const withLab = {
  globalSetup: ["test/e2e/setup.ts"],
  testTimeout: 10 * minutes,
  hookTimeout: 60 * minutes,
};
/** They measure time. */
const alone = ["test/e2e/engines/daemonless.test.ts"];

export default defineConfig({
  test: {
    reporters: ["default", "./test/reporter.ts"],
    setupFiles: ["test/setup.ts"],
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/golden*.test.ts", "test/{e2e,lab,fixtures}/**"],
          // Some tests start the program itself, on machines that are busy with other things.
          testTimeout: 2 * minutes,
          // To load everything anew would take each file half a second, and there are hundreds.
          isolate: false,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "golden",
          include: ["test/golden*.test.ts"],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          exclude: alone,
          ...withLab,
          // After everything that is quick. A build mostly waits, so two files at a time share the lab.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: { name: "alone", include: alone, ...withLab, maxWorkers: 1, sequence: { groupOrder: 2 } },
      },
    ],
  },
});
