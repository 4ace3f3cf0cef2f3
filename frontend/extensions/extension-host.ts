import type { Report } from "../../src/diagnostics/diagnostic.ts";
import type { Platform } from "../../src/image/platform.ts";
import type { Gateway } from "../bridge/gateway.ts";
import type { State } from "../graph/llb.ts";
import type { FrontendOptions } from "../request/options.ts";
import type { GatewayImages } from "../sources/image-source.ts";
import type { ExtensionSteps } from "./failed-step.ts";
import type { ExtensionWishes } from "./wishes.ts";

/** What applying extensions has of the build. */
export interface ExtensionHost {
  readonly gateway: Gateway;
  readonly options: FrontendOptions;
  readonly wishes: ExtensionWishes;
  /** Our own image. */
  readonly tool: State;
  readonly buildPlatform: Platform;
  readonly images: GatewayImages;
  /** Whether BuildKit can lay file systems over each other and tell two apart. */
  readonly canMerge: boolean;
  /** Takes their operations. */
  readonly steps: ExtensionSteps;
  readonly report: Report;
}

/** The same for one platform, after detection. */
export interface Applied {
  readonly host: ExtensionHost;
  readonly detect: State;
  readonly platform: Platform;
}
