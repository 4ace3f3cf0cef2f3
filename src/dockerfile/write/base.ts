import type { Base } from "../../stages/stage.ts";
import { plainWord } from "./quote.ts";

/** What stands between FROM and AS. */
export function printBase(base: Base): string {
  switch (base.kind) {
    case "image":
      return `${base.onBuildPlatform ? "--platform=$BUILDPLATFORM " : ""}${plainWord(base.reference)}`;
    case "stage":
      return base.name;
    case "choice":
      return `${base.name}\${${plainWord(base.variable)}:+${plainWord(base.suffix)}}`;
    case "scratch":
      return "scratch";
    case "context":
      return plainWord(base.name);
  }
}
