import { execaOnMachine } from "./machine.ts";
import { installPackages } from "./packages.ts";

/** Runs the machine's Python; where it, or its pip, is missing, they are installed first. */
export function python(args: readonly string[]) {
  return execaOnMachine("python3", args).catch(async () => {
    await installPackages(["python3", "python3-pip"]);
    return execaOnMachine("python3", args);
  });
}
