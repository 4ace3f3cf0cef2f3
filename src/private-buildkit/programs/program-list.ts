import * as v from "valibot";

/** Architectures that releases have programs for, as Go calls them. */
const architectures = ["amd64", "arm64"] as const;
export type Architecture = (typeof architectures)[number];

const archiveSchema = v.strictObject({
  url: v.pipe(v.string(), v.url()),
  /** Of the archive, in hex. */
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "sha256 has to be 64 hex digits")),
  /** Told before it is fetched; absent: not known. */
  sizeBytes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
});

const releaseSchema = v.strictObject({
  /** For people and directories. */
  name: v.pipe(v.string(), v.regex(/^[\w.-]+$/, "a name has letters, digits, `.`, `_` and `-`")),
  version: v.pipe(v.string(), v.regex(/^[\w.-]+$/, "a version has letters, digits, `.`, `_` and `-`")),
  /** Where each program stands in the archives: program → path. */
  members: v.record(v.pipe(v.string(), v.regex(/^[\w-]+$/)), v.string()),
  /** By architecture. A tar, plain or gzipped. */
  archives: v.partial(v.strictObject({ amd64: archiveSchema, arm64: archiveSchema })),
});

/** Releases that programs come from. The shape is public: `CNB_DOCKERFILE_PROGRAM_LIST` names such a file. */
export const programListSchema = v.strictObject({ releases: v.array(releaseSchema) });

export type Archive = v.InferOutput<typeof archiveSchema>;
export type Release = v.InferOutput<typeof releaseSchema>;
export type ProgramList = v.InferOutput<typeof programListSchema>;

/** Where our own list has its archives; `CNB_DOCKERFILE_PROGRAM_MIRROR` takes its place. */
export const releaseHost = "https://github.com";

/** The releases that we know, by the checksums that their makers publish. */
export const programList: ProgramList = {
  releases: [
    {
      name: "buildkit",
      version: "0.33.1",
      members: {
        buildkitd: "bin/buildkitd",
        buildctl: "bin/buildctl",
        "buildkit-runc": "bin/buildkit-runc",
      },
      archives: {
        amd64: {
          url: `${releaseHost}/moby/buildkit/releases/download/v0.33.1/buildkit-v0.33.1.linux-amd64.tar.gz`,
          sha256: "4e044bcd62a0c0bbe6a8c94d73989de2bfe4c04dbc0f9d6021cf96b72cd1d965",
          sizeBytes: 93_348_488,
        },
        arm64: {
          url: `${releaseHost}/moby/buildkit/releases/download/v0.33.1/buildkit-v0.33.1.linux-arm64.tar.gz`,
          sha256: "4e1ba91f139761f249a1fa6c71e632dfdbdafeda416176ecadefbb95225e56c4",
        },
      },
    },
    {
      name: "rootlesskit",
      version: "3.1.0",
      members: { rootlesskit: "rootlesskit" },
      archives: {
        amd64: {
          url: `${releaseHost}/rootless-containers/rootlesskit/releases/download/v3.1.0/rootlesskit-x86_64.tar.gz`,
          sha256: "b1302b7395918266d561b9e3053771253f20761807e042ae80a1868d6e86b71c",
        },
        arm64: {
          url: `${releaseHost}/rootless-containers/rootlesskit/releases/download/v3.1.0/rootlesskit-aarch64.tar.gz`,
          sha256: "42d1c22a34be7bb458f9ae7363d68dd05d553422d95392b44d0be7fa1fd76bf0",
        },
      },
    },
  ],
};
