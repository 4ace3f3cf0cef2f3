import { definitionOf, type Gateway } from "../bridge/gateway.ts";
import {
  definitionFor,
  file,
  hasGitSource,
  type State,
  stateOf,
  unpack,
  withGitDirectory,
} from "../graph/llb.ts";
import { dockerfileOptions, type FrontendOptions, keepsGitDirectory } from "../request/options.ts";

/** Name that the one line of Dockerfile gives the context. */
const name = "cnb-context";

/**
 * A git repository or an archive on the net, as what is in it. Which of both an address means, and what stands behind
 * its `#`, BuildKit's Dockerfile frontend is left to say: it is asked for an image made of nothing but that context.
 * A single file that is no archive is found as `/context`. Throws ConnectError for what BuildKit does not know.
 */
export async function remoteContext(
  gateway: Gateway,
  options: FrontendOptions,
  address: string,
): Promise<State | undefined> {
  const dockerfile = file("/Dockerfile", `FROM ${name}\n`, "[internal] read the address of the context");
  const { result } = await gateway.solve({
    kind: "frontend",
    frontend: "dockerfile.v0",
    evaluate: false,
    options: {
      ...dockerfileOptions(options),
      filename: "Dockerfile",
      [`context:${name}`]: known(address),
    },
    inputs: { dockerfile: definitionFor(dockerfile) },
  });
  if (result.case !== "ref") throw new Error(`BuildKit answered a context with ${result.case ?? "nothing"}`);
  const state = stateOf(definitionOf(result.value));
  if (state === undefined) return state;
  // That frontend keeps it for the main context only.
  if (hasGitSource(state)) return keepsGitDirectory(options) ? withGitDirectory(state) : state;
  return unpack(state, "/context", `[internal] unpack ${address}`);
}

/** `ssh://git@host/path` is known as a main context only, `git@host:path` as any. */
function known(address: string): string {
  const { user, path } = /^ssh:\/\/(?<user>[^/@]+@[^/:]+)\/(?<path>.*)$/.exec(address)?.groups ?? {};
  return user === undefined ? address : `${user}:${path}`;
}
