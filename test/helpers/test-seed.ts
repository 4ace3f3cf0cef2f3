import { randomInt } from "node:crypto";
import { env, stderr } from "node:process";

/** What a test's random choices begin with; `CNB_DOCKERFILE_TEST_SEED` makes them again. In: what is chosen by it. */
export function testSeed(what: string): number {
  const seed = Number(env.CNB_DOCKERFILE_TEST_SEED ?? randomInt(2 ** 31));
  stderr.write(`${what}: CNB_DOCKERFILE_TEST_SEED=${seed}\n`);
  return seed;
}
