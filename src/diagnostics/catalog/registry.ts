import { error } from "./entry.ts";

/** Faults of registries. Those that can pass are thrown as TemporaryError. */
export const registryCatalog = {
  "registry/denied": error<{ image: string; host: string; status: number; credentials: string }>({
    summary: "The registry refuses access",
    message: ({ image, host, status, credentials }) =>
      `${host} refuses access to ${image} (HTTP ${status}); ${credentials}.`,
    hint: ({ host }) =>
      `Log in with \`docker login ${host}\`, and check that the account may read the image.`,
  }),
  "registry/unavailable": error<{ image: string; host: string; reason: string }>({
    summary: "The registry cannot be reached or does not answer as it should for now",
    message: ({ image, host, reason }) => `${host} could not be asked for ${image}: ${reason}.`,
    hint: () => "Check the network and try again.",
  }),
  "registry/bad-answer": error<{ image: string; host: string; reason: string }>({
    summary: "The registry answers with something that cannot be used",
    message: ({ image, host, reason }) =>
      `${host} gave an answer for ${image} that cannot be used: ${reason}.`,
    hint: () => "The image may be damaged, or the address may not be a registry's.",
  }),
};
