/** What a user wants to do, and the commands that do it. */
export interface Example {
  readonly task: string;
  readonly commands: readonly string[];
}

/** By the name of the command. */
export const examples: Readonly<Record<string, readonly Example[]>> = {
  build: [
    { task: "Build the project in this directory", commands: ["cnb-dockerfile build -t app ."] },
    {
      task: "Build for two platforms and push",
      commands: ["cnb-dockerfile build --platform linux/amd64,linux/arm64 -t registry.example/app --push ."],
    },
    {
      task: "Write an SBOM and a vulnerability report, and fail on severe vulnerabilities",
      commands: ["cnb-dockerfile build --artifacts --fail-on high -t registry.example/app --push"],
    },
    {
      task: "Build a directory of a git repository at a tag",
      commands: ["cnb-dockerfile build -g https://git.example/shop.git#v1.2:services/cart -t cart"],
    },
    {
      task: "Keep the buildpack cache in a directory, for example in CI",
      commands: [
        "cnb-dockerfile build --buildpack-cache-from ../cache --buildpack-cache-to ../cache -t app .",
      ],
    },
    {
      task: "Build a Dockerfile with the flags of docker build",
      commands: ["cnb-dockerfile build --file Dockerfile --tag x --build-arg A=b --progress plain ."],
    },
  ],
  check: [
    {
      task: "Check in CI, with the flags of your build",
      commands: ["cnb-dockerfile check --strict --builder heroku/builder:24"],
    },
    {
      task: "Check in an editor or a commit hook, without network access",
      commands: ["cnb-dockerfile check --offline"],
    },
  ],
  plan: [
    {
      task: "Show the buildpacks, images and secrets of a build",
      commands: ["cnb-dockerfile plan --builder heroku/builder:24"],
    },
    {
      task: "Print the run image of each platform, for a script",
      commands: [`cnb-dockerfile plan --json | jq -r '.platforms[] | "\\(.platform) \\(.runImageDigest)"'`],
    },
    { task: "Draw the stages", commands: ["cnb-dockerfile plan --graph svg -o stages.svg"] },
  ],
  generate: [
    {
      task: "Generate a Dockerfile and build it for two platforms",
      commands: [
        "cnb-dockerfile generate --builder heroku/builder:24 > Dockerfile",
        "docker buildx build --platform linux/amd64,linux/arm64 -t registry.example/app --push .",
      ],
    },
    {
      task: "Keep the Dockerfile in your repository, and check in CI that it is up to date",
      commands: ["cnb-dockerfile generate -o Dockerfile", "cnb-dockerfile generate --check Dockerfile"],
    },
    {
      task: "Set the default process and a build-time variable",
      commands: ["cnb-dockerfile generate --process-type web --env BP_NODE_VERSION=24.* -o Dockerfile"],
    },
    {
      task: "Use no image other than the builder, the run image and a stock Node image",
      commands: ["cnb-dockerfile generate --self-contained -o Dockerfile"],
    },
    {
      task: "Build many projects with one command",
      commands: ["cnb-dockerfile generate --bake -o docker-bake.hcl services/*", "docker buildx bake"],
    },
  ],
  rebase: [
    {
      task: "Rebase after a run image update, or every night (pushes only if something changed)",
      commands: ["cnb-dockerfile rebase registry.example/app"],
    },
    {
      task: "Check for a newer run image, for a script",
      commands: ["cnb-dockerfile rebase --check --json registry.example/app | jq .outdated"],
    },
    {
      task: "Push the result to another tag",
      commands: ["cnb-dockerfile rebase --tag registry.example/app:patched registry.example/app"],
    },
  ],
  cache: [
    {
      task: "Export the cache to a directory, and import it on another machine",
      commands: ["cnb-dockerfile cache export ../cache .", "cnb-dockerfile cache import ../cache ."],
    },
    {
      task: "Export the cache of both platforms to a registry",
      commands: [
        "cnb-dockerfile cache export registry.example/app-cache:main --platform linux/amd64,linux/arm64 .",
      ],
    },
  ],
  completion: [
    { task: "bash, in ~/.bashrc", commands: ["source <(cnb-dockerfile completion bash)"] },
    { task: "zsh, in ~/.zshrc after compinit", commands: ["source <(cnb-dockerfile completion zsh)"] },
    {
      task: "fish, in ~/.config/fish/config.fish",
      commands: ["cnb-dockerfile completion fish | source"],
    },
  ],
};
