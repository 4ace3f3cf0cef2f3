import { writeFileSync } from "node:fs";
import { formatGeneratedDockerfiles } from "../../contract/generated-dockerfiles.ts";
import { bytesOf } from "../../layer/byte-string.ts";
import { present } from "../../present.ts";
import { command } from "../command.ts";
import { boolean, count, type FlagValues, path, required, text, texts } from "../flag-values.ts";
import { writeChanges } from "./changes.ts";
import { writeDetection } from "./detect.ts";
import { type DetectedPlaces, generatedBy, refuseExtensions, requireGenerated } from "./generated.ts";
import { keepDirectory } from "./keep-directory.ts";

const placeFlags = { layers: text, extensions: texts, root: text, "by-kind": boolean };

function placesOf(values: FlagValues<typeof placeFlags>): DetectedPlaces {
  return {
    root: path("--root", values.root ?? "/"),
    layersDirectory: path("--layers", values.layers),
    extensionsDirectories: (values.extensions ?? []).map((value) => path("--extensions", value)),
    isByKind: values["by-kind"] ?? false,
  };
}

export const extensionCommands = {
  detect: command({
    usage:
      "--layers DIR --extensions DIR… --to FILE.json [--root DIR] [--by-kind] [--hidden PREFIX] -- DETECTOR…",
    flags: { ...placeFlags, to: text, hidden: text },
    startsProgram: true,
    async run({ to, hidden, ...values }, { report }, [program = "", ...rest]) {
      const request = { places: placesOf(values), to: path("--to", to), argv: [program, ...rest] as const };
      await writeDetection({ ...request, ...present({ hiddenPrefix: hidden }) }, report);
    },
  }),

  generated: command({
    usage: "--layers DIR --extensions DIR… --to FILE.json [--root DIR] [--by-kind]",
    flags: { ...placeFlags, to: text },
    run({ to, ...values }, { log }) {
      const generated = generatedBy(placesOf(values));
      writeFileSync(bytesOf(path("--to", to)), formatGeneratedDockerfiles(generated));
      log(`${generated.dockerfiles.length} Dockerfiles of image extensions`);
    },
  }),

  "no-extensions": command({
    usage: "--layers DIR [--root DIR]",
    flags: { layers: text, root: text },
    run({ layers, root }) {
      refuseExtensions(path("--root", root ?? "/"), path("--layers", layers));
    },
  }),

  "same-extensions": command({
    usage: "--layers DIR --extensions DIR… --digest SHA256 [--root DIR] [--by-kind]",
    flags: { ...placeFlags, digest: text },
    run({ digest, ...values }) {
      requireGenerated(placesOf(values), required("--digest", digest));
    },
  }),

  keep: command({
    usage: "--from DIR --directory DIR…",
    flags: { from: text, directory: texts },
    run({ from, directory }) {
      for (const value of directory ?? []) keepDirectory(path("--from", from), path("--directory", value));
    },
  }),

  changes: command({
    usage: "--states DIR --differences DIR --count N --to DIR",
    flags: { states: text, differences: text, count: text, to: text },
    run(values, { log }) {
      const changes = writeChanges({
        states: path("--states", values.states),
        differences: path("--differences", values.differences),
        count: count("--count", values.count),
        to: path("--to", values.to),
      });
      const deletions = changes.reduce((sum, { deleted }) => sum + deleted.length, 0);
      log(`${changes.filter(({ isEmpty }) => !isEmpty).length} layers, ${deletions} deletions`);
    },
  }),
};
