import { afterEach } from "vitest";
import { endTest } from "./helpers/after-test.ts";

// Vitest runs this for each file; the files of `unit` share their modules, so a helper's own hook would be the first file's.
afterEach(endTest);
