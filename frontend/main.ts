import process from "node:process";
import type { Diagnostic } from "../src/index.ts";
import { build } from "./build.ts";
import { failureStatus } from "./failure.ts";
import { Gateway } from "./gateway.ts";
import { cacheImportsOf, readFrontendOptions } from "./options.ts";
import { type ProjectSource, readProjectSource } from "./project-source.ts";
import { stdioTransport } from "./stdio-transport.ts";
import { sendWarning } from "./warning.ts";

// Standard output is BuildKit's.
const options = readFrontendOptions(process.env);
const gateway = new Gateway(stdioTransport(process.stdin, process.stdout), cacheImportsOf(options));
let project: ProjectSource = {};
try {
  project = await readProjectSource(gateway, options);
  const report = (diagnostic: Diagnostic) => void sendWarning(gateway, diagnostic, project.file);
  await gateway.return({ result: await build({ gateway, options, report }, project) });
} catch (error) {
  await gateway.return({ error: failureStatus(error, project.file) });
}
// The connection would keep the process alive.
process.exit();
