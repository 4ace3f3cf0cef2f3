import { anywhere, type OptionRow } from "../option.ts";
import { readMode } from "../values/readers.ts";

/** How the app's files come to the buildpacks. */
export const appFileOptions = {
  keepGitDirectory: {
    flag: "--keep-git-dir",
    argument: "CNB_KEEP_GIT_DIR",
    form: "switch",
    compiled: true,
    initial: false,
    text: "leave .git in the source that the buildpacks see",
    argumentText: "true: leave .git in the source that the buildpacks see",
    doors: anywhere,
    only: "project",
    recorded: 33,
  },
  keepModes: {
    flag: "--keep-modes",
    argument: "CNB_KEEP_MODES",
    key: "keep-modes",
    form: "switch",
    compiled: true,
    text: "keep the modes of source files (default: 0644, or 0755 for programs and directories)",
    argumentText: "true: keep the modes of source files",
    doors: anywhere,
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
    text: "mode of /workspace when buildpacks start (default: 0777)",
    argumentText: "mode of /workspace when the buildpacks start, as 0755",
    doors: anywhere,
    only: "project",
    recorded: 35,
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
