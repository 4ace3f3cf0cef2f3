import { type OptionRow, ofImageAnywhere } from "../option.ts";
import { readMode } from "../values/readers.ts";

/** How the app's files come to the buildpacks. */
export const appFileOptions = {
  keepGitDirectory: {
    flag: "--keep-git-dir",
    argument: "CNB_KEEP_GIT_DIR",
    form: "switch",
    compiled: true,
    initial: false,
    text: "Keep the .git directory in the source that buildpacks see",
    argumentText: "Set to true to keep the .git directory in the source that buildpacks see",
    doors: ofImageAnywhere,
    only: "project",
    recorded: 33,
  },
  keepModes: {
    flag: "--keep-modes",
    argument: "CNB_KEEP_MODES",
    key: "keep-modes",
    form: "switch",
    compiled: true,
    text: "Keep the file modes of the source (default: 0644, or 0755 for executables and directories)",
    argumentText: "Set to true to keep the file modes of the source",
    doors: ofImageAnywhere,
    only: "project",
    recorded: 34,
  },
  workspaceMode: {
    flag: "--workspace-mode <mode>",
    argument: "CNB_WORKSPACE_MODE",
    key: "workspace-mode",
    form: "text",
    read: readMode,
    compiled: true,
    text: "File mode of /workspace when buildpacks start (default: 0777)",
    argumentText: "File mode of /workspace when buildpacks start, for example 0755",
    doors: ofImageAnywhere,
    only: "project",
    recorded: 35,
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
