import { expect, it } from "vitest";
import { examples } from "../../src/cli/examples.ts";
import { commandPageFile, renderCommandPage } from "../helpers/command-page.ts";
import { idleProgram, shownCommands, shownFlags } from "../helpers/idle-program.ts";

it("documents every command, and every flag that its help shows", async () => {
  const page = renderCommandPage();
  await expect(page).toMatchFileSnapshot(commandPageFile);
  const program = idleProgram();
  for (const [command, flags] of shownFlags(program)) {
    const [, section = ""] = page.split(`\n## cnb-dockerfile ${command}\n`);
    const [own = ""] = section.split("\n## ");
    expect(flags.filter((flag) => !new RegExp(`\`(-\\w, )?${flag}[ \`]`).test(own))).toEqual([]);
  }
  expect(Object.keys(examples).filter((name) => !shownCommands(program).includes(name))).toEqual([]);
});
