import { type OptionRow, ofImage, ofImageAnywhere } from "../option.ts";
import { readExecEnv, readProcessType } from "../values/readers.ts";

/** How the lifecycle is called, and what the image starts. */
export const processOptions = {
  processType: {
    flag: "--process-type <type>",
    argument: "CNB_PROCESS_TYPE",
    form: "text",
    read: readProcessType,
    compiled: true,
    text: "Process that the image starts (default: the launcher)",
    argumentText: "Process that the image starts",
    doors: ofImageAnywhere,
    only: "project",
    recorded: 25,
  },
  defaultProcess: {
    flag: "-D, --default-process <type>",
    form: "text",
    text: "Same as --process-type (pack's name)",
    doors: ofImage,
    only: "project",
    sameAs: "processType",
  },
  execEnv: {
    flag: "--exec-env <name>",
    argument: "CNB_EXEC_ENV",
    form: "text",
    read: readExecEnv,
    compiled: true,
    text: "Execution environment (default: production)",
    argumentText: "Execution environment, for example production or test",
    doors: ofImageAnywhere,
    only: "project",
    recorded: 16,
  },
  platformApi: {
    flag: "--platform-api <version>",
    argument: "CNB_PLATFORM_API",
    form: "text",
    compiled: true,
    text: "Platform API version (default: the highest that the builder supports)",
    argumentText: "Platform API version",
    doors: ofImageAnywhere,
    only: "project",
    recorded: 26,
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
