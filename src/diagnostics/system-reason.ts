/** Why a system call failed, in the words of strerror(3), without the path, which the message already has. */
export function systemReason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const words: Readonly<Record<string, string>> = {
    ENOENT: "no such file or directory",
    EACCES: "permission denied",
    EPERM: "permission denied",
    EISDIR: "is a directory",
    ENOTDIR: "not a directory",
    ELOOP: "too many levels of symbolic links",
    ENOSPC: "no space left on device",
    EROFS: "read-only file system",
    EBADF: "it is closed",
    EDQUOT: "disk quota exceeded",
    EMFILE: "too many open files",
    ENFILE: "too many open files in the system",
    ENAMETOOLONG: "file name too long",
    ENOMEM: "out of memory",
    EIO: "input/output error",
  };
  if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") return "not valid UTF-8";
  return (code === undefined ? undefined : words[code]) ?? message;
}
