import { type GroupMember, groupSchema } from "../../contract/group.ts";
import type { ByteString } from "../../layer/byte-string.ts";
import { readTomlFile } from "../checked-file.ts";

/** The buildpacks of the build, in order, as the detector wrote them. Throws CompileError. */
export function readGroup(root: ByteString, layersDirectory: ByteString): readonly GroupMember[] {
  return readTomlFile(root, `${layersDirectory}/group.toml`, groupSchema).group;
}
