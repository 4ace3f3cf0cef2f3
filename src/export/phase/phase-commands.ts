import { present } from "../../present.ts";
import { command } from "../command.ts";
import { fromTo, path, required, text, texts } from "../flag-values.ts";
import { writeFiles } from "./files.ts";
import { layOutNative } from "./native-runtime.ts";
import { type PhaseCopy, runPhase } from "./phase.ts";

/** What phases of the lifecycle run with, and how one is started. */
export const phaseCommands = {
  files: command({
    usage: "--from FILES.json --to DIR",
    flags: { from: text, to: text },
    run({ from, to }, { log }) {
      log(`${writeFiles(path("--from", from), path("--to", to))} files written`);
    },
  }),

  native: command({
    usage: "--to DIR [--root DIR]",
    flags: { to: text, root: text },
    run({ to, root }) {
      layOutNative({ to: required("--to", to), ...present({ root }) });
    },
  }),

  phase: command({
    usage: `[--opened FROM:TO]… [--copy FROM:TO]… [--closed FROM:TO]… [--open DIR [--restored-from CACHE]] [--hidden PREFIX]
[--join-certificates FROM:TO | --build-config DIR] -- PROGRAM [ARGUMENT]…`,
    flags: {
      ...{ opened: texts, copy: texts, closed: texts },
      ...{ open: text, "restored-from": text, hidden: text, "join-certificates": text, "build-config": text },
    },
    startsProgram: true,
    run(values, { report }, [program = "", ...rest]) {
      const copies = (["opened", "copy", "closed"] as const).flatMap((flag) =>
        (values[flag] ?? []).map(
          (places): PhaseCopy => ({
            ...fromTo(`--${flag}`, places),
            access: flag === "copy" ? "same" : flag,
          }),
        ),
      );
      const {
        open,
        "restored-from": cache,
        hidden,
        "join-certificates": joined,
        "build-config": buildConfig,
      } = values;
      return runPhase(
        {
          ...{ copies, argv: [program, ...rest] },
          ...(open === undefined ? {} : { opened: path("--open", open) }),
          ...(cache === undefined ? {} : { restoredFrom: path("--restored-from", cache) }),
          ...present({ hiddenPrefix: hidden }),
          ...(joined === undefined ? {} : { joinedCertificates: fromTo("--join-certificates", joined) }),
          ...(buildConfig === undefined
            ? {}
            : { buildConfigDirectory: required("--build-config", buildConfig) }),
        },
        report,
      );
    },
  }),
};
