import type { ImageSource } from "../image/image-source.ts";
import { RegistryImageSource, type RegistrySettings } from "./registry.ts";
import { DaemonImageSource } from "./store/docker-daemon.ts";
import { LayoutImageSource, type LayoutRules } from "./store/oci-layout.ts";

/** Answers for every image a user can name: of a registry, an OCI layout (`oci-layout://`) or a docker daemon (`docker-daemon://`). */
export function imageSource(
  settings: RegistrySettings & { readonly layouts?: LayoutRules } = {},
): ImageSource {
  const registry = new RegistryImageSource(settings);
  const layout = new LayoutImageSource(settings.layouts);
  const daemon = new DaemonImageSource();
  const sourceFor = ({ place }: Parameters<ImageSource["resolve"]>[0]): ImageSource => {
    switch (place?.kind) {
      case undefined:
        return registry;
      case "oci-layout":
        return layout;
      case "docker-daemon":
        return daemon;
    }
  };
  return { resolve: (reference, platforms) => sourceFor(reference).resolve(reference, platforms) };
}
