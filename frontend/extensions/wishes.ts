import { CompileError, type Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { argumentNames } from "../../src/options/build-arguments.ts";
import { readExtensionsNetwork, readExtensionsPolicy } from "../../src/options/values/readers.ts";
import { argumentOf, type FrontendOptions } from "../request/options.ts";

/** What whoever builds wants of image extensions. */
export interface ExtensionWishes {
  readonly isRefused: boolean;
  readonly hasNetwork: boolean;
  /** Whether their steps run again, whatever the cache has. */
  readonly runsAgain: boolean;
  /** Makes their `build_id` another one; absent: it follows from what they are made of. */
  readonly nonce?: string;
}

/** Throws CompileError for arguments that are wrong. */
export function extensionWishes(options: FrontendOptions): ExtensionWishes {
  const found: Diagnostic[] = [];
  const read = <Value>(
    option: "extensionsPolicy" | "extensionsNetwork",
    reader: (text: string, location: { readonly file: string }, found: Diagnostic[]) => Value,
  ) => {
    const text = argumentOf(options, option);
    return text === undefined
      ? undefined
      : reader(text, { file: `--build-arg ${argumentNames[option]}` }, found);
  };
  const policy = read("extensionsPolicy", readExtensionsPolicy);
  const network = read("extensionsNetwork", readExtensionsNetwork);
  if (found.length > 0) throw new CompileError(found);
  const { "no-cache": noCache } = options.values;
  const again = noCache?.toLowerCase().split(",") ?? [];
  const runsAgain = noCache === "" || again.includes("extend");
  // Not another build_id for steps that run again: the next build would find what they made before.
  const nonce = argumentOf(options, "extensionBuildId");
  return {
    ...{ isRefused: policy === "refuse", hasNetwork: network !== "none", runsAgain },
    ...(nonce === undefined ? {} : { nonce }),
  };
}
