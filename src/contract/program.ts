/** The program that runs inside the build, in our image and in the self-contained form alike. */
export const exportProgram = "/cnb-dockerfile/export.mjs";
/** Beside it: Node.js for the machine that builds, as it starts in any root file system. */
export const nativeDirectory = "/cnb-dockerfile/native";

/** What Node.js needs to start in any root file system of its architecture, by name in that directory. */
export const nativeFiles = {
  /** The dynamic loader, started as `loader --library-path libraries PROGRAM`. */
  loader: "ld",
  libraries: "lib",
  node: "node",
  /** The image's shell. */
  shell: "sh",
  /** util-linux's; absent where this image has none. */
  setpriv: "setpriv",
} as const;
