import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Absolute path of nothing, on whatever machine; nobody but this process knows the name. */
export const absent = join(tmpdir(), `cnb-dockerfile-absent-${randomUUID()}`);
