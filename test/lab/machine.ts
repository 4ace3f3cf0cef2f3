import process from "node:process";
import { execa } from "execa";

/** Variables of whoever started this process; tests run without them (`test/helpers/clean-environment.ts`). */
const environment: Readonly<NodeJS.ProcessEnv> = { ...process.env };

/**
 * As `execa`, with them: for what makes the lab's programs and images, which needs settings and caches of Go, npm, pip, Maven and
 * apt, and proxies.
 */
export const execaOnMachine = execa({ env: environment });
