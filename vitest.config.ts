import { defineConfig } from "vitest/config";

const minutes = 60_000;

const programOnly = "test/**/*.program.test.ts";
/** Tests of the command line: with our sources in their own process, and again with the bundled program. */
const programToo = "test/**/*.both.test.ts";
const golden = "test/golden*.test.ts";
/** They run others of these tests, on other machines. */
const elsewhere = "test/elsewhere/*.test.ts";
const withLab = "test/e2e/**/*.test.ts";
/** They measure time. */
const alone = ["test/e2e/engines/daemonless.test.ts"];

/** What all projects without the lab have. */
const quick = {
  // To load everything anew would take each file half a second, and there are hundreds.
  isolate: false,
  globalSetup: ["test/homes.ts"],
  maxWorkers: "100%",
  // On machines that are busy with other things.
  testTimeout: 2 * minutes,
  hookTimeout: 2 * minutes,
};
/** What all tests with the lab have. */
const lab = {
  globalSetup: ["test/homes.ts", "test/e2e/setup.ts"],
  setupFiles: ["test/e2e/forget-builds.ts"],
  testTimeout: 10 * minutes,
  hookTimeout: 60 * minutes,
};

export default defineConfig({
  test: {
    reporters: ["default", "./test/reporter.ts"],
    setupFiles: ["test/setup.ts"],
    provide: { programRuns: "by itself" },
    projects: [
      {
        extends: true,
        test: {
          ...quick,
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: [programOnly, golden, elsewhere, "test/{e2e,lab,fixtures}/**"],
          provide: { programRuns: "in this process" },
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          ...quick,
          name: "golden",
          include: [golden],
          exclude: [programOnly],
          provide: { programRuns: "in this process" },
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          ...quick,
          name: "program",
          include: [programOnly, programToo],
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: { ...quick, name: "elsewhere", include: [elsewhere], sequence: { groupOrder: 2 } },
      },
      {
        extends: true,
        test: {
          ...lab,
          name: "e2e",
          include: [withLab],
          exclude: alone,
          // After everything that is quick. A build mostly waits, so two files at a time share the lab.
          maxWorkers: 2,
          sequence: { groupOrder: 3 },
        },
      },
      {
        extends: true,
        test: { ...lab, name: "alone", include: alone, maxWorkers: 1, sequence: { groupOrder: 4 } },
      },
    ],
  },
});
