import process from "node:process";
import { ConnectError } from "@connectrpc/connect";
import { build } from "./build.ts";
import { Gateway } from "./gateway.ts";
import { cacheImportsOf, readFrontendOptions } from "./options.ts";
import { stdioTransport } from "./stdio-transport.ts";

const options = readFrontendOptions(process.env);
const gateway = new Gateway(stdioTransport(process.stdin, process.stdout), cacheImportsOf(options));
try {
  const result = await build(gateway, options, () => {});
  await gateway.return({ result });
} catch (error) {
  const message = error instanceof ConnectError ? error.rawMessage : error instanceof Error ? `${error.stack}` : String(error);
  await gateway.return({ error: { code: 2, message } });
}
process.exit(0);
