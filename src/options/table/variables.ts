import { anywhere, type OptionRow, ofProject } from "../option.ts";
import { readBinding, readVolumeItem } from "../values/readers.ts";
import { type DeclaredVolume, volumeFaults } from "../values/volumes.ts";

/** What buildpacks are given. */
export const variableOptions = {
  env: {
    flag: "-e, --env <name=value>",
    form: "list",
    text: "build-time variable for the buildpacks; NAME alone: a secret; can be repeated",
    doors: ofProject,
    only: "project",
    recorded: 5,
  },
  envFile: {
    flag: "--env-file <file>",
    form: "list",
    text: "file of NAME=VALUE lines; can be repeated",
    doors: ofProject,
    only: "project",
  },
  buildArg: {
    flag: "--build-arg <name=value>",
    form: "list",
    text: "the same as --env, or for CNB_BUILDER, CNB_RUN_IMAGE and the like the same as the flag; can be repeated",
    doors: ofProject,
  },
  bindings: {
    flag: "--binding <name=type:key,key>",
    argument: "CNB_BINDINGS",
    key: "bindings",
    form: "list",
    separator: ";",
    read: readBinding,
    compiled: true,
    initial: [],
    text: "service binding whose keys are BuildKit's secrets NAME.KEY; can be repeated",
    argumentText: "service bindings, NAME=TYPE:KEY,…, with semicolons between",
    doors: anywhere,
    only: "project",
    recorded: 7,
  },
  volumes: {
    flag: "--volume <directory:target>",
    argument: "CNB_VOLUMES",
    form: "list",
    separator: ";",
    read: readVolumeItem,
    checkAll: (volumes: readonly DeclaredVolume[]) => volumeFaults(volumes),
    compiled: true,
    text: "a directory to read, below /platform/bindings a binding; NAME:TARGET:rw: a cache; can be repeated",
    argumentText:
      "directories, PATH (the context volume-1, volume-2, …), and caches, NAME:PATH:rw; with semicolons between",
    doors: anywhere,
    only: "project",
    recorded: 8,
  },
  caCertificate: {
    flag: "--ca-cert",
    argument: "CNB_CA_CERT",
    form: "switch",
    compiled: true,
    initial: false,
    text: "buildpacks trust the CA bundle that is BuildKit's secret `ca-cert`, beside the builder's; it is never in the image",
    argumentText: "true: detect and build trust the secret ca-cert",
    doors: anywhere,
    only: "project",
    recorded: 10,
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
