import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";
import { lookUpBuildpack } from "../../../src/cli/modules/registry-index.ts";
import type { Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import { defaultRegistryIndex } from "../../../src/modules/registry-index.ts";
import { HttpClient } from "../../../src/registry/http/http.ts";
import { defaultRegistryOptions } from "../../../src/registry/options.ts";
import { absent } from "../../helpers/absent.ts";
import { wholeMachine } from "../../helpers/border.ts";
import { makeAuthority, makeCertificate } from "../../helpers/certificates.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { faultsOfAsync } from "../../helpers/errors.ts";
import { startProxy } from "../../helpers/proxy.ts";
import { startRegistry } from "../../helpers/registry.ts";
import { startWebServer } from "../../helpers/web-server.ts";

const address = (version: string) =>
  `registry.example/acme/tool@sha256:${Buffer.from(version).toString("hex").padEnd(64, "0").slice(0, 64)}`;

interface Line {
  readonly version: string;
  readonly yanked?: boolean;
  readonly addr?: string;
}

const lineOf = ({ version, yanked = false, addr = address(version) }: Line) =>
  JSON.stringify({ ns: "acme", name: "tool", version, yanked, addr });

function indexWith(lines: readonly (Line | string)[], path = "to/ol/acme_tool"): string {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, dirname(path)), { recursive: true });
  const texts = lines.map((line) => (typeof line === "string" ? line : lineOf(line)));
  writeFileSync(join(directory, path), texts.map((text) => `${text}\n`).join(""));
  return directory;
}

const warnings: Diagnostic[] = [];
const report = (warning: Diagnostic) => warnings.push(warning);
afterEach(() => {
  warnings.splice(0);
  vi.unstubAllEnvs();
});

function lookUp(registryIndex: string, id: string, ca?: string) {
  const [, namespace = "", name = "", version] = /^([^/]*)\/([^@]*)(?:@(.*))?$/.exec(id) ?? [];
  const wanted = { namespace, name, ...(version === undefined ? {} : { version }) };
  const options = { ...defaultRegistryOptions, ...(ca === undefined ? {} : { ca }) };
  return lookUpBuildpack(wanted, {
    registryIndex,
    border: wholeMachine,
    http: new HttpClient(options, { pauseMs: 1 }),
    report,
  });
}

const fault = async (index: string, id: string) => {
  const { temporary, faults } = await faultsOfAsync(lookUp(index, id));
  return { temporary, ...faults[0] };
};

describe("the registry index", () => {
  it.each([
    [["1.0.0", "1.10.0", "1.9.0"], "1.10.0"],
    [["2.0.0-rc.1", "1.0.0"], "2.0.0-rc.1"],
    [["2.0.0-rc.1", "2.0.0", "2.0.0-rc.2"], "2.0.0"],
    [["1.2", "1.1.9", "1"], "1.2"],
    [["latest", "0.0.1"], "0.0.1"],
  ])("of %j gives the version %s", async (versions, newest) => {
    const index = indexWith(versions.map((version) => ({ version })));
    expect(await lookUp(index, "acme/tool")).toEqual({
      version: newest,
      yanked: false,
      address: address(newest),
    });
  });

  it("gives the version that is named", async () => {
    const index = indexWith([{ version: "1.0.0" }, { version: "2.0.0" }]);
    expect(await lookUp(index, "acme/tool@1.0.0")).toMatchObject({ version: "1.0.0" });
  });

  it("gives no yanked version, unless it is named", async () => {
    const index = indexWith([{ version: "1.0.0" }, { version: "2.0.0", yanked: true }]);
    expect(await lookUp(index, "acme/tool")).toMatchObject({ version: "1.0.0", yanked: false });
    expect(warnings).toEqual([]);
    expect(await lookUp(index, "acme/tool@2.0.0")).toMatchObject({ version: "2.0.0", yanked: true });
    expect(warnings).toMatchObject([
      { code: "modules/registry-yanked", message: "acme/tool@2.0.0 was yanked from the registry." },
    ]);
  });

  it("may yank a version by a second line", async () => {
    const index = indexWith([
      { version: "1.0.0" },
      { version: "2.0.0" },
      { version: "2.0.0", yanked: true, addr: "" },
    ]);
    expect(await lookUp(index, "acme/tool")).toMatchObject({ version: "1.0.0" });
    expect(await lookUp(index, "acme/tool@2.0.0")).toEqual({
      version: "2.0.0",
      yanked: true,
      address: address("2.0.0"),
    });
  });

  it.each([
    ["a", "1/acme_a"],
    ["ab", "2/acme_ab"],
    ["abc", "3/ab/acme_abc"],
    ["abcd", "ab/cd/acme_abcd"],
    ["a.-d-e", "a./-d/acme_a.-d-e"],
  ])("has %s at %s", async (name, path) => {
    const line = lineOf({ version: "1.0.0" }).replace('"tool"', `"${name}"`);
    expect(await lookUp(indexWith([line], path), `acme/${name}`)).toMatchObject({ version: "1.0.0" });
  });

  it("may have lines of others, empty lines and line ends of Windows", async () => {
    const index = indexWith([
      lineOf({ version: "9.0.0" }).replace('"acme"', '"acne"'),
      "",
      `${lineOf({ version: "1.0.0" })}\r`,
    ]);
    expect(await lookUp(index, "acme/tool")).toMatchObject({ version: "1.0.0" });
  });

  it("does not have it", async () => {
    expect(await lookUp(indexWith([{ version: "1.0.0" }]), "acme/other")).toBeUndefined();
    expect(await lookUp(indexWith([]), "acme/tool")).toBeUndefined();
  });

  it("is read over HTTP, from a directory by name or address", async () => {
    const asked: string[] = [];
    const url = await startWebServer((request, response) => {
      asked.push(request.url ?? "");
      response
        .writeHead(request.url === "/index/to/ol/acme_tool" ? 200 : 404)
        .end(lineOf({ version: "1.0.0" }));
    });
    expect(await lookUp(`${url}/index/`, "acme/tool")).toMatchObject({ version: "1.0.0" });
    expect(await lookUp(`${url}/index`, "acme/none")).toBeUndefined();
    expect(asked).toEqual(["/index/to/ol/acme_tool", "/index/no/ne/acme_none"]);

    const directory = indexWith([{ version: "1.0.0" }]);
    expect(await lookUp(pathToFileURL(directory).href, "acme/tool")).toMatchObject({ version: "1.0.0" });
  });
});

describe("an index on GitHub", () => {
  it.each([
    ["https://github.com/acme/index", "/acme/index/HEAD/to/ol/acme_tool"],
    ["https://github.com/acme/index.git", "/acme/index/HEAD/to/ol/acme_tool"],
    ["https://github.com/acme/index/tree/v1", "/acme/index/v1/to/ol/acme_tool"],
    [defaultRegistryIndex, "/buildpacks/registry-index/main/to/ol/acme_tool"],
  ])("of %s is read as the files it shows, through the proxy", async (index, path) => {
    const authority = makeAuthority();
    const server = await startRegistry(
      makeCertificate({ names: "DNS:raw.githubusercontent.com", ca: authority }),
    );
    const asked: unknown[] = [];
    server.intercept = ({ url }, response) => {
      asked.push(url);
      // Once out of order, as happens.
      response.writeHead(asked.length === 1 ? 503 : 200).end(lineOf({ version: "1.0.0" }));
      return true;
    };
    const proxy = await startProxy(server.host);
    vi.stubEnv("HTTPS_PROXY", proxy.url);
    expect(await lookUp(index, "acme/tool", authority.cert)).toMatchObject({ version: "1.0.0" });
    expect(asked).toEqual([path, path]);
    expect(proxy.asked[0]?.line).toBe("CONNECT raw.githubusercontent.com:443");
  });
});

describe("a look-up fails", () => {
  it.each([
    ["{", "it is not JSON"],
    ['{"ns":"acme","name":"tool"}', "version"],
    ['{"ns":"acme","name":"tool","version":1}', "version"],
    [lineOf({ version: "1.0.0", addr: "" }), "is not an image with a digest"],
    [lineOf({ version: "1.0.0", addr: "acme/tool:1" }), "is not an image with a digest"],
  ])("on the line %s", async (line, reason) => {
    const index = indexWith(["", line]);
    const found = await fault(index, "acme/tool");
    expect(found).toMatchObject({
      code: "modules/registry-line",
      location: { file: `${index}/to/ol/acme_tool`, line: 2 },
    });
    expect(found.message).toContain(reason);
  });

  it("where the version is not there", async () => {
    const index = indexWith([{ version: "1.9.0" }, { version: "1.10.0" }]);
    expect(await fault(index, "acme/tool@1.0.0")).toMatchObject({
      code: "modules/registry-version",
      message: "The registry has no acme/tool@1.0.0. It has 1.10.0, 1.9.0.",
    });
  });

  it("where every version is yanked", async () => {
    const index = indexWith([{ version: "1.0.0", yanked: true }]);
    expect(await fault(index, "acme/tool")).toMatchObject({ code: "modules/registry-all-yanked" });
  });

  it.each([
    "acme/",
    "/tool",
    "Acme/tool",
    "acme/to_ol",
    "acme/..tool",
    "acme/to..",
    `acme/${"a".repeat(254)}`,
  ])("for the name %s", async (id) => {
    expect(await fault(indexWith([]), id)).toMatchObject({ code: "modules/registry-name" });
  });

  it.each([
    [absent, "the directory does not exist"],
    ["file://host/x", "it is not the path of a local directory"],
    ["git+ssh://example.com/x", "it is neither http, https nor file"],
    ["https://[", "it is not a URL"],
    ["https://me:s3cret@example.com/x", "it contains a user name or a password"],
  ])("with the index %s", async (index, reason) => {
    const found = await fault(index, "acme/tool");
    expect(found).toMatchObject({ code: "modules/no-registry-index" });
    expect(found.message).toContain(reason);
    expect(JSON.stringify(found)).not.toContain("s3cret");
  });

  it("while the server is out of order", async () => {
    const url = await startWebServer((_, response) => response.writeHead(502).end());
    expect(await fault(url, "acme/tool")).toMatchObject({ temporary: true, code: "modules/unavailable" });
  });
});
