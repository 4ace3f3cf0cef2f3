import { kill } from "node:process";

/** Number of a process that there is not. */
export function endedProcess(): number {
  // The largest that Linux gives by itself, and then down: those are taken last.
  for (let pid = 4_194_303; pid > 1; pid--) {
    try {
      kill(pid, 0);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ESRCH") return pid;
    }
  }
  throw new Error("every number is a process's");
}
