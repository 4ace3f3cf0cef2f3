import { tarHeader } from "../layer/tar-header.ts";
import { unknownTime } from "./zip-as-tar.ts";

/** The entry of a tar's own root, `./`: its header, and no content. */
export const rootEntry: Uint8Array = tarHeader({
  ...{ kind: "directory", name: "./", mode: 0o755, uid: 0, gid: 0, size: 0, link: "" },
  mtimeSeconds: unknownTime.getTime() / 1000,
});
