import { describe, expect, it } from "vitest";
import { workplace } from "../../helpers/program.ts";

describe("no message has the password of a source's URL", () => {
  it.each([
    ["that is named beside another", ["--git=https://ci:s3cret@127.0.0.1:1/a.git", "."], "cli/source-twice"],
    [
      "that is named beside another, as an argument",
      ["-p", ".", "http://ci:s3cret@127.0.0.1:1/a.git"],
      "cli/source-twice",
    ],
    ["of a scheme that nobody knows", ["ftp://ci:s3cret@127.0.0.1:1/a.tar"], "cli/no-project"],
    ["with a slash too few", ["https:/ci:s3cret@127.0.0.1:1/a.tar"], "cli/no-project"],
    ["of a server that does not answer", ["--git=http://ci:s3cret@127.0.0.1:1/a.git"], "cli/git-failed"],
    ["that is written wrongly", ["--git=http://ci:s3cret/x@127.0.0.1:1/a.git"], "cli/bad-git-url"],
    ["of ssh", ["--git=ssh://ci:s3cret@127.0.0.1:1/a.git"], "cli/bad-git-url"],
    ["of an archive", ["http://ci:s3cret@127.0.0.1:1/a.tar"], "cli/|registry/|modules/"],
  ])("%s", async (_, words, code) => {
    const { run } = await workplace({ "project.toml": "" });
    const { stdout, stderr } = await run(["build", ...words], { env: { CNB_DOCKERFILE_IMAGE: "" } });
    expect(stderr).toMatch(new RegExp(`\\[(?:${code})`));
    expect(stdout + stderr).not.toContain("s3cret");
  });
});
