import { nativeDirectory, nativeFiles } from "../../contract/program.ts";
import type { WrittenInstruction } from "../dockerfile.ts";
import { readDockerfile } from "./read-dockerfile.ts";

/** Stage and number of a step. */
const stepPlace = /^\[[^\]]*\] (?=RUN )/;
/** How our program starts a phase: the words in front of the phase's own. */
const phaseStart = new RegExp(`^\\["${nativeDirectory}/${nativeFiles.loader}",.*?"--",\\s+`, "s");

/**
 * A step's title, which BuildKit makes of its place and its instruction, without what is only in the way: secrets are
 * counted, for a binding is a mount for each key, and of a phase that our program starts the phase alone is named.
 */
export function shortTitle(title: string): string {
  const place = stepPlace.exec(title)?.[0];
  const [run] = place === undefined ? [] : readDockerfile(title.slice(place.length)).head;
  if (place === undefined || run === undefined) return title;
  if (!phaseStart.test(run.rest)) return place + countSecrets(run);
  const secrets = run.flags.filter(({ value }) => isSecret(value)).length;
  const counted = secrets === 0 ? "" : ` ${count(secrets)}`;
  return `${place}RUN${counted} ${run.rest.replace(phaseStart, "[")}`;
}

/** The text of an instruction with a number in place of secrets that follow each other. */
function countSecrets({ flags, text }: WrittenInstruction): string {
  let short = text.slice(0, text.indexOf(flags[0]?.text ?? text)).trimEnd();
  let at = short.length;
  let secrets = 0;
  for (const flag of flags) {
    const end = text.indexOf(flag.text, at) + flag.text.length;
    if (isSecret(flag.value)) secrets += 1;
    else {
      short += (secrets === 0 ? "" : ` ${count(secrets)}`) + text.slice(at, end);
      secrets = 0;
    }
    at = end;
  }
  return short + (secrets === 0 ? "" : ` ${count(secrets)}`) + text.slice(at);
}

function isSecret(value = ""): boolean {
  return value.split(",").includes("type=secret");
}

function count(secrets: number): string {
  return `(${secrets} ${secrets === 1 ? "secret" : "secrets"})`;
}
