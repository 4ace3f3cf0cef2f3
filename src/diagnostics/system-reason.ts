/** What the operating system says of a fault, without the path that the message already has. */
export function systemReason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const words: Readonly<Record<string, string>> = {
    ENOENT: "there is no such file or directory",
    EACCES: "permission denied",
    EPERM: "permission denied",
    EISDIR: "it is a directory",
    ENOTDIR: "a part of its path is not a directory",
    ELOOP: "its symbolic links go round in a circle",
    ENOSPC: "the disk is full",
    EROFS: "the file system is read-only",
    EBADF: "it is closed",
    EDQUOT: "the disk quota is used up",
    EMFILE: "this process has too many files open",
    ENFILE: "the system has too many files open",
    ENAMETOOLONG: "a name in its path, or all of it, is too long",
    ENOMEM: "memory is used up",
    EIO: "the disk or its connection is damaged",
  };
  if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") return "it is not UTF-8 text";
  return (code === undefined ? undefined : words[code]) ?? message;
}
