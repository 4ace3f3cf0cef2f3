import { describe, expect, it } from "vitest";
import {
  downloadList,
  formatDownloads,
  readAllowedUrls,
  refusedDownloads,
} from "../../../src/build/downloads/download-list.ts";
import { materialsIn } from "../../../src/build/downloads/materials.ts";
import { faultsOf } from "../../helpers/errors.ts";

const step = (id: string, name: string) => ({ id, name, inputs: ["a"], outcome: "ran" as const, ranMs: 1 });
const steps = [
  step("1", '[linux/amd64 build 1/1] RUN ["/cnb/lifecycle/builder"]'),
  step("2", '[linux/arm64 build 1/1] RUN ["/cnb/lifecycle/builder"]'),
];
const get = (id: string, url: string, status = 200) => ({ step: id, method: "GET", url, status });

describe("downloadList", () => {
  it("has an entry for each URL, sorted, with what is known of it", () => {
    const runs = [
      {
        steps,
        requests: [
          get("2", "https://b.example/", 302),
          get("1", "https://a.example/"),
          get("2", "https://a.example/"),
        ],
        materials: [
          { url: "https://a.example/", digest: "sha256:1", platform: "linux/amd64" },
          { url: "https://source.example/buildpack.tgz", digest: "sha256:2", platform: "linux/amd64" },
        ],
      },
    ];
    expect(downloadList(runs)).toEqual([
      {
        ...{ url: "https://a.example/", digest: "sha256:1", methods: ["GET"], statuses: [200] },
        ...{ platforms: ["linux/amd64", "linux/arm64"], stage: "build" },
      },
      {
        ...{ url: "https://b.example/", methods: ["GET"], statuses: [302] },
        ...{ platforms: ["linux/arm64"], stage: "build" },
      },
      {
        ...{ url: "https://source.example/buildpack.tgz", digest: "sha256:2", methods: [], statuses: [] },
        platforms: ["linux/amd64"],
      },
    ]);
  });

  it("names the platform of a build that has one, where a step does not", () => {
    const one = [step("1", '[build 1/1] RUN ["/cnb/lifecycle/builder"]')];
    const runs = [{ steps: one, requests: [get("1", "https://a.example/")], materials: [] }];
    expect(downloadList(runs, "linux/amd64")).toMatchObject([{ platforms: ["linux/amd64"] }]);
  });

  it("lists no refused download, which is told by its own URL", () => {
    const requests = [
      get("1", "http://127.0.0.1:0/not-allowed/https://a.example:443/x", 502),
      get("1", "http://127.0.0.1:0/not-allowed/https://a.example:443/x", 502),
    ];
    expect(downloadList([{ steps, requests, materials: [{ url: requests[0]?.url ?? "" }] }])).toEqual([]);
    expect(refusedDownloads({ steps, requests })).toEqual([
      { url: "https://a.example/x", platform: "linux/amd64" },
    ]);
  });
});

describe("materialsIn", () => {
  it("takes downloads out of BuildKit's provenance, and neither images nor git repositories", () => {
    const text = JSON.stringify({
      buildDefinition: {
        resolvedDependencies: [
          { uri: "pkg:docker/builder@1?platform=linux%2Famd64", digest: { sha256: "0" } },
          { uri: "https://git.example/a.git#main", digest: { sha1: "1" } },
          { uri: "https://a.example/x", digest: { sha256: "2" } },
        ],
      },
      runDetails: {
        metadata: {
          buildkit_metadata: {
            network: {
              mode: "proxy",
              proxy: { incomplete: [{ method: "HEAD", uri: "https://a.example/y" }] },
            },
          },
        },
      },
    });
    expect(materialsIn(text, "linux/amd64")).toEqual([
      { url: "https://a.example/x", digest: "sha256:2", platform: "linux/amd64" },
      { url: "https://a.example/y", platform: "linux/amd64" },
    ]);
  });

  it.each(["", "[]", "{}"])("finds nothing in %j", (text) => {
    expect(materialsIn(text)).toEqual([]);
  });
});

describe("a list as a file", () => {
  it("can be read by the next build", () => {
    const runs = [{ steps, requests: [get("1", "https://a.example/")], materials: [] }];
    const text = formatDownloads(downloadList(runs));
    expect(readAllowedUrls(text, "list.json", "--allowed-downloads")).toEqual(["https://a.example/"]);
  });

  it.each(["", "{}", "[]", '{"downloads":[{}]}', '{"downloads":[{"url":"file:///x"}]}'])(
    "is not %j",
    (text) => {
      const found = faultsOf(() => readAllowedUrls(text, "list.json", "--allowed-downloads"));
      expect(found).toMatchObject([
        { code: "cli/bad-download-list", message: "list.json is not a list of downloads." },
      ]);
    },
  );
});
