// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the variables are the Dockerfile's

import { describe, expect, it } from "vitest";
import { nativeFiles } from "../../src/contract/program.ts";
import type { LifecyclePlan } from "../../src/plan/lifecycle-plan.ts";
import { splitFiles } from "../../src/stages/image/files.ts";
import type { Instruction, RunInstruction, Stage, StageName } from "../../src/stages/stage.ts";
import { lowerToStages } from "../../src/stages/stages.ts";
import { planOf } from "../helpers/plan.ts";

function stage(name: StageName, plan: Partial<LifecyclePlan> = {}): Stage {
  const found = lowerToStages(planOf(plan)).find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no stage ${name}`);
  return found;
}
const runs = ({ instructions }: Stage): RunInstruction[] =>
  instructions.filter(({ kind }) => kind === "run") as RunInstruction[];
const envs = ({ instructions }: Stage) =>
  Object.fromEntries(instructions.flatMap((one) => (one.kind === "env" ? [[one.name, one.value]] : [])));
const ofKind = <Kind extends Instruction["kind"]>({ instructions }: Stage, kind: Kind) =>
  instructions.filter((one): one is Extract<Instruction, { kind: Kind }> => one.kind === kind);

describe("the stages", () => {
  it("have public names, each after what it takes from, and the image last", () => {
    expect(lowerToStages(planOf()).map(({ name }) => name)).toEqual([
      ...["tool", "source", "builder", "detect", "cached", "restore", "build", "export"],
      ...["cache-files", "cache", "rootfs", "syft", "sbom-files", "sbom", "grype", "vulnerability-db-files"],
      ...[
        "vulnerability-db",
        "scan-config",
        "scan-files",
        "scan",
        "artifacts",
        "export-scanned",
        "gate",
        "app",
      ],
    ]);
  });

  it("run nothing with network but the buildpacks and, on demand, what fetches a vulnerability database", () => {
    const online = lowerToStages(planOf()).filter((one) => runs(one).some(({ network }) => network));
    expect(online.map(({ name }) => name)).toEqual(["build", "vulnerability-db-files"]);
  });

  it("name the run image's digest in rootfs alone: a patched one runs no buildpack again", () => {
    const { reference } = planOf().runImage;
    const naming = lowerToStages(planOf()).filter((one) => JSON.stringify(one).includes(reference));
    expect(naming.map(({ name }) => name)).toEqual(["rootfs"]);
  });

  it("pin builder and run image, and run the tool on the machine that builds", () => {
    const bases = lowerToStages(planOf()).flatMap(({ base }) => (base.kind === "image" ? [base] : []));
    expect(bases).toEqual([
      { kind: "image", reference: planOf().tool.reference, onBuildPlatform: true },
      { kind: "image", reference: planOf().builder, onBuildPlatform: false },
      { kind: "image", reference: planOf().runImage.reference, onBuildPlatform: false },
      { kind: "image", reference: planOf().supplyChain.syft, onBuildPlatform: true },
      { kind: "image", reference: planOf().supplyChain.grype, onBuildPlatform: true },
    ]);
  });

  it("share one cache mount, of this app, this platform and the build user", () => {
    const cacheMounts = lowerToStages(planOf()).flatMap((one) =>
      runs(one).flatMap(({ mounts }) => mounts.filter(({ kind }) => kind === "cache")),
    );
    const mount = {
      kind: "cache",
      id: `cnb-dockerfile/\${CNB_CACHE_SCOPE:+$CNB_CACHE_SCOPE@}${planOf().cache.id}/\${TARGETPLATFORM}`,
      target: "/cache",
      owner: { uid: 1002, gid: 1000 },
    };
    expect(cacheMounts).toEqual([mount, mount, mount]);
  });

  it("declare the scope of the cache in every stage that mounts it, the given one by default", () => {
    const scopeOf = (name: string, plan = planOf()) =>
      lowerToStages(plan)
        .find((one) => one.name === name)
        ?.instructions.find((one) => one.kind === "arg" && one.name === "CNB_CACHE_SCOPE");
    const scoped = planOf({ cache: { ...planOf().cache, scope: { own: "pr-7", base: "main" } } });
    for (const name of ["cached", "restore", "export"]) {
      expect(scopeOf(name)).toEqual({ kind: "arg", name: "CNB_CACHE_SCOPE" });
      expect(scopeOf(name, scoped)).toEqual({ kind: "arg", name: "CNB_CACHE_SCOPE", value: "pr-7" });
    }
    expect(JSON.stringify(lowerToStages(scoped))).not.toContain("main");
  });

  it("tell `cached` whose cache it looks at, unless its id is made up for each build", () => {
    const words = (plan = planOf()) =>
      runs(lowerToStages(plan).find(({ name }) => name === "cached") as never).flatMap(({ argv }) => argv);
    expect(words()).toContain(`--id=${planOf().cache.id}`);
    const madeUp = words(planOf({ cache: { id: "app-1", derivedFrom: "nothing" } }));
    expect(madeUp.join(" ")).not.toContain("app-1");
  });

  it("declare the platform in every stage that uses it", () => {
    const using = lowerToStages(planOf()).filter(({ instructions }) =>
      JSON.stringify(instructions).includes("${TARGETPLATFORM}"),
    );
    expect(using.map(({ name }) => name)).toEqual(["builder", "cached", "restore", "export"]);
    for (const one of using) expect(one.instructions[0]).toEqual({ kind: "arg", name: "TARGETPLATFORM" });
  });
});

describe("what buildpacks could leave", () => {
  const mounts = lowerToStages(planOf()).flatMap((one) => runs(one).flatMap((run) => run.mounts));
  const takenFrom = (of: StageName) => [
    ...mounts.flatMap((mount) => (mount.kind === "bind" && mount.from === of ? [mount.source] : [])),
    ...lowerToStages(planOf()).flatMap((one) =>
      ofKind(one, "copy").flatMap(({ from, source }) => (from === of ? [source] : [])),
    ),
  ];

  it("is the app, its layers and what was detected, and never a program: lifecycle and launcher are the builder's", () => {
    expect(new Set(takenFrom("build"))).toEqual(new Set(["/layers", "/workspace", "/layers/sbom"]));
    expect(new Set(takenFrom("detect"))).toEqual(
      new Set(["/layers/group.toml", "/layers/plan.toml", "/workspace"]),
    );
    expect(takenFrom("builder")).toEqual(["/cnb/lifecycle"]);
    expect(takenFrom("restore")).toEqual(["/layers"]);
  });

  it("ran in no stage that the builder's files are taken from", () => {
    expect(runs(stage("builder"))).toEqual([]);
  });
});

describe("added buildpacks", () => {
  const buildpacks = [{ id: "acme/x", version: "1", replaces: false }];
  const contents = [
    { kind: "image", reference: "acme/x@sha256:1" },
    { kind: "directory", path: "x" },
    { kind: "archive", path: "x.tgz" },
    { kind: "download", url: "https://acme.example/x.tgz", digest: `sha256:${"1".repeat(64)}` },
  ] as const;

  it.each(contents)("go through our own program, whatever form they come in: $kind", (content) => {
    for (const replaces of [false, true]) {
      const plan = { modules: [{ content, buildpacks: buildpacks.map((one) => ({ ...one, replaces })) }] };
      expect(runs(stage("modules", plan)).map(({ network, argv }) => [network, argv[2]])).toEqual([
        [false, "module"],
      ]);
      const others = lowerToStages(planOf(plan)).filter(({ name }) => name !== "modules");
      expect(JSON.stringify(others.map(({ instructions }) => instructions))).not.toContain("buildpack-1");
      const taken = ofKind(stage("builder", plan), "copy").filter(({ from }) => from === "modules");
      const mounted = runs(stage("build", plan)).flatMap(({ mounts }) =>
        mounts.filter((mount) => mount.kind === "bind" && mount.from === "modules"),
      );
      expect([taken.length, mounted.length]).toEqual(replaces ? [0, 1] : [1, 0]);
    }
  });
});

describe("builder", () => {
  it("runs as the build user, and never as root", () => {
    expect(ofKind(stage("builder"), "user")).toEqual([{ kind: "user", owner: { uid: 1002, gid: 1000 } }]);
    for (const name of ["detect", "restore", "build"] as const)
      expect(ofKind(stage(name), "user")).toEqual([]);
  });

  it("names the exec environment from Platform API 0.15 only", () => {
    const { execEnv: _, ...older } = planOf({ platformApi: "0.14" });
    expect(envs(stage("builder"))).toEqual({ CNB_PLATFORM_API: ["0.15"], CNB_EXEC_ENV: ["production"] });
    expect(envs(lowerToStages(older)[2] as Stage)).toEqual({ CNB_PLATFORM_API: ["0.14"] });
  });

  it("keeps the builder's own order.toml where there is no other order", () => {
    const paths = (plan: Partial<LifecyclePlan>) =>
      ofKind(stage("builder", plan), "file").map(({ path }) => path);
    expect(paths({})).toEqual([]);
    expect(paths({ order: [[{ id: "a", version: "1", optional: true }]] })).toEqual(["/cnb/order.toml"]);
  });
});

describe("tool", () => {
  it("tells the lifecycle of each platform the run image's name and target, and not its digest", () => {
    const [amd64] = ofKind(stage("tool"), "file");
    expect(amd64).toMatchObject({
      path: "/cnb-dockerfile/platforms/linux/amd64/analyzed.toml",
      content: {
        table: {
          "run-image": {
            image: "registry.example/acme/run:24",
            reference: "registry.example/acme/run:24",
            target: { os: "linux", arch: "amd64", distro: { name: "ubuntu", version: "24.04" } },
          },
        },
      },
    });
  });

  it("carries the export program where the Dockerfile is to need no image of ours", () => {
    const tool = { kind: "inline", reference: "node:24", program: "x()" } as const;
    expect(ofKind(stage("tool", { tool }), "file")[0]).toMatchObject({
      path: "/cnb-dockerfile/export.mjs",
      content: { text: "x()\n" },
    });
  });
});

describe("a phase that our program starts", () => {
  const argvOf = (name: StageName, plan: Partial<LifecyclePlan> = {}) =>
    runs(stage(name, plan))[0]?.argv ?? [];

  it("needs no program of the builder image: the loader, Node.js and the program are the tool's", () => {
    for (const name of ["restore", "build"] as const) {
      const sources = runs(stage(name)).flatMap(({ mounts }) =>
        mounts.flatMap((mount) => (mount.kind === "bind" && mount.from === "tool" ? [mount.target] : [])),
      );
      const own = argvOf(name).slice(0, argvOf(name).indexOf("phase"));
      const native = [
        `${sources[0]}/${nativeFiles.loader}`,
        "--library-path",
        `${sources[0]}/${nativeFiles.libraries}`,
      ];
      const shell = [...native, `${sources[0]}/${nativeFiles.shell}`, "-c"];
      expect(own.slice(0, shell.length)).toEqual(shell);
      const [script = "", , ...rest] = own.slice(shell.length);
      expect(script).toMatch(/^export CNB_DOCKERFILE_OPEN_FILES=.*; exec "\$@"$/);
      expect(rest).toEqual([...native, `${sources[0]}/${nativeFiles.node}`, sources[1]]);
    }
  });

  it("fills the build's directories in its own step, from no base that has them", () => {
    expect(stage("build").base).toEqual({ kind: "stage", name: "builder" });
    const targets = runs(stage("build")).flatMap(({ mounts }) => mounts.map(({ target }) => target));
    const copies = argvOf("build").flatMap(
      (word) => /^--(?:opened|copy|closed)=([^:]+):(.+)$/.exec(word)?.slice(1) ?? [],
    );
    expect(copies).toEqual([
      ...["/cnb-dockerfile/restored", "/layers"],
      ...["/cnb-dockerfile/plan.toml", "/layers/plan.toml"],
      ...["/cnb-dockerfile/source", "/workspace"],
    ]);
    for (const from of copies.filter((_, index) => index % 2 === 0)) expect(targets).toContain(from);
  });

  it("gets back the builder image's variables that are kept from our program", () => {
    const plan = { hiddenVariables: ["NODE_OPTIONS"] };
    for (const name of ["restore", "build"] as const) {
      expect(envs(stage(name, plan))).toEqual({
        CNB_DOCKERFILE_HIDDEN_NODE_OPTIONS: [{ variable: "NODE_OPTIONS" }],
        NODE_OPTIONS: [],
      });
      expect(argvOf(name, plan)).toContain("--hidden=CNB_DOCKERFILE_HIDDEN_");
      expect(envs(stage(name))).toEqual({});
    }
    expect(envs(stage("detect", plan))).toEqual({});
  });

  it("runs as the build user, who alone has network", () => {
    for (const name of ["restore", "build"] as const) expect(ofKind(stage(name), "user")).toEqual([]);
    expect(stage("build").instructions.map(({ kind }) => kind)).toEqual(["run"]);
  });
});

describe("an ssh agent", () => {
  it("is there while the buildpacks build, and in no other phase", () => {
    const ssh = { id: "default", target: "/agent" };
    const seeing = lowerToStages(planOf({ ssh })).filter((one) =>
      runs(one).some(({ mounts }) => mounts.some(({ kind }) => kind === "ssh")),
    );
    expect(seeing.map(({ name }) => name)).toEqual(["build"]);
  });
});

describe("restore", () => {
  it.each([
    [true, ["/cnb/lifecycle/restorer", "-cache-dir", "/cache", "-run", "/nonexistent"]],
    [false, ["/cnb/lifecycle/restorer", "-cache-dir", "/cache"]],
  ])("looks up no run image in a registry (a lifecycle that would: %s)", (restorerChecksRunImage, argv) => {
    const [run, ...others] = runs(stage("restore", { restorerChecksRunImage }));
    expect(run?.argv.slice(run.argv.indexOf("--") + 1)).toEqual(argv);
    expect(others).toEqual([]);
  });
});

describe("a previous image", () => {
  const previous = {
    hasSbom: true,
    buildpacks: [
      { id: "lab/keep", layers: [{ name: "tool", metadata: { v: "1" } }, { name: "x" }], store: { n: 1 } },
    ],
  };
  const [first, ...others] = planOf().platforms;
  if (first === undefined) throw new Error("no platform");
  const plan = { previousImage: "acme/app@sha256:1", platforms: [{ ...first, previous }, ...others] };

  it("is nowhere in the stages but where it is handed over, and there without its digest", () => {
    const naming = lowerToStages(planOf(plan)).filter((one) => JSON.stringify(one).includes("previous"));
    expect(naming.map(({ name }) => name)).toEqual(["previous", "restore"]);
    expect(JSON.stringify(naming)).not.toContain("acme/app");
    expect(others.length).toBeGreaterThan(0);
  });

  it("becomes the metadata that each platform's restorer reads, after detection", () => {
    const { base } = stage("previous", plan);
    const tables = base.kind === "context" ? base.files.map(({ content }) => content) : [];
    expect(tables[0]).toMatchObject({
      table: {
        "run-image": { image: "registry.example/acme/run:24" },
        metadata: {
          buildpacks: [
            {
              key: "lab/keep",
              layers: { tool: { launch: true, metadata: { v: "1" } }, x: { launch: true } },
              store: { metadata: { n: 1 } },
            },
          ],
        },
      },
    });
    expect(tables[1]).not.toHaveProperty("table.metadata");
    expect(ofKind(stage("restore", plan), "copy")).toContainEqual({
      ...{ kind: "copy", from: "previous", source: "/", destination: "/layers/" },
      ...{ owner: planOf().user, link: false },
    });
    expect(ofKind(stage("restore"), "copy").map(({ from }) => from)).not.toContain("previous");
  });
});

describe("restore", () => {
  it("depends on the buildpacks and the cache, and has no source", () => {
    const { base, instructions } = stage("restore");
    expect(base).toEqual({ kind: "stage", name: "builder" });
    const steps = instructions.flatMap((each) => {
      if (each.kind === "copy") return `${each.from}:${each.source}`;
      if (each.kind !== "run") return [];
      return `run with ${each.mounts.map((one) => (one.kind === "bind" ? one.from : one.kind)).join(" and ")}`;
    });
    expect(steps).toEqual([
      "detect:/layers/group.toml",
      "cached:/cnb-dockerfile/offer/",
      "run with tool and tool and cached and cache",
    ]);
  });

  it("is told what the cache holds each time the source is another", () => {
    const [run] = ofKind(stage("cached"), "run");
    expect(run?.mounts).toMatchObject([{ kind: "bind", from: "source" }, { kind: "cache" }]);
    expect(run?.network).toBe(false);
  });
});

describe("detect", () => {
  it("puts a descriptor from outside of the project where buildpacks look for it", () => {
    const workspace = { ...planOf().workspace, descriptorText: "a = 1\n" };
    expect(ofKind(stage("detect", { workspace }), "file")).toMatchObject([
      { path: "/workspace/project.toml", content: { text: "a = 1\n" } },
    ]);
    expect(ofKind(stage("detect"), "file")).toEqual([]);
  });
});

describe("source", () => {
  const usual = { keepGitDirectory: false, keepModes: false, runsAsOther: false };
  const argv = (workspace: LifecyclePlan["workspace"]) =>
    runs(stage("source", { workspace }))[0]?.argv.slice(6);

  it("takes everything but .git where nothing else is said", () => {
    expect(argv({ ...usual, filter: { kind: "all" } })).toEqual([]);
  });

  it("gets the patterns, each as an argument of its own", () => {
    const filter = { kind: "include", patterns: ["a", "--b", ""] } as const;
    expect(argv({ ...usual, filter, descriptorPath: "p.toml", keepGitDirectory: true })).toEqual([
      ...["--descriptor=p.toml", "--keep-git-directory", "--include=a", "--include=--b", "--include="],
    ]);
  });

  it("is told which modes to give, and whether it matters who else can write", () => {
    const all = { ...usual, filter: { kind: "all" } } as const;
    expect(argv({ ...all, runsAsOther: true, mode: "0755" })).toEqual([
      "--workspace-mode=0755",
      "--runs-as-other",
    ]);
    expect(argv({ ...all, runsAsOther: true, keepModes: true })).toEqual(["--keep-modes"]);
  });

  it("leaves the app's directory as an entry, so that `detect` takes its mode over", () => {
    expect(runs(stage("source"))[0]?.argv).toContain("--to=/cnb-dockerfile/app/workspace");
    expect(ofKind(stage("detect"), "copy")).toMatchObject([
      { from: "source", source: "/cnb-dockerfile/app/", destination: "/" },
    ]);
  });
});

describe("a source that keeps its modes", () => {
  const workspace = { ...planOf().workspace, keepModes: true };

  it("is opened by `build` before it is copied, where writes are lost", () => {
    const [run] = runs(stage("build", { workspace }));
    expect(run?.argv).toContain("--closed=/cnb-dockerfile/source:/workspace");
    const writable = (parts: Partial<LifecyclePlan>) =>
      runs(stage("build", parts)).flatMap(({ mounts }) =>
        mounts.flatMap((mount) => (mount.kind === "bind" && mount.isWritable ? [mount.target] : [])),
      );
    expect(writable({ workspace })).toEqual(["/cnb-dockerfile/source"]);
    expect(writable({})).toEqual([]);
    expect(runs(stage("build"))[0]?.argv).toContain("--copy=/cnb-dockerfile/source:/workspace");
  });

  it("is what `detect` looks at", () => {
    expect(runs(stage("detect", { workspace }))[0]?.argv).toEqual(["/cnb/lifecycle/detector"]);
  });
});

describe("app", () => {
  it("starts the launcher, or the process that was asked for", () => {
    const entrypoint = (plan: Partial<LifecyclePlan>) => ofKind(stage("app", plan), "entrypoint")[0]?.argv;
    expect(entrypoint({})).toEqual(["/cnb/lifecycle/launcher"]);
    expect(entrypoint({ processType: "web" })).toEqual(["/cnb/process/web"]);
  });

  it("puts the processes first on the run image's PATH, if it sets one", () => {
    const path = (setsPath: boolean) =>
      envs(stage("app", { runImage: { ...planOf().runImage, setsPath } })).PATH;
    expect(path(true)).toEqual(["/cnb/process:/cnb/lifecycle:", { variable: "PATH" }]);
    expect(path(false)).toEqual(["/cnb/process:/cnb/lifecycle:"]);
  });

  it("has the layers in the exporter's order, launcher and process types owned by root", () => {
    const copies = [...ofKind(stage("rootfs"), "copy"), ...ofKind(stage("app"), "copy")];
    expect(copies.map(({ source }) => source.replace(/-\d+\/$/, "-N/"))).toEqual([
      ...Array.from({ length: 10 }, () => "/image/launch-N/"),
      "/image/sbom/",
      ...Array.from({ length: 4 }, () => "/image/app-N/"),
      ...["/image/launcher/", "/image/config/", "/image/process-types/"],
    ]);
    expect(copies.filter(({ owner }) => owner === undefined).map(({ source }) => source)).toEqual([
      "/image/launcher/",
      "/image/process-types/",
    ]);
    expect(copies.every(({ link }) => link)).toBe(true);
  });
});

describe("a file", () => {
  const fits = (text: string, path = "/cnb/buildpacks/a/1/bin/build") =>
    splitFiles([{ path, mode: "0644", content: { format: "text", text } }]).inText.length === 1;

  it("stands in the Dockerfile for people to read, where it can byte for byte", () => {
    expect(fits("one\n\ttwo $HOME \\ EOF\n日本 🚀\n")).toBe(true);
    expect(fits("\n")).toBe(true);
  });

  it.each([
    "",
    "no newline",
    "a\r\n",
    "a\0\n",
    "\u0007\n",
    "\u001b[31m\n",
    "a\u2028\n",
    "\ufeffa\n",
    "\ud800\n",
    `${"x".repeat(16_001)}\n`,
  ])("goes through the export program where it is %j", (text) => {
    expect(fits(text)).toBe(false);
  });

  it.each(["/a b", '/a"', "/$A", "/ä", "/a,b"])(
    "goes through the export program where its path is %j",
    (path) => {
      expect(fits("a\n", path)).toBe(false);
    },
  );

  it("is in one of the two places, and copied from the tool stage only if one of them is there", () => {
    const file = (name: string, text: string) =>
      ({ path: `/cnb/buildpacks/${name}`, mode: "0644", content: { format: "text", text } }) as const;
    const plan = { files: [file("A", "readable\n"), file("B", "exact")] };
    expect(ofKind(stage("builder", plan), "file").map(({ path }) => path)).toEqual(["/cnb/buildpacks/A"]);
    expect(ofKind(stage("tool", plan), "file").at(-1)).toMatchObject({
      path: "/cnb-dockerfile/files.json",
      content: { files: [{ path: "/cnb/buildpacks/B" }] },
    });
    expect(ofKind(stage("builder", plan), "copy").map(({ source }) => source)).toContain(
      "/cnb-dockerfile/files/",
    );
    expect(ofKind(stage("builder", { files: [file("A", "readable\n")] }), "copy")).toHaveLength(1);
  });

  it("is never a variable in the text: its value seldom ends in a newline, and they stand together", () => {
    const file = { path: "/platform/env/A", mode: "0644", content: { format: "text", text: "a\n" } } as const;
    expect(splitFiles([file])).toEqual({ inText: [], exact: [file] });
  });

  it("goes with all others through the export program when there are more than a builder should have layers", () => {
    const files = Array.from(
      { length: 31 },
      (_, index) =>
        ({
          path: `/cnb/buildpacks/a/${index}`,
          mode: "0644",
          content: { format: "text", text: "a\n" },
        }) as const,
    );
    expect(splitFiles(files.slice(1)).exact).toEqual([]);
    expect(splitFiles(files)).toEqual({ inText: [], exact: files });
  });
});
