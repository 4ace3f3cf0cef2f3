import { pid } from "node:process";
import { execa } from "execa";
import { until } from "../lab/process.ts";

/** A user of this machine, made for a test. */
export interface OrdinaryUser {
  readonly uid: number;
  /** Words before a command that has it run as him. */
  readonly prefix: readonly string[];
  remove(): Promise<void>;
}

let count = 0;

/** Far from those of images' users: containers of tests beside this one run as them, and would count as his. */
const numbers = ["--key=UID_MIN=20000", "--key=UID_MAX=59999", "--key=GID_MIN=20000", "--key=GID_MAX=59999"];

/** In: further words of useradd. He gets subordinate ids, unless they make him one of the system's. */
export async function addUser(words: readonly string[] = []): Promise<OrdinaryUser> {
  count += 1;
  const name = `cnb-test-${pid}-${count}`;
  await execa("useradd", ["--no-create-home", "--user-group", ...numbers, ...words, name]);
  const uid = Number((await execa("id", ["-u", name])).stdout);
  return {
    uid,
    prefix: ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"],
    remove: async () => {
      // userdel refuses while a process of his is ending.
      const remove = () => execa("userdel", ["--remove", name], { reject: false });
      await until(async () => (await remove()).exitCode === 0, 10_000);
    },
  };
}
