import { present } from "../../present.ts";
import { command } from "../command.ts";
import { boolean, path, text, texts, UsageError } from "../flag-values.ts";
import { formatSize } from "../log.ts";
import { copySource } from "./source.ts";

export const sourceCommands = {
  source: command({
    usage: `--from DIR --to DIR [--exclude PATTERN]… | [--include PATTERN]… [--descriptor PATH] [--keep-git-directory]
[--keep-modes] [--workspace-mode MODE] [--runs-as-other] [--warnings FILE.json]`,
    flags: {
      ...{ from: text, to: text, exclude: texts, include: texts, descriptor: text },
      ...{ "keep-git-directory": boolean, "keep-modes": boolean, "workspace-mode": text },
      ...{ "runs-as-other": boolean, warnings: text },
    },
    run(values, { log, report }) {
      const { exclude = [], include = [], descriptor } = values;
      if (exclude.length > 0 && include.length > 0)
        throw new UsageError("--exclude and --include cannot be used together.");
      if (descriptor?.startsWith("/") || descriptor?.split("/").includes("..")) {
        throw new UsageError(
          `--descriptor must be a path inside the source, not ${JSON.stringify(descriptor)}.`,
        );
      }
      const mode = values["workspace-mode"] ?? "0777";
      if (!/^[0-7]{4}$/.test(mode)) {
        throw new UsageError(`--workspace-mode must be four octal digits, not ${JSON.stringify(mode)}.`);
      }
      const request = {
        from: path("--from", values.from),
        to: path("--to", values.to),
        ...{ exclude, include },
        ...present({ descriptor }),
        keepGitDirectory: values["keep-git-directory"] ?? false,
        keepModes: values["keep-modes"] ?? false,
        mode: Number.parseInt(mode, 8),
        runsAsOther: values["runs-as-other"] ?? false,
      };
      const { files, sizeBytes, leftOut } = copySource(request, report);
      log(`source: ${files} files, ${formatSize(sizeBytes)}, ${leftOut} left out`);
    },
  }),
};
