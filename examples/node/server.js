import { createServer } from "node:http";
import ms from "ms";

const started = Date.now();
const port = Number(process.env.PORT ?? 8080);

createServer((_request, response) => {
  response.end(
    `Hello from Node.js ${process.version} on ${process.arch}, up for ${ms(Date.now() - started)}\n`,
  );
}).listen(port, () => console.log(`listening on ${port}`));

// As the first process of a container: nothing else ends it at Ctrl-C or `docker stop`.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(0));
