import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  linkSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseImageDescription } from "../../../src/contract/image-description.ts";
import { lifecycleLabel } from "../../../src/contract/lifecycle-label.ts";
import type { Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import { type ExportRequest, exportImage } from "../../../src/export/image/export-image.ts";
import { byteStringOf } from "../../../src/layer/byte-string.ts";
import { tarDigest, tarItem } from "../../../src/layer/lifecycle-tar.ts";
import { tarHeader } from "../../../src/layer/tar-header.ts";
import { walkTree } from "../../../src/layer/walk.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { needsRoot } from "../../helpers/needs-root.ts";
import { oddNames } from "../../helpers/odd-names.ts";
import { chownTree, listTree, modeAt, writeTree } from "../trees.ts";

needsRoot("give files to the build's user");

const group = `[[group]]\nid = "example/node"\nversion = "1.2"\n[[group]]\nid = "acme"\nversion = "2"\n`;

const metadata = `buildpack-default-process-type = "web"
[[buildpacks]]
id = "example/node"
version = "1.2"
api = "0.10"
homepage = "https://example.org/?a=1&b=2"
[[buildpacks]]
id = "acme"
version = "2"
api = "0.10"
[[labels]]
key = "team"
value = "one"
[[labels]]
key = "team"
value = "two"
[[processes]]
type = "task"
command = ["sh", "-c"]
args = ["a && b"]
direct = true
buildpack-id = "acme"
[[processes]]
type = "web"
command = ["node"]
direct = true
buildpack-id = "example/node"
working-dir = "/workspace/sub"
`;

const build = {
  "layers/group.toml": group,
  "layers/config/metadata.toml": metadata,
  "layers/sbom/launch/sbom.legacy.json": "null\n",
  "layers/example_node/node.toml": `[types]\nlaunch = true\ncache = true\n[metadata]\nz = 1\n9 = "<"\n10 = [true, 1.5]\n`,
  "layers/example_node/node/bin/node": "#!node",
  "layers/example_node/modules.toml": "[types]\nlaunch = true\n",
  "layers/example_node/modules/a.js": "a",
  "layers/example_node/tools.toml": "[types]\nbuild = true\n",
  "layers/example_node/tools/x": "x",
  "layers/example_node/old.ignore/x": "x",
  "layers/example_node/store.toml": `[metadata]\nkey = "v"\n`,
  "layers/example_node/launch.toml": "",
  "layers/acme/conf.toml": "[types]\nlaunch = true\nbuild = true\n",
  "layers/acme/conf/etc": "e",
  "workspace/app.js": "app",
  "workspace/static/x.css": "css",
  "cnb/lifecycle/launcher": "fake launcher\n",
  "cnb/lifecycle/launcher.sbom.cdx.json": "{}",
  "cnb/lifecycle/launcher.sbom.spdx.json": "{}",
  "cnb/lifecycle/launcher.sbom.syft.json": "{}",
};

/** A layer without contents, and an earlier image that has it. */
const keptLayers = {
  "layers/acme/tool.toml": "[types]\nlaunch = true\n[metadata]\nv = 1\n",
  "layers/analyzed.toml":
    '[metadata]\n[[metadata.buildpacks]]\nkey = "acme"\n[metadata.buildpacks.layers.tool]\nsha = ""\nlaunch = true\n' +
    '[[metadata.buildpacks]]\nkey = "example/node"\n[metadata.buildpacks.layers.tool]\nlaunch = true\n',
};

function makeBuild(files: Record<string, string> = {}): string {
  const root = temporaryDirectory();
  writeTree(root, { ...build, ...files });
  chownTree(root, "1001:1000");
  return root;
}

function run(root: string, options: Partial<ExportRequest> = {}) {
  const output = join(temporaryDirectory(), "image");
  const lines: string[] = [];
  const warnings: Diagnostic[] = [];
  const request: ExportRequest = {
    root,
    layersDirectory: "/layers",
    appDirectory: "/workspace",
    lifecycleDirectory: "/cnb/lifecycle",
    owner: { uid: 1001, gid: 1000 },
    outputDirectory: output,
    launchSlots: 2,
    appSlots: 1,
    onlyGenerated: false,
    platformApi: "0.15",
    execEnv: "production",
    ...options,
  };
  exportImage(
    request,
    (line) => lines.push(line),
    (warning) => warnings.push(warning),
  );
  const text = readFileSync(join(output, "image.json"), "utf8");
  return { output, lines, warnings, text, image: parseImageDescription(text) };
}

describe("the trees of the image", () => {
  it("hold each launch layer in a slot, in order, the last slot the rest", () => {
    const { output, lines } = run(makeBuild());
    expect(listTree(join(output, "launch-1"))).toEqual([
      "layers/",
      "layers/example_node/",
      "layers/example_node/modules/",
      "layers/example_node/modules/a.js",
    ]);
    expect(listTree(join(output, "launch-2")).filter((path) => !path.endsWith("/"))).toEqual([
      "layers/acme/conf/etc",
      "layers/example_node/node/bin/node",
    ]);
    expect(lines).toContain("layer example/node:node 6 B, 1 files");
  });

  it("are empty where there is nothing for a slot", () => {
    const { output } = run(makeBuild(), { launchSlots: 4, appSlots: 2 });
    expect(listTree(join(output, "launch-4"))).toEqual([]);
    expect(listTree(join(output, "app-2"))).toEqual([]);
  });

  it("have one owner and one time, links and directories included", () => {
    const root = makeBuild();
    symlinkSync("gone", join(root, "workspace/link"));
    const { output } = run(root);
    for (const tree of ["launch-1", "launch-2", "sbom", "app-1", "config", "launcher", "process-types"]) {
      const owner = tree === "launcher" || tree === "process-types" ? [0, 0] : [1001, 1000];
      for (const { name, stats } of walkTree(join(output, tree), "")) {
        expect([tree, name, stats.mtimeMs]).toEqual([tree, name, 315532801000]);
        if (name !== "") expect([tree, name, stats.uid, stats.gid]).toEqual([tree, name, ...owner]);
      }
    }
  });

  it("keep modes, hard links, dangling links and the modes of parents; drop sockets and capabilities", async () => {
    const root = makeBuild({ "workspace/one": "1" });
    const at = (path: string) => join(root, "workspace", path);
    linkSync(at("one"), at("two"));
    symlinkSync("nowhere", at("dangling"));
    chmodSync(at("app.js"), 0o4750);
    chmodSync(at("static"), 0o3777);
    chmodSync(join(root, "layers/acme"), 0o700);
    execFileSync("mkfifo", [at("pipe")]);
    const server = createServer().listen(at("socket"));
    await new Promise((resolve) => server.once("listening", resolve));
    const { output, warnings } = run(root);
    await new Promise((resolve) => server.close(resolve));
    const app = join(output, "app-1/workspace");
    expect(listTree(app)).toEqual(["app.js", "dangling → nowhere", "one", "static/", "static/x.css", "two"]);
    expect([modeAt(join(app, "app.js")), modeAt(join(app, "static"))]).toEqual(["4750", "3777"]);
    expect(modeAt(join(output, "launch-2/layers/acme"))).toBe("700");
    expect(lstatSync(join(app, "one")).ino).toBe(lstatSync(join(app, "two")).ino);
    expect(warnings.map(({ message }) => message)).toEqual(["/workspace/pipe is a fifo and was left out."]);
  });

  it("hold the SBOMs of the buildpacks and of the launcher", () => {
    const { output } = run(makeBuild());
    expect(listTree(join(output, "sbom/layers/sbom/launch")).filter((path) => !path.endsWith("/"))).toEqual([
      "buildpacksio_lifecycle/launcher/sbom.cdx.json",
      "buildpacksio_lifecycle/launcher/sbom.spdx.json",
      "buildpacksio_lifecycle/launcher/sbom.syft.json",
      "sbom.legacy.json",
    ]);
  });

  it("make the launcher and the process types as the lifecycle does", () => {
    const { output } = run(makeBuild());
    const items = (tree: string) =>
      [...walkTree(join(output, tree), "")].slice(1).map((entry) => {
        if (!entry.stats.isSymbolicLink()) return tarItem(entry, { uid: 0, gid: 0 });
        // The lifecycle writes these links with mode 0755, which no file system can hold.
        const link = readlinkSync(entry.path);
        const header = {
          name: entry.name,
          link,
          mode: 0o755,
          uid: 0,
          gid: 0,
          size: 0,
          mtimeSeconds: 315532801,
        };
        return { header: tarHeader({ ...header, kind: "symlink" }) };
      });
    // Digests made by the stock lifecycle from the same trees.
    expect(tarDigest(items("launcher"))).toBe(
      "sha256:75beba2d9997b5b6c20b47cdd86fa7ea81395c666809d1f39596bad9cebf5d8a",
    );
    expect(tarDigest(items("process-types"))).toBe(
      "sha256:50fb24583fd6ec39694addaeab106159aeaf1d6581b950b77337b9b04ab32331",
    );
  });

  it("put slices one after the other, then the rest, and too many into the last", () => {
    const root = makeBuild({
      "layers/config/metadata.toml": `${metadata}[[slices]]\npaths = ["static/*"]\n[[slices]]\npaths = ["gone"]\n`,
    });
    const three = run(root, { appSlots: 4 });
    expect(listTree(join(three.output, "app-1/workspace"))).toEqual(["static/", "static/x.css"]);
    expect(listTree(join(three.output, "app-2"))).toEqual([]);
    expect(listTree(join(three.output, "app-3/workspace"))).toEqual(["app.js"]);
    expect(three.image.layers.filter(({ kind }) => kind === "app").map(({ history }) => history)).toEqual([
      "Application Slice: 1",
      "Application Slice: 2",
      "Application Slice: 3",
    ]);
    const two = run(root, { appSlots: 2 });
    expect(listTree(join(two.output, "app-2/workspace"))).toEqual(["app.js"]);
    const one = run(root, { appSlots: 1 });
    expect(listTree(join(one.output, "app-1/workspace"))).toEqual(["app.js", "static/", "static/x.css"]);
  });

  it("are only those that no phase left on disk, when asked so", () => {
    const { output, image } = run(makeBuild(), { onlyGenerated: true });
    expect(listTree(output).filter((path) => !path.slice(0, -1).includes("/"))).toEqual([
      "app-1/",
      "config/",
      "image.json",
      "launcher/",
      "process-types/",
      "sbom/",
    ]);
    expect(
      image.layers.map(({ source, destination }) => [source.stage, source.path, destination]),
    ).toContainEqual(["build", "/layers/acme/conf", "/layers/acme/conf"]);
  });
});

describe("layers that are beside those that were restored", () => {
  const nodeLayer = "/layers/example_node/node";
  const restoredOf = (change: (restored: string) => void = () => undefined) => {
    const root = makeBuild();
    const restored = temporaryDirectory();
    cpSync(join(root, "layers"), restored, { recursive: true, verbatimSymlinks: true });
    change(restored);
    const { output, image } = run(root, { onlyGenerated: true, restoredDirectory: byteStringOf(restored) });
    const sources = Object.fromEntries(image.layers.map(({ slot, source }) => [slot, source.stage]));
    const measures = Object.fromEntries(
      image.layers.map(({ slot, measure }) => [slot, measure !== undefined]),
    );
    const { unchanged } = existsSync(join(output, "cache.json"))
      ? JSON.parse(readFileSync(join(output, "cache.json"), "utf8"))
      : { unchanged: undefined };
    return { image, sources, measures, unchanged };
  };

  it("come from there where they are the same, and their digests are known by their copies", () => {
    const { image, sources, measures } = restoredOf();
    const restored = image.layers.filter(({ source }) => source.stage === "restored");
    expect(restored.map(({ source, destination }) => [source.path, destination])).toContainEqual([
      ...[nodeLayer, nodeLayer],
    ]);
    expect(sources).toMatchObject({ "app-1": "export", config: "export", launcher: "export" });
    for (const { slot, source } of image.layers) expect(measures[slot]).toBe(source.stage !== "restored");
  });

  it.each<[string, (restored: string) => void]>([
    ["another content", (restored) => writeFileSync(join(restored, "example_node/node/new"), "")],
    ["nothing", (restored) => rmSync(join(restored, "example_node/node"), { recursive: true })],
    [
      "a link",
      (restored) => {
        rmSync(join(restored, "example_node/node"), { recursive: true });
        symlinkSync(join(restored, "example_node/modules"), join(restored, "example_node/node"));
      },
    ],
    [
      "a link above",
      (restored) => {
        renameSync(join(restored, "example_node"), join(restored, "elsewhere"));
        symlinkSync("elsewhere", join(restored, "example_node"));
      },
    ],
  ])("come from the build where %s was restored", (_, change) => {
    const { image } = restoredOf(change);
    const found = image.layers.find(({ id, name }) => id === "example/node" && name === "node");
    expect(found).toMatchObject({ source: { stage: "build", path: nodeLayer }, measure: expect.anything() });
  });

  it("have no known digest where a copy is not simply the same", () => {
    const root = makeBuild();
    execFileSync("mkfifo", [join(root, nodeLayer, "pipe")]);
    const { image } = run(root, { onlyGenerated: true });
    expect(image.layers.find(({ name }) => name === "node")?.measure).toBeUndefined();
  });
});

describe("image.json", () => {
  it("lists the layers in the lifecycle's order, with the lifecycle's history", () => {
    const { image } = run(makeBuild());
    expect(image.layers.map(({ kind, slot, history }) => [kind, slot, history])).toEqual([
      ["launch", "launch-1", "Layer: 'modules', Created by buildpack: example/node@1.2"],
      ["launch", "launch-2", "Layer: 'node', Created by buildpack: example/node@1.2"],
      ["launch", "launch-2", "Layer: 'conf', Created by buildpack: acme@2"],
      ["sbom", "sbom", "Software Bill-of-Materials"],
      ["app", "app-1", "Application Layer"],
      ["launcher", "launcher", "Buildpacks Application Launcher"],
      ["config", "config", "Buildpacks Launcher Config"],
      ["process-types", "process-types", "Buildpacks Process Types"],
    ]);
  });

  it("says the image's configuration", () => {
    const { image } = run(makeBuild(), { platformApi: "0.14" });
    expect(image.config).toEqual({
      env: [
        { name: "CNB_LAYERS_DIR", value: "/layers" },
        { name: "CNB_APP_DIR", value: "/workspace" },
        { name: "CNB_PLATFORM_API", value: "0.14" },
        { name: "CNB_DEPRECATION_MODE", value: "quiet" },
      ],
      pathPrefix: "/cnb/process:/cnb/lifecycle:",
      entrypoint: ["/cnb/process/web"],
      cmd: [],
      workingDirectory: "/workspace",
    });
    expect(run(makeBuild(), { processType: "task" }).image.config.entrypoint).toEqual(["/cnb/process/task"]);
  });

  it("holds the labels with the bytes that Go gives them", () => {
    const { image } = run(makeBuild(), { lifecycleVersion: "0.21.14+0e4bae0" });
    expect(image.labels).toEqual({
      "io.buildpacks.build.metadata":
        '{"buildpacks":[{"id":"example/node","version":"1.2","homepage":"https://example.org/?a=1\\u0026b=2"},{"id":"acme","version":"2"}],' +
        '"launcher":{"version":"0.21.14","source":{"git":{"repository":"github.com/buildpacks/lifecycle","commit":"0e4bae0"}}},' +
        '"processes":[{"type":"task","command":["sh","-c"],"args":["a \\u0026\\u0026 b"],"direct":true,"buildpackID":"acme"},' +
        '{"type":"web","command":["node"],"args":null,"direct":true,"buildpackID":"example/node","working-dir":"/workspace/sub"}],' +
        '"buildpack-default-process-type":"web"}',
      "io.buildpacks.project.metadata": "{}",
      team: "two",
      "io.buildpacks.exec-env": "production",
    });
  });

  it("has all that the lifecycle label needs but the digests", () => {
    const { image } = run(makeBuild());
    const diffIds = image.layers.map((_, index) => `sha256:${index}`);
    const runImage = { topLayer: "sha256:top", reference: "run@sha256:1", image: "run:1" };
    expect(lifecycleLabel(image, diffIds, runImage)).toBe(
      '{"app":[{"sha":"sha256:4"}],"sbom":{"sha":"sha256:3"},"buildpacks":[{"key":"example/node","version":"1.2","layers":{' +
        '"modules":{"sha":"sha256:0","data":null,"build":false,"launch":true,"cache":false},' +
        '"node":{"sha":"sha256:1","data":{"10":[true,1.5],"9":"\\u003c","z":1},"build":false,"launch":true,"cache":true}},' +
        '"store":{"metadata":{"key":"v"}}},' +
        '{"key":"acme","version":"2","layers":{"conf":{"sha":"sha256:2","data":null,"build":true,"launch":true,"cache":false}}}],' +
        '"config":{"sha":"sha256:6"},"launcher":{"sha":"sha256:5"},"process-types":{"sha":"sha256:7"},' +
        '"runImage":{"topLayer":"sha256:top","reference":"run@sha256:1","image":"run:1"},"stack":{"runImage":{"image":"run:1"}}}',
    );
  });

  it("takes a layer that was kept without contents from the previous image", () => {
    const { image, output } = run(makeBuild(keptLayers), { onlyGenerated: true });
    const layer = image.layers.find(({ name }) => name === "tool");
    expect(layer).toMatchObject({
      id: "acme",
      source: { stage: "previous", path: "/layers/acme/tool" },
      destination: "/layers/acme/tool",
      user: { uid: 1001, gid: 1000 },
      history: "Layer: 'tool', Created by buildpack: acme@2",
    });
    expect(existsSync(join(output, layer?.slot ?? ""))).toBe(false);
    expect(image.lifecycleMetadata.buildpacks[1]?.layers).toContainEqual({
      ...{ name: "tool", dataJson: '{"v":1}', build: false, launch: true, cache: false },
    });
  });

  it("takes one that the restorer was not told of from there, too", () => {
    const files = {
      ...keptLayers,
      "layers/analyzed.toml": `${keptLayers["layers/analyzed.toml"]}[[metadata.buildpacks]]\nkey = "acme"\n[metadata.buildpacks.layers.jdk]\nlaunch = true\ncache = true\n`,
      "layers/acme/jdk.toml": "[types]\nlaunch = true\nbuild = true\n",
    };
    const { image } = run(makeBuild(files), { onlyGenerated: true });
    expect(image.layers.filter(({ source }) => source.stage === "previous").map(({ name }) => name)).toEqual([
      ...["jdk", "tool"],
    ]);
  });

  it("has layers, processes, labels and keys of metadata whatever they are called", () => {
    const quoted = oddNames.map((name) => JSON.stringify(name));
    const table = quoted.map((name) => `${name} = { ${name} = 1 }\n`).join("");
    const lines = (text: (name: string) => string) => quoted.map(text).join("");
    const files = {
      ...Object.fromEntries(
        oddNames.map((name) => [`layers/acme/${name}.toml`, `[types]\nlaunch = true\n[metadata]\n${table}`]),
      ),
      "layers/acme/store.toml": `[metadata]\n${table}`,
      "layers/analyzed.toml": `[[metadata.buildpacks]]\nkey = "acme"\n${lines((name) => `[metadata.buildpacks.layers.${name}]\nlaunch = true\n`)}`,
      "layers/config/metadata.toml":
        metadata +
        lines((name) => `[[processes]]\ntype = ${name}\ncommand = ["x"]\nbuildpack-id = "acme"\n`) +
        lines((name) => `[[labels]]\nkey = ${name}\nvalue = "x"\n`),
    };
    const { image } = run(makeBuild(files), { onlyGenerated: true });
    const sorted = [...oddNames].sort();
    const data = `{${sorted.map((name) => `"${name}":{"${name}":1}`).join(",")}}`;
    expect(image.layers.flatMap(({ source, name }) => (source.stage === "previous" ? [name] : []))).toEqual(
      sorted,
    );
    const acme = image.lifecycleMetadata.buildpacks.find(({ key }) => key === "acme");
    expect(acme?.storeJson).toBe(data);
    expect(acme?.layers.filter(({ dataJson }) => dataJson === data).map(({ name }) => name)).toEqual(sorted);
    expect(image.processes.map(({ type }) => type)).toEqual(expect.arrayContaining([...oddNames]));
    expect(Object.entries(image.labels)).toEqual(expect.arrayContaining(oddNames.map((name) => [name, "x"])));
    const label = lifecycleLabel(
      image,
      image.layers.map((_, index) => `sha256:${index}`),
      { topLayer: "top", reference: "run", image: "run" },
    );
    for (const name of oddNames) expect(label).toContain(`"${name}":{"sha":"sha256:`);
  });

  it("repeats byte for byte", () => {
    const root = makeBuild();
    const strip = ({ text, output }: { text: string; output: string }) => text.replaceAll(output, "/image");
    expect(strip(run(root))).toBe(strip(run(root)));
  });
});

it("warns where the lifecycle brings no bill of materials of its launcher", () => {
  const root = makeBuild();
  const path = join(root, "cnb/lifecycle/launcher.sbom.spdx.json");
  rmSync(path);
  expect(run(root).warnings).toMatchObject([
    {
      code: "export/no-launcher-sbom",
      message: `${path} does not exist, so the image gets no such SBOM of the launcher.`,
    },
  ]);
});

describe("what the buildpacks did wrong", () => {
  const codes = (files: Record<string, string>, options: Partial<ExportRequest> = {}) => {
    const root = makeBuild(files);
    const output = join(temporaryDirectory(), "image");
    try {
      run(root, { outputDirectory: output, ...options });
      return "nothing";
    } catch (error) {
      expect(existsSync(output)).toBe(false);
      return (error as Error).message.replaceAll(root, "");
    }
  };

  it("lists malformed layers", () => {
    const message = codes({
      "layers/acme/conf.toml": "launch = true\n",
      "layers/example_node/node.toml": "[types\n",
    });
    expect(message).toContain("export/malformed-layers");
    expect(message).toMatch(/example\/node:node .*; acme:conf .*launch: belongs in the table \[types\]/);
  });

  it("names launch layers without contents", () => {
    const message = codes({
      "layers/acme/gone.toml": "[types]\nlaunch = true\n",
      "layers/acme/both.toml": "[types]\nlaunch = true\ncache = true\n",
    });
    expect(message).toContain("export/layer-without-contents");
    expect(message).toContain("Layer acme:both is cache = true but has no contents");
    expect(message).toContain("Cannot reuse layer acme:gone");
  });

  it("names launch layers that the previous image does not offer, and cached ones that it does", () => {
    const files = {
      ...keptLayers,
      "layers/acme/gone.toml": "[types]\nlaunch = true\n",
      "layers/example_node/tool.toml": "[types]\nlaunch = true\ncache = true\n",
    };
    const message = codes(files, { onlyGenerated: true });
    expect(message).toContain("Cannot reuse layer acme:gone");
    expect(message).toContain("Layer example/node:tool is cache = true but has no contents");
    expect(message).not.toContain("acme:tool");
  });

  it("names kept layers where there is nobody who could take them from the previous image", () => {
    expect(codes(keptLayers)).toContain("Cannot reuse layer acme:tool");
  });

  it("names the process types there are", () => {
    expect(codes({}, { processType: "wbe" })).toBe(
      'export/unknown-process-type: There is no process type "wbe". The buildpacks defined: task, web.',
    );
  });

  it("refuses process types that are no file names", () => {
    const files = { "layers/config/metadata.toml": metadata.replace('type = "task"', 'type = "a/b"') };
    expect(codes(files)).toBe('export/invalid-process-type: The process type "a/b" is not a valid name.');
  });

  it("points at files that say the wrong thing", () => {
    expect(codes({ "layers/group.toml": "[[group]]\nid = 1\n" })).toMatch(
      /^export\/invalid-file: \/layers\/group.toml is not valid: group.0.id: .*string/,
    );
  });

  it("refuses a Platform API it does not know", () => {
    expect(codes({}, { platformApi: "0.11" })).toMatch(/^export\/unsupported-platform-api/);
  });
});
