import { defineConfig } from "vitepress";

const repository = "https://github.com/cnb-dockerfile/cnb-dockerfile";
const page = (text, link) => ({ text, link });

/** What the site is called below its host: GitHub Pages has projects in a folder. */
const base = process.env.SITE_BASE || "/";

export default defineConfig({
  title: "cnb-dockerfile",
  description: "Build Cloud Native Buildpacks apps with BuildKit",
  lang: "en",
  base,
  cleanUrls: true,
  lastUpdated: false,
  // Pages speak of `<layer>.toml`; none has HTML of its own.
  markdown: {
    config: (md) => {
      md.set({ html: false });
      // Vue would read two braces in code as an expression.
      md.renderer.rules.code_inline = (tokens, index) =>
        `<code v-pre>${md.utils.escapeHtml(tokens[index].content)}</code>`;
    },
  },
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    nav: [
      page("Start", "/start/install"),
      page("Guides", "/guides/project-toml"),
      page("Reference", "/reference/cli"),
      page("Design", "/design/overview"),
    ],
    sidebar: [
      {
        text: "Start",
        items: [
          page("Install", "/start/install"),
          page("Your first build", "/start/first-build"),
          page("macOS", "/start/macos"),
          page("Windows and WSL 2", "/start/windows"),
          page("Coming from pack", "/start/coming-from-pack"),
          page("Coming from another tool", "/start/coming-from-another-tool"),
        ],
      },
      {
        text: "Guides",
        items: [
          page("project.toml", "/guides/project-toml"),
          page("Buildpacks", "/guides/buildpacks"),
          page("Image extensions", "/guides/image-extensions"),
          page("Sources", "/guides/sources"),
          page("Git sources", "/guides/git-sources"),
          page("Archives", "/guides/archives"),
          page("Engines and outputs", "/guides/engines"),
          page("Platforms", "/guides/platforms"),
          page("Plain buildx", "/guides/plain-buildx"),
          page("Many projects", "/guides/many-projects"),
          page("Many machines", "/guides/many-machines"),
          page("A generated Dockerfile", "/guides/dockerfile"),
          page("Check and plan", "/guides/check-and-plan"),
          page("Secrets and bindings", "/guides/secrets"),
          page("CI", "/guides/ci"),
          page("Caching", "/guides/caching"),
          page("SBOM and scans", "/guides/supply-chain"),
          page("Scanner", "/guides/scanner"),
          page("Rebase", "/guides/rebase"),
          page("Podman", "/guides/podman"),
          page("Builder container", "/guides/builder-container"),
          page("Offline and company networks", "/guides/offline"),
          page("Disk space", "/guides/disk-space"),
          page("Verify what you install", "/guides/verify"),
        ],
      },
      {
        text: "Reference",
        items: [
          page("Command line", "/reference/cli"),
          page("Options", "/reference/options"),
          page("Environment variables", "/reference/environment"),
          page("Defaults for your machine", "/reference/configuration"),
          page("Stages", "/reference/stages"),
          page("Source files", "/reference/source-files"),
          page("Compatibility", "/reference/compatibility"),
          page("Limits", "/reference/limits"),
          page("Registry access", "/reference/registry-access"),
          page("Every message", "/reference/diagnostics/"),
          page("How pack reads a project", "/reference/pack-readings"),
        ],
      },
      {
        text: "Design",
        collapsed: true,
        items: [
          page("Overview", "/design/overview"),
          page("Stages", "/design/stages"),
          page("Assembly", "/design/assembly"),
          page("Image extensions", "/design/extensions"),
          page("Layer digests", "/design/layer-digests"),
          page("Cache", "/design/cache"),
          page("Registry access and rebase", "/design/registry"),
          page("Engines", "/design/engines"),
          page("Supply chain", "/design/supply-chain"),
          page("Trust", "/design/trust"),
          page("The code", "/design/code"),
          page("Other people's buildpacks", "/design/other-buildpacks"),
          page("Unexpected behaviour", "/design/oddities"),
          page("Figures", "/design/figures"),
        ],
      },
    ],
    socialLinks: [{ icon: "github", link: repository }],
    editLink: { pattern: `${repository}/edit/main/docs/:path`, text: "Edit this page" },
    footer: { message: "Apache-2.0" },
  },
});
