import { type Platform, samePlatform } from "../../image/platform.ts";

/** The first platform of each machine, which is the one that it is, each once. In: the platforms of each machine, its own first. */
export function firstOfEach(machines: readonly (readonly Platform[])[]): Platform[] {
  const own = machines.flatMap(([first]) => (first === undefined ? [] : [first]));
  return own.filter((one, index) => own.findIndex((other) => samePlatform(one, other)) === index);
}
