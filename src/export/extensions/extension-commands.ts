import { command } from "../command.ts";
import { boolean, count, path, text, texts } from "../flag-values.ts";
import { writeChanges } from "./changes.ts";
import { refuseExtensions, writeGenerated } from "./generated.ts";

export const extensionCommands = {
  generated: command({
    usage: "--layers DIR --extensions DIR… --to FILE.json [--root DIR] [--by-kind]",
    flags: { layers: text, extensions: texts, to: text, root: text, "by-kind": boolean },
    run(values, { log }) {
      const request = {
        root: path("--root", values.root ?? "/"),
        layersDirectory: path("--layers", values.layers),
        extensionsDirectories: (values.extensions ?? []).map((value) => path("--extensions", value)),
        isByKind: values["by-kind"] ?? false,
        to: path("--to", values.to),
      };
      log(`${writeGenerated(request)} Dockerfiles of image extensions`);
    },
  }),

  "no-extensions": command({
    usage: "--layers DIR [--root DIR]",
    flags: { layers: text, root: text },
    run({ layers, root }) {
      refuseExtensions(path("--root", root ?? "/"), path("--layers", layers));
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
