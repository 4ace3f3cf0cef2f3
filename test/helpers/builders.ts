import { type BuilderMetadata, readBuilder } from "../../src/builder/builder.ts";
import type { Order } from "../../src/builder/buildpack-info.ts";
import type { ImageConfig } from "../../src/image/image-config.ts";

const amd64 = { os: "linux", architecture: "amd64" };

/** The parts of a builder that tests change; the rest is a usual builder's. */
export interface BuilderParts {
  readonly metadata?: object;
  readonly labels?: Readonly<Record<string, unknown>>;
  readonly env?: readonly string[];
}

/** Config of a builder with the buildpacks a/one, a/two (two versions) and a/three, and an order of two groups. */
export function builderConfig({ metadata, labels, env }: BuilderParts = {}): ImageConfig {
  const all = {
    "io.buildpacks.builder.metadata": {
      images: [{ image: "acme/run:24", mirrors: ["mirror.example/run:24"] }],
      lifecycle: { version: "0.21.0", apis: { platform: { deprecated: null, supported: ["0.14", "0.15"] } } },
      ...metadata,
    },
    "io.buildpacks.buildpack.layers": {
      "a/one": { "1.0.0": {} },
      "a/two": { "2.0.0": {}, "2.1.0": {} },
      "a/three": { "3.0.0": {} },
    },
    "io.buildpacks.buildpack.order": [
      {
        group: [
          { id: "a/one", version: "1.0.0" },
          { id: "a/three", version: "3.0.0", optional: true },
        ],
      },
      { group: [{ id: "a/two", version: "2.0.0" }] },
    ],
    ...labels,
  };
  return {
    ...amd64,
    env: env ?? ["CNB_USER_ID=1002", "CNB_GROUP_ID=1000"],
    user: "1002:1000",
    labels: Object.fromEntries(
      Object.entries(all).map(([name, value]) => [
        name,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ),
  };
}

export function builder(parts?: BuilderParts): BuilderMetadata {
  return readBuilder({ platform: amd64, config: builderConfig(parts) }, "acme/builder:24");
}

/** An order as one line a group: `a/one@1.0.0 a/two@2.0.0?`, a question mark for optional. */
export function orderLines(order: Order | undefined): string[] | undefined {
  return order?.map((group) =>
    group.map(({ id, version, optional }) => `${id}@${version}${optional ? "?" : ""}`).join(" "),
  );
}
