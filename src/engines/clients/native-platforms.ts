import { type Platform, samePlatform } from "../../image/platform.ts";

/** What a BuildKit of this machine runs without emulation. Other architectures of ours have the same name in Node.js and in Go. */
export const ownPlatform: Platform = {
  os: "linux",
  architecture: process.arch === "x64" ? "amd64" : process.arch,
};

/** The first platform of each machine, which is the one that it is, each once. In: the platforms of each machine, its own first. */
export function firstOfEach(machines: readonly (readonly Platform[])[]): Platform[] {
  const own = machines.flatMap(([first]) => (first === undefined ? [] : [first]));
  return own.filter((one, index) => own.findIndex((other) => samePlatform(one, other)) === index);
}
