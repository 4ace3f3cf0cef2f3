import process from "node:process";
import type { Diagnostic } from "../src/index.ts";
import { Gateway } from "./gateway.ts";
import { cacheImportsOf, readFrontendOptions } from "./options.ts";
import { type ProjectSource, readProjectSource } from "./project-source.ts";
import { stdioTransport } from "./stdio-transport.ts";

// Standard output is BuildKit's.
const options = readFrontendOptions(process.env);
const gateway = new Gateway(stdioTransport(process.stdin, process.stdout), cacheImportsOf(options));
let project: ProjectSource = {};
const reading = readProjectSource(gateway, options);
// By then the first call is on its way.
const loading = new Promise((resolve) => setImmediate(resolve)).then(() => import("./compiler.ts"));
try {
  project = await reading;
  const { build, sendWarning } = await loading;
  const report = (diagnostic: Diagnostic) => void sendWarning(gateway, diagnostic, project.file);
  await gateway.return({ result: await build({ gateway, options, report }, project) });
} catch (error) {
  const { failureStatus } = await loading;
  await gateway.return({ error: failureStatus(error, project.file) });
}
// The connection would keep the process alive.
process.exit();
