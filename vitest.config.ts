import { defineConfig } from "vitest/config";

const minutes = 60_000;

export default defineConfig({
  test: {
    reporters: ["default", "./test/reporter.ts"],
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/golden*.test.ts", "test/{e2e,lab,fixtures}/**"],
          // Some tests start the program itself, on machines that are busy with other things.
          testTimeout: 2 * minutes,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: "golden", include: ["test/golden*.test.ts"], sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          globalSetup: ["test/e2e/setup.ts"],
          // One lab, one BuildKit: files run one after another, and after everything that is quick.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 10 * minutes,
          hookTimeout: 60 * minutes,
        },
      },
    ],
  },
});
