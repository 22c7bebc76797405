/** In synckit's worker: the modules that are being loaded there for the sake of a call. */
export const loading = new Set<string>();
