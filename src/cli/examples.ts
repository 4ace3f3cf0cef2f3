/** What the help of each command shows below its flags. */

export const generate = `
Examples:
  Write a Dockerfile and build it for two platforms:
    $ cnb-dockerfile generate --builder heroku/builder:24 > Dockerfile
    $ docker buildx build --platform linux/amd64,linux/arm64 -t registry.example/app --push .

  Keep it in the repository, and have CI say when it is out of date:
    $ cnb-dockerfile generate -o Dockerfile
    $ cnb-dockerfile generate --check Dockerfile

  Start a process of the app by default, with a build-time variable:
    $ cnb-dockerfile generate --process-type web --env BP_NODE_VERSION=24.* -o Dockerfile

  Depend on no image but the builder, the run image and a stock Node image:
    $ cnb-dockerfile generate --self-contained -o Dockerfile

Exit codes: 0 done, 1 something to mend, 2 wrong use, 75 try again later.`;

export const check = `
Examples:
  In CI, with the flags that the image is built with:
    $ cnb-dockerfile check --strict --builder heroku/builder:24

  In an editor or a commit hook, without network:
    $ cnb-dockerfile check --offline

Exit codes: 0 nothing wrong (warnings are told), 1 something to mend, 2 wrong use, 75 try again later.`;

export const plan = `
Examples:
  Who builds this app, upon what, and what has to be handed over:
    $ cnb-dockerfile plan --builder heroku/builder:24

  Which run image an app would stand on today, for a script:
    $ cnb-dockerfile plan --json | jq -r '.platforms[] | "\\(.platform) \\(.runImageDigest)"'

  A picture of the stages:
    $ cnb-dockerfile plan --graph svg -o stages.svg

Exit codes: 0 done, 1 something to mend, 2 wrong use, 75 try again later.`;

export const rebase = `
Examples:
  After a security fix of the run image, or every night; it pushes nothing where nothing has changed:
    $ cnb-dockerfile rebase registry.example/app

  Only ask, for a script:
    $ cnb-dockerfile rebase --check --json registry.example/app | jq .outdated

  Try it under another tag:
    $ cnb-dockerfile rebase --tag registry.example/app:patched registry.example/app

Exit codes: 0 done or nothing to do, 1 something to mend, 2 wrong use, 3 newer run image (--exit-code), 75 try again later.`;

export const completion = `
Examples, each for the file that the shell reads when it starts:
  $ source <(cnb-dockerfile completion bash)        # ~/.bashrc
  $ source <(cnb-dockerfile completion zsh)         # ~/.zshrc, after compinit
  $ cnb-dockerfile completion fish | source         # ~/.config/fish/config.fish`;

export const build = `
Examples:
  Build the project of this directory, for docker or as a file:
    $ cnb-dockerfile build -t app .

  For two platforms, pushed:
    $ cnb-dockerfile build --platform linux/amd64,linux/arm64 -t registry.example/app --push .

  With bills of materials and a scan, and no image that has a severe vulnerability:
    $ cnb-dockerfile build --artifacts --fail-on high -t registry.example/app --push

  A directory of a repository, at a tag:
    $ cnb-dockerfile build -g https://git.example/shop.git#v1.2:services/cart -t cart

  On a machine that keeps nothing between builds but a directory:
    $ cnb-dockerfile build --buildpack-cache-from ../cache --buildpack-cache-to ../cache -t app .

  A Dockerfile, with the flags of docker build:
    $ cnb-dockerfile build --file Dockerfile --tag x --build-arg A=b --progress plain .

Exit codes: 0 done, 1 something to mend, 2 wrong use, 75 try again later.`;

export const cache = `
Examples, with the flags that the app is built with:
  Keep the cache in a directory, and use it on another machine:
    $ cnb-dockerfile cache export ../cache .
    $ cnb-dockerfile cache import ../cache .

  In a registry, for both platforms:
    $ cnb-dockerfile cache export registry.example/app-cache:main --platform linux/amd64,linux/arm64 .

Exit codes: 0 done, 1 something to mend, 2 wrong use, 75 try again later.`;
